from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from app.analysis.cycles import build_timeline
from app.analysis.records import CourseRules, Hold, PatientRecord, Series
from app.analysis.series_epochs import SeriesEpoch, days_since_1970, instant_of, series_epochs
from tests.analysis.builders import START, a_plan, a_record, a_series, at, days_after, regular_days


def split(record: PatientRecord, series: Series) -> tuple[SeriesEpoch, ...]:
    return series_epochs(series, build_timeline(record, CourseRules()))


DAILY = list(range(90))


class TestReadings:
    record = a_record(regular_days(3))

    def test_readings_from_day_four_on_are_used(self) -> None:
        # Readings at 08:00, so that day 4 begins with the one 4.33 days after midnight.
        (epoch,) = split(self.record, a_series(DAILY, DAILY))
        assert epoch.readings.day.min() == pytest.approx(4 + 8 / 24)

    def test_the_morning_before_the_next_infusion_is_the_ending_cycles_last(self) -> None:
        (epoch,) = split(self.record, a_series(DAILY, DAILY))
        last = epoch.readings.day[epoch.readings.cycle == 0].max()
        assert last == pytest.approx(28 + 8 / 24)

    def test_the_open_cycle_is_not_used(self) -> None:
        (epoch,) = split(self.record, a_series(DAILY, DAILY))
        assert epoch.readings.n_cycles == 3
        assert epoch.readings.value.max() == 83

    def test_cycles_without_readings_are_not_counted(self) -> None:
        (epoch,) = split(self.record, a_series([10, 70], [5, 6]))
        assert epoch.readings.cycle.tolist() == [0, 1]

    def test_repeated_answers_are_no_evidence_but_count_as_reports(self) -> None:
        fresh = [False] * 10 + [True] * 80
        (epoch,) = split(self.record, a_series(DAILY, DAILY, fresh=fresh))
        assert epoch.readings.value.min() == 10
        assert epoch.reports == 89  # the first reading is an hour before the first infusion

    def test_lower_is_better_measures_are_turned(self) -> None:
        series = a_series([10, 20], [3, 4], measure="incat", site="global")
        (epoch,) = split(self.record, series)
        assert epoch.readings.value.tolist() == [-3, -4]

    def test_a_cycle_on_hold_is_not_used(self) -> None:
        hold = Hold(START + timedelta(days=10), START + timedelta(days=12), "infection")
        record = a_record(regular_days(3), holds=[hold])
        before, after = split(record, a_series(DAILY, DAILY))
        assert (before.readings.n_cycles, after.readings.n_cycles) == (0, 2)
        assert (before.closed_cycles, before.evaluable_cycles) == (1, 0)

    def test_without_any_course_all_reports_are_in_one_epoch(self) -> None:
        (epoch,) = split(a_record([]), a_series([0, 1], [5, 5]))
        assert (epoch.from_date, epoch.reports, epoch.cycles) == (None, 2, ())
        assert epoch.planned_days is None

    def test_reports_before_the_epoch_are_not_its_own(self) -> None:
        series = a_series([-5, -4, 10], [5, 5, 5])
        (epoch,) = split(self.record, series)
        assert epoch.reports == 1


class TestEpochs:
    def test_a_changed_interval_splits_the_series(self) -> None:
        plans = [a_plan(), a_plan(effective_date=START + timedelta(days=50), interval_days=21)]
        record = a_record(days_after(START, 0, 28, 56, 77, 98), plans=plans)
        before, after = split(record, a_series(DAILY, DAILY))
        assert (before.planned_days, after.planned_days) == (28, 21)
        assert (before.closed_cycles, after.closed_cycles) == (2, 2)
        assert after.from_date == START + timedelta(days=56)
        assert before.reports + after.reports == 89

    def test_without_a_plan_the_observed_interval_stands_in(self) -> None:
        (epoch,) = split(a_record(days_after(START, 0, 20, 50), plans=[]), a_series([9], [5]))
        assert (epoch.planned_days, epoch.has_plan) == (25, False)
        assert epoch.readings.planned_end.tolist() == [25.0]
        assert epoch.evaluable_cycles == 0


class TestDevices:
    record = a_record(regular_days(4))

    def grip(self, devices: list[str | None]) -> Series:
        days = [10.0 + 7 * k for k in range(len(devices))]
        return a_series(days, [20.0] * len(days), measure="grip_kg", device=devices)

    def test_a_change_begins_an_epoch_at_the_next_course(self) -> None:
        # Readings on days 10, 17, ...: the new device comes on day 38, in the second cycle.
        series = self.grip(["old"] * 4 + ["new"] * 8)
        before, after = split(self.record, series)
        assert after.from_date == START + timedelta(days=56)
        assert (before.device, after.device) == (0, 1)
        assert before.number == after.number == 0

    def test_readings_of_the_new_device_are_no_evidence_in_the_old_epoch(self) -> None:
        before, _ = split(self.record, self.grip(["old"] * 4 + ["new"] * 8))
        assert before.readings.at.size == 3  # day 31 is too soon after the infusion

    def test_a_reading_without_a_named_device_changes_nothing(self) -> None:
        assert len(split(self.record, self.grip(["old", None, "old", None]))) == 1

    def test_the_first_named_device_changes_nothing(self) -> None:
        assert len(split(self.record, self.grip([None, None, "old", "old"]))) == 1


class TestWindowMeans:
    record = a_record(regular_days(2))

    def test_means_of_reference_and_late_window(self) -> None:
        (epoch,) = split(self.record, a_series([1, 5, 18, 19, 25, 27], [0, 8, 6, 1, 4, 2]))
        first = epoch.windows[0]
        assert (first.reference, first.late) == (7.0, 3.0)

    def test_a_cycle_needs_a_reading_in_both(self) -> None:
        (epoch,) = split(self.record, a_series([5, 40, 55], [8, 8, 2]))
        assert [w.is_evaluable for w in epoch.windows] == [False, True]
        assert epoch.evaluable_cycles == 1

    def test_a_late_reading_that_was_repeated_does_not_count(self) -> None:
        series = a_series([5, 27], [8, 8], fresh=[True, False])
        assert split(self.record, series)[0].evaluable_cycles == 0


def test_instants_survive_the_float() -> None:
    instant = at(START, hour=13)
    assert instant_of(days_since_1970(instant)) == instant


def test_empty_cycles_have_no_readings() -> None:
    (epoch,) = split(a_record([START]), a_series([5], [5]))
    assert epoch.readings.n_cycles == 0
    assert epoch.readings.value.dtype == np.float64
