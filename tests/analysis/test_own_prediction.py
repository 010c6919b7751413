from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from app.analysis.cycles import build_timeline
from app.analysis.own_prediction import (
    Model,
    Noise,
    Scatter,
    first_look,
    model_of,
    noise_beside,
    scan,
    with_own_falls,
    without_outliers,
)
from app.analysis.placed import Placed, place
from app.analysis.records import CourseRules
from app.analysis.settings import DEFAULT_THRESHOLDS
from tests.analysis.builders import START, a_plan, a_record, a_series, days_after

SCATTER = Scatter(usual=1.4, df=5.0, smallest=0.3)
THRESHOLD = 2.0


def placed(days: list[float], values: list[float], *, courses: int = 6) -> Placed:
    record = a_record(
        days_after(START, *(28 * k for k in range(courses))), series=[a_series(days, values)]
    )
    (one,) = place(record.series, build_timeline(record, CourseRules()))
    return one


def model(days: list[float], values: list[float], *, courses: int = 6) -> Model:
    readings = placed(days, values, courses=courses)
    return model_of(
        readings, readings.value, threshold=THRESHOLD, scatter=SCATTER, newest_days=28.0
    )


def daily(rng: np.random.Generator, *, until: int = 140) -> tuple[list[float], list[float]]:
    days = [float(day) for day in range(1, until) if (day - 1) % 28 >= 4]
    return days, (7.0 + rng.normal(size=len(days))).tolist()


def dense(one: Model, noise: Noise, index: int) -> tuple[float, float, float]:
    """Return change, error and sigma of a step by the whole covariance matrix."""
    n = one.at.size
    chain = np.eye(n)
    step = np.minimum(noise.correlation ** np.diff(one.at), 0.8)
    for later in range(n):
        for earlier in range(later):
            chain[later, earlier] = chain[earlier, later] = np.prod(step[earlier:later])
    free = one.columns[:, 1:]
    covariance = chain + free @ np.diag((one.width[1:] / noise.sigma) ** 2) @ free.T
    design = np.column_stack([np.ones(n), np.arange(n) >= index])
    weight = np.linalg.inv(covariance)
    spread = np.linalg.inv(design.T @ weight @ design)
    beta = spread @ design.T @ weight @ one.value
    rest = one.value - design @ beta
    known = one.scatter.df * one.scatter.usual**2
    sigma2 = (known + rest @ weight @ rest) / (one.scatter.df + n - 2)
    sigma = max(np.sqrt(sigma2), one.scatter.smallest)
    return float(beta[1]), float(sigma * np.sqrt(spread[1, 1])), float(sigma)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(8, 40),
    correlation=st.floats(0.0, 0.7),
    sigma=st.floats(0.3, 3.0),
)
def test_the_scan_is_generalised_least_squares_at_every_reading(
    seed: int, n: int, correlation: float, sigma: float
) -> None:
    rng = np.random.default_rng(seed)
    days = np.sort(rng.uniform(-10.0, 100.0, n)).tolist()
    one = model(days, rng.uniform(0.0, 10.0, n).tolist(), courses=4)
    noise = Noise(sigma, correlation)
    found = scan(one, noise)
    for index in rng.integers(1, n, 4):
        change, error, beside = dense(one, noise, int(index))
        assert_allclose(found.change[index], change, rtol=1e-5, atol=1e-7)
        assert_allclose(found.error[index], error, rtol=1e-5)
        assert_allclose(found.sigma[index], beside, rtol=1e-5)


def test_readings_before_any_infusion_have_a_prediction_too() -> None:
    days, values = daily(np.random.default_rng(1), until=60)
    found = first_look(model(days, values, courses=0))
    assert np.isfinite(found.t_value[1:]).all()


def test_a_step_is_found_where_it_is() -> None:
    days, values = daily(np.random.default_rng(2))
    stepped = [v - 4.0 * (day >= 120) for day, v in zip(days, values, strict=True)]
    found = first_look(model(days, stepped))
    place_of_step = 1 + int(np.argmax(np.abs(found.t_value[1:])))
    assert days[place_of_step] == pytest.approx(120.0, abs=2.0)
    change = found.interval(place_of_step)
    assert change.low < -4.0 < change.high < -2.0
    assert found.p_value(place_of_step) < 1e-6


