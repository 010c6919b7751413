"""The calendar of planned courses; dates count from Monday 6 January 2025."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.analysis.cycles import EffectiveHold, build_timeline
from app.analysis.next_due import (
    NextCourse,
    course_calendar,
    next_course,
    next_course_of,
    turning_days,
)
from app.analysis.planned import Facts, PlannedCourse
from app.analysis.planning import next_planned, plan_courses
from app.analysis.records import CourseException, CourseRules, Hold, PatientRecord, PlanVersion
from tests.analysis.builders import START, a_plan, a_record, days_after


def day(number: int) -> date:
    return START + timedelta(days=number)


def moved(slot: int, to: int) -> CourseException:
    return CourseException("moved", day(slot), day(to))


def cancelled(slot: int) -> CourseException:
    return CourseException("cancelled", day(slot), None)


def added(to: int) -> CourseException:
    return CourseException("added", None, day(to))


def a_hold(first: int, end: int | None) -> EffectiveHold:
    return EffectiveHold(day(first), None if end is None else day(end), "travel")


def facts(*given_on: int, **changes: Any) -> Facts:
    content: dict[str, Any] = {"plans": (a_plan(),), **changes}
    return Facts(tuple(map(day, given_on)), **content)


FIXED = {"plans": (a_plan(calendar="fixed"),)}


def planned(known: Facts, *, today: int = 1, until: int = 100) -> list[int | None]:
    """Return the days of the open courses, counted from the start."""
    calendar = plan_courses(known, today=day(today), until=day(until))
    courses = [course for course in calendar.planned if course.is_open]
    return [c.planned_on and (c.planned_on - START).days for c in courses]


class TestRolling:
    def test_courses_follow_each_other_by_the_interval(self) -> None:
        assert planned(facts(0)) == [28, 56, 84]

    def test_the_last_course_counts_not_the_calendar(self) -> None:
        assert planned(facts(0, 33), today=40) == [61, 89]

    def test_without_a_course_or_a_plan_nothing_is_planned(self) -> None:
        assert planned(facts()) == planned(facts(0, plans=())) == []

    def test_what_follows_a_moved_course_follows_it(self) -> None:
        assert planned(facts(0, exceptions=(moved(28, 30),))) == [30, 58, 86]

    def test_a_cancelled_course_leaves_the_others_where_they_are(self) -> None:
        known = facts(0, exceptions=(cancelled(28),))
        assert planned(known) == [56, 84]
        first = plan_courses(known, today=day(1), until=day(40)).planned[0]
        assert (first.is_cancelled, first.slot_date) == (True, day(28))

    def test_an_added_course_moves_no_other(self) -> None:
        assert planned(facts(0, exceptions=(added(14),))) == [14, 28, 56, 84]

    def test_only_one_course_is_late(self) -> None:
        assert planned(facts(0), today=60) == [28, 84]

    def test_the_next_course_is_told_however_far_it_is(self) -> None:
        assert planned(facts(0), until=2) == [28]

    def test_a_new_plan_counts_from_its_first_course_on(self) -> None:
        plans = (a_plan(), a_plan(effective_date=day(40), interval_days=21))
        assert planned(facts(0, plans=plans)) == [28, 56, 77, 98]

    def test_a_plan_before_the_one_of_today_never_counts_again(self) -> None:
        plans = (a_plan(), a_plan(effective_date=day(40), interval_days=21))
        assert planned(facts(0, plans=plans), today=40)[:2] == [21, 42]

    def test_a_course_before_the_first_plan_counts_too(self) -> None:
        assert planned(facts(0, plans=(a_plan(effective_date=day(50)),)), today=60) == [28, 84]

    def test_a_course_goes_on_for_the_days_of_its_plan(self) -> None:
        known = facts(0, plans=(a_plan(course_days=3),))
        (course,) = plan_courses(known, today=day(1), until=day(30)).planned
        assert course.days == (day(28), day(29), day(30))


class TestExceptions:
    def test_one_that_lies_near_a_course_applies_although_the_calendar_shifted(self) -> None:
        # Cancelled when it stood on day 56; then a course came a day late.
        assert planned(facts(0, 29, exceptions=(cancelled(56),)), today=30) == [85]

    def test_the_nearest_applies_and_of_two_the_last(self) -> None:
        both = (moved(26, 27), moved(28, 29), moved(28, 31), moved(25, 26))
        assert planned(facts(0, exceptions=both))[0] == 31

    @pytest.mark.parametrize(("slot", "first"), [(41, 45), (42, 28)])
    def test_half_an_interval_away_it_names_no_course(self, slot: int, first: int) -> None:
        known = facts(0, exceptions=(moved(slot, 45),))
        calendar = plan_courses(known, today=day(1), until=day(30))
        assert calendar.planned[0].planned_on == day(first)

    def test_one_without_its_course_is_unmatched(self) -> None:
        known = facts(0, exceptions=(moved(-40, -38), moved(28, 30)))
        calendar = plan_courses(known, today=day(1), until=day(30))
        assert (calendar.unmatched, calendar.used) == ({0}, frozenset())

    @pytest.mark.parametrize("to", [30, 12])
    def test_when_its_course_was_given_it_is_history(self, to: int) -> None:
        known = facts(0, to, exceptions=(moved(28, to),))
        calendar = plan_courses(known, today=day(to), until=day(to + 28))
        assert calendar.used == {0}
        assert [course.planned_on for course in calendar.planned] == [day(to + 28)]

    def test_a_rescue_in_between_uses_nothing(self) -> None:
        known = facts(0, 7, exceptions=(moved(35, 37),))
        assert planned(known, today=8)[0] == 37

    def test_none_plans_a_course_into_the_past(self) -> None:
        known = facts(0, exceptions=(moved(28, -1),))
        assert planned(known)[0] == 28

    def test_a_cancelled_course_that_was_given_all_the_same_is_done(self) -> None:
        known = facts(0, 28, exceptions=(cancelled(28), moved(56, 58)))
        calendar = plan_courses(known, today=day(29), until=day(60))
        assert (calendar.used, calendar.planned[0].planned_on) == ({0}, day(58))

    @pytest.mark.parametrize("given_on", [13, 15, 26])
    def test_a_given_course_sets_the_calendar_also_if_it_was_an_added_one(
        self, given_on: int
    ) -> None:
        known = facts(0, given_on, exceptions=(added(given_on - 1),))
        calendar = plan_courses(known, today=day(given_on), until=day(given_on + 28))
        assert calendar.used == {0}
        assert [course.planned_on for course in calendar.planned] == [day(given_on + 28)]

    def test_behind_an_added_course_what_was_planned_before_it_is_past(self) -> None:
        known = facts(0, 36, exceptions=(moved(28, 30), moved(64, 66), added(35)))
        calendar = plan_courses(known, today=day(36), until=day(70))
        assert calendar.used == {0, 2}
        assert [course.planned_on for course in calendar.planned] == [day(66)]

    def test_what_was_decided_about_a_course_that_falls_away_names_none(self) -> None:
        known = facts(0, 14, exceptions=(moved(28, 30), added(14)))
        calendar = plan_courses(known, today=day(14), until=day(50))
        assert (calendar.used, calendar.unmatched) == ({1}, {0})
        assert [course.planned_on for course in calendar.planned] == [day(42)]

    def test_the_first_course_of_all_starts_the_calendar(self) -> None:
        known = facts(0, exceptions=(added(0),))
        assert planned(known, today=1)[0] == 28
        assert planned(facts(exceptions=(added(5),))) == [5]

    def test_before_the_first_plan_and_behind_an_open_hold_courses_serve_for_nothing(self) -> None:
        later = (a_plan(effective_date=day(20)),)
        assert planned(facts(0, 21, plans=later, exceptions=(cancelled(90),)), today=22)[0] == 49
        held = facts(0, 40, holds=(a_hold(20, None),), exceptions=(cancelled(200),))
        assert planned(held, today=41) == [None]


class TestFixed:
    def test_courses_stand_where_the_calendar_has_them(self) -> None:
        assert planned(facts(3, **FIXED), today=4) == [28, 56, 84]

    def test_a_late_course_moves_no_other(self) -> None:
        assert planned(facts(0, 33, **FIXED), today=40) == [56, 84]

    def test_a_course_far_from_any_uses_none(self) -> None:
        plans = (a_plan(calendar="fixed", effective_date=day(60)),)
        assert planned(facts(0, plans=plans), today=61)[0] == 60

    def test_a_course_in_a_hold_falls_away(self) -> None:
        known = facts(0, holds=(a_hold(20, 30),), **FIXED)
        assert planned(known) == [56, 84]
        assert planned(facts(0, holds=(a_hold(20, None),), **FIXED)) == []

    def test_a_change_of_dose_moves_no_course(self) -> None:
        plans = (
            a_plan(effective_date=day(-70)),
            a_plan(calendar="fixed"),
            a_plan(calendar="fixed", effective_date=day(40), dose_g_per_kg=2.0),
            a_plan(effective_date=day(400)),
        )
        assert planned(facts(0, 28, plans=plans), today=41)[0] == 56

    def test_exceptions_apply_to_their_own_course_alone(self) -> None:
        known = facts(0, exceptions=(moved(28, 30), cancelled(56), added(40)), **FIXED)
        assert planned(known) == [30, 40, 84]

    def test_given_exceptions_are_history(self) -> None:
        known = facts(0, 30, 41, exceptions=(moved(28, 30), added(40), cancelled(56)), **FIXED)
        calendar = plan_courses(known, today=day(42), until=day(90))
        assert calendar.used == {0, 1}
        assert [c.planned_on for c in calendar.planned if c.is_open] == [day(84)]


class TestNext:
    def next_on(self, known: Facts, today: int) -> PlannedCourse | None:
        calendar = plan_courses(known, today=day(today), until=day(today))
        return next_planned(calendar, today=day(today))

    @pytest.mark.parametrize(("today", "due"), [(27, 28), (42, 28), (55, 28), (56, 56)])
    def test_on_a_fixed_calendar_a_missed_course_makes_room(self, today: int, due: int) -> None:
        course = self.next_on(facts(0, **FIXED), today)
        assert course is not None
        assert course.planned_on == day(due)

    @pytest.mark.parametrize(("today", "due"), [(24, 10), (25, 28)])
    def test_a_missed_added_course_makes_room(self, today: int, due: int) -> None:
        course = self.next_on(facts(0, exceptions=(added(10),)), today)
        assert course is not None
        assert course.planned_on == day(due)

    def test_an_added_course_in_a_hold_waits(self) -> None:
        course = self.next_on(facts(exceptions=(added(10),), holds=(a_hold(9, 20),)), 5)
        assert course is None

    def test_without_a_plan_an_added_course_has_one_day(self) -> None:
        course = self.next_on(facts(plans=(), exceptions=(added(10),)), 5)
        assert course is not None
        assert (course.days, course.interval_days) == ((day(10),), 28)

    def test_no_day_no_days(self) -> None:
        course = self.next_on(facts(0, holds=(a_hold(20, None),)), 5)
        assert course is not None
        assert course.days == ()


def record(*given_on: int, **changes: Any) -> PatientRecord:
    made = a_record(days_after(START, *given_on), plans=changes.pop("plans", [a_plan()]))
    return PatientRecord(made.time_zone, made.infusions, made.plans, **changes)


def due(known: PatientRecord, today: int) -> NextCourse:
    timeline = build_timeline(known, CourseRules())
    return next_course_of(known, timeline, today=day(today), grace_days=3)


class TestWholeRecord:
    def test_the_next_course_obeys_exceptions(self) -> None:
        known = record(0, exceptions=(moved(28, 32),))
        assert due(known, 30) == NextCourse("not_due", day(32))
        assert due(known, 33) == NextCourse("due", day(32), 1)
        timeline = build_timeline(known, CourseRules())
        calendar = course_calendar(known, timeline, today=day(30), until=day(90))
        found = next_course_of(known, timeline, today=day(30), grace_days=3, calendar=calendar)
        assert found == due(known, 30)

    def test_on_hold_nothing_is_due(self) -> None:
        held = record(0, holds=(Hold(day(20), None, "travel"),), exceptions=(moved(28, 32),))
        assert due(held, 30) == NextCourse("on_hold")
        assert due(held, 10) == NextCourse("not_due")

    def test_a_fixed_calendar_begins_without_a_course(self) -> None:
        plans = [a_plan(calendar="fixed", effective_date=day(5))]
        assert due(record(plans=plans), 3) == NextCourse("no_plan")
        assert due(record(plans=plans), 6) == NextCourse("due", day(5), 1)
        held = record(plans=plans, holds=(Hold(day(5), day(6), "x"), Hold(day(8), None, "x")))
        assert due(held, 7) == NextCourse("not_due")
        assert due(record(), 6) == NextCourse("not_started")

    def test_time_turns_where_the_calendar_says(self) -> None:
        known = record(0, exceptions=(added(10),))
        timeline = build_timeline(known, CourseRules())
        turns = turning_days(known, timeline, today=day(1), grace_days=3)
        assert {day(10), day(14), day(25)} <= turns
        assert turning_days(record(0), timeline, today=day(1), grace_days=3) == set()
        open_hold = record(0, exceptions=(added(10),), holds=(Hold(day(20), None, "x"),))
        held = build_timeline(open_hold, CourseRules())
        assert turning_days(open_hold, held, today=day(1), grace_days=3) == {
            day(10),
            day(14),
            day(25),
        }


# --- properties ----------------------------------------------------------------------------------

numbers = st.integers(-30, 150)
decisions = st.one_of(
    st.builds(moved, numbers, numbers), st.builds(cancelled, numbers), st.builds(added, numbers)
)
holds_ = st.builds(
    lambda first, length: Hold(day(first), length and day(first + length), "travel"),
    numbers,
    st.one_of(st.none(), st.integers(1, 60)),
)
plans_ = st.builds(
    lambda at, interval, kind: a_plan(
        effective_date=day(at), interval_days=interval, calendar=kind
    ),
    st.integers(-60, 100).filter(bool),
    st.integers(7, 84),
    st.sampled_from(["rolling", "fixed"]),
)
gaps = st.lists(st.integers(10, 50), max_size=4)


@given(
    gaps=gaps,
    exceptions=st.lists(decisions, max_size=6),
    holds=st.lists(holds_, max_size=2),
    plans=st.lists(plans_, max_size=2, unique_by=lambda plan: plan.effective_date),
    today=numbers,
)
def test_no_change_of_the_schedule_plans_a_course_anew_that_was_done(
    gaps: list[int],
    exceptions: list[CourseException],
    holds: list[Hold],
    plans: list[PlanVersion],
    today: int,
) -> None:
    given_on = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    changed = record(
        *given_on,
        plans=[a_plan(), *plans],
        holds=tuple(holds),
        exceptions=tuple(exceptions),
    )
    last = max([-1000, *given_on])
    now = day(max(today, last))
    timeline = build_timeline(changed, CourseRules())
    calendar = course_calendar(changed, timeline, today=now, until=now + timedelta(days=120))
    # Nothing is planned on a day of what was done, or before it.
    assert all(c.planned_on is None or c.planned_on > day(last) for c in calendar.planned)
    slots = [course.slot_date for course in calendar.planned if course.slot_date is not None]
    assert len(set(slots)) == len(slots)
    # Every decision applies to one course, or is history, or is shown as one without a course.
    applied = [c.exception for c in calendar.planned if c.exception is not None]
    assert len(set(applied)) == len(applied)
    assert not set(applied) & (calendar.used | calendar.unmatched)
    assert set(applied) | calendar.used | calendar.unmatched == set(range(len(exceptions)))


@given(
    gaps=gaps,
    exceptions=st.lists(decisions, max_size=6),
    holds=st.lists(holds_, max_size=2),
    interval=st.integers(7, 84),
    later=numbers,
)
@example(gaps=[26], exceptions=[added(26)], holds=[], interval=28, later=0)
def test_no_rolling_course_is_planned_soon_after_a_given_one_but_by_a_person(
    gaps: list[int],
    exceptions: list[CourseException],
    holds: list[Hold],
    interval: int,
    later: int,
) -> None:
    given_on = [0, *(sum(gaps[: number + 1]) for number in range(len(gaps)))]
    known = record(
        *given_on,
        plans=[a_plan(interval_days=interval)],
        holds=tuple(holds),
        exceptions=tuple(exceptions),
    )
    now = day(max(later, given_on[-1]))
    timeline = build_timeline(known, CourseRules())
    calendar = course_calendar(known, timeline, today=now, until=now + timedelta(days=120))
    decided = {"moved", "added"}
    for course in calendar.planned:
        is_decided = course.exception is not None and exceptions[course.exception].kind in decided
        if course.planned_on is None or is_decided:
            continue
        assert 2 * (course.planned_on - day(given_on[-1])).days >= interval


@given(gaps, st.lists(holds_, max_size=2), st.integers(7, 84), numbers)
def test_without_exceptions_a_rolling_calendar_is_the_old_rule(
    gaps: list[int], holds: list[Hold], interval: int, today: int
) -> None:
    given_on = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    known = record(*given_on, plans=[a_plan(interval_days=interval)], holds=tuple(holds))
    timeline = build_timeline(known, CourseRules())
    last = timeline.courses[-1].first_day if timeline.courses else None
    assert due(known, today) == next_course(
        last_course_first_day=last,
        plan=known.plans[0] if day(today) >= START else None,
        holds=timeline.holds,
        today=day(today),
        grace_days=3,
    )
