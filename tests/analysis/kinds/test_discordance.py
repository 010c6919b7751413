from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from app.analysis.analyse import FindingDraft, analyse_patient
from app.analysis.records import Hold, PlanVersion, Series
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import START, a_plan, a_record, a_series, at, regular_days

SETTINGS = AnalysisSettings()
CYCLES = 12
END = 28 * CYCLES


def rated(
    change: float,
    *,
    measure: str = "strength_nrs",
    site: str = "global",
    level: float = 6.0,
    first: int = 1,
    noise: float = 0.5,
    seed: int = 1,
) -> Series:
    """Give readings every second day that change by so much over all cycles."""
    rng = np.random.default_rng(seed)
    days = np.arange(first, END, 2)
    values = level + change * (days / END - 0.5) + noise * rng.normal(size=days.size)
    return a_series(days.tolist(), values.tolist(), measure=measure, site=site)


def hand(change: float, **others: Any) -> Series:
    return rated(change, site="right_hand", **({"seed": 2} | others))


def discordant(
    *series: Series,
    holds: list[Hold] | None = None,
    plans: list[PlanVersion] | None = None,
    courses: list[date] | None = None,
) -> FindingDraft | None:
    record = a_record(
        courses or regular_days(CYCLES), series=series, holds=holds or [], plans=plans
    )
    now = at(START + timedelta(days=END + 1))
    found = analyse_patient(record, SETTINGS, now=now).findings
    return next((one for one in found if one.kind == "discordance"), None)


def told(*series: Series, **others: Any) -> FindingDraft:
    finding = discordant(*series, **others)
    assert finding is not None
    return finding


class TestBothSides:
    def test_better_overall_and_a_hand_worse_is_reported(self) -> None:
        finding = told(rated(2.0), hand(-2.0))
        assert (finding.measure, finding.sites) == ("strength_nrs", ("right_hand",))
        (one,) = finding.evidence["series"]  # type: ignore[misc]
        assert one["trend_per_year"]["high"] < 0.0 < one["better"]["trend_per_year"]["low"]
        assert one["p_value"] < 0.001
        assert one["better"]["p_value"] < 0.001
        assert (one["better"]["site"], one["since"], one["cycles"]) == ("global", "2025-01-06", 12)

    @pytest.mark.parametrize(
        ("overall", "limb"), [(0.0, 0.0), (2.0, 0.0), (0.0, -2.0), (-2.0, -2.0)]
    )
    def test_one_side_alone_is_not(self, overall: float, limb: float) -> None:
        assert discordant(rated(overall), hand(limb)) is None

    @pytest.mark.parametrize(("overall", "limb"), [(0.7, -2.0), (2.0, -0.7)])
    def test_what_does_not_matter_is_not(self, overall: float, limb: float) -> None:
        # Certain, but less than half of two points [F6].
        quiet = {"noise": 0.1}
        assert discordant(rated(overall, **quiet), hand(limb, **quiet)) is None
        assert discordant(rated(2.0, **quiet), hand(-2.0, **quiet)) is not None

    def test_the_sentence(self) -> None:
        sentence = told(rated(2.0), hand(-2.0)).sentence
        assert sentence.startswith("Since 6 January 2025 overall strength gained 2")
        assert " a year, while strength of the right hand lost 2" in sentence

    def test_fatigue_that_eases_is_feeling_better(self) -> None:
        finding = told(rated(-2.0, measure="fatigue_nrs"), hand(-2.0))
        assert "6 January 2025 fatigue fell by 2" in finding.sentence

    def test_overall_strength_goes_before_fatigue(self) -> None:
        tired = rated(-2.0, measure="fatigue_nrs", seed=9)
        assert "overall strength gained" in told(tired, rated(2.0), hand(-2.0)).sentence

    def test_where_overall_strength_stays_fatigue_may_tell(self) -> None:
        tired = rated(-2.5, measure="fatigue_nrs", seed=9)
        assert "fatigue fell by" in told(tired, rated(0.0), hand(-2.0)).sentence


