"""One measure at one site, epoch by epoch: the cycles and the readings that belong together.

A change of the plan, a hold or another therapy starts an epoch for every series; a change of
device starts one for that measure and site only, because two devices disagree by a constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from statistics import median

import numpy as np
from numpy.typing import NDArray

from app.analysis.cycles import FIRST_ANALYSIS_DAY, Cycle, Timeline
from app.analysis.measures import MEASURES, Better, Measure
from app.analysis.records import SECONDS_PER_DAY, BoolArray, FloatArray, Series

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Readings:
    """Fresh readings from analysis day 4 on, of closed cycles outside holds, sorted by time.

    Attributes
    ----------
    at : float array, shape (n,)
        Observation instants, days since 1970-01-01T00:00Z.
    day : float array, shape (n,)
        Analysis day inside the cycle.
    value : float array, shape (n,)
        In the measure's unit, turned where needed so that higher is better.
    cycle : int array, shape (n,)
        Index of the reading's cycle, 0 to `n_cycles` - 1; every index occurs.
    planned_end : float array, shape (n,)
        S of the reading's cycle, analysis days.
    timeline_cycle : int array, shape (n_cycles,)
        Index into `Timeline.cycles` of each numbered cycle: the same cycle of another series
        has the same one.
    """

    at: FloatArray
    day: FloatArray
    value: FloatArray
    cycle: IntArray
    planned_end: FloatArray
    timeline_cycle: IntArray

    @property
    def n_cycles(self) -> int:
        """Number of cycles that have at least one of these readings."""
        return int(self.cycle[-1]) + 1 if self.cycle.size else 0


@dataclass(frozen=True, slots=True)
class WindowMeans:
    """Means of one closed cycle's windows, higher is better; None where a window is empty."""

    index: int
    reference: float | None
    late: float | None

    @property
    def is_evaluable(self) -> bool:
        """Whether both windows have a reading."""
        return self.reference is not None and self.late is not None


@dataclass(frozen=True, slots=True)
class SeriesEpoch:
    """A series in one epoch.

    Attributes
    ----------
    number : int
        Index of the patient's epoch (a device may split it further).
    device : int
        0 for the first named device, one more at every change.
    planned_days : float or None
        Planned interval; where no plan is known the median actual interval; None without both.
    has_plan : bool
        False where `planned_days` is only the observed interval.
    cycles : tuple of Cycle
        All its cycles, the open one and those on hold included.
    windows : tuple of WindowMeans
        Of closed cycles outside holds; `index` counts in `cycles`.
    reports : int
        Values since the epoch began, repeated ones included.
    """

    measure: Measure
    site: str
    number: int
    device: int
    from_date: date | None
    cycles: tuple[Cycle, ...]
    planned_days: float | None
    has_plan: bool
    readings: Readings
    windows: tuple[WindowMeans, ...]
    reports: int

    @property
    def closed_cycles(self) -> int:
        """Number of cycles that a next course has closed."""
        return sum(1 for cycle in self.cycles if cycle.next_course is not None)

    @property
    def evaluable_cycles(self) -> int:
        """Number of cycles with a reading in both windows."""
        return sum(1 for window in self.windows if window.is_evaluable)


@dataclass(frozen=True, slots=True)
class _Located:
    """A series with, for each reading, its cycle, its analysis day and its device's number."""

    series: Series
    measure: Measure
    cycle: IntArray  # -1 before the first infusion
    day: FloatArray
    device: IntArray


def series_epochs(series: Series, timeline: Timeline) -> tuple[SeriesEpoch, ...]:
    """Split a series into its epochs, oldest first; the last one is the current epoch.

    Without any course there is a single epoch without cycles.
    """
    measure = MEASURES[series.measure]
    changes = _device_changes(series)
    cycles = timeline.cycles
    located = _locate(series, measure, cycles, changes)
    if not cycles:
        return (_series_epoch(located, number=0, cycles=(), first=0, device=0),)
    starts = np.array([days_since_1970(cycle.starts_at) for cycle in cycles])
    devices = np.searchsorted(changes, starts, side="right")
    keys = [(cycle.epoch, int(device)) for cycle, device in zip(cycles, devices, strict=True)]
    epochs = []
    for (number, device), group in groupby(range(len(cycles)), key=keys.__getitem__):
        indices = list(group)
        mine = tuple(cycles[index] for index in indices)
        epochs.append(
            _series_epoch(located, number=number, cycles=mine, first=indices[0], device=device)
        )
    return tuple(epochs)


def days_since_1970(instant: datetime) -> float:
    """Return an instant as the float that `Series.at_days` uses."""
    return instant.timestamp() / SECONDS_PER_DAY


def instant_of(days: float) -> datetime:
    """Return the UTC instant of a float that `Series.at_days` uses."""
    return datetime.fromtimestamp(days * SECONDS_PER_DAY, tz=UTC)


