"""Long gaps between courses, and the stretches of time that they are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np

from app.analysis.cycles import FIRST_ANALYSIS_DAY, Cycle, Timeline, local_day
from app.analysis.placed import Placed
from app.analysis.records import BoolArray
from app.analysis.series_epochs import days_since_1970, instant_of

LAST_DAYS: Final = 28.0  # the end of a gap, and the time before treatment, days: judgement
TOLD_DAYS: Final = 365  # of the record, in which a gap or a start is told of: judgement


def long_gaps(timeline: Timeline) -> list[int]:
    """Return the closed cycles that were more than half an interval over the plan."""
    return [index for index, cycle in enumerate(timeline.cycles) if _is_long(cycle)]


def _is_long(cycle: Cycle) -> bool:
    planned, actual = cycle.planned_days, cycle.actual_days
    return planned is not None and actual is not None and 2 * (actual - planned) > planned


def end_of_gap(readings: Placed, timeline: Timeline, index: int) -> BoolArray:
    """Mark the last four weeks of a closed cycle, from its planned end on, shape (n,)."""
    cycle = timeline.cycles[index]
    end = days_since_1970(timeline.courses[index + 1].started_at)
    planned_end = days_since_1970(cycle.day_zero) + (cycle.planned_end or 0.0)
    return between(readings, max(planned_end, end - LAST_DAYS), end)


def restored(readings: Placed, cycle: Cycle) -> BoolArray:
    """Mark the readings from analysis day 4 to the planned end or the end, shape (n,)."""
    zero = days_since_1970(cycle.day_zero)
    end = zero + (cycle.planned_end or 0.0)
    if cycle.ends_at is not None:
        end = min(end, days_since_1970(cycle.ends_at))
    return between(readings, zero + FIRST_ANALYSIS_DAY, end)


def mid_cycle(readings: Placed, cycle: Cycle) -> BoolArray:
    """Mark the reference window, open cycles included, shape (n,); as `restored` without one."""
    windows = cycle.windows
    if cycle.reference_to is None or (windows is None and cycle.ends_at is not None):
        return restored(readings, cycle)
    day = readings.at - days_since_1970(cycle.day_zero)
    late_from = np.inf if windows is None else windows.late_from
    return (day >= FIRST_ANALYSIS_DAY) & (day <= cycle.reference_to) & (day < late_from)


def between(readings: Placed, start: float, end: float) -> BoolArray:
    """Mark the readings with start <= instant < end, shape (n,)."""
    return (readings.at >= start) & (readings.at < end)


def newest_entry(series: Sequence[Placed], timeline: Timeline, zone: str) -> date | None:
    """Return the local date of the newest reading or course; None without any."""
    days = [local_day(instant_of(float(one.at[-1])), zone) for one in series]
    return max([*days, *(course.last_day for course in timeline.courses[-1:])], default=None)
