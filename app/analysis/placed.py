"""Every fresh reading of a series with its place in the cycles, open and held ones included.

The verdicts look at closed cycles outside holds (`series_epochs`). Messages about something new,
and about what a gap or a restart did, must see the rest too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from app.analysis.cycles import Cycle, Timeline
from app.analysis.measures import MEASURES, Better, Measure
from app.analysis.records import BoolArray, FloatArray, Series
from app.analysis.series_epochs import IntArray, days_since_1970


@dataclass(frozen=True, slots=True)
class Placed:
    """The fresh readings of one series, sorted by time.

    Attributes
    ----------
    at : float array, shape (n,)
        Observation instants, days since 1970-01-01T00:00Z.
    value : float array, shape (n,)
        In the measure's unit, turned where needed so that higher is better.
    cycle : int array, shape (n,)
        Index into `Timeline.cycles`; -1 before the first infusion.
    day : float array, shape (n,)
        Analysis day; nan before the first infusion.
    planned_end : float array, shape (n,)
        S of the reading's cycle, analysis days; nan where no interval is known.
    device : int array, shape (n,)
        0 for the first named device, one more at every change.
    """

    measure: Measure
    site: str
    at: FloatArray
    value: FloatArray
    cycle: IntArray
    day: FloatArray
    planned_end: FloatArray
    device: IntArray

    def where(self, keep: BoolArray) -> Placed:
        """Return the readings of a mask, shape (n,)."""
        return Placed(
            measure=self.measure,
            site=self.site,
            at=self.at[keep],
            value=self.value[keep],
            cycle=self.cycle[keep],
            day=self.day[keep],
            planned_end=self.planned_end[keep],
            device=self.device[keep],
        )

    def plain(self, value: float) -> float:
        """Return a value in the measure's own direction again."""
        return value if self.measure.better is Better.HIGHER else -value


def place(series: Iterable[Series], timeline: Timeline) -> tuple[Placed, ...]:
    """Place the fresh readings of every series that has one."""
    starts = np.array([days_since_1970(cycle.starts_at) for cycle in timeline.cycles])
    zeros = np.array([days_since_1970(cycle.day_zero) for cycle in timeline.cycles])
    ends = _planned_ends(timeline.cycles)
    placed = (_place(one, starts, zeros, ends) for one in series)
    return tuple(one for one in placed if one.at.size)


def _planned_ends(cycles: Sequence[Cycle]) -> FloatArray:
    """S of every cycle; without a plan from the usual interval; nan where nobody knows one."""
    actual = [cycle.actual_days for cycle in cycles if cycle.actual_days is not None]
    usual = float(median(actual)) if actual else np.nan
    return np.array(
        [
            usual - (cycle.course.last_day - cycle.course.first_day).days
            if cycle.planned_end is None
            else cycle.planned_end
            for cycle in cycles
        ],
        dtype=np.float64,
    )


def _place(series: Series, starts: FloatArray, zeros: FloatArray, ends: FloatArray) -> Placed:
    measure = MEASURES[series.measure]
    at = series.at_days[series.fresh]
    value = series.value[series.fresh]
    cycle = np.searchsorted(starts, at, side="right") - 1
    # A value behind the last one stands for "no cycle", so that -1 finds it.
    return Placed(
        measure=measure,
        site=series.site,
        at=at,
        value=value if measure.better is Better.HIGHER else -value,
        cycle=cycle,
        day=at - np.append(zeros, np.nan)[cycle],
        planned_end=np.append(ends, np.nan)[cycle],
        device=_device_numbers(series)[series.fresh],
    )


def _device_numbers(series: Series) -> IntArray:
    """Count the changes of the named device up to each reading."""
    if len(set(series.device) - {None}) <= 1:
        return np.zeros(len(series.device), dtype=np.int64)
    named = np.array([device is not None for device in series.device], dtype=np.bool_)
    names = np.array([device for device in series.device if device is not None])
    changes = np.flatnonzero(named)[1:][names[1:] != names[:-1]]
    return np.searchsorted(changes, np.arange(named.size), side="right")
