"""The smallest fall that the readings would have shown: what an `absent` is worth."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import ndtri

from app.analysis.wearing_off.factors import log_factor, standardised
from app.analysis.wearing_off.model import Evidence
from app.analysis.wearing_off.scores import ALL_SITES

POWER: Final = 0.8
# What not knowing the shape and the bad-cycle alternative cost, in units of the score; found by
# simulation (docs/methods/detection-results.md).
_SEARCH: Final = 1.0
_LARGEST: Final = 100.0  # standard errors
_DEVIATES: Final = np.linspace(0.0, 20.0, 401)


def detectable_fall(
    found: Evidence, *, score: float, threshold: float, series: int
) -> float | None:
    """Return the smallest fall that would have been called `present` with 80 % chance.

    Such a fall must reach `score` and be estimated at `threshold` or more.

    Parameters
    ----------
    score : float
        What `present` needs.
    series : int
        How many series of the patient are looked at.
    """
    if not np.isfinite(found.standard_error) or found.standard_error > threshold * _LARGEST:
        return None
    margin = float(ndtri(POWER))
    needed = score + _SEARCH + float(np.log(series / (1.0 - ALL_SITES)))
    information = (found.sigma / found.standard_error) ** 2
    deviate = _deviate(needed, information)
    return (max(deviate, threshold / found.standard_error) + margin) * found.standard_error


def _deviate(needed: float, information: float) -> float:
    """Return how many standard errors a fall must be for a log factor of `needed`."""
    q = np.array(information)
    reached = log_factor(q, standardised(q, _DEVIATES * np.sqrt(q)), np.array(1.0))
    return float(np.interp(needed, reached, _DEVIATES))
