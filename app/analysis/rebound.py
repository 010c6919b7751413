"""Rebound: does what was lost at the end of a cycle come back after the next infusion.

The model of `wearing_off` has the rebound in its shape. These plain window means say the same in
words that a reader can check, and tell a fall without rebound from wearing-off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtr

from app.analysis.series_epochs import SeriesEpoch

HALF: Final = 0.5  # of the fall must come back [F7]
_DECLINE_ERROR: Final = 0.05  # for the reason `no_rebound`, not for a verdict: judgement


@dataclass(frozen=True, slots=True)
class Rebound:
    """What window means say about falls and their recovery.

    Attributes
    ----------
    share : float or None
        Of the pairs with a fall, those whose next reference regained at least half of it;
        None without such a pair.
    regained : float or None
        Sum of what came back over sum of what was lost, over all pairs; None unless the
        windows fell on average.
    falls_on_average : bool
        The late windows lie below the reference windows by more than chance (one-sided 5 %).
    """

    share: float | None
    regained: float | None
    falls_on_average: bool

    @property
    def is_missing(self) -> bool:
        """Whether there was a fall of which less than half came back."""
        return self.regained is not None and self.regained < HALF


def rebound(epoch: SeriesEpoch) -> Rebound:
    """Compare every evaluable cycle with the reference window of the next closed one."""
    reference = {window.index: window.reference for window in epoch.windows}
    pairs, falls = [], []
    for window in epoch.windows:
        if window.reference is None or window.late is None:
            continue
        fall = window.reference - window.late
        falls.append(fall)
        after = reference.get(window.index + 1)
        if after is not None:
            pairs.append((fall, after - window.late))
    regains = [gain >= HALF * fall for fall, gain in pairs if fall > 0.0]
    lost = sum(fall for fall, _ in pairs)
    return Rebound(
        share=sum(regains) / len(regains) if regains else None,
        regained=sum(gain for _, gain in pairs) / lost if lost > 0.0 else None,
        falls_on_average=_falls_on_average(falls),
    )


def _falls_on_average(falls: list[float]) -> bool:
    """Paired t test on the cycles' window differences [F5, Chen 2014]."""
    if len(falls) < 3:  # noqa: PLR2004
        return False
    mean, spread = float(np.mean(falls)), float(np.std(falls, ddof=1))
    if spread == 0.0:
        return mean > 0.0
    t_value = mean / (spread / len(falls) ** 0.5)
    return float(stdtr(len(falls) - 1, -t_value)) < _DECLINE_ERROR
