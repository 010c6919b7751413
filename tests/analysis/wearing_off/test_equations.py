"""What the equations say, against the same written down with dense matrices."""

from __future__ import annotations

import numpy as np
import pytest

from app.analysis.wearing_off import reference
from app.analysis.wearing_off.equations import FALL_VARIANCES
from app.analysis.wearing_off.shapes import SHAPES, fall_shapes
from tests.analysis.wearing_off.cases import a_site, falling, times

READINGS = falling(times(np.random.default_rng(5)), np.random.default_rng(6), drop=2.0)
FOUND = a_site(READINGS).equations
STRUCTURES = list(enumerate(reference.structures()))


def dense(structure: reference.Structure, shape: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Give G = A'PA, r = A'Py and y'Py."""
    cov = reference.covariance(READINGS, structure)
    projector, _ = reference.without_level_and_trend(READINGS, cov)
    own = READINGS.cycle[:, None] == np.arange(READINGS.n_cycles)
    falls = -fall_shapes(READINGS)[:, shape, None] * own
    value = READINGS.value
    gram = falls.T @ projector @ falls
    return gram, falls.T @ projector @ value, float(value @ projector @ value)


@pytest.mark.parametrize(("number", "structure"), STRUCTURES)
@pytest.mark.parametrize("shape", [0, 20, SHAPES.number - 1])
def test_information_and_score_of_each_cycle(
    number: int, structure: reference.Structure, shape: int
) -> None:
    gram, score, square = dense(structure, shape)
    assert FOUND.own_information[number, :, shape] == pytest.approx(np.diag(gram), rel=1e-6)
    assert FOUND.own_score[number, :, shape, 0] == pytest.approx(score, rel=1e-6, abs=1e-8)
    assert FOUND.square[number, 0] == pytest.approx(square, rel=1e-6)


@pytest.mark.parametrize(("number", "structure"), STRUCTURES)
@pytest.mark.parametrize("shape", [0, 20, SHAPES.number - 1])
@pytest.mark.parametrize("place", range(len(FALL_VARIANCES)))
def test_the_common_fall(
    number: int, structure: reference.Structure, shape: int, place: int
) -> None:
    gram, score, _ = dense(structure, shape)
    variance, common = FALL_VARIANCES[place], FOUND.common
    ones = np.ones(len(score))
    varied = np.eye(len(score)) + variance * gram
    at = (number, place, shape)
    solved = np.linalg.solve(varied, score)
    expected = np.linalg.slogdet(varied)[1]
    assert common.log_det[at] == pytest.approx(expected, rel=1e-6, abs=1e-7)
    information = ones @ gram @ np.linalg.solve(varied, ones)
    assert common.information[at] == pytest.approx(information, rel=1e-6)
    assert common.score[at][0] == pytest.approx(ones @ solved, rel=1e-6, abs=1e-7)
    assert common.quadratic[at][0] == pytest.approx(variance * score @ solved, rel=1e-6)


def test_log_determinants_differ_between_structures_as_dense_ones_do() -> None:
    expected = []
    for _, structure in STRUCTURES:
        cov = reference.covariance(READINGS, structure)
        expected.append(reference.without_level_and_trend(READINGS, cov)[1])
    # The prior variance of the slump is a constant, and left out.
    found = FOUND.log_det - FOUND.log_det[0]
    assert found == pytest.approx(np.array(expected) - expected[0], abs=1e-7)


def test_series_of_the_same_times_do_not_disturb_each_other() -> None:
    alone = a_site(READINGS).equations
    assert alone.readings == READINGS.at.size
    assert alone.own_score.shape[-1] == 1
