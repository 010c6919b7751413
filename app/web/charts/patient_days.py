"""The patient's count of days, in which words and tables speak; charts keep the analysis's.

The first infusion day is day 1. An analysis day is counted from the last infusion day, so that a
course of several days lies between the two. The same rule as the sentences of the findings have:
`app.analysis.kinds.end_of_interval.patient_day`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median_low
from typing import Any

from app.analysis.cycles import Cycle, Timeline
from app.analysis.records import Series
from app.analysis.series_epochs import series_epochs
from app.web.charts.modal_cycle import DaySummary
from app.web.format import onset_to_show


def further_days(cycles: Sequence[Cycle]) -> int:
    """Return how many days a course goes on after its first: the lower median of the courses.

    Of cycles that are over, as the newest course may still be running; of every one where none
    is, and 0 of no cycle.
    """
    closed = [cycle for cycle in cycles if cycle.next_course is not None] or cycles
    courses = [cycle.course for cycle in closed]
    return median_low([(one.last_day - one.first_day).days for one in courses] or [0])


def patient_day(day: float, *, further: int) -> int:
    """Turn a day since the last infusion day into the patient's day, a whole number."""
    return int(day) + further + 1


def in_patient_days(days: Sequence[DaySummary], *, further: int) -> list[DaySummary]:
    """Return the summaries with the patient's days instead of those of the chart's axis."""
    return [replace(day, first_day=patient_day(day.first_day, further=further)) for day in days]


def begins_on(
    result: Mapping[str, Any], series: Series | None, timeline: Timeline
) -> dict[str, int] | None:
    """Return the patient's day on which the fall begins, with its interval, where one is claimed.

    The courses are those of the newest epoch of the series, which the result is of.
    """
    onset = onset_to_show(result)
    if onset is None or series is None or not timeline.cycles:
        return None
    further = further_days(series_epochs(series, timeline)[-1].cycles)
    return {name: patient_day(day, further=further) for name, day in onset.items()}
