from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.cycles import build_timeline
from app.analysis.kinds.new_site import new_site
from app.analysis.placed import place
from app.analysis.records import Series
from app.analysis.results import FindingDraft
from app.analysis.settings import AnalysisSettings, settings_from
from tests.analysis.builders import START, ZONE, a_record, a_series

SETTINGS = AnalysisSettings()


def found(*series: Series, to: AnalysisSettings = SETTINGS) -> FindingDraft | None:
    timeline = build_timeline(a_record(), to.rules)
    return new_site(place(series, timeline), to, zone=ZONE)


def weekly(
    values: Sequence[float],
    *,
    first: float = 0.0,
    every: float = 7.0,
    measure: str = "fasciculation_nrs",
    site: str = "left_arm",
) -> Series:
    days = [first + every * index for index in range(len(values))]
    return a_series(days, values, measure=measure, site=site)


CLEAR = [0.0] * 20


class TestFound:
    @pytest.mark.parametrize("measure", ["fasciculation_nrs", "cramp_nrs"])
    def test_a_symptom_in_a_limb_without_any(self, measure: str) -> None:
        finding = found(weekly([*CLEAR, 2, 3, 4], measure=measure))
        assert finding is not None
        assert (finding.measure, finding.sites) == (measure, ("left_arm",))

    def test_weakness_in_a_limb_of_full_strength(self) -> None:
        strength = weekly([10.0] * 20 + [8.0] * 3, measure="strength_nrs")
        finding = found(strength)
        assert finding is not None
        assert finding.sentence == (
            "Weakness of the left arm is new since 26 May 2025: from 10 to 8 points."
        )

    def test_since_when_and_from_what_to_what(self) -> None:
        finding = found(weekly([*CLEAR, 2, 3, 3]))
        assert finding is not None
        assert finding.sentence == (
            "Twitching of the left arm is new since 26 May 2025: from 0 to 3 points."
        )
        (numbers,) = finding.evidence["series"]  # type: ignore[misc, attr-defined]
        assert numbers == {
            "measure": "fasciculation_nrs",
            "site": "left_arm",
            "since": (START + timedelta(days=140)).isoformat(),
            "before": 0.0,
            "now": 3.0,
            "shown": 3,
            "reports_since": 3,
            "reports_before": 20,
            "p_value": pytest.approx(0.0, abs=1e-4),
        }

    def test_the_largest_change_comes_first(self) -> None:
        finding = found(
            weekly([*CLEAR, 1, 2, 1]),
            weekly([*CLEAR, 5, 6, 6], site="right_thigh"),
            weekly(CLEAR, site="right_arm"),
        )
        assert finding is not None
        assert finding.sites == ("right_thigh", "left_arm")
        assert finding.sentence.endswith(" Likewise twitching of the left arm since 26 May 2025.")

    def test_a_stray_report_before_does_not_hide_it(self) -> None:
        before = [*CLEAR, *CLEAR]
        before[4] = 2.0
        assert found(weekly([*before, 2, 3, 2, 3])) is not None

    def test_one_better_report_since_does_not_end_it(self) -> None:
        assert found(weekly([*CLEAR, 2, 3, 2, 0, 3, 2])) is not None


class TestNotFound:
    def test_clear_limbs(self) -> None:
        assert found(weekly(CLEAR)) is None

    def test_a_single_report(self) -> None:
        assert found(weekly([*CLEAR, 5])) is None

    @pytest.mark.parametrize(("days", "seen"), [(6.9, False), (7.0, True)])
    def test_reports_of_a_few_days(self, days: float, seen: bool) -> None:
        when = [*(7.0 * index for index in range(30)), 210.0, 210.0 + days / 2, 210.0 + days]
        series = a_series(when, [0.0] * 30 + [3.0] * 3, measure="cramp_nrs", site="left_leg")
        assert (found(series) is not None) is seen

    def test_a_limb_that_was_never_clear(self) -> None:
        assert found(weekly([0.0, 2.0] * 10 + [3.0] * 4)) is None
        assert found(weekly([2.0] * 20 + [4.0] * 4)) is None

    @pytest.mark.parametrize(("shown", "seen"), [(2, True), (3, False)])
    def test_clear_is_at_most_one_report_in_ten(self, shown: int, seen: bool) -> None:
        before = np.zeros(20)
        before[[2, 9, 15][:shown]] = 1.0
        assert (found(weekly([*before, *[4.0] * 12])) is not None) is seen

    @pytest.mark.parametrize(("before", "seen"), [(5, True), (4, False)])
    def test_too_few_reports_before(self, before: int, seen: bool) -> None:
        series = weekly([0.0] * before + [3.0] * 12, every=10.0)
        assert (found(series) is not None) is seen

    @pytest.mark.parametrize(("every", "seen"), [(4.0, True), (3.9, False)])
    def test_too_short_a_time_before(self, every: float, seen: bool) -> None:
        series = weekly([0.0] * 8 + [3.0] * 12, every=every)
        assert (found(series) is not None) is seen

    def test_what_has_gone_again(self) -> None:
        gone = [*CLEAR, *[3.0] * 12]
        assert found(weekly([*gone, *[0.0] * 4])) is not None
        assert found(weekly([*gone, *[0.0] * 5])) is None

    def test_what_comes_and_goes(self) -> None:
        assert found(weekly([*CLEAR, *[3, 0, 0] * 4])) is None

    @pytest.mark.parametrize(("weeks", "seen"), [(53, True), (54, False)])
    def test_what_is_a_year_old(self, weeks: int, seen: bool) -> None:
        assert (found(weekly([*CLEAR, *[3.0] * weeks])) is not None) is seen

    def test_overall_scores_are_no_limb(self) -> None:
        assert found(weekly([*CLEAR, *[3.0] * 5], site="global")) is None

    def test_other_measures(self) -> None:
        assert found(weekly([30.0] * 20 + [5.0] * 5, measure="grip_kg", site="left_hand")) is None

    def test_strength_just_below_full(self) -> None:
        almost = weekly([10.0] * 20 + [9.0] * 6, measure="strength_nrs")
        assert found(almost) is None
        assert found(almost, to=settings_from({"threshold.strength_nrs": 1.0})) is not None

    def test_more_limbs_share_the_error(self) -> None:
        two = weekly([0.0] * 10 + [3.0] * 2)
        others = [weekly(CLEAR, site=site) for site in ("right_arm", "left_leg", "right_leg")]
        assert found(two) is not None
        assert found(two, *others) is None

    def test_daily_reports_of_one_bad_spell(self) -> None:
        before = [0.0] * 60
        assert found(weekly([*before, *[3.0] * 4], every=1.0)) is None
        assert found(weekly([*before, *[3.0] * 9], every=1.0)) is not None


