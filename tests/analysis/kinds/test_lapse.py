from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.analysis.analyse import FindingDraft, analyse_patient
from app.analysis.cycles import build_timeline
from app.analysis.kinds.lapse import past_gaps
from app.analysis.records import CourseRules, Hold, PatientRecord, Series
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import START, a_plan, a_record, a_series, at, days_after

SETTINGS = AnalysisSettings()


def lapse(record: PatientRecord, *, day: int) -> FindingDraft | None:
    now = at(START + timedelta(days=day))
    found = analyse_patient(record, SETTINGS, now=now).findings
    return next((f for f in found if f.kind == "lapse"), None)


def state(record: PatientRecord, *, day: int) -> str | None:
    found = lapse(record, day=day)
    if found is None:
        return None
    return found.evidence["now"]["state"]  # type: ignore[index, no-any-return]


class TestNow:
    record = a_record(days_after(START, 0, 28))

    @pytest.mark.parametrize(
        ("day", "expected"),
        [(59, None), (60, "overdue"), (70, "overdue"), (71, "missed")],
    )
    def test_a_late_course_is_a_lapse_after_its_grace(self, day: int, expected: str | None) -> None:
        assert state(self.record, day=day) == expected

    def test_the_sentence_names_the_date_and_no_count_of_days(self) -> None:
        found = lapse(self.record, day=60)
        assert found is not None
        assert found.sentence == "The course that was due on 3 March 2025 is overdue."

    @pytest.mark.parametrize(("day", "expected"), [(55, None), (56, "on_hold"), (90, "on_hold")])
    def test_a_course_is_held_from_the_day_it_was_planned_for(
        self, day: int, expected: str | None
    ) -> None:
        hold = Hold(START + timedelta(days=40), None, "adverse_reaction")
        assert state(a_record(days_after(START, 0, 28), holds=[hold]), day=day) == expected

    def test_a_held_course_names_the_reason(self) -> None:
        hold = Hold(START + timedelta(days=40), None, "adverse_reaction")
        found = lapse(a_record(days_after(START, 0, 28), holds=[hold]), day=60)
        assert found is not None
        assert found.sentence == (
            "Infusions are on hold (adverse reaction); a course was planned for 3 March 2025."
        )

    def test_a_hold_before_any_course_holds_nothing_back(self) -> None:
        hold = Hold(START, None, "insurance")
        assert lapse(a_record([], holds=[hold]), day=60) is None


class TestPast:
    @pytest.mark.parametrize(("gap", "expected"), [(42, 0), (43, 1)])
    def test_a_gap_counts_from_half_an_interval_over_the_plan(
        self, gap: int, expected: int
    ) -> None:
        record = a_record(days_after(START, 0, gap))
        assert len(past_gaps(record, build_timeline(record, CourseRules()), SETTINGS)) == expected

    def test_without_a_plan_no_gap_is_long(self) -> None:
        record = a_record(days_after(START, 0, 200), plans=[])
        assert past_gaps(record, build_timeline(record, CourseRules()), SETTINGS) == ()

    def test_the_hold_in_the_gap_is_named(self) -> None:
        hold = Hold(START + timedelta(days=20), START + timedelta(days=200), "pregnancy")
        found = lapse(a_record(days_after(START, 0, 200), holds=[hold]), day=201)
        assert found is not None
        assert found.sentence == (
            "Between the courses of 6 January 2025 and 25 July 2025 lay 200 days instead of 28, "
            "with a hold (pregnancy)."
        )

    def test_the_newest_gap_is_told_first(self) -> None:
        found = lapse(a_record(days_after(START, 0, 60, 160)), day=161)
        assert found is not None
        first, second = found.sentence.split(". ")
        assert "100 days" in first
        assert "60 days" in second


