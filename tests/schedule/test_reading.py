"""What is shown of a calendar: every course that was done, once, whatever was decided."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.analysis.records import CourseException, CourseRules, PatientRecord
from app.schedule.calendars import Known, own_calendar
from app.schedule.reading import done_courses
from tests.analysis.builders import START, a_plan, a_record, days_after

numbers = st.integers(-30, 200).map(lambda number: START + timedelta(days=number))
decisions = st.one_of(
    st.builds(CourseException, st.just("moved"), numbers, numbers),
    st.builds(CourseException, st.just("cancelled"), numbers, st.none()),
    st.builds(CourseException, st.just("added"), st.none(), numbers),
)


@given(
    gaps=st.lists(st.integers(10, 50), max_size=4),
    exceptions=st.lists(decisions, max_size=6),
    kind=st.sampled_from(["rolling", "fixed"]),
    later=st.integers(0, 60),
)
def test_what_was_done_is_shown_once_whatever_was_decided(
    gaps: list[int], exceptions: list[CourseException], kind: str, later: int
) -> None:
    given_on = days_after(START, *(sum(gaps[:number]) for number in range(len(gaps) + 1)))
    plan = a_plan(calendar="fixed" if kind == "fixed" else "rolling")
    made = a_record(given_on, plans=[plan])
    known = PatientRecord(made.time_zone, made.infusions, made.plans, exceptions=tuple(exceptions))
    today = given_on[-1] + timedelta(days=later)
    own = own_calendar(
        Known(uuid.UUID(int=1), "P-1", today, CourseRules()),
        known,
        until=today + timedelta(days=150),
    )
    planned: list[date] = [day for course in own.calendar.planned for day in course.days]
    shown = [*(day for course in done_courses(own) for day in course.days), *planned]
    assert [shown.count(day) for day in given_on] == [1] * len(given_on)
    assert all(course.gave_half for course in done_courses(own))
