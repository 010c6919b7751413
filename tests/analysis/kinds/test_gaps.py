from __future__ import annotations

from datetime import timedelta

import pytest

from app.analysis.analyse import FindingDraft, analyse_patient
from app.analysis.records import PatientRecord, PlanVersion, Series
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import START, a_plan, a_record, a_series, at, days_after, regular_days


def gap(record: PatientRecord, *, day: int) -> FindingDraft | None:
    now = at(START + timedelta(days=day))
    found = analyse_patient(record, AnalysisSettings(), now=now).findings
    return next((f for f in found if f.kind == "reporting_gap"), None)


class TestSilence:
    record = a_record([START], series=[a_series([1.0, 3.0], [5, 5])])

    @pytest.mark.parametrize(("day", "expected"), [(24, False), (25, True)])
    def test_three_weeks_without_a_report_are_a_gap(self, day: int, expected: bool) -> None:
        assert (gap(self.record, day=day) is not None) == expected

    def test_the_sentence_names_the_last_report(self) -> None:
        found = gap(self.record, day=25)
        assert found is not None
        assert found.sentence == "The last report is of 9 January 2025."

    @pytest.mark.parametrize(("day", "expected"), [(21, False), (22, True)])
    def test_who_never_reported_is_counted_from_the_first_infusion(
        self, day: int, expected: bool
    ) -> None:
        assert (gap(a_record([START]), day=day) is not None) == expected

    def test_who_never_reported_is_said_so(self) -> None:
        found = gap(a_record([START]), day=30)
        assert found is not None
        assert found.sentence == "There is no report since the first infusion on 6 January 2025."

    def test_nobody_is_asked_before_treatment(self) -> None:
        assert gap(a_record([]), day=100) is None

    def test_nor_without_a_plan(self) -> None:
        assert gap(a_record([START], plans=[]), day=100) is None


class TestMissingWindows:
    @staticmethod
    def found(
        *series: Series, interval: int = 28, plans: list[PlanVersion] | None = None
    ) -> FindingDraft | None:
        courses = days_after(START, *(interval * k for k in range(5)))
        record = a_record(courses, plans=plans or [a_plan(interval_days=interval)], series=series)
        return gap(record, day=4 * interval + 1)

    def test_no_readings_before_the_infusions(self) -> None:
        days = [28 * k + day for k in range(4) for day in (6, 12)] + [112.9]
        found = self.found(a_series(days, [5] * len(days)))
        assert found is not None
        assert found.sentence == (
            "Of the last 4 intervals, 4 have no reading in the last 7 days before the infusion, "
            "so they cannot show whether strength falls before an infusion."
        )

    def test_short_intervals_have_a_shorter_end(self) -> None:
        days = [14 * k + day for k in range(4) for day in (5, 6)]
        found = self.found(a_series(days, [5] * len(days)), interval=14)
        assert found is not None
        assert "in the last 4 days before the infusion" in found.sentence

    def test_no_readings_in_the_middle(self) -> None:
        days = [28 * k + 27 for k in range(4)]
        found = self.found(a_series(days, [5] * len(days)))
        assert found is not None
        assert "4 have none between day 4 after the last infusion and then" in found.sentence
        assert "the last 7 days" not in found.sentence

    def test_three_evaluable_of_four_are_enough(self) -> None:
        days = [28 * k + day for k in range(3) for day in (6, 27)] + [111]
        assert self.found(a_series(days, [5] * len(days))) is None

    def test_the_fullest_series_decides(self) -> None:
        sparse = a_series([6, 111], [5, 5])
        days = [28 * k + day for k in range(4) for day in (6, 27)]
        full = a_series(days, [5] * len(days), site="left_hand")
        assert self.found(sparse, full) is None

    def test_symptoms_alone_cannot_show_strength(self) -> None:
        days = [float(day) for day in range(1, 112)]
        assert self.found(a_series(days, [5] * len(days), measure="cramp_nrs")) is None

    def test_too_few_cycles_are_nobodys_omission(self) -> None:
        record = a_record(regular_days(2), series=[a_series([6, 55], [5, 5])])
        assert gap(record, day=57) is None

    def test_an_interval_without_windows_misses_none(self) -> None:
        days = [float(day) for day in range(1, 28)]
        assert self.found(a_series(days, [5] * len(days)), interval=7) is None
