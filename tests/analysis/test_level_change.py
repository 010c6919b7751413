from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from app.analysis.cycles import build_timeline
from app.analysis.level_change import levels_in, levels_of
from app.analysis.own_prediction import Scatter
from app.analysis.placed import Placed, place
from app.analysis.records import CourseRules, FloatArray
from app.analysis.settings import DEFAULT_THRESHOLDS
from tests.analysis.builders import a_record, a_series

SCATTER = Scatter(usual=1.4, df=5.0, smallest=0.3)
STRENGTH = DEFAULT_THRESHOLDS["strength_nrs"]
GRIP = DEFAULT_THRESHOLDS["grip_kg"]


def placed(values: list[float], *, measure: str = "strength_nrs", **others: object) -> Placed:
    days = [float(day) for day in range(len(values))]
    series = a_series(days, values, measure=measure, **others)  # type: ignore[arg-type]
    record = a_record([], series=[series])
    (one,) = place(record.series, build_timeline(record, CourseRules()))
    return one


def dense(at: FloatArray, value: FloatArray, stretch: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return means and variances by generalised least squares with the whole matrix."""
    chain = np.eye(at.size)
    for later in range(at.size):
        for earlier in range(later):
            if stretch[later] == stretch[earlier]:
                gaps = np.diff(at)[earlier:later]
                chain[later, earlier] = chain[earlier, later] = np.prod(np.minimum(0.3**gaps, 0.8))
    design = (stretch[:, None] == np.unique(stretch)).astype(float)
    weight = np.linalg.inv(chain)
    covariance = np.linalg.inv(design.T @ weight @ design)
    mean = covariance @ design.T @ weight @ value
    rest = value - design @ mean
    df = SCATTER.df + at.size - design.shape[1]
    sigma2 = max((SCATTER.df * SCATTER.usual**2 + rest @ weight @ rest) / df, SCATTER.smallest**2)
    return mean, sigma2 * (np.diag(covariance) + 0.1)


@settings(max_examples=50)
@given(
    gaps=st.lists(st.floats(0.01, 20.0), min_size=3, max_size=25),
    data=st.data(),
)
def test_levels_are_generalised_least_squares(gaps: list[float], data: st.DataObject) -> None:
    at = np.cumsum(gaps)
    value = np.array([data.draw(st.floats(-10.0, 10.0)) for _ in gaps])
    # Every stretch has a reading.
    jumps = [0, *(data.draw(st.integers(0, 1)) for _ in gaps[1:])]
    stretch = np.cumsum(jumps)
    found = levels_of(at, value, stretch, scatter=SCATTER)
    mean, variance = dense(at, value, stretch)
    assert_allclose(found.mean, mean, atol=1e-8)
    assert_allclose(found.variance, variance, rtol=1e-8)


def test_equal_readings_still_have_the_error_of_rounding() -> None:
    at = np.arange(200.0)
    found = levels_of(at, np.full(200, 5.0), (at >= 100).astype(int), scatter=SCATTER)
    change = found.change(1)
    assert change.estimate == pytest.approx(0.0)
    assert change.high > 0.1
    assert found.p_value(1) == pytest.approx(0.5)


def test_a_rise_is_positive_and_certain() -> None:
    at = np.arange(40.0)
    value = np.where(at < 20, 4.0, 8.0) + np.tile([-0.5, 0.5], 20)
    found = levels_of(at, value, (at >= 20).astype(int), scatter=SCATTER)
    assert found.change(1).low > 3.0
    assert found.p_value(1) < 1e-6


def test_an_empty_stretch_says_nothing() -> None:
    found = levels_of(np.arange(3.0), np.full(3, 5.0), np.array([0, 0, 2]), scatter=SCATTER)
    assert np.isnan(found.mean[1])
    assert found.variance[1] == np.inf
    assert found.count.tolist() == [2, 0, 1]


@pytest.mark.parametrize(("phi", "at_least"), [(0.0, 0.86), (0.3, 0.86), (0.6, 0.75)])
def test_intervals_cover_what_they_say(phi: float, at_least: float) -> None:
    """Noise that is known only roughly, levels of their own, and rounding to whole points."""
    rng = np.random.default_rng(11)
    at, hits, looks = np.arange(40.0), 0, 400
    for _ in range(looks):
        noise = rng.normal(size=40)
        for day in range(1, 40):
            noise[day] = phi * noise[day - 1] + np.sqrt(1 - phi**2) * noise[day]
        sigma = 1.4 * np.exp(0.3 * rng.normal())
        level = 5.0 + 0.3 * sigma * rng.normal(size=2)
        stretch = (at >= 20).astype(int)
        value = np.round(level[stretch] + sigma * noise)
        change = levels_of(at, value, stretch, scatter=SCATTER).change(1)
        hits += change.low <= 0.0 <= change.high
    assert at_least <= hits / looks <= 0.98


class TestLevelsIn:
    def test_stretches_keep_their_place_and_unit(self) -> None:
        one = placed([20.0] * 10 + [30.0] * 10, measure="grip_kg")
        days = np.arange(20)
        nothing = np.zeros(20, dtype=bool)
        found = levels_in(one, [days < 10, nothing, days >= 10, nothing], GRIP)
        assert found is not None
        assert_allclose(found.mean, [20.0, np.nan, 30.0, np.nan])
        assert found.count.tolist() == [10, 0, 10, 0]
        assert found.variance[3] == np.inf

    def test_without_a_first_reading_there_is_nothing_to_compare(self) -> None:
        one = placed([5.0] * 4)
        assert levels_in(one, [np.zeros(4, dtype=bool), np.ones(4, dtype=bool)], STRENGTH) is None

    @pytest.mark.parametrize(("device", "count"), [("a", 4), ("b", 0)])
    def test_only_the_first_stretchs_device_is_compared(self, device: str, count: int) -> None:
        one = placed([5.0] * 8, device=["a"] * 4 + [device] * 4)
        days = np.arange(8)
        found = levels_in(one, [days < 4, days >= 4], STRENGTH)
        assert found is not None
        assert found.count.tolist() == [4, count]

    def test_no_grip_at_all_is_no_level(self) -> None:
        one = placed([0.0] * 8, measure="grip_kg")
        days = np.arange(8)
        assert levels_in(one, [days < 4, days >= 4], GRIP) is None
        assert levels_in(placed([0.0] * 8), [days < 4, days >= 4], STRENGTH) is not None


def test_all_from_a_stretch_on_are_taken_together() -> None:
    rng = np.random.default_rng(2)
    at = np.arange(40.0)
    stretch = np.repeat([0, 1, 2, 3], 10)
    found = levels_of(at, 5.0 + rng.normal(size=40) + (stretch > 1), stretch, scatter=SCATTER)
    later = found.from_on(2)
    weight = 1.0 / found.variance[2:]
    assert later.mean[1] == pytest.approx((weight * found.mean[2:]).sum() / weight.sum())
    assert later.variance[1] == pytest.approx(1.0 / weight.sum())
    assert later.count.tolist() == [10, 20]
    assert later.change(1).low > found.change(2).low or later.p_value(1) < found.p_value(2)


def test_an_empty_stretch_adds_nothing() -> None:
    at, value = np.arange(5.0), np.array([5.0, 6.0, 5.0, 8.0, 9.0])
    found = levels_of(at, value, np.array([0, 0, 0, 1, 3]), scatter=SCATTER)
    assert found.from_on(2).mean[1] == found.mean[3]
    assert found.from_on(2).count[1] == 1
