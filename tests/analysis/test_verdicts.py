from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from app.analysis.analyse import analyse_patient
from app.analysis.records import PatientRecord, PlanVersion, Series
from app.analysis.results import SeriesResult
from app.analysis.settings import AnalysisSettings, settings_from
from tests.analysis.builders import (
    START,
    a_plan,
    a_record,
    a_series,
    at,
    days_after,
    regular_days,
    wearing_off,
)

NOW = at(START + timedelta(days=170))


def results(
    *series: Series,
    record: PatientRecord | None = None,
    settings: AnalysisSettings | None = None,
    cycles: int = 6,
    plans: list[PlanVersion] | None = None,
) -> tuple[SeriesResult, ...]:
    given = record or a_record(regular_days(cycles), plans=plans, series=series)
    return analyse_patient(given, settings or AnalysisSettings(), now=NOW).series


def verdict(*series: Series, **others: object) -> tuple[str, str | None]:
    found = results(*series, **others)[0]  # type: ignore[arg-type]
    return found.verdict, found.reason


def faller(*, seed: int = 1, **others: float) -> Series:
    return a_series(*wearing_off(np.random.default_rng(seed), **others))  # type: ignore[arg-type]


class TestVerdicts:
    def test_a_clear_recurring_fall_is_present(self) -> None:
        assert verdict(faller(drop=4.0)) == ("present", None)

    def test_a_flat_series_with_many_readings_is_absent(self) -> None:
        assert verdict(faller(drop=0.0)) == ("absent", None)

    def test_a_small_fall_is_possible_at_most(self) -> None:
        assert verdict(faller(drop=1.4, noise=0.6)) == ("possible", "small_drop")

    def test_weak_evidence_is_possible_at_most(self) -> None:
        series = faller(drop=3.0, every=2)
        score = results(series)[0].score
        assert score is not None
        words = [
            verdict(series, settings=replace(AnalysisSettings(), present_score=score + beyond))
            for beyond in (0.001, 0.0, -0.001)
        ]
        assert words == [("possible", "weak_evidence"), ("present", None), ("present", None)]

    def test_still_weaker_evidence_is_not_even_that(self) -> None:
        series = faller(drop=2.5, every=7, seed=6)
        score = results(series)[0].score
        assert score is not None
        words = [
            verdict(series, settings=replace(AnalysisSettings(), possible_score=score + beyond))
            for beyond in (0.001, 0.0)
        ]
        assert words == [("insufficient_data", "too_noisy"), ("possible", "weak_evidence")]

    def test_three_cycles_need_stronger_evidence_than_four(self) -> None:
        def word(cycles: int) -> str:
            series = faller(drop=4.0, cycles=cycles, noise=0.7)
            score = results(series, cycles=cycles)[0].score
            assert score is not None
            strict = replace(AnalysisSettings(), few_cycles_score=score + 0.001)
            return verdict(series, cycles=cycles, settings=strict)[0]

        assert [word(3), word(4)] == ["possible", "present"]

    def test_two_cycles_are_too_few(self) -> None:
        assert verdict(faller(drop=4.0, cycles=2), cycles=2) == (
            "insufficient_data",
            "too_few_cycles",
        )

    def test_a_stricter_clinic_wants_more_cycles(self) -> None:
        series, strict = faller(drop=5.0, noise=0.5, cycles=3), settings_from({"min_cycles": 4})
        assert verdict(series, cycles=3)[0] == "present"
        assert verdict(series, cycles=3, settings=strict) == ("possible", "few_cycles")

    def test_noise_that_hides_a_large_fall_is_insufficient(self) -> None:
        assert verdict(faller(drop=0.0, every=7, noise=2.0, cycles=4), cycles=4) == (
            "insufficient_data",
            "too_noisy",
        )

    def test_one_bad_cycle_is_not_a_pattern(self) -> None:
        days, values = wearing_off(np.random.default_rng(4), drop=0.0, noise=0.5)
        bad = [
            value - 5.0 * ((56 + 17 < day <= 84) and value > 0)
            for day, value in zip(days, values, strict=True)
        ]
        assert verdict(a_series(days, bad))[0] != "present"

    def test_a_fall_without_rebound_is_absent_for_that_reason(self) -> None:
        days = [float(day) for day in range(1, 168)]
        rng = np.random.default_rng(2)
        steps = [9.0 - 0.04 * day + 0.3 * rng.normal() for day in days]
        assert verdict(a_series(days, steps)) == ("absent", "no_rebound")

    def test_a_weaker_pattern_in_one_cycle_only_is_not_recurring(self) -> None:
        found = [verdict(a_series(*bad_cycle(seed)), cycles=3) for seed in range(20)]
        assert not {"present", "possible"} & {word for word, _ in found}


def bad_cycle(seed: int) -> tuple[list[float], list[float]]:
    """Give three flat cycles of which the second has a bad end."""
    days, values = wearing_off(np.random.default_rng(seed), drop=0.0, noise=0.4)
    return days, [
        value - 3.0 * (28 + 17 < day <= 56) for day, value in zip(days, values, strict=True)
    ]


