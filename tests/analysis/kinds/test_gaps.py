from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from app.analysis.analyse import FindingDraft, analyse_patient
from app.analysis.records import Hold, PatientRecord, PlanVersion, Series
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import START, a_plan, a_record, a_series, at, regular_days


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


def months(*days: float, cycles: int = 4, interval: int = 28) -> list[float]:
    """Give the same days of every interval."""
    return [interval * k + day for k in range(cycles) for day in days]


def rated(days: list[float], **others: Any) -> Series:
    return a_series(days, [5] * len(days), **others)


def found(
    *series: Series,
    interval: int = 28,
    plans: list[PlanVersion] | None = None,
    cycles: int = 4,
    holds: list[Hold] | None = None,
    followed: tuple[tuple[str, str], ...] = (),
) -> FindingDraft | None:
    courses = regular_days(cycles, interval)
    record = a_record(
        courses, plans=plans or [a_plan(interval_days=interval)], series=series, holds=holds or []
    )
    return gap(replace(record, followed=followed), day=cycles * interval + 1)


def said(*series: Series, **others: Any) -> str:
    finding = found(*series, **others)
    assert finding is not None
    return finding.sentence


class TestMissingWindows:
    # One reading in the open interval, so that nobody is silent.
    no_end = rated([*months(6, 12), 112.9])

    def test_no_readings_before_the_infusions(self) -> None:
        finding = found(self.no_end)
        assert finding is not None
        assert finding.sentence == (
            "Of the last 4 intervals, 4 have no reading in the last 7 days before the next "
            "infusion, so strength of the right hand cannot show whether it falls before an "
            "infusion."
        )
        assert (finding.measure, finding.sites) == ("strength_nrs", ("right_hand",))
        assert finding.evidence["series"] == [
            {
                "measure": "strength_nrs",
                "site": "right_hand",
                "looked_at": 4,
                "without_late": 4,
                "without_reference": 0,
            }
        ]

    def test_short_intervals_have_a_shorter_end(self) -> None:
        sentence = said(rated(months(5, 6, interval=14)), interval=14)
        assert "in the last 4 days before the next infusion" in sentence

    def test_no_readings_in_the_middle(self) -> None:
        sentence = said(rated(months(27)))
        assert "4 have no reading from day 4 on until 9 days before the planned date" in sentence
        assert "the last 7 days" not in sentence

    def test_one_interval_has_and_two_have(self) -> None:
        sentence = said(rated([6.0, 27.0, 34.0, 62.0, 111.0]))
        assert "2 have no reading in the last 7 days before the next infusion and " in sentence
        assert "and 1 has no reading from day 4 on" in sentence

    def test_three_evaluable_of_four_are_enough(self) -> None:
        assert found(rated([*months(6, 27, cycles=3), 111])) is None

    def test_the_fullest_series_decides(self) -> None:
        sparse = rated([6, 111])
        assert found(sparse) is not None
        assert found(sparse, rated(months(6, 27), site="left_hand")) is None

    def test_the_nearest_to_an_answer_is_told(self) -> None:
        nearer = rated([*months(6, 27, cycles=2), 111], site="left_hand")
        assert "strength of the left hand cannot show" in said(rated([6, 111]), nearer)

    def test_symptoms_alone_cannot_show_strength(self) -> None:
        days = [float(day) for day in range(1, 112)]
        assert found(rated(days, measure="cramp_nrs")) is None

    def test_too_few_cycles_are_nobodys_omission(self) -> None:
        record = a_record(regular_days(2), series=[rated([6, 55])])
        assert gap(record, day=57) is None

    def test_an_interval_without_windows_misses_none(self) -> None:
        assert found(rated([float(day) for day in range(1, 28)]), interval=7) is None

    def test_under_the_skin_no_reading_would_help(self) -> None:
        assert found(self.no_end, plans=[a_plan(subcutaneous=True)]) is None

    def test_nor_on_hold(self) -> None:
        hold = Hold(START + timedelta(days=113), None, "travel")
        assert found(self.no_end, holds=[hold]) is None

    def test_nor_at_the_floor(self) -> None:
        days = [*months(6, 12), 112.9]
        assert found(a_series(days, [0] * len(days))) is None


RIGHT, LEFT = ("strength_nrs", "right_hand"), ("strength_nrs", "left_hand")
WRITING, OVERALL = ("ability_writing", "global"), ("strength_nrs", "global")


