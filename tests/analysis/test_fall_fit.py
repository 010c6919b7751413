"""The fast fit against the slow one, and against statsmodels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.fall_fit import Fit, fit
from app.analysis.noise import (
    ONES,
    TREND,
    NoisePrior,
    nuisance_columns,
    white_products,
    with_cycle_levels,
)
from app.analysis.reference import Structure, covariance, reference_fit
from app.analysis.series_epochs import Readings
from app.analysis.wear_off import design, fall_shapes

PRIOR = NoisePrior(1.0)
LOG_OF_SLUMP = np.log(3.0)  # the slump's own prior, which the slow way puts into the covariance


@st.composite
def readings(draw: st.DrawFn, *, least: int = 3) -> Readings:
    """Draw cycles with readings at uneven times, each with some past the onset."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    interval = draw(st.sampled_from([14, 21, 28, 42]))
    days = []
    for _ in range(draw(st.integers(least, 7))):
        early = rng.uniform(4.0, 0.5 * interval, size=int(rng.integers(1, 8)))
        late = rng.uniform(0.7 * interval, interval, size=int(rng.integers(1, 8)))
        days.append(np.sort(np.concatenate([early, late])))
    cycle = np.repeat(np.arange(len(days)), [d.size for d in days])
    day = np.concatenate(days)
    return Readings(
        at=20_000.0 + interval * cycle + day,
        day=day,
        value=6.0 + rng.normal(size=day.size),
        cycle=cycle,
        planned_end=np.full(day.size, float(interval)),
    )


structures = st.builds(
    Structure, phi=st.sampled_from([0.0, 0.3, 0.6]), share=st.sampled_from([0.0, 0.1, 0.4])
)


def fast(data: Readings, structure: Structure, *, threshold: float = 2.0) -> Fit:
    products = white_products(data, design(data), structure.phi)
    products = with_cycle_levels(products, structure.share)
    return fit(products, data.at.size, threshold=threshold, prior=PRIOR)


class TestAgainstTheSlowWay:
    @settings(max_examples=60)
    @given(readings(), structures)
    def test_the_fall_and_its_error(self, data: Readings, structure: Structure) -> None:
        found = fast(data, structure)
        slow = reference_fit(data, structure, threshold=2.0, prior=PRIOR)
        assert found.mean.fall == pytest.approx(slow.fall, rel=1e-4, abs=1e-5)
        assert found.mean.standard_error == pytest.approx(slow.standard_error, rel=1e-4)

    @settings(max_examples=60)
    @given(readings(), structures)
    def test_every_cycles_own_fall(self, data: Readings, structure: Structure) -> None:
        found = fast(data, structure)
        slow = reference_fit(data, structure, threshold=2.0, prior=PRIOR)
        assert found.falls == pytest.approx(slow.falls, rel=1e-4, abs=1e-4)
        assert found.sigma == pytest.approx(slow.sigma, rel=1e-4)

    @settings(max_examples=60)
    @given(readings(), structures)
    def test_the_weight_of_the_structure(self, data: Readings, structure: Structure) -> None:
        found = fast(data, structure)
        slow = reference_fit(data, structure, threshold=2.0, prior=PRIOR)
        log_prior = -0.5 * ((structure.phi - 0.25) / 0.15) ** 2  # the prior of the grid, F3
        expected = slow.log_likelihood + log_prior + LOG_OF_SLUMP
        assert found.log_weight == pytest.approx(expected, abs=1e-4)


@settings(max_examples=30)
@given(readings(), structures)
def test_the_common_fall_agrees_with_statsmodels(data: Readings, structure: Structure) -> None:
    fixed = nuisance_columns(data)[:, [ONES, TREND]]
    columns = np.column_stack([fixed, -fall_shapes(data)[:, -1]])
    other = sm.GLS(data.value, columns, sigma=covariance(data, structure)).fit()
    found = fast(data, structure)
    assert found.score[-1] / found.information[-1] == pytest.approx(other.params[2], abs=1e-5)
    unscaled = other.normalized_cov_params[2, 2]
    assert 1.0 / found.information[-1] == pytest.approx(unscaled, rel=1e-4)


class TestCyclesThatDoNotTell:
    @staticmethod
    def without_late_readings(data: Readings, cycle: int) -> Readings:
        late = (data.cycle == cycle) & (data.day > 0.55 * data.planned_end)
        return Readings(*(getattr(data, name)[~late] for name in Readings.__dataclass_fields__))

    @given(readings(least=4))
    def test_a_cycle_without_late_readings_has_no_fall(self, data: Readings) -> None:
        found = fast(self.without_late_readings(data, 1), Structure(0.3, 0.1))
        assert np.flatnonzero(np.isnan(found.falls)).tolist() == [1]

    def test_when_none_tells_there_is_no_evidence(self) -> None:
        day = np.array([5.0, 9.0, 5.0, 9.0, 5.0, 9.0])
        cycle = np.array([0, 0, 1, 1, 2, 2])
        data = Readings(20_000 + 28.0 * cycle + day, day, day, cycle, np.full(6, 28.0))
        found = fast(data, Structure(0.3, 0.1))
        assert (found.mean.fall, found.mean.t_value) == (0.0, 0.0)
        assert found.mean.standard_error == np.inf


class TestOneStrongCycle:
    def test_it_widens_the_error_instead_of_making_evidence(self) -> None:
        day = np.tile(np.arange(5.0, 28.0, 2.0), 6)
        cycle = np.repeat(np.arange(6), day.size // 6)
        rng = np.random.default_rng(5)
        value = 6.0 + 0.5 * rng.normal(size=day.size)
        shape = np.maximum(0.0, day - 17.0) / 11.0
        data = Readings(20_000 + 28.0 * cycle + day, day, value, cycle, np.full(day.size, 28.0))
        every = replace(data, value=value - 2.0 * shape)
        one = replace(data, value=value - 12.0 * shape * (cycle == 2))
        structure = Structure(0.3, 0.1)
        assert fast(every, structure).mean.t_value > 5.0
        assert fast(one, structure).mean.t_value < 2.0
        assert abs(fast(one, structure).without_strongest.t_value) < 2.0

    def test_a_single_cycle_leaves_nothing_without_it(self) -> None:
        day = np.arange(5.0, 28.0)
        cycle = np.zeros(day.size, dtype=np.int64)
        data = Readings(20_000 + day, day, day, cycle, np.full(day.size, 28.0))
        assert fast(data, Structure(0.3, 0.1)).without_strongest.t_value == 0.0
