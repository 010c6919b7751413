"""Cuts, powers and their errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
ERROR: Final = 0.01
_RESAMPLED: Final = 1000


@dataclass(frozen=True, slots=True)
class Share:
    """Power as a share of the matched filter's, with bootstrap standard errors."""

    power: float
    filter_power: float
    share: float
    share_error: float
    cut: float


def cut_at(flat: FloatArray, error: float = ERROR) -> float:
    """Return the smallest observed score that at most a share `error` of `flat` lies above."""
    above = int(error * flat.size + 1e-9)
    place = flat.size - 1 - above
    return float(np.partition(flat, place)[place])


def share_of_filter(
    flat: FloatArray, falling: FloatArray, filter_fires: NDArray[np.bool_], *, seed: int = 0
) -> Share:
    """Compare a score, cut at 1 % of its flat patients, with the filter on the same patients.

    The bootstrap draws flat and falling patients anew, so it holds the error of the cut too.
    """
    cut = cut_at(flat)
    power, reference = float((falling > cut).mean()), float(filter_fires.mean())
    rng = np.random.default_rng(seed)
    shares = []
    for _ in range(_RESAMPLED):
        drawn = rng.integers(falling.size, size=falling.size)
        again = cut_at(flat[rng.integers(flat.size, size=flat.size)])
        shares.append(
            (falling[drawn] > again).mean() / max(filter_fires[drawn].mean(), 1.0 / falling.size)
        )
    share = power / max(reference, 1e-9)
    return Share(power, reference, share, float(np.std(shares)), cut)


def rate(hits: float, of: float) -> dict[str, float]:
    """Return a rate with its standard error, as results hold it."""
    share = hits / of if of else float("nan")
    error = (max(share * (1.0 - share), 0.0) / of) ** 0.5 if of else float("nan")
    return {"rate": share, "error": error, "of": of}