class TestLosses:
    """A gap of 100 days from day 28 to day 128, with six courses after it."""

    courses = days_after(START, 0, 28, *(128 + 28 * k for k in range(4)))

    def found(self, *series: Series, plans: bool = True) -> FindingDraft:
        record = a_record(self.courses, plans=[a_plan()] if plans else [], series=series)
        finding = lapse(record, day=213)
        assert finding is not None
        return finding

    @staticmethod
    def series(at_the_end: float, back_from: int | None, **others: str) -> Series:
        days = [float(day) for day in range(1, 212)]

        def level(day: float) -> float:
            if day < 60 or (back_from is not None and day >= back_from):
                return 8.0
            return at_the_end

        return a_series(days, [level(day) for day in days], **others)  # type: ignore[arg-type]

    def test_what_was_lost_and_when_it_was_back(self) -> None:
        found = self.found(self.series(4.0, 156))
        assert found.sites == ("right_hand",)
        assert found.evidence["past"][0]["losses"] == [  # type: ignore[index]
            {
                "measure": "strength_nrs",
                "site": "right_hand",
                "before": 8.0,
                "at_the_end": 4.0,
                "back_since": (START + timedelta(days=156)).isoformat(),
            }
        ]
        assert (
            "Meanwhile strength of the right hand went from 8.0 to 4.0 points and was back after "
            "the course of 11 June 2025."
        ) in found.sentence

    def test_further_losses_are_named_without_their_numbers(self) -> None:
        series = [self.series(5.0, 156, site="left_hand"), self.series(4.0, 156)]
        record = a_record(self.courses, plans=[a_plan()], series=series)
        finding = lapse(record, day=213)
        assert finding is not None
        assert finding.sentence.endswith(" Likewise strength of the left hand got worse.")

    def test_what_has_not_come_back(self) -> None:
        assert found_back(self.found(self.series(4.0, None))) == [None]
        assert "was not back since" in self.found(self.series(4.0, None)).sentence

    @pytest.mark.parametrize(("level", "sites"), [(6.1, ()), (6.0, ("right_hand",))])
    def test_only_a_loss_that_matters_is_told(self, level: float, sites: tuple[str, ...]) -> None:
        assert self.found(self.series(level, None)).sites == sites

    def test_the_worst_site_comes_first(self) -> None:
        found = self.found(self.series(5.0, None), self.series(2.0, None, site="left_hand"))
        assert found.sites == ("left_hand", "right_hand")

    def test_lower_is_better_measures_are_lost_upwards(self) -> None:
        worse = self.series(8.5, None, measure="walk_10m_s", site="global")
        much_worse = self.series(12.0, None, measure="walk_10m_s", site="global")
        assert self.found(worse).sites == ()
        assert self.found(much_worse).sites == ("global",)

    def test_without_a_reading_since_nothing_is_said_of_the_return(self) -> None:
        days = [float(day) for day in range(1, 128)]
        values = [8.0 if day < 60 else 4.0 for day in days]
        sentence = self.found(a_series(days, values)).sentence
        assert sentence.endswith(
            " Meanwhile strength of the right hand went from 8.0 to 4.0 points."
        )

    def test_symptoms_are_not_strength(self) -> None:
        assert self.found(self.series(4.0, None, measure="cramp_nrs")).sites == ()

    def test_nothing_is_compared_without_readings_before(self) -> None:
        late = a_series([100.0, 120.0], [4.0, 4.0])
        assert self.found(late).sites == ()

    def test_nothing_is_compared_without_readings_at_the_end(self) -> None:
        early = a_series([40.0, 45.0], [4.0, 4.0])
        assert self.found(early).sites == ()

    def test_a_hand_without_any_grip_has_nothing_to_lose(self) -> None:
        days = [float(day) for day in range(1, 212)]
        none = a_series(days, [0.0] * len(days), measure="grip_kg")
        assert self.found(none).sites == ()


def found_back(finding: FindingDraft) -> list[date | None]:
    return [loss["back_since"] for loss in finding.evidence["past"][0]["losses"]]  # type: ignore[index]
