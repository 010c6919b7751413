"""Courses, cycles, epochs, holds and windows, and every boundary day of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.analysis.cycles import (
    EffectiveHold,
    build_timeline,
    group_courses,
    infusion_days,
    local_midnight,
    plan_in_force,
)
from app.analysis.records import CourseRules, Hold, Infusion, PatientRecord, PlanVersion, Therapy
from tests.analysis.builders import (
    START,
    a_plan,
    a_record,
    an_infusion,
    at,
    days_after,
    regular_days,
)

RULES = CourseRules()


def course_sizes(*days: int, plans: list[PlanVersion] | None = None) -> list[int]:
    record = a_record(days_after(START, *days), plans=[a_plan()] if plans is None else plans)
    return [len(c.days) for c in build_timeline(record, RULES).courses]


class TestInfusionDays:
    def test_two_bags_on_a_day_are_one_infusion_day(self) -> None:
        bags = [an_infusion(START, hour=9), an_infusion(START, hour=14)]
        (day,) = infusion_days(bags)
        assert len(day.infusions) == 2

    def test_the_day_is_the_local_one_of_the_start(self) -> None:
        late = Infusion(
            datetime(2025, 3, 2, 3, 30, tzinfo=UTC), "America/New_York", "completed", "x", 30.0
        )
        assert infusion_days([late])[0].day == date(2025, 3, 1)

    @pytest.mark.parametrize("status", ["not_done", "in_progress"])
    def test_only_what_ran_counts(self, status: str) -> None:
        planned = replace(an_infusion(START), status=status)
        assert infusion_days([planned]) == ()

    def test_a_stopped_infusion_counts_for_what_ran(self) -> None:
        assert len(infusion_days([replace(an_infusion(START), status="stopped")])) == 1

    @pytest.mark.parametrize("dose_g", [None, 0.0])
    def test_without_a_dose_nothing_ran(self, dose_g: float | None) -> None:
        assert infusion_days([replace(an_infusion(START), dose_g=dose_g)]) == ()


class TestCourses:
    def test_a_five_day_load_is_one_course(self) -> None:
        assert course_sizes(0, 1, 2, 3, 4) == [5]

    def test_a_gap_of_four_days_joins(self) -> None:
        assert course_sizes(0, 4) == [2]

    def test_a_gap_of_five_days_does_not(self) -> None:
        assert course_sizes(0, 5) == [1, 1]

    def test_a_span_of_nine_days_joins(self) -> None:
        assert course_sizes(0, 3, 6, 9) == [4]

    def test_a_span_of_ten_days_does_not(self) -> None:
        assert course_sizes(0, 3, 6, 10) == [3, 1]

    def test_half_an_interval_joins(self) -> None:
        assert course_sizes(0, 3, plans=[a_plan(interval_days=6)]) == [2]

    def test_more_than_half_an_interval_does_not(self) -> None:
        assert course_sizes(0, 3, plans=[a_plan(interval_days=5)]) == [1, 1]

    def test_the_interval_is_that_of_the_plan_in_force_on_the_joining_day(self) -> None:
        weekly_later = a_plan(effective_date=START + timedelta(days=4), interval_days=7)
        assert course_sizes(0, 4, plans=[a_plan(), weekly_later]) == [1, 1]

    def test_without_a_plan_gap_and_span_alone_decide(self) -> None:
        assert course_sizes(0, 4, 9, plans=[]) == [2, 1]

    def test_a_rescue_infusion_a_week_later_is_a_course_of_its_own(self) -> None:
        assert course_sizes(0, 1, 8, 28) == [2, 1, 1]

    def test_the_limits_are_settings(self) -> None:
        record = a_record(days_after(START, 0, 5))
        assert len(build_timeline(record, CourseRules(join_gap_days=5)).courses) == 1

    def test_the_dose_is_what_ran_on_all_days(self) -> None:
        record = a_record(days_after(START, 0, 1))
        assert build_timeline(record, RULES).courses[0].dose_g == 140.0

    def test_a_flight_over_the_date_line_does_not_split_a_course(self) -> None:
        first = an_infusion(date(2025, 1, 7), hour=1, zone="Pacific/Kiritimati")
        second = replace(
            an_infusion(date(2025, 1, 6), hour=12, zone="Pacific/Honolulu"),
        )
        (course,) = group_courses(infusion_days([first, second]), [], RULES)
        assert course.last_day == date(2025, 1, 7)


class TestCycles:
    def test_a_cycle_ends_where_the_next_course_begins(self) -> None:
        timeline = build_timeline(a_record(days_after(START, 0, 28)), RULES)
        assert timeline.cycles[0].ends_at == at(START + timedelta(days=28))

    def test_the_last_cycle_is_open(self) -> None:
        cycle = build_timeline(a_record([START]), RULES).cycles[-1]
        assert (cycle.ends_at, cycle.actual_days, cycle.actual_end) == (None, None, None)

    def test_planned_and_actual_interval_may_differ(self) -> None:
        cycle = build_timeline(a_record(days_after(START, 0, 33)), RULES).cycles[0]
        assert (cycle.planned_days, cycle.actual_days) == (28, 33)

    def test_a_cycle_obeys_the_plan_of_its_own_first_day(self) -> None:
        later = a_plan(effective_date=START + timedelta(days=1), interval_days=21)
        record = a_record(days_after(START, 0, 21), plans=[a_plan(), later])
        assert [c.planned_days for c in build_timeline(record, RULES).cycles] == [28, 21]

    def test_analysis_days_count_from_midnight_of_the_last_infusion_day(self) -> None:
        cycle = build_timeline(a_record(days_after(START, 0, 1)), RULES).cycles[0]
        assert cycle.day_zero == at(START + timedelta(days=1), hour=0)

    def test_the_planned_end_is_less_the_further_days_of_the_course(self) -> None:
        cycle = build_timeline(a_record(days_after(START, 0, 1, 2)), RULES).cycles[0]
        assert cycle.planned_end == 26.0

    def test_without_a_plan_there_is_no_planned_end(self) -> None:
        cycle = build_timeline(a_record([START], plans=[]), RULES).cycles[0]
        assert (cycle.planned_days, cycle.planned_end) == (None, None)

    def test_the_clock_change_makes_a_cycle_an_hour_shorter(self) -> None:
        spring = date(2025, 3, 24)  # Amsterdam loses an hour on the 30th
        cycle = build_timeline(a_record(days_after(spring, 0, 28)), RULES).cycles[0]
        assert cycle.actual_end == pytest.approx(28 + 9 / 24 - 1 / 24)


class TestWindows:
    @staticmethod
    def windows(interval: int, *days: int) -> tuple[float, ...] | None:
        plan = a_plan(interval_days=interval)
        record = a_record(days_after(START, *days), plans=[plan])
        found = build_timeline(record, RULES).cycles[0].windows
        if found is None:
            return None
        return (found.reference_from, found.reference_to, found.late_from, found.late_to)

    def test_from_21_days_on_the_late_window_has_seven_days(self) -> None:
        assert self.windows(21, 0, 21) == (4.0, 12.0, 14.375, 21.375)

    def test_below_21_days_it_has_four(self) -> None:
        assert self.windows(20, 0, 20) == (4.0, 15.0, 16.375, 20.375)

    def test_eleven_days_are_the_shortest(self) -> None:
        assert self.windows(11, 0, 11) == (4.0, 6.0, 7.375, 11.375)

    def test_ten_days_have_no_windows(self) -> None:
        assert self.windows(10, 0, 10) is None

    def test_a_course_of_two_days_shortens_the_reference(self) -> None:
        assert self.windows(28, 0, 1, 28) == (4.0, 18.0, 20.375, 27.375)

    def test_a_late_infusion_moves_the_late_window_only(self) -> None:
        assert self.windows(28, 0, 33) == (4.0, 19.0, 26.375, 33.375)

    def test_an_early_infusion_leaves_less_than_the_reference(self) -> None:
        assert self.windows(28, 0, 14) == (4.0, 19.0, 7.375, 14.375)

    def test_so_early_that_no_reference_is_left(self) -> None:
        assert self.windows(28, 0, 10) is None

    def test_a_long_course_in_a_short_interval_leaves_no_reference(self) -> None:
        assert self.windows(12, 0, 1, 2, 3, 4, 12) is None

    def test_an_open_cycle_has_none(self) -> None:
        assert self.windows(28, 0) is None

    def test_nor_has_one_without_a_plan(self) -> None:
        record = a_record(days_after(START, 0, 28), plans=[])
        assert build_timeline(record, RULES).cycles[0].windows is None


def epochs(record: PatientRecord) -> list[tuple[date, tuple[str, ...]]]:
    return [(e.from_date, e.reasons) for e in build_timeline(record, RULES).epochs]


class TestEpochs:
    CHANGE = START + timedelta(days=20)
    NEXT = START + timedelta(days=28)

    def changed(self, plan: PlanVersion) -> list[tuple[date, tuple[str, ...]]]:
        before = a_plan()
        return epochs(a_record(days_after(START, 0, 28), plans=[before, plan]))[1:]

    def test_the_first_course_begins_the_first(self) -> None:
        assert epochs(a_record([START])) == [(START, ("first_course",))]

    def test_a_changed_dose_begins_one_at_the_next_course(self) -> None:
        changed = a_plan(effective_date=self.CHANGE, dose_g_per_kg=1.2)
        assert self.changed(changed) == [(self.NEXT, ("dose",))]

    def test_so_does_a_changed_interval(self) -> None:
        changed = a_plan(effective_date=self.CHANGE, interval_days=21)
        assert self.changed(changed) == [(self.NEXT, ("interval",))]

    def test_so_does_a_changed_product(self) -> None:
        changed = a_plan(effective_date=self.CHANGE, product="privigen")
        assert self.changed(changed) == [(self.NEXT, ("product",))]

    def test_so_does_a_changed_route(self) -> None:
        changed = a_plan(effective_date=self.CHANGE, subcutaneous=True)
        assert self.changed(changed) == [(self.NEXT, ("route",))]

    def test_changed_course_days_begin_none(self) -> None:
        assert self.changed(a_plan(effective_date=self.CHANGE, course_days=2)) == []

    def test_the_same_dose_written_in_grams_counts_as_changed(self) -> None:
        in_grams = a_plan(effective_date=self.CHANGE, dose_g_per_kg=None, dose_g=70.0)
        assert self.changed(in_grams) == [(self.NEXT, ("dose",))]

    def test_a_plan_that_only_begins_later_changes_everything(self) -> None:
        record = a_record(days_after(START, 0, 28), plans=[a_plan(effective_date=self.CHANGE)])
        assert epochs(record)[1:] == [(self.NEXT, ("dose", "interval", "product", "route"))]

    def test_a_hold_begins_one_at_the_first_course_after_it(self) -> None:
        hold = Hold(START + timedelta(days=14), START + timedelta(days=28), "travel")
        assert epochs(a_record(days_after(START, 0, 28, 56), holds=[hold]))[1:] == [
            (self.NEXT, ("hold",))
        ]

    @pytest.mark.parametrize(
        ("status", "to_date", "dates"),
        [
            ("started", None, [28]),
            ("started", 40, [28, 56]),
            ("stopped", None, [28]),
            ("stopped", 40, [28, 56]),
            ("suggested", None, []),
            ("declined", 40, []),
        ],
    )
    def test_another_therapy_begins_one_when_it_starts_and_stops(
        self, status: str, to_date: int | None, dates: list[int]
    ) -> None:
        end = None if to_date is None else START + timedelta(days=to_date)
        therapy = Therapy("rituximab", "started", self.CHANGE, end)
        therapy = replace(therapy, status=status)
        record = a_record(days_after(START, 0, 28, 56), therapies=[therapy])
        assert epochs(record)[1:] == [(d, ("therapy",)) for d in days_after(START, *dates)]

    def test_a_start_on_the_day_of_a_course_counts_for_that_course(self) -> None:
        record = a_record(
            days_after(START, 0, 28), therapies=[Therapy("rituximab", "started", self.NEXT)]
        )
        assert epochs(record)[1:] == [(self.NEXT, ("therapy",))]

    def test_a_start_before_the_first_course_begins_no_second_one(self) -> None:
        therapy = Therapy("rituximab", "started", START - timedelta(days=3))
        assert len(epochs(a_record(days_after(START, 0, 28), therapies=[therapy]))) == 1


class TestHolds:
    def test_a_cycle_that_shares_a_day_with_a_hold_is_on_hold(self) -> None:
        hold = Hold(START + timedelta(days=27), START + timedelta(days=28), "infection")
        timeline = build_timeline(a_record(days_after(START, 0, 28, 56), holds=[hold]), RULES)
        assert [cycle.on_hold for cycle in timeline.cycles] == [True, False, False]

    def test_a_hold_from_the_next_courses_day_leaves_the_cycle_alone(self) -> None:
        hold = Hold(START + timedelta(days=29), START + timedelta(days=30), "infection")
        timeline = build_timeline(a_record(days_after(START, 0, 28, 56), holds=[hold]), RULES)
        assert [cycle.on_hold for cycle in timeline.cycles] == [False, True, False]

    def test_an_open_hold_marks_the_open_cycle(self) -> None:
        hold = Hold(START + timedelta(days=29), None, "pregnancy")
        timeline = build_timeline(a_record(days_after(START, 0, 28), holds=[hold]), RULES)
        assert [cycle.on_hold for cycle in timeline.cycles] == [False, True]

    def test_an_infusion_inside_a_hold_ends_it_that_day(self) -> None:
        hold = Hold(START + timedelta(days=14), START + timedelta(days=90), "supply")
        timeline = build_timeline(a_record(days_after(START, 0, 28, 56), holds=[hold]), RULES)
        assert timeline.holds == (
            EffectiveHold(hold.from_date, START + timedelta(days=28), "supply", True),
        )
        assert [cycle.on_hold for cycle in timeline.cycles] == [True, False, False]

    def test_a_hold_ended_on_its_first_day_has_no_day_and_begins_no_epoch(self) -> None:
        hold = Hold(START + timedelta(days=28), START + timedelta(days=90), "supply")
        timeline = build_timeline(a_record(days_after(START, 0, 28, 56), holds=[hold]), RULES)
        assert timeline.holds[0].ended_by_infusion
        assert not any(cycle.on_hold for cycle in timeline.cycles)
        assert len(timeline.epochs) == 1

    @pytest.mark.parametrize(("day", "held"), [(13, False), (14, True), (20, True), (21, False)])
    def test_a_hold_covers_its_first_day_and_not_its_last(self, day: int, held: bool) -> None:
        hold = Hold(START + timedelta(days=14), START + timedelta(days=21), "travel")
        timeline = build_timeline(a_record([START], holds=[hold]), RULES)
        assert (timeline.hold_on(START + timedelta(days=day)) is not None) == held


class TestCalendar:
    @pytest.mark.parametrize(
        ("day", "zone", "expected"),
        [
            (date(2024, 2, 29), "UTC", datetime(2024, 2, 29, tzinfo=UTC)),
            # Cairo skipped midnight of 26 April 2024: the day began at one o'clock.
            (date(2024, 4, 26), "Africa/Cairo", datetime(2024, 4, 25, 22, tzinfo=UTC)),
            # Havana had midnight twice on 3 November 2024; the day began with the first.
            (date(2024, 11, 3), "America/Havana", datetime(2024, 11, 3, 4, tzinfo=UTC)),
            # Apia went from 29 to 31 December 2011.
            (date(2011, 12, 31), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
            (date(2011, 12, 30), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ],
    )
    def test_a_day_begins_at_its_first_instant(
        self, day: date, zone: str, expected: datetime
    ) -> None:
        assert local_midnight(day, zone) == expected

    def test_plan_in_force_is_the_latest_begun(self) -> None:
        plans = [a_plan(), a_plan(effective_date=START + timedelta(days=7), interval_days=21)]
        found = [plan_in_force(plans, day) for day in days_after(START, -1, 0, 6, 7)]
        assert [None if p is None else p.interval_days for p in found] == [None, 28, 28, 21]


def test_regular_days_are_regular_courses() -> None:
    timeline = build_timeline(a_record(regular_days(5)), RULES)
    assert [cycle.actual_days for cycle in timeline.cycles] == [28, 28, 28, 28, 28, None]
