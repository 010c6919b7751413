from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Fault, Severity
from app.plans.rules import HoldDraft, PlanDraft, check_hold, check_plan

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
BIRTH = date(1970, 5, 4)
KNOWN = ("gammagard-liquid", "hizentra")
UNUSUAL, IMPOSSIBLE = Severity.UNUSUAL, Severity.IMPOSSIBLE


def plan_faults(*, weight_kg: float | None = None, **changes: Any) -> list[Fault]:
    content = {
        "effective_date": date(2026, 1, 5),
        "interval_days": 28,
        "course_days": 2,
        "product": "gammagard-liquid",
        **changes,
    }
    return check_plan(
        PlanDraft(**content),
        now=NOW,
        birth_date=BIRTH,
        known_products=KNOWN,
        reference_weight_kg=weight_kg,
    )


def hold_faults(**changes: Any) -> list[Fault]:
    content = {"from_date": date(2026, 1, 5), "to_date": None, "reason": "pregnancy", **changes}
    return check_hold(HoldDraft(**content), now=NOW, birth_date=BIRTH)


def worst(faults: list[Fault], field: str) -> Severity | None:
    assert {fault.field for fault in faults} <= {field}
    assert len(faults) <= 1
    return faults[0].severity if faults else None


@pytest.mark.parametrize("dose", [{}, {"dose_g_per_kg": 1.0}, {"dose_g": 80}])
def test_a_plan_has_one_dose_or_none(dose: dict[str, float]) -> None:
    assert plan_faults(**dose, reason="weak in the last days", prescriber="Dr Muster") == []


def test_two_doses_are_one_too_many() -> None:
    (fault,) = plan_faults(dose_g_per_kg=1, dose_g=80)
    assert fault == Fault("dose_g", 80, "80 g stands beside 1 g/kg; give one of the two")


@pytest.mark.parametrize(
    ("days", "severity"),
    [
        (0, IMPOSSIBLE),
        (-28, IMPOSSIBLE),
        (1, UNUSUAL),
        (6, UNUSUAL),
        (7, None),
        (84, None),
        (85, UNUSUAL),
        (365, UNUSUAL),
        (366, IMPOSSIBLE),
    ],
)
def test_the_bounds_of_an_interval(days: int, severity: Severity | None) -> None:
    faults = plan_faults(interval_days=days, course_days=min(max(days, 1), 2))
    assert worst([f for f in faults if f.field == "interval_days"], "interval_days") is severity


@pytest.mark.parametrize(
    ("days", "severity"),
    [(0, IMPOSSIBLE), (1, None), (5, None), (6, UNUSUAL), (10, UNUSUAL), (11, IMPOSSIBLE)],
)
def test_the_bounds_of_a_course(days: int, severity: Severity | None) -> None:
    assert worst(plan_faults(course_days=days), "course_days") is severity


@pytest.mark.parametrize(("days", "count"), [(7, 0), (8, 1)])
def test_a_course_is_no_longer_than_its_interval(days: int, count: int) -> None:
    faults = plan_faults(interval_days=7, course_days=days)
    too_long = [fault for fault in faults if fault.severity is IMPOSSIBLE]
    assert [fault.reason for fault in too_long] == ["8 is above interval_days 7"] * count


@pytest.mark.parametrize(
    ("per_kg", "severity"),
    [
        (-1, IMPOSSIBLE),
        (0, IMPOSSIBLE),
        (0.009, IMPOSSIBLE),
        (0.01, UNUSUAL),
        (0.099, UNUSUAL),
        (0.1, None),
        (2.4, None),
        (2.401, UNUSUAL),
        (2.6, UNUSUAL),
        (4, UNUSUAL),
        (4.001, IMPOSSIBLE),
        (900, IMPOSSIBLE),
        (float("nan"), IMPOSSIBLE),
    ],
)
def test_the_bounds_of_a_dose_per_kg(per_kg: float, severity: Severity | None) -> None:
    assert worst(plan_faults(dose_g_per_kg=per_kg), "dose_g_per_kg") is severity


