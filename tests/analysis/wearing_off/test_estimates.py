from __future__ import annotations

import numpy as np
import pytest

from app.analysis.wearing_off.model import Evidence, look
from app.analysis.wearing_off.whitening import ONE_DAY_CORRELATIONS
from tests.analysis.wearing_off.cases import INTERVAL, an_input, falling, times

CYCLES = tuple(range(6))


def seen(*, drop: float, onset: float = 0.6, each: int = 24, seed: int = 1) -> Evidence:
    rng = np.random.default_rng(seed)
    readings = times(rng, cycles=CYCLES, each=each)
    return look([an_input(falling(readings, rng, drop=drop, onset=onset))])[0]


class TestDrop:
    def test_a_clear_fall_is_recovered(self) -> None:
        drop = seen(drop=4.0).drop
        assert drop is not None
        assert drop.low > 0.0
        assert drop.low < drop.estimate < drop.high
        assert drop.estimate == pytest.approx(4.0, abs=0.8)

    def test_without_a_fall_the_interval_holds_nought(self) -> None:
        drop = seen(drop=0.0, seed=2).drop
        assert drop is not None
        assert drop.low < 0.0 < drop.high

    def test_nine_intervals_of_ten_hold_the_truth(self) -> None:
        # Of 60 intervals 54 are expected, 47 or fewer with a chance of less than 1 %.
        held = 0
        for seed in range(60):
            drop = seen(drop=2.5, each=8, seed=seed).drop
            assert drop is not None
            held += drop.low <= 2.5 <= drop.high
        assert held >= 48

    def test_no_reading_that_can_tell_means_no_drop(self) -> None:
        rng = np.random.default_rng(1)
        readings = times(rng)
        readings.at[:] -= readings.day - readings.day / 100.0
        readings.day[:] /= 100.0
        found = look([an_input(falling(readings, rng, drop=0.0))])[0]
        assert (found.drop, found.onset_day) == (None, None)
        assert np.isnan(found.falls).all()


class TestOnset:
    @pytest.mark.parametrize("onset", [0.5, 0.7])
    def test_the_onset_of_a_clear_fall_is_located(self, onset: float) -> None:
        found = seen(drop=6.0, onset=onset).onset_day
        assert found is not None
        assert found.low < onset * INTERVAL < found.high
        assert found.estimate == pytest.approx(onset * INTERVAL, abs=3.0)

    def test_the_onset_of_no_fall_is_not(self) -> None:
        assert seen(drop=0.0, each=5).onset_day is None


class TestPValue:
    def test_a_clear_fall_is_hardly_chance(self) -> None:
        assert seen(drop=4.0).p_value < 1e-6

    def test_a_rise_is_no_fall(self) -> None:
        assert seen(drop=-4.0).p_value > 0.99

    def test_of_flat_series_it_is_spread_evenly(self) -> None:
        # Of 100, 5 are below 5 % and half below a half; 2.6 standard errors of each are allowed.
        p = np.array([seen(drop=0.0, each=6, seed=seed).p_value for seed in range(100)])
        assert (p < 0.05).sum() <= 11
        assert 37 <= (p < 0.5).sum() <= 63

    def test_its_standard_error_is_that_of_the_estimate(self) -> None:
        found = seen(drop=3.0)
        assert found.drop is not None
        width = found.drop.high - found.drop.low
        assert found.standard_error == pytest.approx(width / 2.0 / 1.645, rel=0.5)


def test_independent_readings_are_one_of_the_structures() -> None:
    assert ONE_DAY_CORRELATIONS[0] == 0.0