def test_falls_that_go_are_feeling_better_but_no_limb_that_gets_better() -> None:
    # The overall rating falls before infusions in the first half only; so does the hand, which
    # loses level besides.
    days = np.arange(1, END, 1)
    early = days < END / 2
    fall = early * 4.0 * np.maximum(0.0, (days % 28) / 28 - 0.5) / 0.5
    rng = np.random.default_rng(3)
    overall = 6.0 - fall + 0.5 * rng.normal(size=days.size)
    hand_too = 8.0 - fall - 3.0 * days / END + 0.5 * rng.normal(size=days.size)
    finding = told(
        a_series(days.tolist(), overall.tolist(), site="global"),
        a_series(days.tolist(), hand_too.tolist()),
        plans=[a_plan(), a_plan(effective_date=START + timedelta(days=168), dose_g_per_kg=1.5)],
    )
    assert finding.sites == ("right_hand",)


class TestWhatGetsWorse:
    def test_an_ability_or_a_grip_does(self) -> None:
        writing = rated(-1.5, measure="ability_writing", level=1.0, noise=0.2, seed=3)
        grip = hand(-8.0, measure="grip_kg", level=20.0, seed=4)
        finding = told(rated(2.0), writing, grip)
        assert set(finding.sites) == {"global", "right_hand"}
        assert finding.sentence.endswith(" got worse.")
        assert ". Likewise " in finding.sentence

    def test_a_score_that_is_better_low_gets_worse_upwards(self) -> None:
        finding = told(rated(2.0), rated(3.0, measure="incat", level=3.0, seed=3))
        assert "while the INCAT score rose by 3" in finding.sentence

    def test_twitching_is_not_strength(self) -> None:
        assert discordant(rated(2.0), hand(2.0, measure="fasciculation_nrs")) is None

    def test_the_surest_comes_first(self) -> None:
        finding = told(rated(2.0), hand(-2.0, noise=1.0), rated(-3.0, site="left_hand", seed=5))
        assert finding.sites == ("left_hand", "right_hand")


class TestTheTimeOfBoth:
    def test_without_an_overall_rating_nothing_is_compared(self) -> None:
        assert discordant(hand(-2.0)) is None

    def test_nor_without_any_other(self) -> None:
        assert discordant(rated(2.0)) is None

    def test_a_series_with_hardly_a_reading_is_passed_over(self) -> None:
        sparse = a_series([5.0, 12.0], [2, 1], site="left_hand")
        assert told(rated(2.0), hand(-2.0), sparse).sites == ("right_hand",)

    def test_only_cycles_that_both_have_count(self) -> None:
        finding = told(rated(3.0, first=113), hand(-4.0))
        (one,) = finding.evidence["series"]  # type: ignore[misc]
        assert (one["since"], one["cycles"], one["better"]["cycles"]) == ("2025-04-28", 8, 8)

    @pytest.mark.parametrize(("first", "expected"), [(225, True), (253, False)])
    def test_and_four_of_them_are_needed(self, first: int, expected: bool) -> None:
        steep = {"noise": 0.1}
        found = discordant(rated(12.0, first=first, level=4.0, **steep), hand(-12.0, **steep))
        assert (found is not None) == expected

    def test_changes_of_the_plan_do_not_hide_it(self) -> None:
        plans = [
            a_plan(effective_date=START + timedelta(days=84 * k), dose_g_per_kg=1.0 + 0.2 * k)
            for k in range(4)
        ]
        finding = told(rated(2.0), hand(-2.0), plans=plans)
        assert finding.evidence["series"][0]["since"] == "2025-01-06"  # type: ignore[index]

    def test_what_came_before_a_hold_does_not_count(self) -> None:
        hold = Hold(START + timedelta(days=160), START + timedelta(days=224), "pregnancy")
        courses = [day for day in regular_days(CYCLES) if not 140 < (day - START).days < 224]
        series = rated(6.0, noise=0.2), hand(-6.0, noise=0.2)
        finding = told(*series, holds=[hold], courses=courses)
        assert finding.evidence["series"][0]["since"] == "2025-08-18"  # type: ignore[index]


def test_stable_patients_are_rarely_reported() -> None:
    # 2 % is promised, and far less is measured (docs/methods/discordance.md).
    rng = np.random.default_rng(20_250_106)
    found = 0
    for _ in range(40):
        sites = ("global", "right_hand", "left_hand", "right_leg")
        series = [rated(0.0, site=site, noise=1.2, seed=int(rng.integers(2**32))) for site in sites]
        found += discordant(*series) is not None
    assert found <= 1
