"""What holds for every history: clock changes, leap days, the date line, late and early."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.analysis.cycles import (
    Timeline,
    build_timeline,
    elapsed_days,
    local_day,
    local_midnight,
    plan_in_force,
)
from app.analysis.records import CourseRules, Hold, PatientRecord
from tests.analysis.builders import a_plan, an_infusion

RULES = CourseRules()
ZONES = (
    "UTC",
    "America/New_York",
    "America/Toronto",
    "Europe/London",
    "Africa/Cairo",  # clocks change at midnight
    "America/Sao_Paulo",  # once did
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # had no 30 December 2011
    "Pacific/Kiritimati",
)


@st.composite
def histories(draw: st.DrawFn) -> PatientRecord:
    """Draw infusions around clock changes, leap days and the date line, and plans and holds."""
    zone = draw(st.sampled_from(ZONES))
    start = draw(st.sampled_from([date(2011, 11, 20), date(2024, 2, 10), date(2025, 10, 1)]))
    gaps = draw(st.lists(st.integers(1, 60), min_size=0, max_size=12))
    day, infusions = start, []
    for gap in [0, *gaps]:
        day += timedelta(days=gap)
        hour = draw(st.integers(0, 23))
        infusions.append(an_infusion(day, hour=hour, zone=zone, dose_g=draw(st.floats(0, 90))))
    plans = [
        a_plan(
            effective_date=start + timedelta(days=draw(st.integers(-30, 200))),
            interval_days=draw(st.integers(5, 90)),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    holds = []
    for _ in range(draw(st.integers(0, 2))):
        begins = start + timedelta(days=draw(st.integers(-10, 300)))
        length = draw(st.none() | st.integers(1, 120))
        ends = None if length is None else begins + timedelta(days=length)
        holds.append(Hold(begins, ends, "travel"))
    plans.sort(key=lambda plan: plan.effective_date)
    return PatientRecord(zone, tuple(infusions), tuple(plans), tuple(holds))


@contextmanager
def server_zone(name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


class TestProperties:
    @given(histories())
    def test_every_infusion_that_ran_is_in_exactly_one_course(self, record: PatientRecord) -> None:
        courses = build_timeline(record, RULES).courses
        in_courses = [infusion for course in courses for infusion in course.infusions]
        ran = [i for i in record.infusions if (i.dose_g or 0.0) > 0.0]
        assert in_courses == sorted(ran, key=lambda i: i.started_at)

    @given(histories())
    def test_courses_are_ordered_and_disjoint(self, record: PatientRecord) -> None:
        courses = build_timeline(record, RULES).courses
        for course, following in pairwise(courses):
            assert course.last_day < following.first_day
            assert course.infusions[-1].started_at < following.started_at

    @given(histories())
    def test_cycles_tile_the_time_from_the_first_infusion_on(self, record: PatientRecord) -> None:
        cycles = build_timeline(record, RULES).cycles
        assert [c.ends_at for c in cycles[:-1]] == [c.starts_at for c in cycles[1:]]
        assert all(c.ends_at is None for c in cycles[-1:])

    @given(histories())
    def test_joining_limits_are_never_exceeded(self, record: PatientRecord) -> None:
        for course in build_timeline(record, RULES).courses:
            days = [day.day for day in course.days]
            assert (days[-1] - days[0]).days <= RULES.join_span_days
            for before, after in pairwise(days):
                plan = plan_in_force(record.plans, after)
                assert (after - before).days <= RULES.join_gap_days
                assert plan is None or (after - before).days * 2 <= plan.interval_days

    @given(histories())
    def test_courses_apart_could_not_have_been_joined(self, record: PatientRecord) -> None:
        courses = build_timeline(record, RULES).courses
        for course, following in pairwise(courses):
            gap = (following.first_day - course.last_day).days
            plan = plan_in_force(record.plans, following.first_day)
            assert (
                gap > RULES.join_gap_days
                or (following.first_day - course.first_day).days > RULES.join_span_days
                or (plan is not None and 2 * gap > plan.interval_days)
            )

    @given(histories())
    def test_epochs_cover_the_courses_in_order(self, record: PatientRecord) -> None:
        timeline = build_timeline(record, RULES)
        numbers = [cycle.epoch for cycle in timeline.cycles]
        assert sorted(set(numbers)) == list(range(len(timeline.epochs)))
        assert numbers == sorted(numbers)
        starts = [c.course.first_day for c in timeline.cycles]
        assert all(epoch.from_date in starts for epoch in timeline.epochs)

    @given(histories())
    def test_windows_never_overlap_and_lie_inside_the_cycle(self, record: PatientRecord) -> None:
        for cycle in build_timeline(record, RULES).cycles:
            windows = cycle.windows
            if windows is None or cycle.ends_at is None:
                continue
            assert windows.reference_from < windows.late_from < windows.late_to
            assert windows.reference_from <= windows.reference_to
            assert windows.late_to == elapsed_days(cycle.day_zero, cycle.ends_at)

    @given(histories(), st.sampled_from(ZONES))
    def test_the_servers_own_zone_changes_nothing(self, record: PatientRecord, zone: str) -> None:
        expected = build_timeline(record, RULES)
        with server_zone(zone):
            assert build_timeline(record, RULES) == expected

    @given(histories())
    def test_the_order_of_rows_changes_nothing(self, record: PatientRecord) -> None:
        backwards = replace(
            record,
            infusions=record.infusions[::-1],
            plans=record.plans,
            holds=record.holds[::-1],
        )
        assert key(build_timeline(backwards, RULES)) == key(build_timeline(record, RULES))


def key(timeline: Timeline) -> list[tuple[date, date, int, bool]]:
    return [(c.course.first_day, c.course.last_day, c.epoch, c.on_hold) for c in timeline.cycles]


@given(
    st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(ZONES),
)
def test_an_instant_lies_in_its_own_day(instant: datetime, zone: str) -> None:
    day = local_day(instant, zone)
    assert local_midnight(day, zone) <= instant
    assert instant < local_midnight(day + timedelta(days=1), zone)
