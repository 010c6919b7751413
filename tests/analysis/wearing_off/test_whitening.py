from __future__ import annotations

import numpy as np
import pytest

from app.analysis.wearing_off import reference
from app.analysis.wearing_off.shapes import fall_shapes
from app.analysis.wearing_off.whitening import (
    MOST_ALIKE,
    ONE_DAY_CORRELATIONS,
    SLUMP,
    SLUMP_SD,
    TREND,
    all_products,
    neighbour_correlations,
    nuisance_columns,
    whiten,
)
from tests.analysis.wearing_off.cases import falling, times, with_values

READINGS = falling(times(np.random.default_rng(1)), np.random.default_rng(2), drop=2.0)


def without_slump(structure: reference.Structure) -> np.ndarray:
    slump = nuisance_columns(READINGS)[:, SLUMP]
    return reference.covariance(READINGS, structure) - SLUMP_SD**2 * np.outer(slump, slump)


@pytest.mark.parametrize("phi", ONE_DAY_CORRELATIONS)
def test_products_of_white_columns_are_those_of_the_dense_inverse(phi: float) -> None:
    columns = np.random.default_rng(3).normal(size=(READINGS.at.size, 4))
    white, log_det = whiten(columns, neighbour_correlations(READINGS, phi))
    dense = without_slump(reference.Structure(phi, 0.0, 0.0))
    assert white.T @ white == pytest.approx(columns.T @ np.linalg.inv(dense) @ columns, rel=1e-9)
    assert log_det == pytest.approx(np.linalg.slogdet(dense)[1], abs=1e-9)


def test_levels_of_cycles_are_in_the_products_of_every_structure() -> None:
    shapes = fall_shapes(READINGS)
    nuisance = nuisance_columns(READINGS)
    other = np.random.default_rng(4).normal(size=READINGS.at.size)
    values = np.column_stack([READINGS.value, other])
    found = list(all_products(READINGS, values, shapes))
    for one, structure in zip(found, reference.structures(), strict=True):
        weight = np.linalg.inv(without_slump(structure))
        assert one.nuisance.sum(axis=0) == pytest.approx(nuisance.T @ weight @ nuisance)
        assert one.nuisance_value.sum(axis=0) == pytest.approx(nuisance.T @ weight @ values)
        assert one.nuisance_shape.sum(axis=0) == pytest.approx(nuisance.T @ weight @ shapes)
        assert one.shape_value.sum(axis=0) == pytest.approx(shapes.T @ weight @ values)
        assert one.value_square == pytest.approx(np.diag(values.T @ weight @ values))
        assert one.shape_square.sum(axis=0) == pytest.approx(np.diag(shapes.T @ weight @ shapes))
        assert one.log_det == pytest.approx(-np.linalg.slogdet(weight)[1], abs=1e-9)
        assert one.log_prior == pytest.approx(structure.log_prior)


def test_every_cycle_starts_the_chain_anew() -> None:
    correlation = neighbour_correlations(READINGS, 0.6)
    assert np.flatnonzero(correlation == 0.0).tolist() == [0, 7, 14, 21]


def test_two_readings_of_one_instant_are_not_identical() -> None:
    twice = times(np.random.default_rng(1))
    twice.at[1] = twice.at[0]
    assert neighbour_correlations(twice, 0.3)[1] == MOST_ALIKE
    white, log_det = whiten(twice.at[:, None], neighbour_correlations(twice, 0.3))
    assert np.isfinite(white).all()
    assert np.isfinite(log_det)


def test_calendar_time_is_centred_and_the_slump_ends_after_a_week() -> None:
    columns = nuisance_columns(with_values(READINGS, np.zeros(READINGS.at.size)))
    assert columns[:, TREND].mean() == pytest.approx(0.0, abs=1e-9)
    assert (columns[:, SLUMP] > 0.0).tolist() == (READINGS.day < 7.0).tolist()
