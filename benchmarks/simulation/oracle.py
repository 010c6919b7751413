"""The bound for any detector: it knows the shape, and the cohort, but not this patient's noise.

The Bayes factor of a fall, with the noise, its autocorrelation, the size of the fall and the
sites that fall integrated over the distributions that the simulator draws from. No detector that
has to learn the noise from the same readings can, on average over the cohort, have more power
(up to the Gaussian treatment of rounding and tails, and falls that differ between cycles).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import logsumexp
from scipy.stats import beta, norm

from benchmarks.simulation.cohort import SiteTruth
from benchmarks.simulation.matched import covariance
from benchmarks.simulation.people import FACTS, NOISE_BETWEEN_SITES, RHO, typical_noise
from benchmarks.simulation.shapes import FloatArray

_MIDDLES: Final = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
_RHOS: Final = RHO[0] * beta.ppf(_MIDDLES, *RHO[1:])
_LOG_STEPS: Final = np.linspace(-0.75, 0.75, 9)  # of the SD around the typical one
_DROPS: Final = 5


def oracle_score(truths: Sequence[SiteTruth]) -> float:
    """Return the log Bayes factor of a fall in one site or in all of them."""
    if truths[0].at.size < 3:  # noqa: PLR2004 - level, trend and something to compare
        return float("-inf")
    facts = FACTS[truths[0].measure]
    patient = _weights(_LOG_STEPS, facts.noise_spread)
    within = np.array([_weights(_LOG_STEPS - p, NOISE_BETWEEN_SITES) for p in _LOG_STEPS])
    # For each site: log likelihood, shape (rho, patient's noise), flat and falling.
    flat, falling = [], []
    for truth in truths:
        no, yes = _likelihoods(truth)
        flat.append(logsumexp(no[:, None, :] + within, axis=2))
        falling.append(logsumexp(yes[:, None, :] + within, axis=2))
    none = sum(flat)
    one = logsumexp([none - f + y for f, y in zip(flat, falling, strict=True)], axis=0)
    every = sum(falling)
    either = np.logaddexp(one - np.log(len(truths)), every) - np.log(2.0)
    return float(logsumexp(either + patient) - logsumexp(none + patient))


def _weights(at: FloatArray, spread: float) -> FloatArray:
    density = norm.logpdf(at, scale=spread)
    return density - logsumexp(density)


def _likelihoods(truth: SiteTruth) -> tuple[FloatArray, FloatArray]:
    """Return log likelihoods of a flat and of a falling series, shape (rho, sigma) each."""
    facts = FACTS[truth.measure]
    level = float(truth.shift / facts.shift)  # what one unit is worth: known to the oracle
    usual = level * float(typical_noise(facts, np.array([level]))[0])
    drops = level * np.linspace(*facts.falls, _DROPS)
    design = np.column_stack((np.ones(truth.at.size), truth.at - truth.at.mean()))
    columns = np.column_stack((design, truth.pattern, truth.value - truth.value.mean()))
    flat = np.empty((_RHOS.size, _LOG_STEPS.size))
    falling = np.empty_like(flat)
    for row, rho in enumerate(_RHOS):
        for column, step in enumerate(_LOG_STEPS):
            guess = replace(truth, rho=float(rho), sigma=usual * float(np.exp(step)))
            base, r, q = _projected(guess, columns)
            flat[row, column] = base
            # y = ... - D w: r is w' P y, negative in a patient who falls.
            falling[row, column] = (
                base + logsumexp(-drops * r - 0.5 * drops**2 * q) - np.log(_DROPS)
            )
    return flat, falling


def _projected(guess: SiteTruth, columns: FloatArray) -> tuple[float, float, float]:
    """Return the flat log likelihood, w' P y and w' P w, for one guess at the noise."""
    factor, lower = cho_factor(covariance(guess), lower=True)
    cross = columns.T @ cho_solve((factor, lower), columns)
    nuisance, rest = cross[:2, :2], cross[2:, 2:]
    left = rest - cross[2:, :2] @ np.linalg.solve(nuisance, cross[:2, 2:])
    log_size = 2.0 * np.log(np.diag(factor)).sum() + np.linalg.slogdet(nuisance)[1]
    return -0.5 * (log_size + left[1, 1]), float(left[0, 1]), float(left[0, 0])
