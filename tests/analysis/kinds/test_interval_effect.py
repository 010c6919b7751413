from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_ind

from app.analysis.analyse import FindingDraft, analyse_patient
from app.analysis.assess import assess
from app.analysis.cycles import build_timeline
from app.analysis.kinds.history import history
from app.analysis.kinds.interval_effect import interval_effect
from app.analysis.records import Hold, PatientRecord, PlanVersion, Series, Therapy
from app.analysis.results import Interval
from app.analysis.series_epochs import WindowMeans, series_epochs
from app.analysis.settings import AnalysisSettings
from app.analysis.verdicts import Judged, Standing, judge
from tests.analysis.builders import START, a_plan, a_record, a_series, at, days_after

SETTINGS = AnalysisSettings()
NOTHING = Standing(on_hold=False, subcutaneous=False)
# Four-week courses up to day 168; what comes then is the new plan's.
CHANGE = 168
BEFORE = tuple(range(0, CHANGE, 28))
NEW = a_plan(effective_date=START + timedelta(days=CHANGE), interval_days=21)
AFTER = tuple(range(CHANGE, CHANGE + 7 * 21, 21))


def hand(
    before: float,
    after: float,
    *,
    courses: Sequence[int] = (*BEFORE, *AFTER),
    seed: int = 3,
    shift: float = 0.0,
    **others: Any,
) -> Series:
    """Give daily ratings that lose so many points before each course, since the change others."""
    rng = np.random.default_rng(seed)
    days = np.arange(1, courses[-1])
    number = np.searchsorted(courses, days, side="right") - 1
    length = np.diff([*courses, courses[-1] + 21])[number]
    day = days - np.asarray(courses)[number]
    size = np.where(days < CHANGE, before, after)
    fall = size * np.maximum(0.0, day / length - 0.6) / 0.4
    level = np.where(days < CHANGE, 7.0, 7.0 + shift)
    values = np.clip(np.round(level - fall + rng.normal(size=days.size)), 0, 10)
    return a_series(days.tolist(), values.tolist(), **others)


def record(
    *series: Series,
    plans: Sequence[PlanVersion] = (a_plan(), NEW),
    courses: Sequence[int] = (*BEFORE, *AFTER),
    **others: Any,
) -> PatientRecord:
    return a_record(days_after(START, *courses), plans=plans, series=series, **others)


def effect(found: PatientRecord, *, day: int = 400) -> FindingDraft | None:
    analysis = analyse_patient(found, SETTINGS, now=at(START + timedelta(days=day)))
    return next((one for one in analysis.findings if one.kind == "interval_effect"), None)


def told(found: PatientRecord) -> FindingDraft:
    finding = effect(found)
    assert finding is not None
    return finding


def numbers(finding: FindingDraft, which: int = 0) -> Any:
    series: Any = finding.evidence["series"]
    return series[which]


class TestTheFall:
    def test_one_that_goes_is_clearly_smaller(self) -> None:
        finding = told(record(hand(3.0, 0.0)))
        assert (finding.measure, finding.sites) == ("strength_nrs", ("right_hand",))
        one = numbers(finding)
        assert (one["direction"], one["is_clear"]) == ("smaller", True)
        assert one["drop_difference"]["estimate"] == pytest.approx(-3.0, abs=1.0)
        assert (one["before"]["cycles"], one["after"]["cycles"]) == (6, 6)
        assert (one["before"]["interval_days"], one["after"]["interval_days"]) == (28, 21)

    def test_one_that_begins_is_clearly_larger(self) -> None:
        one = numbers(told(record(hand(0.0, 3.0))))
        assert (one["direction"], one["is_clear"]) == ("larger", True)

    def test_one_that_stays_has_no_clear_difference(self) -> None:
        finding = told(record(hand(3.0, 3.0)))
        one = numbers(finding)
        assert (one["direction"], one["is_clear"]) == (None, False)
        # 2.5 standard errors: 80 % chance to see it at 5 % on each side.
        width = one["drop_difference"]["high"] - one["drop_difference"]["low"]
        assert one["detectable_difference"] == pytest.approx(
            width * (1.6449 + 0.8416) / 3.2897, 1e-3
        )

    def test_a_flat_patient_is_left_in_peace(self) -> None:
        assert effect(record(hand(0.0, 0.0), hand(0.0, 0.0, site="left_hand", seed=8))) is None

    def test_a_flat_hand_beside_a_telling_one_is_only_named(self) -> None:
        finding = told(record(hand(3.0, 0.0), hand(0.0, 0.0, site="left_hand", seed=8)))
        assert finding.sites == ("right_hand",)
        assert finding.evidence["without_a_fall"] == ["strength of the left hand"]

    def test_twitching_is_no_strength(self) -> None:
        assert effect(record(hand(3.0, 0.0, measure="fasciculation_nrs"))) is None

    def test_the_level_is_compared_besides(self) -> None:
        one = numbers(told(record(hand(3.0, 0.0, shift=-1.5))))
        assert one["level_difference"]["low"] < -1.5 < one["level_difference"]["high"] < 0.0
        assert one["before"]["level"] == pytest.approx(7.0, abs=0.4)

    def test_a_score_that_is_better_low_keeps_its_own_direction(self) -> None:
        falling = hand(3.0, 0.0, shift=-1.5)
        turned = a_series(
            (falling.at_days - falling.at_days[0] + 1.0).tolist(),
            (10.0 - falling.value).tolist(),
            measure="incat",
            site="global",
        )
        one = numbers(told(record(turned)))
        assert one["direction"] == "smaller"
        assert one["before"]["level"] == pytest.approx(3.0, abs=0.4)
        assert one["level_difference"]["low"] > 0.0


