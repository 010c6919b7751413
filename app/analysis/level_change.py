"""Levels of a series in a few stretches of time, and how far they differ.

For single events (a gap, a restart) there is nothing to repeat: each stretch has one mean, the
noise is what is left around the means, held towards what is known of the measure, and a level of
each stretch's own is allowed for. See docs/methods/response.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtr, stdtrit

from app.analysis.own_prediction import Scatter
from app.analysis.placed import Placed
from app.analysis.records import BoolArray, FloatArray
from app.analysis.results import Interval
from app.analysis.series_epochs import IntArray
from app.analysis.settings import Threshold

# Correlation of readings a day apart, 0.2-0.3 for grip [F3], and how much a stretch's level
# differs from the next one's without any cause, in residual variances (2 % beside 6 %): judgement.
_CORRELATION: Final = 0.3
_OWN_LEVEL: Final = 0.1
_MOST_ALIKE: Final = 0.8  # two readings of one hour are alike, not identical: judgement
_TAIL: Final = 0.05  # each side of a 90 % interval


@dataclass(frozen=True, slots=True)
class Levels:
    """Means of stretches 0, 1, 2 ...; higher is better.

    Attributes
    ----------
    mean, count : float array, int array, shape (stretches,)
        A stretch without readings has a mean of nan.
    variance : float array, shape (stretches,)
        Of each mean, the stretch's own level included.
    df : float
        Degrees of freedom of the variance.
    """

    mean: FloatArray
    count: IntArray
    variance: FloatArray
    df: float

    def change(self, stretch: int, *, since: int = 0) -> Interval:
        """Return a mean less an earlier one, with its 90 % interval; positive is better."""
        change, error = self._change(stretch, since)
        margin = -float(stdtrit(self.df, _TAIL)) * error
        return Interval(change, change - margin, change + margin)

    def p_value(self, stretch: int, *, since: int = 0) -> float:
        """Return the one-sided p of a rise."""
        change, error = self._change(stretch, since)
        return float(stdtr(self.df, -change / error))

    def from_on(self, stretch: int) -> Levels:
        """Return the first stretch and, as the second, all from `stretch` on taken together."""
        weight = 1.0 / self.variance[stretch:]
        mean = float(np.nansum(weight * self.mean[stretch:]) / weight.sum())
        return Levels(
            mean=np.array([self.mean[0], mean]),
            count=np.array([self.count[0], self.count[stretch:].sum()]),
            variance=np.array([self.variance[0], 1.0 / weight.sum()]),
            df=self.df,
        )

    def _change(self, stretch: int, since: int) -> tuple[float, float]:
        change = float(self.mean[stretch] - self.mean[since])
        return change, float(np.sqrt(self.variance[stretch] + self.variance[since]))


def levels_of(at: FloatArray, value: FloatArray, stretch: IntArray, *, scatter: Scatter) -> Levels:
    """Return the levels of the stretches that readings belong to.

    Parameters
    ----------
    at, value : float array, shape (n,)
        Instants in days, increasing, and readings; at least one.
    stretch : int array, shape (n,)
        Not decreasing; every reading belongs to one.
    """
    together = np.diff(stretch) == 0
    alike = np.concatenate([[0.0], np.minimum(_CORRELATION ** np.diff(at), _MOST_ALIKE) * together])
    scale = np.sqrt(1.0 - alike**2)
    one = (1.0 - alike) / scale
    white = value.copy()
    white[1:] -= alike[1:] * value[:-1]
    white /= scale
    count = np.bincount(stretch)
    information = np.bincount(stretch, one**2)
    known = np.where(count > 0, information, 1.0)  # an empty stretch has no level anyway
    mean = np.where(count > 0, np.bincount(stretch, one * white) / known, np.nan)
    rest = float(((white - one * mean[stretch]) ** 2).sum())
    df = scatter.df + value.size - np.count_nonzero(count)
    sigma2 = max(float(scatter.df * scatter.usual**2 + rest) / df, scatter.smallest**2)
    own = sigma2 * (1.0 / known + _OWN_LEVEL)
    return Levels(mean, count, np.where(count > 0, own, np.inf), float(df))


def levels_in(
    readings: Placed, stretches: Sequence[BoolArray], threshold: Threshold
) -> Levels | None:
    """Return the levels of a series in stretches of time, in the measure's unit.

    Parameters
    ----------
    stretches : sequence of bool array, shape (n,)
        In order of time, none overlaps another.

    Returns
    -------
    Levels or None
        Of the device that the first stretch was measured with last. None where the first stretch
        has no reading, or all readings are 0: nothing is relative to no grip at all.
    """
    stretch = np.full(readings.at.size, -1)
    for number, mask in enumerate(stretches):
        stretch[mask] = number
    first = np.flatnonzero(stretch == 0)
    if not first.size:
        return None
    keep = (stretch >= 0) & (readings.device == readings.device[first[-1]])
    value = readings.value[keep]
    scale = float(np.median(np.abs(value))) if threshold.relative else 1.0
    if scale == 0.0:
        return None
    scatter = Scatter.of(threshold, step=readings.measure.step / scale)
    found = levels_of(readings.at[keep], value / scale, stretch[keep], scatter=scatter)
    return _padded(found, len(stretches), scale)


def _padded(found: Levels, stretches: int, scale: float) -> Levels:
    """Give every stretch its place, in the measure's unit again."""
    missing = stretches - found.mean.size
    return Levels(
        mean=np.append(scale * found.mean, [np.nan] * missing),
        count=np.append(found.count, np.zeros(missing, dtype=np.int64)),
        variance=np.append(scale**2 * found.variance, [np.inf] * missing),
        df=found.df,
    )
