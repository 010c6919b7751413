"""Progressive decline: does the level that infusions restore sink from cycle to cycle.

The level of each cycle is its fitted one before any fall, so that a decline is not mistaken for
wearing-off or the other way round. The cycles are the units of a straight line in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtr, stdtrit

from app.analysis.records import FloatArray
from app.analysis.results import Interval

_TAIL: Final = 0.05  # each side of a 90 % interval
_FEWEST_CYCLES: Final = 3  # two points lie on every line


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through the cycles' levels.

    `per_year` in the unit of the levels, positive is better. `p_decline` is one-sided.
    `loss` is what was lost over the time between the first and the last cycle.
    """

    per_year: Interval
    p_decline: float
    loss: float


def level_trend(level: FloatArray, variance: FloatArray, year: FloatArray) -> Trend | None:
    """Fit a line through the levels of the cycles, with K - 2 degrees of freedom.

    Parameters
    ----------
    level, variance, year : float array, shape (cycles,)
        Recovered level, its sampling variance, and the cycle's mean time in years.

    Returns
    -------
    Trend or None
        None for fewer than three cycles.

    Notes
    -----
    Weights are the inverse of the sampling variance plus the scatter of the levels around the
    unweighted line, so that one cycle with many readings cannot carry the line alone. The
    standard error comes from the observed scatter, never from the readings: days of one cycle
    are not independent.
    """
    if level.size < _FEWEST_CYCLES:
        return None
    df = level.size - 2
    design = np.column_stack([np.ones_like(year), year - year.mean()])
    plain = design @ np.linalg.lstsq(design, level, rcond=None)[0]
    weight = 1.0 / (variance + float(((level - plain) ** 2).sum()) / df)
    inverse = np.linalg.inv(design.T @ (design * weight[:, None]))
    slope = float((inverse @ design.T @ (weight * level))[1])
    centre = float((inverse @ design.T @ (weight * level))[0])
    residual = level - design @ np.array([centre, slope])
    # Exactly collinear levels still have the uncertainty of their readings.
    scale = max(float(weight @ residual**2) / df, float((weight * variance).mean()))
    error = float(np.sqrt(scale * inverse[1, 1]))
    margin = -float(stdtrit(df, _TAIL)) * error
    return Trend(
        per_year=Interval(slope, slope - margin, slope + margin),
        p_decline=float(stdtr(df, slope / error)),
        loss=-slope * float(np.ptp(year)),
    )
