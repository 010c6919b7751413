"""How much a patient's readings scatter, and how alike neighbouring readings are.

The residual is a continuous-time AR(1): the correlation of neighbours is phi to the power of the
days between them. Its whitening is bidiagonal, so everything is linear in the number of
readings. Every infusion starts it anew: the days left out after an infusion make readings of
two cycles practically uncorrelated. All that the tests need are sums of products per cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.analysis.records import FloatArray
from app.analysis.series_epochs import IntArray, Readings

# Correlation of readings one day apart: median 0.13-0.25, range -0.1 to 0.5 in real daily
# self-ratings [F3]; 0.2-0.3 for grip and 0.6 as the extreme are judgement.
ONE_DAY_CORRELATIONS: Final = (0.0, 0.15, 0.3, 0.45, 0.6)
_CORRELATION_MEAN: Final = 0.25
_CORRELATION_SD: Final = 0.15
_USUAL_CORRELATION: Final = 0.3
_USUAL_SHARE: Final = 0.1
# Two readings of one hour are alike, but not identical: judgement.
MOST_ALIKE: Final = 0.8
# Variance of a cycle's own level, as a share of the residual variance: a level shift of 2 %
# beside a scatter of 6 % is 0.11: judgement.
LEVEL_SHARES: Final = (0.0, 0.1, 0.4)
# The slump or climb after an infusion may be as large as a few scatters: judgement.
SLUMP_SD: Final = 3.0
_SLUMP_DAYS: Final = 10.0
_SLUMP_SHARE: Final = 0.4
# How many readings the usual scatter of a measure is worth against the patient's own: judgement.
PRIOR_READINGS: Final = 4.0

ONES: Final = 0
TREND: Final = 1
SLUMP: Final = 2
VALUE: Final = 3
N_NUISANCE: Final = 3
FIRST_SHAPE: Final = 4
DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class NoisePrior:
    """What is known about the scatter before looking: a variance, worth `readings` readings."""

    variance: float
    readings: float = PRIOR_READINGS


@dataclass(frozen=True, slots=True)
class Products:
    """Sums of products per cycle under one correlation structure, in units of sigma.

    Attributes
    ----------
    cross : float array, shape (cycles, 4, columns)
        Of ones, trend, slump and value with every column.
    square : float array, shape (cycles, shapes)
        Of every shape with itself.
    log_det : float
        Log determinant of the correlation matrix of all readings.
    log_prior : float
        Log prior weight of this structure.
    """

    cross: FloatArray
    square: FloatArray
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


def cycle_starts(cycle: IntArray) -> IntArray:
    """Return the position of each cycle's first reading."""
    return np.flatnonzero(np.diff(cycle, prepend=-1))


def all_products(readings: Readings, columns: FloatArray) -> Iterator[Products]:
    """Yield the products for every correlation and every level share of the grid.

    Parameters
    ----------
    columns : float array, shape (n, 4 + shapes)
        Ones, trend, slump, value, then the shapes.
    """
    for phi in ONE_DAY_CORRELATIONS:
        base = white_products(readings, columns, phi)
        for share in LEVEL_SHARES:
            yield with_cycle_levels(base, share)


def white_products(readings: Readings, columns: FloatArray, phi: float) -> Products:
    """Whiten the columns under one correlation and sum their products cycle by cycle."""
    starts = cycle_starts(readings.cycle)
    correlation = neighbour_correlations(readings, phi)
    scale = np.sqrt(1.0 - correlation**2)
    white = columns.copy()
    white[1:] -= correlation[1:, None] * columns[:-1]
    white /= scale[:, None]
    return Products(
        cross=np.add.reduceat(white[:, :FIRST_SHAPE, None] * white[:, None, :], starts),
        square=np.add.reduceat(white[:, FIRST_SHAPE:] ** 2, starts),
        log_det=float(2.0 * np.log(scale).sum()),
        log_prior=-0.5 * ((phi - _CORRELATION_MEAN) / _CORRELATION_SD) ** 2,
    )


def with_cycle_levels(products: Products, share: float) -> Products:
    """Add to every cycle a random level with variance `share` of the residual variance.

    The inverse of the larger covariance is a rank-one correction a cycle (Sherman-Morrison).
    """
    if share == 0.0:
        return products
    ones = products.cross[:, ONES, :]
    total = 1.0 / share + ones[:, ONES]
    cross = products.cross - ones[:, :FIRST_SHAPE, None] * ones[:, None, :] / total[:, None, None]
    square = products.square - ones[:, FIRST_SHAPE:] ** 2 / total[:, None]
    log_det = products.log_det + float(np.log1p(share * ones[:, ONES]).sum())
    return Products(cross, square, log_det, products.log_prior)


def usual_products(readings: Readings, columns: FloatArray) -> Products:
    """Return the products under the usual correlation and level share: a first look."""
    return with_cycle_levels(white_products(readings, columns, _USUAL_CORRELATION), _USUAL_SHARE)


def pooled_prior(
    base: NoisePrior, others: Sequence[tuple[float, float]], *, rounding_variance: float
) -> NoisePrior:
    """Return the prior of one site, drawn towards the patient's other sites of the measure.

    Parameters
    ----------
    others : sequence of (sum of squares, degrees of freedom)
        Residuals of the patient's other sites, in the unit of `base`.
    rounding_variance : float
        step squared over 12: no series scatters less than its rounding.

    Notes
    -----
    Only the centre moves. The weight stays `base.readings`, because sites truly differ and
    full pooling doubles the false alarms where they do (seen in simulation).
    """
    squares = base.readings * base.variance + sum(square for square, _ in others)
    readings = base.readings + sum(df for _, df in others)
    return NoisePrior(max(squares / readings, rounding_variance), base.readings)
