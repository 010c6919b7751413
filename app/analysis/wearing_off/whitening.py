"""Noise whose neighbours are alike, made white in linear time, and sums of products per cycle.

The residual is a continuous-time AR(1): the correlation of neighbours is phi to the power of the
days between them. Its whitening is bidiagonal. Every infusion starts it anew: the days left out
after an infusion make readings of two cycles practically uncorrelated. All that the model needs
are sums of products per cycle, for every correlation and every size of the cycles' own levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.analysis.records import FloatArray
from app.analysis.series_epochs import IntArray, Readings

# Correlation of readings one day apart: median 0.13-0.25, range -0.1 to 0.5 in real daily
# self-ratings [F3]; 0.2-0.3 for grip and 0.6 as the extreme are judgement.
ONE_DAY_CORRELATIONS: Final = (0.0, 0.15, 0.3, 0.45, 0.6)
CORRELATION_MEAN: Final = 0.25
CORRELATION_SD: Final = 0.15
# Two readings of one hour are alike, but not identical: judgement.
MOST_ALIKE: Final = 0.8
# Variance of a cycle's own level, as a share of the residual variance: a level shift of 2 %
# beside a scatter of 6 % is 0.11; more where illness or a step moves levels: judgement.
LEVEL_SHARES: Final = (0.05, 0.4)
LEVEL_WEIGHTS: Final = (0.7, 0.3)
# The slump or climb after an infusion may be as large as a few scatters: judgement.
SLUMP_SD: Final = 1.0
_SLUMP_DAYS: Final = 7.0
_SLUMP_SHARE: Final = 0.4

ONES: Final = 0
TREND: Final = 1
SLUMP: Final = 2
N_NUISANCE: Final = 3
DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Products:
    """Sums of products per cycle under one structure of the noise, in units of sigma.

    Attributes
    ----------
    nuisance : float array, shape (cycles, 3, 3)
        Of ones, trend and slump with each other.
    nuisance_value : float array, shape (cycles, 3, series)
    nuisance_shape : float array, shape (cycles, 3, shapes)
    value_square : float array, shape (series,)
        Of every series with itself, all cycles together.
    shape_value : float array, shape (cycles, shapes, series)
    shape_square : float array, shape (cycles, shapes)
        Of every shape with itself.
    log_det : float
        Log determinant of the correlation matrix of all readings.
    log_prior : float
        Log prior weight of this structure, not normalised.
    """

    nuisance: FloatArray
    nuisance_value: FloatArray
    nuisance_shape: FloatArray
    value_square: FloatArray
    shape_value: FloatArray
    shape_square: FloatArray
    log_det: float
    log_prior: float


def nuisance_columns(readings: Readings) -> FloatArray:
    """Return ones, calendar time in years, and a ramp over the first days of the cycle.

    Returns
    -------
    float array, shape (n, 3)
    """
    years = (readings.at - readings.at.mean()) / DAYS_PER_YEAR
    length = np.maximum(np.minimum(_SLUMP_DAYS, _SLUMP_SHARE * readings.planned_end), 1.0)
    slump = np.maximum(0.0, 1.0 - readings.day / length)
    return np.column_stack([np.ones_like(years), years, slump])


def neighbour_correlations(readings: Readings, phi: float) -> FloatArray:
    """Return each reading's correlation with the one before it, 0 at the start of a cycle."""
    correlation = np.zeros(readings.at.shape)
    gap = np.diff(readings.at)
    same = np.diff(readings.cycle) == 0
    correlation[1:][same] = np.minimum(phi ** gap[same], MOST_ALIKE)
    return correlation


def whiten(columns: FloatArray, correlation: FloatArray) -> tuple[FloatArray, float]:
    """Make the rows of `columns` independent with variance 1.

    Parameters
    ----------
    columns : float array, shape (n, m)
    correlation : float array, shape (n,)
        Of each row with the one before it.

    Returns
    -------
    (float array, float)
        The white columns, and the log determinant of the correlation matrix.
    """
    scale = np.sqrt(1.0 - correlation**2)
    white = columns.copy()
    white[1:] -= correlation[1:, None] * columns[:-1]
    white /= scale[:, None]
    return white, float(2.0 * np.log(scale).sum())


def cycle_starts(cycle: IntArray) -> IntArray:
    """Return the position of each cycle's first reading."""
    return np.flatnonzero(np.diff(cycle, prepend=-1))


def all_products(readings: Readings, values: FloatArray, shapes: FloatArray) -> Iterator[Products]:
    """Yield the products for every correlation and every level share of the grid.

    Parameters
    ----------
    values : float array, shape (n, series)
        Series that were read at the same times.
    shapes : float array, shape (n, shapes)
    """
    columns = np.hstack([nuisance_columns(readings), values, shapes])
    starts = cycle_starts(readings.cycle)
    for phi in ONE_DAY_CORRELATIONS:
        white, log_det = whiten(columns, neighbour_correlations(readings, phi))
        base = _products(white, starts, values.shape[1], log_det)
        log_phi = -0.5 * ((phi - CORRELATION_MEAN) / CORRELATION_SD) ** 2
        for share, weight in zip(LEVEL_SHARES, LEVEL_WEIGHTS, strict=True):
            yield _with_cycle_levels(base, share, log_phi + float(np.log(weight)))


def _products(white: FloatArray, starts: IntArray, series: int, log_det: float) -> Products:
    left = white[:, : N_NUISANCE + series]
    ends = np.append(starts[1:], white.shape[0])
    cross = np.stack(
        [left[a:b].T @ white[a:b] for a, b in zip(starts, ends, strict=True)]
    )  # (cycles, 3 + series, 3 + series + shapes)
    first_shape = N_NUISANCE + series
    of_values = cross[:, N_NUISANCE:]
    diagonal = np.arange(series)
    return Products(
        nuisance=cross[:, :N_NUISANCE, :N_NUISANCE],
        nuisance_value=cross[:, :N_NUISANCE, N_NUISANCE:first_shape],
        nuisance_shape=cross[:, :N_NUISANCE, first_shape:],
        value_square=of_values[:, diagonal, N_NUISANCE + diagonal].sum(axis=0),
        shape_value=of_values[:, :, first_shape:].transpose(0, 2, 1),
        shape_square=np.add.reduceat(white[:, first_shape:] ** 2, starts),
        log_det=log_det,
        log_prior=0.0,
    )


def _with_cycle_levels(products: Products, share: float, log_prior: float) -> Products:
    """Add to every cycle a random level with variance `share` of the residual variance.

    The inverse of the larger covariance is a rank-one correction a cycle (Sherman-Morrison).
    """
    ones = products.nuisance[:, ONES, :]
    total = 1.0 / share + ones[:, ONES]
    of_value = products.nuisance_value[:, ONES, :]
    of_shape = products.nuisance_shape[:, ONES, :]
    by = 1.0 / total[:, None, None]
    return Products(
        nuisance=products.nuisance - ones[:, :, None] * ones[:, None, :] * by,
        nuisance_value=products.nuisance_value - ones[:, :, None] * of_value[:, None, :] * by,
        nuisance_shape=products.nuisance_shape - ones[:, :, None] * of_shape[:, None, :] * by,
        value_square=products.value_square - (of_value**2 / total[:, None]).sum(axis=0),
        shape_value=products.shape_value - of_shape[:, :, None] * of_value[:, None, :] * by,
        shape_square=products.shape_square - of_shape**2 / total[:, None],
        log_det=products.log_det + float(np.log1p(share * ones[:, ONES]).sum()),
        log_prior=log_prior,
    )
