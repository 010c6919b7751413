from __future__ import annotations

import numpy as np
import pytest

from app.analysis.wearing_off import reference
from app.analysis.wearing_off.equations import FALL_VARIANCES
from app.analysis.wearing_off.hierarchy import NoisePrior, group_factors, site_factors
from app.analysis.wearing_off.shapes import SHAPES, fall_shapes
from tests.analysis.wearing_off.cases import PRIOR, a_site, falling, times, with_values

RNG = np.random.default_rng(7)
READINGS = falling(times(RNG), RNG, drop=2.0)
FACTORS = site_factors(a_site(READINGS))


def test_each_factor_is_the_ratio_of_two_densities() -> None:
    for number, structure in enumerate(reference.structures()):
        cov = reference.covariance(READINGS, structure)
        flat = reference.log_density(READINGS, cov, sigma=FACTORS.sigma)
        for shape in (3, 25, 40):
            column = fall_shapes(READINGS)[:, shape]
            found = FACTORS.log_shape_factor[number, :, 0, shape]
            kept = np.isfinite(found)
            fall = reference.log_density(READINGS, cov, sigma=FACTORS.sigma, shape=column)
            expected = fall - flat + np.log(SHAPES.weight[shape] / len(FALL_VARIANCES))
            assert kept.any()
            assert found[kept] == pytest.approx(expected[kept], abs=1e-6)


def test_averages_over_shapes_and_bad_cycles() -> None:
    for number, structure in enumerate(reference.structures()):
        cov = reference.covariance(READINGS, structure)
        flat = reference.log_density(READINGS, cov, sigma=FACTORS.sigma)
        fall = reference.log_recurrent(READINGS, cov, sigma=FACTORS.sigma) - flat
        found = FACTORS.log_fall[number]
        kept = np.isfinite(found)
        assert found[kept] == pytest.approx(fall[kept], abs=1e-6)
        for cycle in range(READINGS.n_cycles):
            bad = reference.log_bad_cycle(READINGS, cov, sigma=FACTORS.sigma, cycle=cycle) - flat
            found = FACTORS.log_bad[number, :, cycle]
            kept = np.isfinite(found)
            assert found[kept] == pytest.approx(bad[kept], abs=1e-6)


def test_the_grid_of_scatters_covers_what_the_readings_were_made_with() -> None:
    assert FACTORS.sigma[0] < 0.8
    assert FACTORS.sigma[-1] > 1.2


def test_a_series_without_any_scatter_has_that_of_rounding() -> None:
    still = with_values(READINGS, np.full(READINGS.at.size, 5.0))
    factors = site_factors(a_site(still))
    assert factors.sigma[0] == pytest.approx(a_site(still).rounding)
    assert np.isfinite(factors.log_flat).all()


def test_one_bad_cycle_is_better_explained_as_that() -> None:
    bad = np.where(READINGS.cycle == 1, 5.0 * (READINGS.day > 18.0), 0.0)
    flat = falling(READINGS, np.random.default_rng(1), drop=0.0).value
    found = group_factors([a_site(with_values(READINGS, flat - bad))], PRIOR)
    assert found.log_bad[0] > found.log_fall[0] + 2.0


def test_a_fall_in_every_cycle_is_better_explained_as_that() -> None:
    readings = falling(READINGS, np.random.default_rng(1), drop=4.0)
    found = group_factors([a_site(readings)], PRIOR)
    assert found.log_fall[0] > found.log_bad[0] + 2.0


def test_a_site_alone_is_all_sites() -> None:
    found = group_factors([a_site(READINGS)], PRIOR)
    assert found.log_all_fall == pytest.approx(found.log_fall[0])
    assert found.log_all_bad == pytest.approx(found.log_bad[0])


def test_two_sites_that_fall_say_more_together_than_each() -> None:
    rng = np.random.default_rng(8)
    sites = [a_site(falling(times(rng), rng, drop=3.0)) for _ in range(2)]
    found = group_factors(sites, PRIOR)
    assert found.log_all_fall > max(found.log_fall) + 1.0


def test_what_is_usual_moves_the_scatter_of_a_few_readings() -> None:
    rng = np.random.default_rng(9)
    site = a_site(falling(times(rng, cycles=(0, 1, 2), each=2), rng, drop=0.0))

    def mean_scatter(log_mean: float) -> float:
        found = group_factors([site], NoisePrior(log_mean, 0.2))
        weight = np.exp(found.log_weight[0] - found.log_weight[0].max()).sum(axis=0)
        return float(weight @ found.sites[0].sigma / weight.sum())

    assert mean_scatter(np.log(0.5)) < 0.8 * mean_scatter(np.log(2.0))