class TestFollowed:
    full = rated(months(6, 27))
    sparse = rated([6.0, 111.0], site="left_hand")

    def test_every_followed_limb_must_answer(self) -> None:
        assert found(self.full, self.sparse) is None
        assert found(self.full, self.sparse, followed=(RIGHT,)) is None
        finding = found(self.full, self.sparse, followed=(RIGHT, LEFT))
        assert finding is not None
        assert finding.sites == ("left_hand",)

    def test_all_that_cannot_are_named_the_nearest_first(self) -> None:
        nearer = rated([*months(6, 27, cycles=2), 111], site="right_leg")
        followed = (LEFT, ("strength_nrs", "right_leg"))
        sentence = said(self.sparse, nearer, followed=followed)
        assert "so strength of the right leg cannot show" in sentence
        assert sentence.endswith(" Likewise strength of the left hand cannot be judged.")

    def test_one_measure_of_a_limb_is_enough(self) -> None:
        grip = rated(months(6, 27), measure="grip_kg", site="left_hand")
        followed = (LEFT, ("grip_kg", "left_hand"))
        assert found(self.sparse, grip, followed=followed) is None
        assert found(self.sparse, grip, followed=(LEFT,)) is not None

    def test_abilities_and_the_overall_rating_stand_beside_limbs(self) -> None:
        writing = rated([6.0, 111.0], measure="ability_writing", site="global")
        assert found(self.full, writing, followed=(RIGHT, WRITING, OVERALL)) is None

    def test_where_no_limb_is_followed_the_overall_rating_must_answer(self) -> None:
        overall = rated([6.0, 111.0], site="global")
        assert found(self.full, overall, followed=(OVERALL, WRITING)) is not None

    def test_or_else_an_ability(self) -> None:
        writing = rated([6.0, 111.0], measure="ability_writing", site="global")
        assert found(self.full, writing, followed=(WRITING,)) is not None

    def test_following_symptoms_alone_asks_as_if_nothing_were_followed(self) -> None:
        assert found(self.full, self.sparse, followed=(("cramp_nrs", "left_hand"),)) is None

    def test_what_was_never_read_is_said_so(self) -> None:
        finding = found(self.full, followed=(RIGHT, LEFT))
        assert finding is not None
        assert finding.sentence == (
            "In the last 4 intervals there is no reading of strength of the left hand."
        )
        assert finding.evidence["series"][0]["without_late"] == 4  # type: ignore[index]

    def test_but_not_before_three_intervals(self) -> None:
        two = rated(months(6, 27, cycles=2))
        assert found(two, followed=(RIGHT, LEFT), cycles=2) is None


class TestTooNoisy:
    def scattered(self, *days: float, cycles: int = 6, spread: float = 3.0) -> Series:
        rng = np.random.default_rng(4)
        at_days = months(*days, cycles=cycles)
        values = np.clip(np.round(5.0 + spread * rng.normal(size=len(at_days))), 0, 10)
        return a_series(at_days, values.tolist())

    def test_few_late_readings_that_scatter_are_a_gap(self) -> None:
        finding = found(self.scattered(6, 13, 27), cycles=6)
        assert finding is not None
        (one,) = finding.evidence["series"]  # type: ignore[misc]
        assert (one["intervals"], one["readings"], one["late_readings"]) == (6, 18, 6)
        assert one["needed_drop"] == 3.0  # one and a half times two points
        assert one["detectable_drop"] > 3.0
        assert re.match(
            "Of the 18 readings of strength of the right hand in 6 intervals 6 lie in the last 7 "
            r"days, and they scatter: a loss before infusions would have been seen from [4-9]\S* "
            "points on, while to rule one out 3 points must show.",
            finding.sentence,
        )

    @pytest.mark.parametrize(("cycles", "expected"), [(5, False), (6, True)])
    def test_after_six_intervals(self, cycles: int, expected: bool) -> None:
        series = self.scattered(6, 13, 27, cycles=cycles)
        assert (found(series, cycles=cycles) is not None) == expected

    @pytest.mark.parametrize(("late", "expected"), [((26, 27), True), ((25, 26, 27), False)])
    def test_three_late_readings_an_interval_are_not_few(
        self, late: tuple[int, ...], expected: bool
    ) -> None:
        assert (found(self.scattered(6, *late, spread=4.0), cycles=6) is not None) == expected

    def test_quiet_readings_answer(self) -> None:
        assert found(self.scattered(6, 13, 27, spread=0.2), cycles=6) is None
