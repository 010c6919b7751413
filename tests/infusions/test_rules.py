from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Fault, Severity
from app.infusions.rules import (
    InfusionDraft,
    VialTotals,
    check_infusion,
    contradictions,
    totals_of,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
BIRTH = date(1970, 5, 4)
KNOWN = ("gammagard-liquid",)
UNUSUAL, IMPOSSIBLE = Severity.UNUSUAL, Severity.IMPOSSIBLE


def infusion_faults(
    *, reference_weight_kg: float | None = None, other_course_g: float = 0, **changes: Any
) -> list[Fault]:
    content = {
        "started_at": START,
        "status": "completed",
        "product": "gammagard-liquid",
        "dose_g": 40,
        **changes,
    }
    return check_infusion(
        InfusionDraft(**content),
        now=NOW,
        birth_date=BIRTH,
        known_products=KNOWN,
        reference_weight_kg=reference_weight_kg,
        other_course_g=other_course_g,
    )


def not_done(**changes: Any) -> list[Fault]:
    content = {"status": "not_done", "dose_g": None, "note": "fever", **changes}
    return infusion_faults(**content)


def worst(faults: list[Fault], field: str) -> Severity | None:
    assert {fault.field for fault in faults} <= {field}
    assert len(faults) <= 1
    return faults[0].severity if faults else None


def test_an_infusion_with_every_fact_is_in_order() -> None:
    faults = infusion_faults(
        ended_at=START + timedelta(hours=4),
        weight_kg=80,
        lot_numbers=("LE12000AB", "LE12001AC"),
        note="well tolerated",
        reference_weight_kg=78,
        other_course_g=40,
    )
    assert faults == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"started_at": NOW + timedelta(minutes=11)}, "started_at"),
        ({"started_at": datetime(1970, 5, 3, 23, tzinfo=UTC)}, "started_at"),
        ({"status": "done"}, "status"),
        ({"product": "gammagard"}, "product"),
        ({"product": None}, "product"),
        ({"weight_kg": 0}, "weight_kg"),
        ({"lot_numbers": ("A", " B")}, "lot_numbers"),
        ({"lot_numbers": ("A;B",)}, "lot_numbers"),
        ({"note": "\x00"}, "note"),
    ],
)
def test_one_wrong_fact_is_one_fault(changes: dict[str, Any], field: str) -> None:
    assert worst(infusion_faults(**changes), field) is IMPOSSIBLE


def test_an_infusion_may_start_within_ten_minutes() -> None:
    assert infusion_faults(started_at=NOW + timedelta(minutes=10)) == []


def test_every_wrong_field_is_named_at_once() -> None:
    faults = infusion_faults(
        status="stopped", product=None, dose_g=0, weight_kg=900, lot_numbers=("",)
    )
    assert {f.field for f in faults} == {"product", "dose_g", "weight_kg", "lot_numbers"}


@pytest.mark.parametrize(
    ("lasted", "severity"),
    [
        (timedelta(seconds=-1), IMPOSSIBLE),
        (timedelta(0), None),
        (timedelta(hours=16), None),
        (timedelta(hours=16, seconds=1), UNUSUAL),
        (timedelta(hours=48), UNUSUAL),
        (timedelta(hours=48, seconds=1), IMPOSSIBLE),
    ],
)
def test_the_bounds_of_a_duration(lasted: timedelta, severity: Severity | None) -> None:
    assert worst(infusion_faults(ended_at=START + lasted), "ended_at") is severity


def test_an_end_in_the_future_is_refused() -> None:
    faults = infusion_faults(started_at=NOW, ended_at=NOW + timedelta(minutes=11))
    assert worst(faults, "ended_at") is IMPOSSIBLE


def test_a_long_infusion_is_shown_in_hours() -> None:
    (fault,) = infusion_faults(ended_at=START + timedelta(hours=20, minutes=30))
    assert fault.reason == (
        "2026-11-17T05:30:00+00:00 is 20.5 hours after started_at; it needs confirmation"
    )


@pytest.mark.parametrize("status", ["not_done", "in_progress"])
def test_what_has_not_ended_has_no_end(status: str) -> None:
    faults = not_done(status=status, ended_at=START + timedelta(hours=4))
    assert worst(faults, "ended_at") is IMPOSSIBLE


@pytest.mark.parametrize("status", ["completed", "stopped"])
@pytest.mark.parametrize(
    ("dose_g", "severity"),
    [
        (None, IMPOSSIBLE),
        (-1, IMPOSSIBLE),
        (0, IMPOSSIBLE),
        (0.1, None),
        (240, None),
        (240.1, UNUSUAL),
        (400, UNUSUAL),
        (400.1, IMPOSSIBLE),
        (900, IMPOSSIBLE),
        (float("nan"), IMPOSSIBLE),
    ],
)
def test_the_bounds_of_a_dose_that_was_given(
    status: str, dose_g: float | None, severity: Severity | None
) -> None:
    assert worst(infusion_faults(status=status, dose_g=dose_g), "dose_g") is severity


