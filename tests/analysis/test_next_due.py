from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.analysis.cycles import EffectiveHold, build_timeline
from app.analysis.next_due import (
    NextCourse,
    last_given_course,
    next_course,
    next_course_of,
    ordered_dose_g,
)
from app.analysis.records import CourseRules, PlanVersion, Weight
from tests.analysis.builders import START, a_plan, a_record, an_infusion, at, days_after

DUE = START + timedelta(days=28)


def state(
    *,
    today: date,
    last: date | None = START,
    plan: PlanVersion | None = a_plan(),  # noqa: B008
    holds: tuple[EffectiveHold, ...] = (),
) -> NextCourse:
    return next_course(
        last_course_first_day=last, plan=plan, holds=holds, today=today, grace_days=3
    )


class TestStates:
    @pytest.mark.parametrize(
        ("days", "expected"),
        [
            (27, NextCourse("not_due", DUE)),
            (28, NextCourse("due", DUE)),
            (31, NextCourse("due", DUE, 3)),  # last day of grace
            (32, NextCourse("overdue", DUE, 4)),
            (42, NextCourse("overdue", DUE, 14)),  # half an interval
            (43, NextCourse("missed", DUE, 15)),
        ],
    )
    def test_the_state_changes_on_the_right_day(self, days: int, expected: NextCourse) -> None:
        assert state(today=START + timedelta(days=days)) == expected

    def test_an_odd_interval_is_missed_after_its_half(self) -> None:
        plan = a_plan(interval_days=21)
        days = (START + timedelta(days=21 + late) for late in (10, 11))
        assert [state(today=day, plan=plan).state for day in days] == ["overdue", "missed"]

    def test_without_a_plan_nothing_is_due(self) -> None:
        assert state(today=DUE, plan=None) == NextCourse("no_plan")

    def test_without_a_course_it_has_not_started(self) -> None:
        assert state(today=DUE, last=None) == NextCourse("not_started")

    def test_a_long_grace_is_cut_by_missed(self) -> None:
        late = START + timedelta(days=7 + 4)
        found = next_course(
            last_course_first_day=START,
            plan=a_plan(interval_days=7),
            holds=(),
            today=late,
            grace_days=28,
        )
        assert found.state == "missed"


class TestHolds:
    def hold(self, begin: int, end: int | None) -> EffectiveHold:
        to_date = None if end is None else START + timedelta(days=end)
        return EffectiveHold(START + timedelta(days=begin), to_date, "travel")

    @pytest.mark.parametrize(
        ("today", "expected"), [(19, "not_due"), (20, "on_hold"), (39, "on_hold"), (40, "due")]
    )
    def test_on_hold_there_is_no_due_date(self, today: int, expected: str) -> None:
        found = state(today=START + timedelta(days=today), holds=(self.hold(20, 40),))
        assert found.state == expected

    def test_a_course_that_fell_into_a_hold_is_due_when_it_ends(self) -> None:
        found = state(today=START + timedelta(days=45), holds=(self.hold(20, 40),))
        assert found == NextCourse("overdue", START + timedelta(days=40), 5)

    def test_holds_may_follow_each_other(self) -> None:
        holds = (self.hold(40, 50), self.hold(20, 40))
        found = state(today=START + timedelta(days=50), holds=holds)
        assert found.due_on == START + timedelta(days=50)

    def test_a_planned_hold_without_an_end_leaves_no_due_date(self) -> None:
        found = state(today=START, holds=(self.hold(20, None), self.hold(25, 30)))
        assert found == NextCourse("not_due")

    def test_a_hold_after_the_due_date_moves_nothing(self) -> None:
        found = state(today=START + timedelta(days=50), holds=(self.hold(30, 40),))
        assert found.due_on == DUE


class TestOrderedDose:
    def course_and_dose(
        self, plan: PlanVersion, *, weight_kg: float | None, weights: tuple[Weight, ...] = ()
    ) -> float | None:
        infusion = an_infusion(START, weight_kg=weight_kg or 0.0)
        infusion = type(infusion)(
            infusion.started_at, infusion.time_zone, "completed", "x", 70.0, weight_kg
        )
        record = a_record(plans=[plan])
        record = type(record)(record.time_zone, (infusion,), record.plans)
        (course,) = build_timeline(record, CourseRules()).courses
        return ordered_dose_g(course, record.plans, weights)

    def test_grams_are_taken_as_they_are(self) -> None:
        plan = a_plan(dose_g_per_kg=None, dose_g=60.0)
        assert self.course_and_dose(plan, weight_kg=70.0) == 60.0

    def test_the_infusions_own_weight_comes_first(self) -> None:
        weights = (Weight(at(START, hour=7), 80.0, "dosing"),)
        assert self.course_and_dose(a_plan(), weight_kg=70.0, weights=weights) == 70.0

    def test_then_the_latest_dosing_weight(self) -> None:
        weights = (
            Weight(at(START - timedelta(days=9)), 60.0, "dosing"),
            Weight(at(START - timedelta(days=5)), 65.0, "dosing"),
            Weight(at(START - timedelta(days=1)), 90.0, "actual"),
        )
        assert self.course_and_dose(a_plan(), weight_kg=None, weights=weights) == 65.0

    def test_then_the_latest_actual_weight_before_the_course(self) -> None:
        weights = (
            Weight(at(START - timedelta(days=1)), 61.0, "actual"),
            Weight(at(START + timedelta(days=1)), 99.0, "actual"),
        )
        assert self.course_and_dose(a_plan(), weight_kg=None, weights=weights) == 61.0

    def test_unknown_without_any_weight(self) -> None:
        assert self.course_and_dose(a_plan(), weight_kg=None) is None

    def test_unknown_without_a_dose(self) -> None:
        assert self.course_and_dose(a_plan(dose_g_per_kg=None), weight_kg=70.0) is None

    def test_unknown_before_the_first_plan(self) -> None:
        plan = a_plan(effective_date=START + timedelta(days=1))
        assert self.course_and_dose(plan, weight_kg=70.0) is None


class TestLastGivenCourse:
    @pytest.mark.parametrize(("dose_g", "counts_from"), [(35.0, 28), (34.9, 0)])
    def test_half_of_the_order_counts_as_given(self, dose_g: float, counts_from: int) -> None:
        first, second = days_after(START, 0, 28)
        record = a_record()
        record = type(record)(
            record.time_zone,
            (an_infusion(first), an_infusion(second, dose_g=dose_g)),
            record.plans,
        )
        timeline = build_timeline(record, CourseRules())
        last = last_given_course(timeline.courses, record.plans, record.weights)
        assert last is not None
        assert last.first_day == START + timedelta(days=counts_from)

    def test_none_when_every_course_fell_short(self) -> None:
        record = a_record()
        record = type(record)(record.time_zone, (an_infusion(START, dose_g=5.0),), record.plans)
        timeline = build_timeline(record, CourseRules())
        assert next_course_of(record, timeline, today=DUE, grace_days=3).state == "not_started"

    def test_an_unknown_order_counts_as_given(self) -> None:
        record = a_record([START], plans=[a_plan(dose_g_per_kg=None)])
        timeline = build_timeline(record, CourseRules())
        found = next_course_of(record, timeline, today=DUE, grace_days=3)
        assert found == NextCourse("due", DUE)