class TestWhichChange:
    @pytest.mark.parametrize(("courses", "expected"), [(3, False), (4, True)])
    def test_three_closed_cycles_must_follow(self, courses: int, expected: bool) -> None:
        days = (*BEFORE, *AFTER[:courses])
        found = effect(record(hand(4.0, 0.0, courses=days), courses=days))
        assert (found is not None) == expected

    def test_without_a_change_there_is_no_effect(self) -> None:
        assert effect(record(hand(3.0, 3.0), plans=[a_plan()])) is None

    def test_another_product_alone_is_no_change_of_interval_or_dose(self) -> None:
        other = a_plan(effective_date=NEW.effective_date, product="privigen")
        assert effect(record(hand(3.0, 0.0), plans=[a_plan(), other])) is None

    def test_another_dose_is(self) -> None:
        more = a_plan(effective_date=NEW.effective_date, dose_g_per_kg=1.5)
        finding = told(record(hand(3.0, 0.0), plans=[a_plan(), more]))
        assert finding.sentence.startswith(
            "On 23 June 2025 the planned dose went from 1 g/kg to 1.5 g/kg a course. At the end "
        )
        assert "own interval" not in finding.sentence

    def test_doses_are_named_as_they_were_written(self) -> None:
        plans = [
            a_plan(dose_g_per_kg=None),
            a_plan(effective_date=NEW.effective_date, dose_g_per_kg=None, dose_g=70.0),
        ]
        finding = told(record(hand(3.0, 0.0), plans=plans))
        assert "from an unwritten dose to 70 g a course" in finding.sentence

    def test_the_newest_that_can_be_judged_is_told(self) -> None:
        # A third plan has had two courses so far: too few, so the second one is told.
        newest = a_plan(effective_date=START + timedelta(days=AFTER[-1]), interval_days=14)
        courses = (*BEFORE, *AFTER, AFTER[-1] + 14)
        finding = told(
            record(hand(3.0, 0.0, courses=courses), plans=[a_plan(), NEW, newest], courses=courses)
        )
        assert finding.evidence["changed_on"] == "2025-06-23"

    def test_an_epoch_too_short_to_judge_is_passed_over(self) -> None:
        # One course at 24 days lies between: the change is told from 28 to 21.
        between = a_plan(effective_date=START + timedelta(days=BEFORE[-1]), interval_days=24)
        finding = told(record(hand(3.0, 0.0), plans=[a_plan(), between, NEW]))
        assert finding.evidence["before"] == {
            "interval_days": 28,
            "dose_g_per_kg": 1.0,
            "dose_g": None,
        }

    def test_a_change_after_which_only_the_product_changed_is_still_told(self) -> None:
        same = a_plan(
            effective_date=START + timedelta(days=AFTER[-1]), interval_days=21, product="privigen"
        )
        courses = (*BEFORE, *range(CHANGE, CHANGE + 12 * 21, 21))
        found = record(
            hand(3.0, 0.0, courses=courses), plans=[a_plan(), NEW, same], courses=courses
        )
        assert told(found).evidence["after"]["interval_days"] == 21  # type: ignore[index]

    def test_what_else_changed_is_said(self) -> None:
        both = a_plan(effective_date=NEW.effective_date, interval_days=21, product="privigen")
        steroid = Therapy("prednisone", "started", NEW.effective_date)
        finding = told(record(hand(3.0, 0.0), plans=[a_plan(), both], therapies=[steroid]))
        assert finding.evidence["also_changed"] == ["product", "therapy"]
        assert (
            "Between the two lay also another product and a start or stop of another therapy."
            in finding.sentence
        )

    def test_another_device_is_not_compared(self) -> None:
        falling = hand(3.0, 0.0)
        devices = ["old" if day < CHANGE else "new" for day in range(1, falling.at_days.size + 1)]
        assert effect(record(hand(3.0, 0.0, device=devices))) is None

    def test_a_hand_that_fell_to_the_floor_is_not_called_better(self) -> None:
        assert effect(record(hand(3.0, 0.0, shift=-6.5))) is None

    def test_a_hold_today_takes_nothing_away(self) -> None:
        hold = Hold(START + timedelta(days=AFTER[-1] + 1), None, "travel")
        assert told(record(hand(0.0, 3.0), holds=[hold])) == told(record(hand(0.0, 3.0)))