@pytest.mark.parametrize(
    ("dose_g", "reason"),
    [
        (None, "it is missing, and the status is stopped"),
        (0, "0 is no dose, and the status is stopped"),
    ],
)
def test_a_missing_dose_and_none_are_told_apart(dose_g: float | None, reason: str) -> None:
    faults = infusion_faults(status="stopped", dose_g=dose_g)
    assert [fault.reason for fault in faults] == [reason]


@pytest.mark.parametrize(
    ("dose_g", "severity"), [(None, None), (0, None), (0.1, IMPOSSIBLE), (-1, IMPOSSIBLE)]
)
def test_nothing_ran_in_an_infusion_that_was_not_done(
    dose_g: float | None, severity: Severity | None
) -> None:
    assert worst(not_done(dose_g=dose_g), "dose_g") is severity


def test_an_infusion_that_was_not_done_says_why() -> None:
    assert worst(not_done(note=None), "note") is IMPOSSIBLE
    assert worst(not_done(note=" "), "note") is IMPOSSIBLE


def test_an_infusion_that_was_not_done_needs_no_product() -> None:
    assert not_done(product=None) == []


@pytest.mark.parametrize("dose_g", [None, 0, 20])
def test_an_infusion_in_progress_may_lack_product_and_dose(dose_g: float | None) -> None:
    assert infusion_faults(status="in_progress", product=None, dose_g=dose_g) == []


@pytest.mark.parametrize(
    ("dose_g", "severity"), [(120, None), (120.1, UNUSUAL), (200, UNUSUAL), (200.1, IMPOSSIBLE)]
)
def test_a_dose_is_judged_by_the_weight_of_the_infusion(
    dose_g: float, severity: Severity | None
) -> None:
    faults = infusion_faults(dose_g=dose_g, weight_kg=50, reference_weight_kg=60)
    assert worst(faults, "dose_g") is severity


def test_a_dose_is_judged_by_the_weight_before_where_the_infusion_has_none() -> None:
    assert worst(infusion_faults(dose_g=120, reference_weight_kg=50), "dose_g") is None
    assert worst(infusion_faults(dose_g=121, reference_weight_kg=50), "dose_g") is UNUSUAL


def test_the_other_days_of_the_course_count() -> None:
    faults = infusion_faults(dose_g=60, weight_kg=50, other_course_g=60)
    assert faults == []
    (fault,) = infusion_faults(dose_g=65, weight_kg=50, other_course_g=65)
    reason = "130 g a course at 50 kg is 2.6 g/kg, above 2.4 g/kg; it needs confirmation"
    assert fault == Fault("dose_g", 65, reason, UNUSUAL)


def test_a_high_dose_in_grams_stays_unusual_for_a_heavy_patient() -> None:
    assert worst(infusion_faults(dose_g=250, weight_kg=180), "dose_g") is UNUSUAL


def test_no_dose_is_judged_by_a_weight_that_is_none() -> None:
    faults = infusion_faults(weight_kg=0)
    assert [fault.field for fault in faults] == ["weight_kg"]


@given(st.floats(15, 100), st.floats(0, 1))
def test_the_usual_limit_itself_is_usual_at_every_weight(weight_kg: float, share: float) -> None:
    course_g = 2.4 * weight_kg
    first_g = max(share * course_g, 0.1)
    faults = infusion_faults(dose_g=first_g, weight_kg=weight_kg, other_course_g=course_g - first_g)
    assert faults == []


@pytest.mark.parametrize(("weight_kg", "severity"), [(97.9, None), (98, UNUSUAL)])
def test_a_weight_change_of_40_percent_needs_confirmation(
    weight_kg: float, severity: Severity | None
) -> None:
    faults = infusion_faults(weight_kg=weight_kg, reference_weight_kg=70)
    assert worst(faults, "weight_kg") is severity


def test_vials_say_product_lots_and_grams_together() -> None:
    vials = [("privigen", "A", 0.1), ("privigen", "B", 0.2), ("privigen", "A", 0.0)]
    assert totals_of(vials) == VialTotals("privigen", 0.3, ("A", "B"))
    assert totals_of([("privigen", "A", 0.0)]) == VialTotals("privigen", None, ("A",))
    assert totals_of([]) is None


def test_an_infusion_says_what_its_vials_say() -> None:
    totals = VialTotals("privigen", 30.0, ("A", "B"))
    agreed = InfusionDraft(START, "completed", None, "privigen", 30.0, lot_numbers=("B", "A"))
    assert contradictions(agreed, totals) == []
    silent = InfusionDraft(START, "in_progress")
    fields = {fault.field for fault in contradictions(silent, totals)}
    assert fields == {"product", "dose_g", "lot_numbers"}
    assert contradictions(silent, totals)[2].reason == (
        "nothing stands, and the lots of the vials are A, B"
    )
    (other,) = contradictions(replace(agreed, lot_numbers=("C",)), totals)
    assert other.reason == "C stands, and the lots of the vials are A, B"
    wasted = VialTotals("privigen", None, ("A",))
    (fault,) = contradictions(replace(agreed, lot_numbers=("A",)), wasted)
    assert (fault.field, fault.severity) == ("dose_g", IMPOSSIBLE)