def test_a_known_step_is_no_news() -> None:
    days, values = daily(np.random.default_rng(2))
    stepped = [v - 4.0 * (day >= 120) for day, v in zip(days, values, strict=True)]
    one = model(days, stepped)
    index = days.index(120.0)
    noise = Noise(1.0, 0.25)
    assert abs(scan(one, noise).t_value[index]) > 5.0
    assert np.abs(scan(one.with_step(index), noise).t_value[1:-1]).max() < 3.5


def test_a_usual_fall_is_predicted() -> None:
    """Five cycles that fall by 4 points; the sixth does so again."""
    days, values = daily(np.random.default_rng(3), until=168)
    fell = [v - 4.0 * max(0, day % 28 - 17) / 11 for day, v in zip(days, values, strict=True)]
    look = first_look(model(days, fell))
    index = days.index(162.0)
    later = scan(with_own_falls(look, index), noise_beside(look, index))
    assert abs(later.t_value[index]) < 2.5
    # The same last days after five cycles without any fall.
    only = [f if day > 140 else v for day, v, f in zip(days, values, fell, strict=True)]
    assert first_look(model(days, only)).change[index] < later.change[index]


def test_the_usual_fall_widens_what_one_cycle_may_do() -> None:
    days, values = daily(np.random.default_rng(3), until=168)
    fell = [v - 6.0 * max(0, day % 28 - 17) / 11 for day, v in zip(days, values, strict=True)]
    look, flat = first_look(model(days, fell)), first_look(model(days, values))
    assert with_own_falls(look, 1).width[-1] > 1.2 * with_own_falls(flat, 1).width[-1]
    assert with_own_falls(flat, 1).width[-1] == 0.5 * THRESHOLD


def test_noise_is_that_of_the_readings() -> None:
    rng = np.random.default_rng(4)
    days, values = daily(rng, until=168)
    calm = model(days, [7.0 + 0.4 * (v - 7.0) for v in values])
    noise = noise_beside(first_look(calm), 50)
    assert 0.3 < noise.sigma < 0.6
    assert noise.correlation < 0.25


def test_correlated_noise_is_seen() -> None:
    rng = np.random.default_rng(5)
    days, values = daily(rng, until=168)
    for index in range(1, len(values)):
        values[index] = 7.0 + 0.7 * (values[index - 1] - 7.0) + 0.7 * (values[index] - 7.0)
    assert noise_beside(first_look(model(days, values)), 50).correlation > 0.4


class TestOutliers:
    def test_light_tails_change_nothing(self) -> None:
        days, values = daily(np.random.default_rng(6))
        one = model(days, values)
        assert without_outliers(first_look(one), 80) is one

    def test_heavy_tails_are_cut_off(self) -> None:
        days, values = daily(np.random.default_rng(6))
        wild = list(values)
        wild[20], wild[40], wild[90] = -5.0, 20.0, -5.0
        look = first_look(model(days, wild))
        cut = without_outliers(look, 80).value
        assert cut[20] > wild[20]
        assert cut[40] < wild[40]
        assert cut[90] > wild[90]
        most = 3.0 * look.sigma[80]
        assert np.abs(cut - look.predicted(80)).max() <= most + 1e-9

    def test_a_past_without_any_scatter_has_no_tails(self) -> None:
        days, values = daily(np.random.default_rng(6))
        one = replace(model(days, values), value=np.full(len(days), 0.0))
        assert without_outliers(first_look(one), 80) is one


def test_what_is_known_of_a_measure_before_looking() -> None:
    found = Scatter.of(DEFAULT_THRESHOLDS["strength_nrs"], step=1.0)
    assert found.smallest == pytest.approx(12**-0.5)
    assert found.usual == pytest.approx(
        np.hypot(DEFAULT_THRESHOLDS["strength_nrs"].noise_sd, 12**-0.5)
    )
    assert found.df == pytest.approx(0.5 / DEFAULT_THRESHOLDS["strength_nrs"].noise_spread ** 2)


def test_a_short_plan_has_shapes_too() -> None:
    record = a_record(
        [START], plans=[a_plan(interval_days=1)], series=[a_series([1.0, 2.0, 9.0], [5, 5, 5])]
    )
    (one,) = place(record.series, build_timeline(record, CourseRules()))
    found = model_of(one, one.value, threshold=2.0, scatter=SCATTER, newest_days=28.0)
    assert np.isfinite(found.columns).all()