class TestNotAssessable:
    @pytest.mark.parametrize(
        ("interval", "expected"),
        [(10, ("not_assessable", "short_interval")), (11, ("insufficient_data", "too_few_cycles"))],
    )
    def test_ten_days_or_less(self, interval: int, expected: tuple[str, str]) -> None:
        days = days_after(START, *(interval * k for k in range(6)))
        record = a_record(
            days, plans=[a_plan(interval_days=interval)], series=[a_series([1, 6, 7], [5, 5, 5])]
        )
        assert verdict(record=record) == expected

    def test_a_short_interval_still_has_a_score(self) -> None:
        days = days_after(START, *(7 * k for k in range(7)))
        readings = [float(day) for day in range(1, 43)]
        series = a_series(readings, [6.0 - ((day - 1) % 7 == 6) for day in readings])
        record = a_record(days, plans=[a_plan(interval_days=7)], series=[series])
        (found,) = results(record=record)
        assert found.verdict == "not_assessable"
        assert found.score is not None
        assert found.score > 0.5

    def test_subcutaneous_treatment(self) -> None:
        plans = [a_plan(subcutaneous=True)]
        assert verdict(faller(), plans=plans) == ("not_assessable", "subcutaneous")

    def test_a_later_intravenous_plan_does_not_judge_what_ran_under_the_skin(self) -> None:
        later = a_plan(effective_date=START + timedelta(days=169))
        plans = [a_plan(subcutaneous=True), later]
        assert verdict(faller(), plans=plans) == ("not_assessable", "subcutaneous")

    def test_before_any_course_the_plan_of_today_decides(self) -> None:
        record = a_record([], plans=[a_plan(subcutaneous=True)], series=[faller()])
        (found,) = results(record=record)
        assert (found.verdict, found.reason) == ("not_assessable", "subcutaneous")

    @pytest.mark.parametrize(("level", "reason"), [(1.0, "floor"), (2.0, None)])
    def test_without_room_for_a_fall_that_matters(self, level: float, reason: str | None) -> None:
        days = [float(day) for day in range(1, 168)]
        found = verdict(a_series(days, [level] * len(days)))
        assert found == (("not_assessable" if reason else "absent"), reason)

    @pytest.mark.parametrize(("level", "reason"), [(9.0, None), (10.0, "floor")])
    def test_the_floor_of_a_lower_is_better_scale_is_above(
        self, level: float, reason: str | None
    ) -> None:
        days = [float(day) for day in range(1, 168)]
        series = a_series(days, [level] * len(days), measure="incat", site="global")
        assert verdict(series)[1] == reason

    @pytest.mark.parametrize(("level", "reason"), [(0.9, "floor"), (1.0, None)])
    def test_a_grip_with_no_step_as_fine_as_the_threshold(
        self, level: float, reason: str | None
    ) -> None:
        days = [float(day) for day in range(1, 168)]
        series = a_series(days, [level] * len(days), measure="grip_kg")
        assert verdict(series)[1] == reason

    def test_without_a_plan_there_is_no_planned_end(self) -> None:
        assert verdict(faller(drop=4.0), plans=[]) == ("insufficient_data", "no_plan")


class TestEstimates:
    def test_positive_means_weaker_for_seconds_too(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=4.0, noise=0.5)
        seconds = [20.0 - value for value in values]
        (found,) = results(a_series(days, seconds, measure="walk_10m_s", site="global"))
        assert found.drop is not None
        assert found.drop.low < 4.0 < found.drop.high
        assert found.drop_fraction is not None
        assert found.drop_fraction.estimate == pytest.approx(4.0 / 14.0, abs=0.06)
        assert found.noise_cv == pytest.approx(0.5 / 14.0, abs=0.02)

    def test_trend_is_positive_when_seconds_become_fewer(self) -> None:
        days = [float(day) for day in range(1, 168)]
        seconds = [20.0 - 0.02 * day for day in days]
        (found,) = results(a_series(days, seconds, measure="walk_10m_s", site="global"))
        assert found.trend_per_year is not None
        assert found.trend_per_year.estimate == pytest.approx(0.02 * 365.25, rel=0.01)

    def test_ratings_have_no_coefficient_of_variation(self) -> None:
        assert results(faller())[0].noise_cv is None

    def test_a_level_of_nought_has_no_fraction(self) -> None:
        days = [float(day) for day in range(1, 168)]
        series = a_series(days, [0.0] * len(days), measure="cramp_nrs")
        (found,) = results(series)
        assert found.drop is not None
        assert found.drop_fraction is None

    @pytest.mark.parametrize(("above", "has_fraction"), [(-0.5, False), (0.5, True)])
    def test_nor_has_a_level_below_the_fall_that_matters(
        self, above: float, *, has_fraction: bool
    ) -> None:
        level = AnalysisSettings().thresholds["cramp_nrs"].value + above
        days = [float(day) for day in range(1, 168)]
        (found,) = results(a_series(days, [level] * len(days), measure="cramp_nrs"))
        assert (found.drop_fraction is not None) == has_fraction

    def test_counts(self) -> None:
        (found,) = results(faller())
        assert (found.cycles, found.cycles_evaluable) == (6, 6)
        assert (found.reports, found.epoch_from) == (168, START)


class TestManySeries:
    def test_each_further_series_makes_the_first_harder_to_call(self) -> None:
        series = faller(drop=3.2, every=4, noise=1.0, seed=4)
        flat = [
            a_series(*wearing_off(np.random.default_rng(9 + k), drop=0.0), site=site)
            for k, site in enumerate(("left_hand", "right_leg", "left_leg", "right_foot"))
        ]
        alone, beside = results(series)[0], results(series, *flat)
        first = next(found for found in beside if found.site == "right_hand")
        assert alone.detectable_drop is not None
        assert first.detectable_drop is not None
        assert first.detectable_drop > alone.detectable_drop
