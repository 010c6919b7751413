"""What a nurse's device computes by itself is what the server computes, case by case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from app.lots.rules import lot_key
from app.lots.scanning import ScanRefused, parse_scan
from app.monitoring.shapes import SHAPES
from app.monitoring.timing import Protocol, Step, rate_table, vitals_due
from app.products.rates import RateLimit, check_rate, rate_mg_per_kg_per_min
from app.vials.grams import grams
from app.visits.bundle_schemas import BundleCreate
from app.visits.packet_schemas import PacketLimit
from app.visits.packets import choices_of_records
from app.web.assets import DIRECTORY
from app.web.day_words import visit_words
from tests.lots.test_scanning import READ, REFUSED, TODAY

START: Final = datetime(2026, 5, 4, 13, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
PROTOCOL: Final = Protocol(
    first_every=15 * MINUTE,
    first=60 * MINUTE,
    then_every=60 * MINUTE,
    after_end=(30 * MINUTE, 60 * MINUTE),
    grace=5 * MINUTE,
)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """Give a page of the real modules, without any server: they are pure."""
    with browser.new_context() as context:
        opened = context.new_page()

        def serve(route: Any) -> None:
            name = route.request.url.rsplit("/", 1)[-1]
            is_script = name.endswith(".js")
            body = (DIRECTORY / name).read_text() if is_script else "<!doctype html><html lang=en>"
            kind = "text/javascript" if is_script else "text/html"
            route.fulfill(body=body, content_type=kind)

        opened.route("**/*", serve)
        opened.goto("http://localhost/")
        yield opened


def ran(page: Page, module: str, call: str, cases: list[Any]) -> list[Any]:
    """Return what an expression of `m` (the module) and `one` (a case) gives for each case."""
    script = f"""async (cases) => {{
        const m = await import("/{module}");
        return cases.map((one) => {{
            try {{ return {call}; }} catch (error) {{ return error.cause ?? String(error); }}
        }});
    }}"""
    found: list[Any] = page.evaluate(script, cases)
    return found


def test_codes_are_read_and_refused_alike(page: Page) -> None:
    texts = [*READ, *REFUSED]
    found = ran(page, "gs1.js", f'm.parseScan(one, "{TODAY}")', texts)
    for text, told in zip(texts, found, strict=True):
        assert told == _scanned(text), text


def _scanned(text: str) -> Any:
    try:
        read = parse_scan(text, today=TODAY)
    except ScanRefused as refused:
        return refused.cause
    day = None if read.expires_on is None else str(read.expires_on)
    return {"gtin": read.gtin, "lot": read.lot, "expires_on": day, "serial": read.serial}


def test_lots_are_compared_alike(page: Page) -> None:
    lots = ["AB-12/3", " ab 123 ", "\uff21\uff22", "--", "stra\u00dfe 1", "0O"]
    assert ran(page, "gs1.js", "m.lotKey(one)", lots) == [lot_key(lot) for lot in lots]


def _ms(at: datetime) -> float:
    return at.timestamp() * 1000


VITALS: Final = [
    {"end": None, "rates": [], "taken": [], "now": 0},
    {"end": None, "rates": [0, 33, 70], "taken": [-10, 16, 31, 52], "now": 62},
    {"end": None, "rates": [0, 20], "taken": [0, 15, 22, 47, 61], "now": 200},
    {"end": 130, "rates": [0, 33, 70, 128], "taken": [-5, 14, 30, 45, 60, 71, 129], "now": 150},
    {"end": 130, "rates": [0], "taken": [-70, 60, 160, 193], "now": 400},
    {"end": 8, "rates": [0, 2], "taken": [], "now": 9},
]


def test_vital_signs_are_due_alike(page: Page) -> None:
    protocol = {"first_every": 15, "first": 60, "then_every": 60, "after_end": [30, 60], "grace": 5}

    def moment(minutes: float) -> datetime:
        return START + minutes * MINUTE

    asked = [
        {
            "startedAt": _ms(START),
            "endedAt": None if case["end"] is None else _ms(moment(case["end"])),
            "ratesAt": [_ms(moment(one)) for one in case["rates"]],
            "takenAt": [_ms(moment(one)) for one in case["taken"]],
            "now": _ms(moment(case["now"])),
        }
        for case in VITALS
    ]
    call = f"m.vitalsDue({json.dumps(protocol)}, one)"
    for case, told in zip(VITALS, ran(page, "timing.js", call, asked), strict=True):
        expected = vitals_due(
            PROTOCOL,
            started_at=START,
            ended_at=None if case["end"] is None else moment(case["end"]),
            rates_at=[moment(one) for one in case["rates"]],
            taken_at=[moment(one) for one in case["taken"]],
            now=moment(case["now"]),
        )
        assert [(one["at"], one["why"], one["state"], one["doneAt"]) for one in told] == [
            (_ms(one.at), one.why, one.state, None if one.done_at is None else _ms(one.done_at))
            for one in expected
        ], case


LAST: Final[Mapping[str, Any]] = {
    "steps": [(0, 40), (15, 80), (30, 0), (40, 60), (55, 160), (70, 120)],
    "reacted": None,
}
"""The last infusion: 80 mL/h came after 15 minutes, 160 mL/h after 45 in which the pump ran."""

# Of each case the steps of today, and which of 40, 80 and 160 mL/h comes when.
RATES_DUE: Final[Mapping[str, Mapping[str, Any]]] = {
    "no last infusion": {"last": None, "ran": [(0, 40)], "now": 20, "told": [], "next": None},
    "not begun": {
        "ran": [],
        "now": 0,
        "told": [(None, "planned"), (None, "planned"), (None, "planned")],
        "next": None,
    },
    "as last time": {
        "ran": [(0, 40), (15, 80)],
        "now": 39,
        "told": [(0, "done"), (15, "done"), (45, "planned")],
        "next": 160,
    },
    "now": {
        "ran": [(0, 40), (15, 80)],
        "now": 40,
        "told": [(0, "done"), (15, "done"), (45, "due")],
        "next": 160,
    },
    "begun late and slower": {
        "ran": [(25, 30)],
        "now": 46,
        "told": [(25, "overdue"), (40, "overdue"), (70, "planned")],
        "next": 40,
    },
    "begun faster": {
        "ran": [(0, 90)],
        "now": 5,
        "told": [(0, "done"), (15, "done"), (45, "planned")],
        "next": 160,
    },
    "slowed down since": {
        "ran": [(0, 40), (10, 80), (12, 40)],
        "now": 30,
        "told": [(0, "done"), (15, "done"), (45, "planned")],
        "next": 160,
    },
    "paused before": {
        "ran": [(0, 40), (15, 80), (20, 0), (30, 80)],
        "now": 41,
        "told": [(0, "done"), (15, "done"), (55, "planned")],
        "next": 160,
    },
    "paused after its time": {
        "ran": [(0, 40), (20, 0), (30, 40)],
        "now": 32,
        "told": [(0, "done"), (15, "overdue"), (55, "planned")],
        "next": 80,
    },
    "paused now": {
        "ran": [(0, 40), (10, 0)],
        "now": 30,
        "told": [(0, "done"), (35, "paused"), (65, "paused")],
        "next": 80,
    },
    "a reaction last time": {
        "last": {**LAST, "reacted": 20},
        "ran": [(0, 40)],
        "now": 5,
        "told": [(0, "done"), (15, "planned")],
        "next": 80,
    },
    "a reaction today": {
        "ran": [(0, 40)],
        "reacted": 5,
        "now": 20,
        "told": [(0, "done"), (15, "reaction"), (45, "reaction")],
        "next": None,
    },
    "all reached": {
        "ran": [(0, 160)],
        "now": 20,
        "told": [(0, "done"), (15, "done"), (45, "done")],
        "next": None,
    },
    "ended": {"ran": [(0, 40), (30, 0)], "ended": 30, "now": 31, "told": [], "next": None},
}


@pytest.mark.parametrize("name", RATES_DUE)
def test_rates_of_last_time_come_by_the_time_that_the_pump_ran(page: Page, name: str) -> None:
    case = RATES_DUE[name]

    def moment(minutes: float | None) -> float | None:
        return None if minutes is None else _ms(START + minutes * MINUTE)

    def steps(found: list[tuple[int, int]]) -> list[dict[str, Any]]:
        return [{"at": moment(at), "ml_per_h": rate} for at, rate in found]

    last = case.get("last", LAST)
    then = last and {"steps": steps(last["steps"]), "reactedAt": moment(last["reacted"])}
    present = {
        "steps": steps(case["ran"]),
        "endedAt": moment(case.get("ended")),
        "reactedAt": moment(case.get("reacted")),
        "now": moment(case["now"]),
        "grace": 5,
    }
    ((due, after),) = ran(
        page,
        "timing.js",
        "((due) => [due, m.nextRateStep(due)])(m.rateStepsDue(...one))",
        [[then, present]],
    )
    assert [(one["ml_per_h"], one["at"], one["state"]) for one in due] == [
        (rate, moment(at), state)
        for rate, (at, state) in zip((40, 80, 160), case["told"], strict=False)
    ]
    assert (after and after["ml_per_h"]) == case["next"]


LIMITS: Final = [
    RateLimit(0.5, 5.4, "read", False, "", "", 5.4),
    RateLimit(0.5, 3.3, "unverified", False, "", "", 5.4, basis="risk", at_risk_ml_per_kg_h=3.3),
    RateLimit(None, 4.8, "unverified", False, "", "", None, basis="others"),
    RateLimit(0.5, 5.4, "read", False, "", "", 5.4, lacks_risk_figure=True),
]


@pytest.mark.parametrize("limit", LIMITS)
def test_rates_are_judged_alike(page: Page, limit: RateLimit) -> None:
    names = PacketLimit.model_fields.keys() & {field.name for field in fields(limit)}
    told = {name: getattr(limit, name) for name in names}
    rates = [40.0, 80 * 3.3, 80 * 3.4, 80 * 4.8, 80 * 5.4, 80 * 5.5]
    packet = {
        **DRAFT["packet"],
        "plan": {"product": "privigen"},
        "limits": [{**told, "product": "privigen", "risk": "unknown"}],
        "weights": [{"weight_kg": 80}],
    }
    draft = json.dumps({**DRAFT, "packet": packet})
    expected = [
        check_rate(limit, ml_per_h=rate, weight_kg=80, concentration_mg_per_ml=100).verdict
        for rate in rates
    ]
    assert ran(page, "bundle.js", f"m.judge({draft}, one).verdict", rates) == expected


def test_volumes_and_rates_come_out_alike(page: Page) -> None:
    steps = [(0, 40.0, None), (20, 80.5, None), (50, 0.0, 61.0), (65, 113.0, None)]
    sent = [{"at": _ms(START + at * MINUTE), "ml_per_h": r, "volume_ml": v} for at, r, v in steps]
    until = START + 120 * MINUTE
    (told,) = ran(page, "timing.js", f"m.rateTable(one, {_ms(until)})", [sent])
    ran_here = rate_table([Step(START + at * MINUTE, r, v) for at, r, v in steps], until=until)
    assert [one["after_ml"] for one in told] == pytest.approx([r.volume_after_ml for r in ran_here])
    (rates,) = ran(page, "timing.js", "m.ratesOf(one, 80, 100)", [80.5])
    assert rates["mgPerKgMin"] == pytest.approx(
        rate_mg_per_kg_per_min(rate_ml_per_kg_per_h=80.5 / 80, concentration_mg_per_ml=100)
    )


def test_grams_are_parted_alike(page: Page) -> None:
    vials = [(20.0, 200.0, 0.0), (10.0, 63.3, 36.7), (2.5, 0.0, 25.0), (30.0, 100.1, 199.9)]
    sent = [{"nominal_g": n, "used_ml": u, "wasted_ml": w} for n, u, w in vials]
    told = [(one["used"], one["wasted"]) for one in ran(page, "bundle.js", "m.gramsOf(one)", sent)]
    assert told == [grams(n, used_ml=u, wasted_ml=w) for n, u, w in vials]


def test_a_wall_time_comes_back_as_it_was(page: Page) -> None:
    walls = ["2026-03-07T23:30", "2026-03-08T04:15", "2026-11-01T09:00", "2026-07-01T00:00"]
    call = 'm.toWall(m.toInstant(one, "America/New_York"), "America/New_York")'
    assert ran(page, "zones.js", call, walls) == walls


DRAFT: Final[Mapping[str, Any]] = {
    "packet": {
        "on_date": "2026-05-04",
        "course_day": 1,
        "course_days": 2,
        "assignment_id": None,
        "weights": [],
        "limits": [],
        "patient": {},
        "plan": None,
    },
    "nurse_id": None,
    "ids": {
        name: f"0198c0de-0000-7000-8000-0000000000{n}"
        for name, n in (("visit", "01"), ("infusion", "02"), ("signature", "03"))
    },
    **dict.fromkeys(("identity", "checks", "wearing_off", "grip", "weight", "access_removed")),
    **dict.fromkeys(("arrived_at", "left_at", "ended_at", "outcome_reason", "note", "signed_at")),
    **dict.fromkeys(("no_trough_reason", "ordered_g", "outcome")),
    **{name: [] for name in ("premedication", "hydration", "access", "vials", "rates", "vitals")},
    "reactions": [],
    "confirmed": {},
}


def test_an_empty_draft_and_one_not_given_are_bundles(page: Page) -> None:
    not_given = {**DRAFT, "outcome": "not_given", "outcome_reason": "Fever."}
    for bundle in ran(page, "bundle.js", "m.bundleOf(one)", [DRAFT, not_given]):
        shaped = BundleCreate.model_validate_json(json.dumps(bundle))
        assert shaped.infusion is None
        assert shaped.signature is None
    gaps = ran(page, "bundle.js", "m.gapsOf(one, [])", [DRAFT, not_given])
    assert gaps == [[{"step": "end", "key": "gap.outcome"}], []]


def test_every_choice_has_words() -> None:
    words, choices = visit_words(), choices_of_records()
    prefixes = {
        "identifier": choices.identifiers,
        "question": choices.questions,
        "answer": choices.answers,
        "reason": choices.rate_reasons,
        "route": choices.routes,
        "device": choices.devices,
        "term": choices.terms,
        "action": choices.actions,
        "outcome": [one for one in choices.outcomes if one != "unknown"],
        "vital": [name for name in SHAPES["vitals"].by_name() if name != "note"],
        "scan": sorted(set(REFUSED.values())),
    }
    missing = [f"{p}.{key}" for p, keys in prefixes.items() for key in keys]
    assert [key for key in missing if key not in words] == []
