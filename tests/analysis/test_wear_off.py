from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.analysis.noise import NoisePrior
from app.analysis.series_epochs import Readings
from app.analysis.wear_off import (
    ONSETS,
    TEST_ONSET,
    Evidence,
    detectable_fall,
    evidence,
    fall_shapes,
    residual,
)

PRIOR = NoisePrior(1.0)


def some_readings(
    *,
    drop: float = 0.0,
    onset: float = 0.6,
    every: float = 1.0,
    cycles: int = 6,
    noise: float = 1.0,
    seed: int = 0,
) -> Readings:
    """Give readings of 28-day cycles; the fall is complete on the planned day."""
    day = np.tile(np.arange(4.3, 28.0, every), cycles)
    cycle = np.repeat(np.arange(cycles), day.size // cycles)
    shape = np.maximum(0.0, day - onset * 28.0) / ((1.0 - onset) * 28.0)
    value = 6.0 - drop * shape + noise * np.random.default_rng(seed).normal(size=day.size)
    return Readings(20_000 + 28.0 * cycle + day, day, value, cycle, np.full(day.size, 28.0))


def judge(data: Readings, *, threshold: float = 2.0) -> Evidence:
    return evidence(data, threshold=threshold, prior=PRIOR, planned_days=28.0)


class TestShapes:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [(16.8, 0.0), (22.4, 0.5), (28.0, 1.0), (30.8, 1.25), (40.0, 1.25)],
    )
    def test_the_hinge_is_one_at_the_planned_end_and_stops_a_tenth_later(
        self, day: float, expected: float
    ) -> None:
        data = replace(some_readings(cycles=1, every=30.0), day=np.array([day]))
        assert TEST_ONSET == 0.6
        assert fall_shapes(data)[0, -1] == pytest.approx(expected)

    def test_a_long_course_in_a_short_interval_keeps_a_shape(self) -> None:
        data = replace(some_readings(cycles=1, every=30.0), planned_end=np.array([2.0]))
        assert np.isfinite(fall_shapes(data)).all()

    def test_there_is_one_column_for_every_onset(self) -> None:
        assert fall_shapes(some_readings()).shape[1] == len(ONSETS) + 1


class TestEvidence:
    def test_a_clear_fall_is_found(self) -> None:
        found = judge(some_readings(drop=3.0, seed=1))
        assert found.p_value < 1e-4
        assert found.drop is not None
        assert found.drop.low < 3.0 < found.drop.high

    def test_a_rise_is_no_fall(self) -> None:
        found = judge(some_readings(drop=-3.0))
        assert found.p_value > 0.99
        assert found.score < -2.0

    def test_the_score_is_the_normal_deviate_of_p(self) -> None:
        found = judge(some_readings(drop=0.7))
        # 1.6449 is the 95 % point of the normal distribution.
        assert (found.score > 1.6449) == (found.p_value < 0.05)

    def test_more_cycles_are_more_evidence(self) -> None:
        scores = [judge(some_readings(drop=1.5, cycles=k)).score for k in (3, 6, 12)]
        assert scores == sorted(scores)

    def test_the_unit_does_not_matter(self) -> None:
        data = some_readings(drop=1.5)
        points = judge(data)
        tenths = evidence(
            replace(data, value=10 * data.value),
            threshold=20.0,
            prior=NoisePrior(100.0),
            planned_days=28.0,
        )
        assert tenths.score == pytest.approx(points.score, abs=1e-6)
        assert points.drop is not None
        assert tenths.drop is not None
        assert tenths.drop.estimate == pytest.approx(10 * points.drop.estimate, rel=1e-6)

    def test_a_shift_of_the_whole_series_does_not_matter(self) -> None:
        data = some_readings(drop=1.5)
        moved = replace(data, value=data.value + 50.0, at=data.at + 1000.0)
        assert judge(moved).score == pytest.approx(judge(data).score, abs=1e-4)

    def test_a_steady_decline_is_not_taken_for_a_fall(self) -> None:
        data = some_readings()
        declining = replace(data, value=data.value - 0.02 * (data.at - data.at[0]))
        assert judge(declining).score == pytest.approx(judge(data).score, abs=0.05)

    def test_the_onset_is_located_when_the_fall_is_steep(self) -> None:
        found = judge(some_readings(drop=5.0, onset=0.75, noise=0.5))
        assert found.onset_day is not None
        assert found.onset_day.low < 21.0 < found.onset_day.high
        assert found.onset_day.high - found.onset_day.low < 5.0

    def test_the_onset_of_no_fall_is_not_given(self) -> None:
        assert judge(some_readings()).onset_day is None

    def test_the_level_is_the_one_before_the_fall(self) -> None:
        assert judge(some_readings(drop=3.0)).level == pytest.approx(6.0, abs=0.3)

    def test_each_cycle_has_its_own_fall(self) -> None:
        found = judge(some_readings(drop=3.0, noise=0.1))
        assert found.falls == pytest.approx(np.full(6, 3.0), abs=0.3)

    def test_readings_that_never_reach_the_onset_are_no_evidence(self) -> None:
        data = some_readings()
        early = data.day < 15.0
        kept = Readings(*(getattr(data, name)[early] for name in Readings.__dataclass_fields__))
        found = judge(kept)
        assert (found.p_value, found.score) == (0.5, 0.0)
        assert (found.drop, found.onset_day) == (None, None)
        assert detectable_fall(found, error=0.01, threshold=2.0) is None

    def test_a_series_that_never_moves_is_flat(self) -> None:
        data = some_readings(noise=0.0)
        found = judge(replace(data, value=np.full(data.at.size, 5.0)))
        assert found.p_value == pytest.approx(0.5, abs=1e-6)
        assert found.drop is not None
        assert found.drop.estimate == pytest.approx(0.0, abs=1e-6)

    def test_readings_of_one_instant_are_no_trouble(self) -> None:
        data = some_readings(cycles=3, every=30.0)
        assert np.isfinite(judge(replace(data, at=np.full(3, 20_000.0))).p_value)