class TestNeverReportedBefore:
    other = weekly([0.0] * 20, site="right_arm")

    def test_a_limb_that_joins_with_a_symptom(self) -> None:
        finding = found(self.other, weekly([3, 4, 4], first=100.0))
        assert finding is not None
        assert finding.sentence == (
            "Twitching of the left arm was reported for the first time on 16 April 2025, "
            "since then at 4 points."
        )
        (numbers,) = finding.evidence["series"]  # type: ignore[misc, attr-defined]
        assert (numbers["before"], numbers["p_value"], numbers["reports_before"]) == (None, None, 0)

    def test_a_weak_limb_that_joins(self) -> None:
        full = weekly([10.0] * 20, site="right_arm", measure="strength_nrs")
        finding = found(full, weekly([6, 6, 6], first=100.0, measure="strength_nrs"))
        assert finding is not None
        assert finding.sites == ("left_arm",)

    def test_a_limb_that_joins_clear_because_it_is_followed_now(self) -> None:
        assert found(self.other, weekly([0, 0, 0, 0], first=100.0)) is None

    def test_a_limb_that_joins_with_one_report(self) -> None:
        assert found(self.other, weekly([3], first=100.0)) is None
        assert found(self.other, weekly([3, 0, 0, 0], first=100.0)) is None

    def test_a_limb_that_was_there_from_the_start(self) -> None:
        assert found(self.other, weekly([3.0] * 20)) is None

    @pytest.mark.parametrize(("first", "seen"), [(28.0, True), (27.9, False)])
    def test_the_others_must_have_been_reported_for_a_while(self, first: float, seen: bool) -> None:
        often = weekly([0.0] * 40, every=2.0, site="right_arm")
        assert (found(often, weekly([3, 3, 3], first=first)) is not None) is seen

    @pytest.mark.parametrize(("first", "seen"), [(28.1, True), (28.0, False)])
    def test_the_others_must_have_been_reported_often_enough(
        self, first: float, seen: bool
    ) -> None:
        assert (found(self.other, weekly([3, 3, 3], first=first)) is not None) is seen

    def test_another_measure_says_nothing_about_what_was_asked(self) -> None:
        grip = weekly([20.0] * 20, measure="grip_kg", site="left_hand")
        overall = weekly([0.0] * 20, site="global")
        assert found(grip, overall, weekly([3, 3, 3], first=100.0)) is None

    def test_a_longer_list_of_questions_is_not_news(self) -> None:
        joined = [
            weekly([3.0] * 3, first=first, site=site)
            for first, site in ((100.0, "left_arm"), (103.0, "left_leg"), (107.0, "left_foot"))
        ]
        assert found(self.other, *joined[:2]) is not None
        assert found(self.other, *joined) is None


@settings(max_examples=100)
@given(st.lists(st.integers(0, 10), min_size=1, max_size=60), st.floats(0.2, 20.0))
def test_whatever_is_reported_the_limb_shows_it_now(values: list[int], every: float) -> None:
    finding = found(weekly([float(value) for value in values], every=every))
    if finding is None:
        return
    (numbers,) = finding.evidence["series"]  # type: ignore[misc, attr-defined]
    since = values[-numbers["reports_since"] :]
    assert since[0] > 0
    assert sum(value > 0 for value in since) == numbers["shown"] >= 2
    assert 2 * numbers["shown"] >= len(since)
    assert numbers["before"] == 0.0


def test_false_alarms() -> None:
    """Six limbs that show something in 3 % of the reports, looked at after each of a year."""
    rng = np.random.default_rng(7)
    openings, years = 0, 10
    for _ in range(years):
        limbs = [
            weekly(
                (rng.random(104) < 0.03).astype(float).tolist(), every=3.5, site=f"{side}_{part}"
            )
            for side in ("left", "right")
            for part in ("arm", "leg", "foot")
        ]
        whole = place(limbs, build_timeline(a_record(), SETTINGS.rules))
        seen = [False]
        for count in range(6, 105):
            stood = [one.where(np.arange(104) < count) for one in whole]
            seen.append(new_site(stood, SETTINGS, zone=ZONE) is not None)
        openings += sum(now and not before for before, now in pairwise(seen))
    assert openings <= 0.2 * years