@pytest.mark.parametrize(
    ("grams", "severity"),
    [
        (0, IMPOSSIBLE),
        (0.49, IMPOSSIBLE),
        (0.5, None),
        (240, None),
        (240.5, UNUSUAL),
        (400, UNUSUAL),
        (400.5, IMPOSSIBLE),
        (900, IMPOSSIBLE),
    ],
)
def test_the_bounds_of_a_dose_in_grams(grams: float, severity: Severity | None) -> None:
    assert worst(plan_faults(dose_g=grams), "dose_g") is severity


@pytest.mark.parametrize(
    ("grams", "severity"),
    [(120, None), (120.1, UNUSUAL), (200, UNUSUAL), (200.1, IMPOSSIBLE)],
)
def test_a_dose_in_grams_is_judged_by_a_known_weight(
    grams: float, severity: Severity | None
) -> None:
    assert worst(plan_faults(dose_g=grams, weight_kg=50), "dose_g") is severity


@given(st.floats(15, 100))
def test_the_usual_limit_itself_is_usual_at_every_weight(weight_kg: float) -> None:
    assert plan_faults(dose_g=2.4 * weight_kg, weight_kg=weight_kg) == []


def test_a_dose_by_weight_is_shown_in_both_units() -> None:
    (fault,) = plan_faults(dose_g=130, weight_kg=50)
    reason = "130 g a course at 50 kg is 2.6 g/kg, above 2.4 g/kg; it needs confirmation"
    assert fault == Fault("dose_g", 130, reason, UNUSUAL)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"effective_date": date(1970, 5, 3)}, "effective_date"),
        ({"product": "gammagard"}, "product"),
        ({"route": "oral"}, "route"),
        ({"route": "intravenous", "product": "hizentra"}, "route"),
        ({"reason": "\x00"}, "reason"),
        ({"prescriber": "x" * 201}, "prescriber"),
    ],
)
def test_one_wrong_fact_of_a_plan_is_one_fault(changes: dict[str, Any], field: str) -> None:
    assert worst(plan_faults(**changes), field) is IMPOSSIBLE


def test_a_plan_may_begin_within_a_year_and_a_day() -> None:
    latest = TODAY + timedelta(days=366)
    assert plan_faults(effective_date=latest) == []
    faults = plan_faults(effective_date=latest + timedelta(days=1))
    assert worst(faults, "effective_date") is UNUSUAL


@pytest.mark.parametrize("product", ["gammagard-liquid", "hizentra"])
def test_every_product_may_be_given_under_the_skin(product: str) -> None:
    assert plan_faults(product=product, route="subcutaneous") == []


def test_every_wrong_field_of_a_plan_is_named_at_once() -> None:
    faults = plan_faults(interval_days=0, course_days=0, product="x", dose_g_per_kg=9, route="oral")
    fields = {"interval_days", "course_days", "product", "dose_g_per_kg", "route"}
    assert {fault.field for fault in faults} == fields


@pytest.mark.parametrize(
    ("to_date", "severity"),
    [
        (None, None),
        (date(2026, 1, 4), IMPOSSIBLE),
        (date(2026, 1, 5), IMPOSSIBLE),
        (date(2026, 1, 6), None),
        (TODAY + timedelta(days=367), UNUSUAL),
    ],
)
def test_a_hold_ends_after_it_begins(to_date: date | None, severity: Severity | None) -> None:
    assert worst(hold_faults(to_date=to_date), "to_date") is severity


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from_date": date(1970, 5, 3)}, "from_date"),
        ({"reason": "holiday"}, "reason"),
        ({"note": "\ud800"}, "note"),
    ],
)
def test_one_wrong_fact_of_a_hold_is_one_fault(changes: dict[str, Any], field: str) -> None:
    assert worst(hold_faults(**changes), field) is IMPOSSIBLE
