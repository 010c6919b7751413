"""The slow, obvious version of the fall model: dense matrices, textbook formulas.

Tests compare the fast one with it. It builds the covariance of all readings, weighs with its
inverse, and estimates level, trend and every cycle's fall by generalised least squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.analysis.fall_fit import FALL_SPREAD, PRIOR_CYCLES, TELLING
from app.analysis.noise import (
    N_NUISANCE,
    ONES,
    SLUMP,
    SLUMP_SD,
    TREND,
    NoisePrior,
    neighbour_correlations,
    nuisance_columns,
)
from app.analysis.records import FloatArray
from app.analysis.series_epochs import Readings
from app.analysis.wear_off import fall_shapes


@dataclass(frozen=True, slots=True)
class Structure:
    """One correlation structure: of readings a day apart, and the share of cycle levels."""

    phi: float
    share: float


@dataclass(frozen=True, slots=True)
class ReferenceFit:
    """What `fall_fit.fit` says, by the slow way.

    `log_likelihood` leaves out the prior of the structure and terms that no structure changes.
    """

    sigma: float
    falls: FloatArray
    fall: float
    standard_error: float
    log_likelihood: float


def covariance(readings: Readings, structure: Structure) -> FloatArray:
    """Return the covariance of all readings in units of sigma squared, shape (n, n).

    A chain of neighbours inside each cycle, a level of each cycle's own, and the slump after
    the infusion as a random effect that all cycles share.
    """
    n = readings.at.size
    step = neighbour_correlations(readings, structure.phi)
    chain = np.eye(n)
    for later in range(n):
        for earlier in range(later):
            chain[later, earlier] = np.prod(step[earlier + 1 : later + 1])
            chain[earlier, later] = chain[later, earlier]
    same_cycle = readings.cycle[:, None] == readings.cycle[None, :]
    slump = nuisance_columns(readings)[:, SLUMP]
    return np.asarray(chain + structure.share * same_cycle + SLUMP_SD**2 * np.outer(slump, slump))


def reference_fit(
    readings: Readings, structure: Structure, *, threshold: float, prior: NoisePrior
) -> ReferenceFit:
    """Fit one structure with dense matrices; every cycle must tell of its fall."""
    n = readings.at.size
    weight = np.linalg.inv(covariance(readings, structure))
    fixed = nuisance_columns(readings)[:, [ONES, TREND]]
    shape = fall_shapes(readings)[:, -1]
    number = np.arange(readings.n_cycles)
    own = -shape[:, None] * (readings.cycle[:, None] == number[None, :])
    telling = (own**2).sum(axis=0) > TELLING
    # Weighted least squares after level and trend are taken out of everything.
    among = np.linalg.inv(fixed.T @ weight @ fixed)
    left = weight - weight @ fixed @ among @ fixed.T @ weight
    gram, right = own.T @ left @ own, own.T @ left @ readings.value
    falls = np.linalg.solve(gram, right)
    inside = float(readings.value @ left @ readings.value - right @ falls)
    df_inside = max(n - N_NUISANCE - int(telling.sum()), 0)
    variance = (prior.readings * prior.variance + inside) / (prior.readings + df_inside)
    # The cycles' falls scatter by sampling and by a spread of their own.
    scatter = np.linalg.inv(gram) * variance + np.eye(number.size) * (FALL_SPREAD * threshold) ** 2
    precision = np.linalg.inv(scatter)
    fall = float((precision @ falls).sum() / precision.sum())
    excess = float((falls - fall) @ precision @ (falls - fall))
    moderated = (PRIOR_CYCLES + excess) / (PRIOR_CYCLES + int(telling.sum()) - 1)
    common = -shape
    information = float(common @ left @ common)
    rest = float(readings.value @ left @ readings.value)
    rest -= float(common @ left @ readings.value) ** 2 / information
    determinants = (
        np.linalg.slogdet(covariance(readings, structure))[1]
        + np.linalg.slogdet(fixed.T @ weight @ fixed)[1]
        + np.log(information)
    )
    freedom = prior.readings + n - N_NUISANCE
    scale = prior.readings * prior.variance + rest
    return ReferenceFit(
        sigma=float(np.sqrt(variance)),
        falls=falls,
        fall=fall,
        standard_error=float(np.sqrt(moderated / precision.sum())),
        log_likelihood=float(-0.5 * (determinants + freedom * np.log(scale))),
    )