class TestTheSentence:
    def test_a_shorter_interval_leaves_less_time(self) -> None:
        sentence = told(record(hand(3.0, 0.0))).sentence
        assert sentence.startswith(
            "On 23 June 2025 the planned interval went from 28 to 21 days. At the end of the "
            "interval the loss in strength of the right hand was "
        )
        assert " in 6 intervals before and " in sentence
        assert ") less. Each is taken at the planned end of its own interval" in sentence
        assert "the new one leaves less time to lose strength." in sentence
        assert re.search(
            r" The level after infusions went from [67](\.\d)? to [67](\.\d)? points, a change of ",
            sentence,
        )

    def test_a_longer_one_leaves_more(self) -> None:
        longer = a_plan(effective_date=NEW.effective_date, interval_days=42)
        courses = (*BEFORE, *range(CHANGE, CHANGE + 6 * 42, 42))
        found = record(hand(0.0, 3.0, courses=courses), plans=[a_plan(), longer], courses=courses)
        sentence = told(found).sentence
        assert ") more. " in sentence
        assert "the new one leaves more time to lose strength." in sentence

    def test_no_difference_is_said_with_what_could_have_been_seen(self) -> None:
        assert "no clear difference, where one of 1" in told(record(hand(3.0, 3.0))).sentence

    def test_the_others_are_named_by_what_became_of_them(self) -> None:
        sentence = told(
            record(
                hand(3.0, 0.0),
                hand(3.0, 3.0, site="left_hand", seed=5),
                hand(3.0, 0.3, site="right_leg", seed=6),
            )
        ).sentence
        assert "Also smaller: strength of the right" in sentence
        assert "No clear difference: strength of the left hand." in sentence


