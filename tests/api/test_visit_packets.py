"""What a nurse's device takes along: their own visits, with orders, limits, recalls and words."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from app.db import Database
from app.errors import RuleViolation
from app.kit.access import Principal
from app.schedule.schemas import ConversionRead
from app.visits.packet_schemas import VisitPacketsRead
from app.visits.packet_visit import day_order
from app.visits.packets import read_packets
from tests.api.conftest import MovableClock
from tests.api.world import API, World
from tests.support.visit import a_bundle, an_account, an_id

KIM = {"Authorization": "Bearer Nurse Kim"}
TODAY = date(2026, 6, 1)
PLAN: dict[str, Any] = {"course_days": 2, "dose_g_per_kg": None, "dose_g": 80.0}


class Ask:
    """A nurse, and what their device is given."""

    def __init__(self, world: World, database: Database, clock: MovableClock) -> None:
        self.world, self.database, self.clock = world, database, clock
        self.account = an_account(database, world.clinic_id)

    def assign(self, day: date, *, account: str | None = None, patient: str | None = None) -> str:
        body: dict[str, Any] = {
            "account_id": account or self.account,
            "on_date": str(day),
            "confirm": True,
        }
        path = f"{API}/patients/{patient or self.world.patient_id}/visit-assignments"
        response = self.world.client.post(path, json=body)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def packets(self, **days: date) -> VisitPacketsRead:
        account = uuid.UUID(self.account)
        who = Principal(account, None, "nurse", "Kim Okafor", "session", account, frozenset())
        with self.database.reading() as session:
            clinic = uuid.UUID(self.world.clinic_id)
            return read_packets(session, clinic, who=who, now=self.clock.now, **days)


@pytest.fixture
def ask(world: World, database: Database, clock: MovableClock) -> Ask:
    return Ask(world, database, clock)


def test_both_days_of_a_course_are_taken_along(ask: Ask) -> None:
    ask.world.entered("weights")
    ask.world.entered("plans", **PLAN)
    ask.world.entered("infusions")
    first = ask.assign(TODAY)
    ask.assign(TODAY + timedelta(days=1))
    ask.assign(TODAY, account=an_account(ask.database, ask.world.clinic_id))
    packets = ask.packets()
    assert [(p.on_date, p.course_day, p.course_days) for p in packets.items] == [
        (TODAY, 1, 2),
        (TODAY + timedelta(days=1), 2, 2),
    ]
    packet = packets.items[0]
    assert str(packet.assignment_id) == first
    assert (packet.patient.external_id, packet.weights[0].weight_kg) == ("P-1", 70.5)
    assert packet.plan is not None
    assert packet.order is not None
    assert (packet.order.course_g, packet.order.grams, packet.order.waste_g) == (80, 40, 0)
    assert [(v.size_g, v.count) for v in packet.order.vials] == [(40, 1)]
    assert {limit.risk: (limit.basis, limit.lacks_risk_figure) for limit in packet.limits} == {
        "no": ("others", False),
        "yes": ("others", True),
        "unknown": ("others", False),
    }
    assert packet.last_infusion is not None
    assert packet.last_infusion.dose_g == 70
    assert packet.visit is None


def test_what_all_visits_share_is_there_once(ask: Ask) -> None:
    recall = {"lot": "AB-1", "announced_on": "2026-05-01", "source": "Maker"}
    recalls = f"{API}/clinics/{ask.world.clinic_id}/recalls"
    assert ask.world.client.post(recalls, json=recall).status_code == 201
    packets = ask.packets()
    assert packets.items == []
    assert (packets.protocol.first_every, packets.protocol.after_end) == (15, [30, 60])
    assert [(r.lot, r.lot_key) for r in packets.recalls] == [("AB-1", "AB1")]
    privigen = next(p for p in packets.products if p.key == "privigen")
    assert privigen.concentration_mg_per_ml == 100
    assert any(flag.key == "thrombosis" for flag in packets.red_flags)
    assert "identity" not in packets.choices.questions
    assert packets.choices.identifiers[0] == "name"
    assert all(getattr(packets.choices, name) for name in type(packets.choices).model_fields)


def test_a_visit_that_was_begun_is_named_until_it_is_signed(ask: Ask) -> None:
    ask.world.entered("plans", **PLAN)
    ask.clock.move(hours=10)
    bundle = a_bundle(ask.account)
    bundle["visit"]["outcome_reason"] = "The rest comes tomorrow."
    path = f"{ask.world.patient}/visit-bundles"
    assert ask.world.client.post(path, json=bundle, headers=KIM).status_code == 201
    (packet,) = ask.packets().items
    assert packet.visit is not None
    assert (str(packet.visit.id), packet.visit.is_signed) == (bundle["visit"]["id"], False)
    signed = {**bundle, "signature": {"id": an_id()}}
    response = ask.world.client.post(path, json=signed, headers=KIM)
    assert response.status_code == 201, response.text
    assert ask.packets().items == []
    ask.assign(TODAY)
    (packet,) = ask.packets().items
    assert packet.visit is not None
    assert packet.visit.is_signed


def test_days_are_of_the_patient_and_bounded(ask: Ask) -> None:
    for days in (-3, -2, 7, 8):
        ask.assign(TODAY + timedelta(days=days))
    wanted = [TODAY - timedelta(days=2), TODAY + timedelta(days=7)]
    assert [packet.on_date for packet in ask.packets().items] == wanted
    assert len(ask.packets(first=TODAY - timedelta(days=3)).items) == 3
    for last in (TODAY - timedelta(days=4), TODAY + timedelta(days=40)):
        with pytest.raises(RuleViolation):
            ask.packets(first=TODAY - timedelta(days=3), last=last)


def _conversion(**changes: Any) -> ConversionRead:
    def choice(grams: float, days: list[dict[str, Any]], *, needs: bool) -> dict[str, Any]:
        return {
            "vials": [],
            "grams": grams,
            "volume_ml": None,
            "difference_g": grams - 83,
            "difference_percent": (grams - 83) / 0.83,
            "needs_prescriber": needs,
            "days": days,
            "days_without": [],
        }

    days = [
        {"day": n, "vials": [{"size_g": 10, "count": c}], "grams": 10.0 * c, "volume_ml": None}
        for n, c in ((1, 5), (2, 4))
    ]
    content: dict[str, Any] = {
        "plan_id": uuid.uuid4(),
        "plan_version": 1,
        "is_signed": False,
        "product": "privigen",
        "on": TODAY,
        "weight": None,
        "weights": [],
        "ordered_g": 83.0,
        "concentration_mg_per_ml": 100.0,
        "concentration_confidence": "read",
        "vials_confidence": "read",
        "is_confirmed": False,
        "volume_ml": 830.0,
        "rounding_tolerance_percent": 2.0,
        "covering": choice(90, days, needs=True),
        "nearest": choice(80, days, needs=True),
        "recent": [],
    }
    return ConversionRead.model_validate({**content, **changes})


def test_vials_that_cover_the_order_say_what_is_left_over() -> None:
    order = day_order(_conversion(), number=1, of=2, given_g=0)
    assert order is not None
    assert order.grams == pytest.approx(83 * 50 / 90, abs=1e-6)
    assert order.waste_g == pytest.approx(7 * 50 / 90, abs=1e-6)
    assert order.needs_prescriber


def test_the_last_day_gets_what_is_left() -> None:
    order = day_order(_conversion(), number=2, of=2, given_g=60)
    assert order is not None
    assert (order.grams, order.vials) == (23, [])


@pytest.mark.parametrize(("given_g", "left_g"), [(0, None), (60, 23), (81.4, None), (90, None)])
def test_beyond_the_course_only_what_it_left_is_ordered(
    given_g: float, left_g: float | None
) -> None:
    order = day_order(_conversion(), number=3, of=2, given_g=given_g)
    assert (None if order is None else order.grams) == left_g


def test_a_day_beyond_the_course_has_no_order_while_the_course_is_to_come(ask: Ask) -> None:
    ask.world.entered("weights")
    ask.world.entered("plans", **{**PLAN, "course_days": 1})
    for days in (0, 2):
        ask.assign(TODAY + timedelta(days=days))
    first, beyond = ask.packets().items
    assert (first.course_day, first.order and first.order.grams) == (1, 80)
    assert (beyond.course_day, beyond.order) == (2, None)


def test_without_an_order_there_is_none() -> None:
    nothing = {"ordered_g": None, "covering": None, "nearest": None}
    assert day_order(_conversion(**nothing), number=1, of=1, given_g=0) is None
    unknown = _conversion(covering=None, nearest=None)
    order = day_order(unknown, number=1, of=2, given_g=0)
    assert order is not None
    assert order.grams == 41.5
