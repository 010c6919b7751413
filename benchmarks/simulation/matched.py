"""The matched filter: the most powerful test of one known fall, and what it knows.

Readings of a series are y = a + b t - D w + e with e ~ N(0, C). The filter knows the pattern w
and the covariance C; it knows neither the level a nor the trend b, and asks whether D > 0.

With X = [1, t] and P = C^-1 - C^-1 X (X' C^-1 X)^-1 X' C^-1, every contrast of the readings that
does not depend on a and b is a function of P y. Among these -w' P y is sufficient for D, and by
Neyman and Pearson no test of D = 0 against any D > 0 that a and b cannot mislead has more power
than

    z = -w' P y / sqrt(w' P w) > z_alpha,    z ~ N(D sqrt(w' P w), 1),

because the likelihood ratio of every D > 0 grows with z. So it is the uniformly most powerful
invariant test; a detector can only match it, as it has to find w and C by itself.

C has the noise (autocorrelated in real time over the whole series), the shift of the level from
cycle to cycle, and the variance of rounding, step^2 / 12. The falls' differences from cycle to
cycle are not in it: they are nothing under the null.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtri

from benchmarks.simulation.cohort import SiteTruth
from benchmarks.simulation.shapes import FloatArray


@dataclass(frozen=True, slots=True)
class Filtered:
    """What the filter says of one series.

    Attributes
    ----------
    z : float
        Normal deviate; minus infinity where the readings leave nothing to compare.
    gain : float
        sqrt(w' P w): the expected z for a drop of 1.
    """

    z: float
    gain: float


NOTHING = Filtered(float("-inf"), 0.0)


def matched_filter(truth: SiteTruth) -> Filtered:
    """Return the filter's deviate for one series."""
    if truth.at.size < 3:  # a level, a trend and something to compare  # noqa: PLR2004
        return NOTHING
    factor = cho_factor(covariance(truth), lower=True)
    nuisance = np.column_stack((np.ones(truth.at.size), truth.at - truth.at.mean()))
    solved = cho_solve(factor, np.column_stack((nuisance, truth.pattern)))
    cross = nuisance.T @ solved
    weights = solved[:, 2] - solved[:, :2] @ np.linalg.solve(cross[:, :2], cross[:, 2])
    gain2 = float(truth.pattern @ weights)
    if gain2 <= 1e-9 * float(truth.pattern @ solved[:, 2]) or gain2 <= 0.0:
        return NOTHING
    gain = np.sqrt(gain2)
    return Filtered(float(-(weights @ truth.value) / gain), float(gain))


def covariance(truth: SiteTruth) -> FloatArray:
    """Return the true covariance of the readings of one series."""
    apart = np.abs(truth.at[:, None] - truth.at[None, :])
    alike = truth.rho**apart if truth.rho > 0.0 else (apart == 0.0).astype(float)
    same_cycle = truth.cycle[:, None] == truth.cycle[None, :]
    rounding = truth.step**2 / 12.0 * np.eye(truth.at.size)
    return truth.sigma**2 * alike + truth.shift**2 * same_cycle + rounding


def fires(truths: Sequence[SiteTruth], error: float) -> bool:
    """Whether the filter fires in any series, at `error` over all of them together."""
    cut = -float(ndtri(error / len(truths)))
    return any(matched_filter(truth).z > cut for truth in truths)
