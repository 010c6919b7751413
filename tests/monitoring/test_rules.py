from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.errors import Fault, Severity
from app.monitoring.rules import (
    SPECS,
    EventDraft,
    InfusionFacts,
    RateContext,
    check_event,
    judge_rate,
    risk_at,
)
from app.monitoring.shapes import QUESTIONS, SHAPES

START = datetime(2026, 6, 1, 11, tzinfo=UTC)
NOW = START + timedelta(days=3)
ENDED = InfusionFacts(START, START + timedelta(hours=4), "completed")
CHECKED = dict.fromkeys(QUESTIONS, "yes")
# Privigen as the catalogue has it: 4.8 mL/kg/h in CIDP (privigen.com).
PRIVIGEN = {
    "concentration_mg_per_ml": 100,
    "source": "privigen.com",
    "as_of": "2026-11-20",
    "rates": [
        {
            "initial": 0.3,
            "maximum": 4.8,
            "unit": "mL/kg/h",
            "indication": "CIDP",
            "at_risk": False,
            "confidence": "read",
        }
    ],
}


def faults(
    kind: str, details: Mapping[str, Any], *, at: datetime = START, **options: Any
) -> list[Fault]:
    known: dict[str, Any] = {"infusion": ENDED, **options}
    draft = EventDraft(uuid.uuid4(), at, kind, details)
    return check_event(draft, now=NOW, birth_date=date(1970, 5, 4), **known)


def wrong(kind: str, details: Mapping[str, Any], **options: Any) -> set[str]:
    return {fault.field.removeprefix("details.") for fault in faults(kind, details, **options)}


def at_70_kg(**changes: Any) -> RateContext:
    values = {
        "facts": PRIVIGEN,
        "concentration_mg_per_ml": 100.0,
        "weight_kg": 70.0,
        "indication": "CIDP",
        "risk": "no",
    }
    return RateContext(**{**values, **changes})


# --- details -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "details", "expected"),
    [
        ("identity", {"identifiers": ["name", "photo"]}, set()),
        ("identity", {"identifiers": ("name", "photo", "address")}, set()),
        ("identity", {"identifiers": ["name"]}, {"identifiers"}),
        ("identity", {"identifiers": ["name", "name"]}, {"identifiers"}),
        ("identity", {"identifiers": ["name", "face"]}, {"identifiers"}),
        ("identity", {"identifiers": "name, photo"}, {"identifiers"}),
        ("identity", {"identifiers": ["name", 4]}, {"identifiers"}),
        ("identity", {}, {"identifiers"}),
        ("identity", {"identifiers": None}, {"identifiers"}),
        ("pre_check", CHECKED, set()),
        ("pre_check", {**CHECKED, "creatinine_umol_l": 80, "note": "Well."}, set()),
        ("pre_check", {**CHECKED, "consent": None}, {"consent"}),
        ("pre_check", {**CHECKED, "infection": "maybe"}, {"infection"}),
        ("pre_check", {**CHECKED, "infection": True}, {"infection"}),
        ("pre_check", {**CHECKED, "infektion": "no"}, {"infektion"}),
        ("pre_check", {**CHECKED, "anaphylaxis_kit": "no"}, {"anaphylaxis_kit"}),
        ("pre_check", {**CHECKED, "anaphylaxis_kit": "unknown"}, {"anaphylaxis_kit"}),
        ("pre_check", {**CHECKED, "anaphylaxis_kit": "not_applicable"}, {"anaphylaxis_kit"}),
        ("pre_check", {**CHECKED, "consent": "no"}, {"consent"}),
        ("pre_check", {**CHECKED, "consent": "unknown"}, {"consent"}),
        ("pre_check", {**CHECKED, "consent": "not_applicable"}, {"consent"}),
        ("pre_check", {**CHECKED, "allergies_reviewed": "unknown"}, set()),
        ("premedication", {"drug": "x", "dose": "1 g", "route": "oral"}, set()),
        ("premedication", {"drug": " ", "route": "oral"}, {"drug", "dose"}),
        ("hydration", {"route": "oral", "volume_ml": 500}, set()),
        ("hydration", {"route": "oral", "volume_ml": 0.5}, {"volume_ml"}),
        ("access", {"device": "port", "outcome": "working"}, set()),
        ("access", {"device": "port", "outcome": "working", "attempts": 1.5}, {"attempts"}),
        ("access", {"device": "port", "outcome": "working", "gauge": 22.0}, set()),
        ("access_removed", {}, set()),
        ("vitals", {"heart_rate": 70}, set()),
        ("vitals", {}, {"details"}),
        ("vitals", {"note": "Refused."}, {"details"}),
        ("vitals", {"heart_rate": float("nan")}, {"heart_rate"}),
        ("vitals", {"heart_rate": True}, {"heart_rate"}),
        ("vitals", {"systolic_mmhg": 120, "diastolic_mmhg": 119}, set()),
        ("vitals", {"systolic_mmhg": 120, "diastolic_mmhg": 120}, {"diastolic_mmhg"}),
        ("vitals", {"diastolic_mmhg": 80}, set()),
        ("vitals", {"systolic_mmhg": 120}, set()),
        ("wearing_off", {"weaker_before": "yes", "from_days_before": 4}, set()),
        ("wearing_off", {"weaker_before": "yes"}, set()),
        ("wearing_off", {"weaker_before": "no"}, set()),
        ("wearing_off", {"weaker_before": "no", "from_days_before": 4}, {"from_days_before"}),
        ("note", {"text": "Pump 4."}, set()),
        ("note", {}, {"text"}),
    ],
)
def test_what_each_kind_of_event_holds(
    kind: str, details: Mapping[str, Any], expected: set[str]
) -> None:
    assert wrong(kind, details) == expected


