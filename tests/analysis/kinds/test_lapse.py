from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from app.analysis.analyse import FindingDraft, analyse_patient
from app.analysis.cycles import build_timeline
from app.analysis.long_gaps import long_gaps
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
        assert len(long_gaps(build_timeline(record, CourseRules()))) == expected

    def test_without_a_plan_no_gap_is_long(self) -> None:
        record = a_record(days_after(START, 0, 200), plans=[])
        assert long_gaps(build_timeline(record, CourseRules())) == []

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
                "loss": pytest.approx({"estimate": 4.0, "low": 3.56, "high": 4.44}, abs=0.01),
                "back_since": (START + timedelta(days=156)).isoformat(),
                "back_on": (START + timedelta(days=156)).isoformat(),
                "days_to_recover": 28,
            }
        ]
        assert (
            "Meanwhile strength of the right hand went from 8.0 to 4.0 points and was back from "
            "11 June 2025 on, 28 days after the restart."
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

    def test_a_hand_that_had_no_grip_before_has_nothing_to_lose(self) -> None:
        days = [float(day) for day in range(1, 212)]
        later = a_series(days, [0.0 if day < 60 else 5.0 for day in days], measure="grip_kg")
        assert self.found(later).sites == ()


class TestRecovery:
    """Courses every 28 days up to day 28, a gap of 100 days, and courses again from day 128 on."""

    courses = days_after(START, 0, 28, *(128 + 28 * k for k in range(4)))

    def loss(
        self,
        days: Sequence[float],
        level: Callable[[float], float],
        *,
        device: Sequence[str | None] | None = None,
    ) -> dict[str, Any] | None:
        series = a_series(days, [level(day) for day in days], device=device)
        found = lapse(a_record(self.courses, series=[series]), day=213)
        assert found is not None
        losses = found.evidence["past"][0]["losses"]  # type: ignore[index]
        return losses[0] if losses else None  # type: ignore[no-any-return]

    daily = tuple(map(float, range(1, 212)))

    @pytest.mark.parametrize("back_from", [128, 129, 140, 148])
    def test_days_count_from_the_first_day_of_the_restarted_course(self, back_from: int) -> None:
        found = self.loss(self.daily, lambda day: 8.0 if day < 60 or day >= back_from else 4.0)
        assert found is not None
        assert found["days_to_recover"] == back_from - 128

    @pytest.mark.parametrize(("level", "days"), [(7.0, 2), (6.9, None)])
    def test_back_is_within_half_a_fall_that_matters(self, level: float, days: int | None) -> None:
        found = self.loss(self.daily, lambda day: 8.0 if day < 60 else 4.0 if day < 130 else level)
        assert found is not None
        assert found["days_to_recover"] == days

    def test_a_good_week_alone_is_no_recovery(self) -> None:
        def level(day: float) -> float:
            return 8.0 if day < 60 or 130 <= day < 137 or day >= 160 else 4.0

        found = self.loss(self.daily, level)
        assert found is not None
        assert found["days_to_recover"] == 32

    def test_the_last_days_before_an_infusion_do_not_count_against_it(self) -> None:
        def level(day: float) -> float:
            late = day >= 128 and (day - 128) % 28 >= 21
            return 4.0 if 60 <= day < 130 or late else 8.0

        found = self.loss(self.daily, level)
        assert found is not None
        assert found["days_to_recover"] == 2

    def test_one_reading_since_tells_no_day(self) -> None:
        found = self.loss([*range(1, 128), 140], lambda day: 4.0 if 60 <= day < 128 else 8.0)
        assert found is not None
        assert (found["days_to_recover"], found["back_since"]) == (
            None,
            (START + timedelta(days=128)).isoformat(),
        )

    def test_the_course_is_named_where_the_day_is_unknown(self) -> None:
        series = a_series([*map(float, range(1, 128)), 140.0], [8.0] * 59 + [4.0] * 68 + [8.0])
        found = lapse(a_record(self.courses, series=[series]), day=213)
        assert found is not None
        assert found.sentence.endswith("and was back after the course of 14 May 2025.")

    def test_two_readings_are_enough(self) -> None:
        found = self.loss([*range(1, 128), 140, 143], lambda day: 4.0 if 60 <= day < 128 else 8.0)
        assert found is not None
        assert found["days_to_recover"] == 12

    def test_another_device_is_not_compared(self) -> None:
        def level(day: float) -> float:
            return 4.0 if 60 <= day < 128 else 8.0

        one = self.loss(self.daily, level, device=["a"] * 211)
        other = self.loss(self.daily, level, device=["a"] * 127 + ["b"] * 84)
        assert one is not None
        assert other is not None
        assert (one["days_to_recover"], other["days_to_recover"]) == (0, None)
        assert self.loss(self.daily, level, device=["a"] * 60 + ["b"] * 151) is None

    @pytest.mark.parametrize(
        ("days", "words"), [(0, "the day of"), (1, "1 day after"), (2, "2 days after")]
    )
    def test_days_in_words(self, days: int, words: str) -> None:
        values = [8.0 if day < 60 or day >= 128 + days else 4.0 for day in self.daily]
        series = [a_series(self.daily, values)]
        found = lapse(a_record(self.courses, series=series), day=213)
        assert found is not None
        assert f"on, {words} the restart." in found.sentence


class TestLeaving:
    """A gap of 60 days up to day 60, and courses every 28 days from then on."""

    @staticmethod
    def told(last_course: int, *, series: Sequence[Series] = ()) -> bool:
        courses = days_after(START, 0, *range(60, last_course - 13, 28), last_course)
        found = lapse(a_record(courses, series=series), day=last_course + 1)
        return found is not None and bool(found.evidence["past"])

    @pytest.mark.parametrize(("year", "told"), [(364, True), (365, True), (366, False)])
    def test_a_gap_is_told_until_the_record_has_gone_on_for_a_year(
        self, year: int, told: bool
    ) -> None:
        assert self.told(60 + year) is told

    def test_today_alone_changes_nothing(self) -> None:
        record = a_record(days_after(START, 0, 60))
        for day in (61, 2000):
            found = lapse(record, day=day)
            assert found is not None
            assert found.evidence["past"]

    @pytest.mark.parametrize(("back_from", "told"), [(100, False), (300, True), (900, True)])
    def test_the_year_counts_from_the_return_of_what_was_lost(
        self, back_from: int, told: bool
    ) -> None:
        days = [float(day) for day in range(1, 490)]
        values = [8.0 if day < 30 or day >= back_from else 4.0 for day in days]
        assert self.told(490, series=[a_series(days, values)]) is told


def found_back(finding: FindingDraft) -> list[date | None]:
    return [loss["back_since"] for loss in finding.evidence["past"][0]["losses"]]  # type: ignore[index]