class TestTheNumbers:
    """Drops of our own choice in place of the model's."""

    rated = record(
        hand(0.0, 0.0), hand(0.0, 0.0, site="left_hand"), hand(0.0, 0.0, site="right_leg")
    )

    def found(self, before: Interval, after: Interval, *, sites: int = 1) -> FindingDraft | None:
        timeline = build_timeline(self.rated, SETTINGS.rules)
        split = [series_epochs(series, timeline) for series in self.rated.series[:sites]]
        epochs: list[tuple[Judged, ...]] = []
        for number, drop in enumerate((before, after)):
            judged = judge(assess([one[number] for one in split], SETTINGS), NOTHING, SETTINGS)
            first = replace(judged[0].result, drop=drop, verdict="possible")
            epochs.append((replace(judged[0], result=first), *judged[1:]))
        return interval_effect(history(epochs[:1], epochs[1]), timeline, SETTINGS)

    def some(self, before: Interval, after: Interval, *, sites: int = 1) -> FindingDraft:
        finding = self.found(before, after, sites=sites)
        assert finding is not None
        return finding

    def test_the_interval_of_the_difference_is_that_of_two_normals(self) -> None:
        # Both margins are 1, so that of the difference is the root of 2; p from a normal table.
        one = numbers(self.some(Interval(3.0, 2.0, 4.0), Interval(1.0, 0.0, 2.0)))
        assert one["drop_difference"] == pytest.approx(
            {"estimate": -2.0, "low": -2.0 - 2**0.5, "high": -2.0 + 2**0.5}, rel=1e-5
        )
        assert one["p_value"] == pytest.approx(0.0200, abs=1e-4)
        assert one["detectable_difference"] == pytest.approx(2.138, abs=1e-3)

    @pytest.mark.parametrize(("sites", "is_clear"), [(1, True), (2, True), (3, False)])
    def test_what_counts_as_clear_depends_on_how_many_are_compared(
        self, sites: int, is_clear: bool
    ) -> None:
        # p is 0.02: below 0.05 / 2, above 0.05 / 3.
        finding = self.some(Interval(3.0, 2.0, 4.0), Interval(1.0, 0.0, 2.0), sites=sites)
        assert numbers(finding)["is_clear"] == is_clear
        assert (": perhaps 2 points (0.6 to 3.4) less" in finding.sentence) == (not is_clear)

    @pytest.mark.parametrize(("after", "expected"), [(1.58, "smaller"), (1.59, None)])
    def test_the_difference_is_seen_where_its_interval_leaves_zero(
        self, after: float, expected: str | None
    ) -> None:
        moved = Interval(after, after - 1.0, after + 1.0)
        assert numbers(self.some(Interval(3.0, 2.0, 4.0), moved))["direction"] == expected

    def with_levels(self, before: Sequence[float], after: Sequence[float]) -> FindingDraft:
        """Give the finding where the reference windows have means of our own choice."""
        timeline = build_timeline(self.rated, SETTINGS.rules)
        parts = series_epochs(self.rated.series[0], timeline)
        epochs = []
        for part, means in zip(parts, (before, after), strict=True):
            windows = tuple(WindowMeans(i, mean, None) for i, mean in enumerate(means))
            (one,) = judge(assess([replace(part, windows=windows)], SETTINGS), NOTHING, SETTINGS)
            drop = Interval(3.0, 2.0, 4.0)
            epochs.append([replace(one, result=replace(one.result, drop=drop, verdict="possible"))])
        finding = interval_effect(history(epochs[:1], epochs[1]), timeline, SETTINGS)
        assert finding is not None
        return finding

    def test_the_levels_are_compared_as_scipy_compares_them(self) -> None:
        before, after = [7.0, 6.4, 7.1, 6.6, 7.5, 6.9], [6.1, 6.8, 5.9, 6.3, 6.4, 5.0]
        theirs = ttest_ind(after, before, equal_var=False).confidence_interval(0.9)
        ours = numbers(self.with_levels(before, after))["level_difference"]
        assert ours["estimate"] == pytest.approx(np.mean(after) - np.mean(before), rel=1e-5)
        assert (ours["low"], ours["high"]) == pytest.approx((theirs.low, theirs.high), rel=1e-5)

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [([7.0, 6.0], [6.0, 5.0], True), ([7.0, 6.0], [6.0], False), ([], [6.0, 5.0], False)],
    )
    def test_one_cycle_has_no_spread(
        self, before: list[float], after: list[float], expected: bool
    ) -> None:
        finding = self.with_levels(before, after)
        assert (numbers(finding)["level_difference"] is not None) == expected
        assert ("The level after infusions" in finding.sentence) == expected
        assert (numbers(finding)["before"]["level"] is None) == (not before)

    def test_levels_that_never_differ_are_compared_too(self) -> None:
        ours = numbers(self.with_levels([7.0] * 6, [6.0] * 6))["level_difference"]
        assert ours["high"] == pytest.approx(-1.0, abs=1e-4)

    def test_a_drop_without_any_doubt_breaks_nothing(self) -> None:
        sure = Interval(1.0, 1.0, 1.0)
        assert numbers(self.some(sure, sure))["direction"] is None


def test_flat_patients_are_rarely_said_to_have_changed() -> None:
    # 5 % over all series are promised (docs/methods/interval-effect.md has a larger run).
    told_clear = 0
    for seed in range(30):
        left = hand(0.0, 0.0, site="left_hand", seed=99 - seed)
        finding = effect(record(hand(0.0, 0.0, seed=seed), left))
        told_clear += finding is not None and numbers(finding)["is_clear"]
    assert told_clear <= 3
