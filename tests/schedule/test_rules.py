"""What may be decided about planned courses; every single rule is broken in test_plausibility."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.errors import Severity
from tests.support import plausible_schedule
from tests.support.plausible_schedule import (
    ADDED,
    AROUND,
    CHECKS,
    course_exceptions,
    visit_assignments,
)

DECIDED = {
    rule: changes
    for table in (plausible_schedule.IMPOSSIBLE, plausible_schedule.UNUSUAL)
    for rule, changes in table.items()
    if rule.partition(".")[0] in CHECKS
}


@pytest.mark.parametrize("rule", DECIDED)
def test_a_slip_is_a_fault_of_its_own_field(rule: str) -> None:
    table, field, *_ = rule.split(".")
    faults = CHECKS[table](**DECIDED[rule])
    worst = max(fault.severity is Severity.IMPOSSIBLE for fault in faults)
    named = {f.field for f in faults if (f.severity is Severity.IMPOSSIBLE) is worst}
    assert named == {field}


def test_a_day_without_a_course_names_the_nearest() -> None:
    (fault,) = course_exceptions(slot_date=date(2026, 12, 1))
    reason = "no course is planned on 2026-12-01; the nearest is planned on 2026-11-30"
    assert fault.reason == reason
    (fault,) = course_exceptions(replace(AROUND, slots=()))
    assert fault.reason == "no course is planned on 2026-11-30"


@pytest.mark.parametrize("slot", [date(2026, 11, 2), date(2026, 11, 3)])
def test_what_was_done_is_not_moved(slot: date) -> None:
    (fault,) = course_exceptions(slot_date=slot, new_date=date(2026, 11, 10))
    assert fault.reason.endswith("what was done is not changed")
    first = course_exceptions(slot_date=date(2026, 11, 4), new_date=date(2026, 11, 10))
    assert "the nearest is planned" in first[0].reason


def test_a_course_can_be_cancelled_or_added_but_not_half() -> None:
    assert course_exceptions(kind="cancelled", new_date=None) == []
    assert course_exceptions(**ADDED) == []
    assert [f.field for f in course_exceptions(kind="cancelled")] == ["new_date"]
    assert [f.field for f in course_exceptions(kind="added")] == ["slot_date"]


@pytest.mark.parametrize(("day", "count"), [(14, 0), (15, 1)])
def test_half_an_interval_is_not_far(day: int, count: int) -> None:
    found = course_exceptions(new_date=date(2026, 12, day))
    assert [fault.severity for fault in found] == [Severity.UNUSUAL] * count
    without_plan = replace(AROUND, interval_days=None)
    assert course_exceptions(without_plan, new_date=date(2026, 12, day)) == []


@pytest.mark.parametrize(
    ("instant", "fields"),
    [
        ("2026-12-02T04:59:00+00:00", ["planned_at"]),  # still 1 December in New York
        ("2026-12-02T05:00:00+00:00", []),
        ("2026-12-03T04:59:00+00:00", []),
        ("2026-12-03T05:00:00+00:00", ["planned_at"]),
    ],
)
def test_a_visit_is_at_its_day_by_the_patients_clock(instant: str, fields: list[str]) -> None:
    found = visit_assignments(planned_at=datetime.fromisoformat(instant))
    assert [fault.field for fault in found] == fields


def test_a_time_at_the_edge_of_the_calendar_is_on_another_day() -> None:
    (fault,) = visit_assignments(planned_at=datetime.max.replace(tzinfo=UTC))
    assert fault.field == "planned_at"