def test_nine_in_ten_intervals_hold_the_true_drop() -> None:
    drops = [judge(some_readings(drop=3.0, every=2.0, seed=seed)).drop for seed in range(60)]
    held = [drop is not None and drop.low <= 3.0 <= drop.high for drop in drops]
    assert 0.82 <= np.mean(held) <= 0.99


class TestDetectable:
    def test_a_fall_must_be_estimated_at_the_threshold_too(self) -> None:
        found = judge(some_readings(noise=0.01))
        smallest = detectable_fall(found, error=0.01, threshold=2.0)
        assert smallest is not None
        assert smallest > 2.0

    def test_a_stricter_test_detects_less(self) -> None:
        found = judge(some_readings(every=7.0, cycles=3))
        loose = detectable_fall(found, error=0.01, threshold=0.1)
        strict = detectable_fall(found, error=0.001, threshold=0.1)
        assert loose is not None
        assert strict is not None
        assert strict > loose

    def test_about_four_of_five_such_falls_are_called(self) -> None:
        flat = [judge(some_readings(every=3.0, seed=seed)) for seed in range(100, 120)]
        smallest = [detectable_fall(one, error=0.01, threshold=0.5) for one in flat]
        fall = float(np.mean([one for one in smallest if one is not None]))
        called = [
            judge(some_readings(drop=fall, every=3.0, seed=seed)).p_value <= 0.01
            for seed in range(60)
        ]
        assert 0.7 <= np.mean(called) <= 0.95


def test_the_residual_is_what_is_left_inside_cycles() -> None:
    squares, freedom = residual(some_readings(drop=3.0), threshold=2.0, prior=PRIOR)
    assert squares / freedom == pytest.approx(1.0, abs=0.35)


class TestExtremes:
    """The clearest patients must get finite figures, not the first ones that overflow."""

    @pytest.mark.parametrize("cycles", [6, 13, 60])
    def test_a_very_clear_fall_has_a_drop_and_an_onset(self, cycles: int) -> None:
        found = judge(some_readings(drop=8.0, noise=0.2, cycles=cycles))
        assert found.drop is not None
        assert found.drop.low <= found.drop.estimate <= found.drop.high
        assert found.drop.estimate == pytest.approx(8.0, abs=0.5)
        assert np.isfinite(found.score)
        assert found.score > 5.0

    @pytest.mark.parametrize("cycles", [6, 13, 60])
    def test_a_very_clear_rise_is_as_strong_a_no(self, cycles: int) -> None:
        found = judge(some_readings(drop=-8.0, noise=0.2, cycles=cycles))
        assert np.isfinite(found.score)
        assert found.score < -5.0
        assert 0.99 < found.p_value <= 1.0

    def test_a_fall_and_its_mirror_have_opposite_scores(self) -> None:
        fall = judge(some_readings(drop=3.0))
        data = some_readings(drop=3.0)
        rise = judge(replace(data, value=-data.value))
        assert rise.score == pytest.approx(-fall.score)

    def test_an_onset_is_never_before_the_first_day_that_is_read(self) -> None:
        data = some_readings(drop=4.0)
        found = judge(replace(data, planned_end=np.full(data.day.size, -2.0)))
        assert found.onset_day is None or found.onset_day.low <= found.onset_day.high