def _device_changes(series: Series) -> FloatArray:
    """Return the instants of readings whose named device differs from the last one named."""
    changes = []
    last: str | None = None
    for at, device in zip(series.at_days, series.device, strict=True):
        if device is not None:
            if last is not None and device != last:
                changes.append(at)
            last = device
    return np.array(changes, dtype=np.float64)


def _locate(
    series: Series, measure: Measure, cycles: Sequence[Cycle], changes: FloatArray
) -> _Located:
    starts = np.array([days_since_1970(cycle.starts_at) for cycle in cycles], dtype=np.float64)
    zeros = np.array([days_since_1970(cycle.day_zero) for cycle in cycles], dtype=np.float64)
    cycle = np.searchsorted(starts, series.at_days, side="right") - 1
    # Readings before the first infusion get a day of their own kind: none.
    day = np.full(series.at_days.shape, np.nan)
    inside = cycle >= 0
    day[inside] = series.at_days[inside] - zeros[cycle[inside]]
    device = np.searchsorted(changes, series.at_days, side="right")
    return _Located(series, measure, cycle, day, device)


def _series_epoch(
    located: _Located, *, number: int, cycles: tuple[Cycle, ...], first: int, device: int
) -> SeriesEpoch:
    closed = [
        index
        for index, cycle in enumerate(cycles)
        if cycle.next_course is not None and not cycle.on_hold
    ]
    usable = located.series.fresh & (located.device == device) & (located.day >= FIRST_ANALYSIS_DAY)
    planned = [cycle.planned_days for cycle in cycles if cycle.planned_days is not None]
    actual = [cycle.actual_days for cycle in cycles if cycle.actual_days is not None]
    interval = planned or actual
    planned_days = float(median(interval)) if interval else None
    last = first + len(cycles)
    in_epoch = (located.cycle >= first) & (located.cycle < last) if cycles else located.cycle < 0
    return SeriesEpoch(
        measure=located.measure,
        site=located.series.site,
        number=number,
        device=device,
        from_date=cycles[0].course.first_day if cycles else None,
        cycles=cycles,
        planned_days=planned_days,
        has_plan=bool(planned),
        readings=_readings(located, usable, cycles, [(first + i, i) for i in closed], planned_days),
        windows=_window_means(located, usable, cycles, first, closed),
        reports=int(np.count_nonzero(in_epoch)),
    )


def _readings(
    located: _Located,
    usable: BoolArray,
    cycles: Sequence[Cycle],
    closed: Sequence[tuple[int, int]],
    planned_days: float | None,
) -> Readings:
    keep = usable & np.isin(located.cycle, [index for index, _ in closed])
    timeline_cycle, number = np.unique(located.cycle[keep], return_inverse=True)
    end_of = {index: _planned_end(cycles[i], planned_days) for index, i in closed}
    return Readings(
        at=located.series.at_days[keep],
        day=located.day[keep],
        value=_turned(located, keep),
        cycle=number.astype(np.int64),
        planned_end=np.array([end_of[int(c)] for c in timeline_cycle], dtype=np.float64)[number],
        timeline_cycle=timeline_cycle.astype(np.int64),
    )


def _planned_end(cycle: Cycle, planned_days: float | None) -> float:
    """S of the cycle's plan; without a plan from the observed interval, at least one day."""
    if cycle.planned_end is not None:
        return cycle.planned_end
    course_days = (cycle.course.last_day - cycle.course.first_day).days
    return max((planned_days or 0.0) - course_days, 1.0)


def _turned(located: _Located, keep: BoolArray) -> FloatArray:
    values = located.series.value[keep]
    return values if located.measure.better is Better.HIGHER else -values


def _window_means(
    located: _Located,
    usable: BoolArray,
    cycles: Sequence[Cycle],
    first: int,
    closed: Sequence[int],
) -> tuple[WindowMeans, ...]:
    """Return the windows' means of the closed cycles, all of them in one pass."""
    windows = [cycle.windows for cycle in cycles]
    # No reading lies before or after nan, so a cycle without windows gets none.
    late_from = np.array([np.nan if w is None else w.late_from for w in windows])
    reference_to = np.array([np.nan if w is None else w.reference_to for w in windows])
    mine = usable & (located.cycle >= first) & (located.cycle < first + len(cycles))
    number, day, value = located.cycle[mine] - first, located.day[mine], _turned(located, mine)
    is_late = day >= late_from[number]
    in_reference = (day <= reference_to[number]) & (day < late_from[number])
    late = _means(number[is_late], value[is_late], len(cycles))
    reference = _means(number[in_reference], value[in_reference], len(cycles))
    return tuple(WindowMeans(i, reference[i], late[i]) for i in closed)


def _means(number: IntArray, value: FloatArray, cycles: int) -> list[float | None]:
    count = np.bincount(number, minlength=cycles)
    total = np.bincount(number, weights=value, minlength=cycles)
    return [float(t / n) if n else None for t, n in zip(total, count, strict=True)]