def test_an_unusual_value_hides_no_impossible_one() -> None:
    found = faults("vitals", {"systolic_mmhg": 60, "diastolic_mmhg": 60})
    assert [fault.severity for fault in found] == [Severity.UNUSUAL, Severity.IMPOSSIBLE]


def test_every_field_of_every_kind_is_documented() -> None:
    ids = {row.id for spec in SPECS for row in spec.rows()}
    fields = {f"infusion_events.{f.field}" for shape in SHAPES.values() for f in shape.fields}
    assert fields <= ids


# --- which infusion, and when --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "is_far"),
    [
        (START - timedelta(hours=12), False),
        (START - timedelta(hours=12, seconds=1), True),
        (START + timedelta(hours=16), False),
        (START + timedelta(hours=16, seconds=1), True),
    ],
)
def test_an_event_is_near_its_infusion(at: datetime, is_far: bool) -> None:
    found = faults("note", {"text": "x"}, at=at)
    assert [fault.severity for fault in found] == [Severity.UNUSUAL] * is_far


def test_an_infusion_without_an_end_can_have_lasted_two_days() -> None:
    running = InfusionFacts(START, None, "in_progress")
    at = START + timedelta(hours=59)
    assert wrong("note", {"text": "x"}, at=at, infusion=running) == set()


def test_an_event_needs_an_infusion_a_kind_and_a_past() -> None:
    found = faults("dance", {"a": 1}, at=NOW + timedelta(days=1), infusion=None)
    assert [fault.field for fault in found] == ["at", "infusion_id", "kind"]
    assert wrong("note", {}, infusion=None) == {"infusion_id", "text"}


# --- rates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ml_per_h", "reason", "expected"),
    [
        (336, None, set()),  # 4.8 mL/kg/h at 70 kg
        (337, None, {"over_limit_reason"}),
        (337, "On the phone with Dr. Example.", set()),
        (0, None, set()),
        (1300, "Wide open.", {"ml_per_h"}),
        (1300, None, {"ml_per_h", "over_limit_reason"}),
        (2001, None, {"ml_per_h"}),
    ],
)
def test_a_rate_over_the_limit_needs_a_reason(
    ml_per_h: float, reason: str | None, expected: set[str]
) -> None:
    details = {"ml_per_h": ml_per_h, "reason": "titration", "over_limit_reason": reason}
    assert wrong("rate", details, rates=at_70_kg()) == expected


def test_nothing_runs_in_an_infusion_that_was_not_done() -> None:
    not_done = InfusionFacts(START, None, "not_done")
    for ml_per_h, expected in ((0, set()), (1, {"ml_per_h"})):
        details = {"ml_per_h": ml_per_h, "reason": "other"}
        assert wrong("rate", details, infusion=not_done, rates=at_70_kg()) == expected


@pytest.mark.parametrize(("ml_per_h", "asks"), [(900, True), (1, True), (0, False)])
def test_a_rate_that_nobody_can_judge_needs_a_confirmation(ml_per_h: float, *, asks: bool) -> None:
    details = {"ml_per_h": ml_per_h, "reason": "titration"}
    found = faults("rate", details, rates=at_70_kg(weight_kg=None))
    assert [(fault.field, fault.severity) for fault in found] == [
        ("details.ml_per_h", Severity.UNUSUAL)
    ] * asks


def test_without_anything_to_judge_by_no_rate_is_over() -> None:
    details = {"ml_per_h": 900, "reason": "titration"}
    assert wrong("rate", details) == set()
    assert wrong("rate", details, infusion=None, rates=at_70_kg()) == {"infusion_id"}


def test_of_a_product_that_nobody_knows_there_is_no_confirmed_limit() -> None:
    judgement = judge_rate(84, at_70_kg(facts=None, concentration_mg_per_ml=None))
    assert judgement is not None
    assert (judgement.ml_per_kg_h, judgement.mg_per_kg_min) == (pytest.approx(1.2), None)
    assert judgement.message == "no confirmed rate limit for this product"
    assert judge_rate(84, at_70_kg(weight_kg=None)) is None


def test_the_first_step_is_held_against_the_initial_rate() -> None:
    first, later = (judge_rate(84, at_70_kg(is_first=is_first)) for is_first in (True, False))
    assert first is not None
    assert later is not None
    assert first.message == "above the initial rate of 0.3 mL/kg/h"
    assert (first.verdict, later.message) == ("within", "")


@pytest.mark.parametrize(
    ("thrombosis", "renal", "expected"),
    [
        ("no", "no", "no"),
        ("no", "yes", "yes"),
        ("yes", "unknown", "yes"),
        ("unknown", "no", "unknown"),
        ("no", "unknown", "unknown"),
        ("not_applicable", "no", "unknown"),
    ],
)
def test_there_is_no_risk_only_where_both_answers_say_so(
    thrombosis: str, renal: str, expected: str
) -> None:
    assert risk_at([(START, {"thrombosis_risk": thrombosis, "renal_risk": renal})], START) == (
        expected
    )


def test_the_last_pre_check_before_a_rate_says_whether_there_is_a_risk() -> None:
    later = START + timedelta(hours=1)
    checks: list[tuple[datetime, dict[str, Any]]] = [
        (START, {"thrombosis_risk": "no", "renal_risk": "yes"}),
        (later, {"thrombosis_risk": "no", "renal_risk": "no"}),
    ]
    assert risk_at(checks, START - timedelta(seconds=1)) == "unknown"
    assert risk_at(checks, START) == "yes"
    assert risk_at(checks, later) == "no"
    assert risk_at([], later) == "unknown"
