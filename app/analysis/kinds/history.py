"""What was found under each plan: verdicts, drops and levels of every epoch, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.analysis.measures import Better
from app.analysis.records import FloatArray, PlanVersion
from app.analysis.results import Interval
from app.analysis.verdicts import Judged

SeriesKey = tuple[str, str]
History = Mapping[int, Mapping[SeriesKey, Judged]]


@dataclass(frozen=True, slots=True)
class Side:
    """One series under one plan, in the measure's unit.

    Attributes
    ----------
    cycles : int
        Closed, outside holds, with readings from day 4 on.
    drop : Interval
        At the planned end of its own interval; positive is weaker there.
    levels : float array
        What each course brought back, in the measure's own direction: the plain mean of the
        cycle's reference window, of cycles that have one. The model's level would do for cycles
        of one epoch, but they share what it thinks of the fall.
    """

    judged: Judged
    plan: PlanVersion
    cycles: int
    drop: Interval
    levels: FloatArray

    @property
    def level(self) -> float | None:
        """Mean of the levels; None without any."""
        return float(self.levels.mean()) if self.levels.size else None

    @property
    def is_seen(self) -> bool:
        """Whether there was evidence of a fall."""
        return self.judged.result.verdict in ("present", "possible")


def history(earlier: Sequence[Sequence[Judged]], current: Iterable[Judged]) -> History:
    """Order verdicts by the number of the epoch, then by measure and site.

    Parameters
    ----------
    earlier : sequences of Judged
        Earlier epochs, oldest first, each judged by the plan of its own time.
    current : iterable of Judged
        The current epoch; where a device changed in it, its last device speaks for it.
    """
    found: dict[int, dict[SeriesKey, Judged]] = {}
    for epoch in (*earlier, tuple(current)):
        for one in epoch:
            found.setdefault(one.assessment.epoch.number, {})[series_key_of(one)] = one
    return found


def series_key_of(one: Judged) -> SeriesKey:
    """Return measure and site."""
    return one.result.measure, one.result.site


def side_of(one: Judged) -> Side | None:
    """Return drop and levels; None where no drop can be told: no plan, few cycles, a floor."""
    epoch, found, drop = one.assessment.epoch, one.assessment.found, one.result.drop
    plan = epoch.cycles[0].plan if epoch.cycles else None
    if plan is None or found is None or drop is None or one.result.verdict == "not_assessable":
        return None
    sign = 1.0 if epoch.measure.better is Better.HIGHER else -1.0
    means = [window.reference for window in epoch.windows]
    levels = [sign * mean for mean in means if mean is not None]
    return Side(one, plan, int(found.cycle_level.size), drop, np.array(levels, dtype=np.float64))
