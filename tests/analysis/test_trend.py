from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from app.analysis.trend import level_trend

YEAR = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
LEVEL = np.array([8.0, 7.7, 7.6, 7.1, 7.0])


def test_it_agrees_with_ordinary_least_squares_of_statsmodels() -> None:
    # With equal variances the weights are equal, and the line is the ordinary one.
    other = sm.OLS(LEVEL, sm.add_constant(YEAR)).fit()
    found = level_trend(LEVEL, np.full(5, 1e-9), YEAR)
    assert found is not None
    low, high = other.conf_int(alpha=0.10)[1]
    assert found.per_year.estimate == pytest.approx(other.params[1])
    assert (found.per_year.low, found.per_year.high) == pytest.approx((low, high), rel=1e-6)
    assert found.p_decline == pytest.approx(other.pvalues[1] / 2, rel=1e-6)


def test_the_loss_is_over_the_time_looked_at() -> None:
    found = level_trend(np.array([8.0, 7.5, 7.0]), np.full(3, 0.1), np.array([0.0, 0.5, 1.0]))
    assert found is not None
    assert found.loss == pytest.approx(1.0)


def test_a_rise_is_positive() -> None:
    found = level_trend(LEVEL[::-1], np.full(5, 0.01), YEAR)
    assert found is not None
    assert found.per_year.low > 0.0
    assert found.loss < 0.0


def test_two_cycles_have_no_trend() -> None:
    assert level_trend(LEVEL[:2], np.full(2, 0.1), YEAR[:2]) is None


def test_levels_on_a_line_keep_the_uncertainty_of_their_readings() -> None:
    found = level_trend(np.array([8.0, 7.0, 6.0]), np.full(3, 0.5), np.array([0.0, 1.0, 2.0]))
    assert found is not None
    assert found.per_year.high - found.per_year.low > 1.0


def test_a_cycle_with_few_readings_counts_for_less() -> None:
    level = np.array([8.0, 8.0, 8.0, 2.0])
    year = np.array([0.0, 0.1, 0.2, 0.3])
    certain = level_trend(level, np.array([0.1, 0.1, 0.1, 0.1]), year)
    doubtful = level_trend(level, np.array([0.1, 0.1, 0.1, 500.0]), year)
    assert certain is not None
    assert doubtful is not None
    assert abs(doubtful.per_year.estimate) < abs(certain.per_year.estimate) / 2
