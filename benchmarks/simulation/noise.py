"""Noise of readings: autocorrelated in real time, with light or heavy tails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def chain(
    rng: np.random.Generator, at: FloatArray, *, rho: float, freedom: float | None, series: int
) -> FloatArray:
    """Return noise of SD 1, shape (series, n), whose neighbours a day apart correlate by `rho`.

    `freedom` gives the innovations the tails of a t distribution; None is Gaussian. The chain
    never begins anew: the days of two cycles correlate as two days of one cycle do.
    """
    shape = (series, at.size)
    if freedom is None:
        fresh = rng.standard_normal(shape)
    else:
        fresh = rng.standard_t(freedom, shape) * np.sqrt((freedom - 2.0) / freedom)
    alike = rho ** np.diff(at) if rho > 0.0 else np.zeros(at.size - 1)
    fresh[:, 1:] *= np.sqrt(1.0 - alike**2)
    for later in range(1, at.size):
        fresh[:, later] += alike[later - 1] * fresh[:, later - 1]
    return fresh
