"""One series as the review's charts are sent it: readings, modal cycles, completeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby, pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from app.analysis.cycles import Cycle, Timeline
from app.analysis.measures import MEASURES, Better
from app.analysis.records import SECONDS_PER_DAY, FloatArray, Series
from app.analysis.series_epochs import SeriesEpoch, days_since_1970, series_epochs
from app.kit.base import Json
from app.web.charts.modal_cycle import CycleLine, DaySummary, day_summaries
from app.web.charts.patient_days import further_days
from app.web.format import format_date, format_series, onset_to_show

FIRST_DRAWN_DAY: Final = 1.0
"""Days 0 is the infusion's own: what was read before it belongs to the cycle before."""
_DAYS_OF_WEEK: Final = 7
_DIGITS: Final = 2


def key_of(series: Series) -> str:
    """Return the name of a series in addresses and data."""
    return f"{series.measure}@{series.site}"


def side_of(site: str) -> str:
    """Return "right", "left", or "both" of what has no side."""
    side = site.partition("_")[0]
    return side if side in ("right", "left") else "both"


def local_days(series: Series, zone: str) -> list[int]:
    """Return the ordinal of the local date of every reading."""
    clock = ZoneInfo(zone)
    seconds = (float(at) * SECONDS_PER_DAY for at in series.at_days)
    return [
        datetime.fromtimestamp(at, tz=UTC).astimezone(clock).date().toordinal() for at in seconds
    ]


def series_data(
    series: Series, timeline: Timeline, *, result: Mapping[str, Any], zone: str, today: date
) -> Json:
    """Return one series; `at` are the days since the reading before, from `first` on.

    In `at` a negative number says how many times more the number before it stands there.
    `from` is the index of the first reading of each cycle; `repeated` are indices of values that
    were not looked at anew. `weeks` counts the days with a fresh reading in weeks from `first`.
    """
    measure = MEASURES[series.measure]
    days = local_days(series, zone)
    first = days[0] if days else today.toordinal()
    starts = [days_since_1970(cycle.starts_at) for cycle in timeline.cycles]
    return {
        "key": key_of(series),
        "measure": series.measure,
        "name": format_series(series.measure, series.site),
        "side": side_of(series.site),
        "unit": measure.unit,
        "scale": [measure.low, measure.high] if measure.ordinal else None,
        "higher_is_better": measure.better is Better.HIGHER,
        "first": date.fromordinal(first).isoformat(),
        "at": _shortened([day - before for before, day in pairwise([first, *days])]),
        "value": [short(value, measure.decimals) for value in series.value],
        "from": np.searchsorted(series.at_days, starts).tolist(),
        "repeated": np.flatnonzero(~series.fresh).tolist(),
        "weeks": _weeks(series, days, today),
        "onset": onset_to_show(result),
        "drop": result.get("drop"),
        "verdict": result.get("verdict"),
        "modal": modal_cycles(series, timeline, days=days, today=today),
    }


def _shortened(gaps: Sequence[int]) -> list[int]:
    """Write runs of equal gaps once, as most are: [0, 1, 1, 1, 2] becomes [0, 1, -2, 2]."""
    written: list[int] = []
    for gap, run in groupby(gaps):
        more = sum(1 for _ in run) - 1
        written += [gap, -more] if more else [gap]
    return written


def short(value: float, digits: int = _DIGITS) -> float:
    """Round to what a screen and a reader resolve; whole numbers are written as such."""
    rounded = round(float(value), digits)
    return int(rounded) if rounded.is_integer() else rounded


def _weeks(series: Series, days: Sequence[int], today: date) -> list[int]:
    fresh = {day for day, is_fresh in zip(days, series.fresh, strict=True) if is_fresh}
    if not fresh:
        return []
    weeks = (today.toordinal() - days[0]) // _DAYS_OF_WEEK + 1
    counts = [0] * max(weeks, 0)
    for day in fresh:
        week = (day - days[0]) // _DAYS_OF_WEEK
        if week < len(counts):
            counts[week] += 1
    return counts


def modal_cycles(
    series: Series, timeline: Timeline, *, days: Sequence[int], today: date
) -> list[Json]:
    """Return the modal cycle of every epoch of the series, oldest first.

    An epoch is a plan version without hold or change of other therapy, and one device.
    """
    if not timeline.cycles:
        return []
    found, first = [], 0
    for epoch in series_epochs(series, timeline):
        cycles = range(first, first + len(epoch.cycles))
        first = cycles.stop
        found.append(_modal_cycle(series, epoch, cycles=cycles, days=days, today=today))
    return found


def _modal_cycle(
    series: Series, epoch: SeriesEpoch, *, cycles: range, days: Sequence[int], today: date
) -> Json:
    lines = cycle_lines(series, epoch.cycles)
    bins = day_summaries(lines)
    last = epoch.cycles[-1]
    since = epoch.cycles[0].course.first_day
    until = today if last.next_course is None else last.next_course.first_day
    inside = {day for day in days if since.toordinal() <= day < until.toordinal()}
    span = max((until - since).days, 1)
    return {
        "epoch": epoch.number,
        "device": epoch.device,
        "cycles": [cycles.start, cycles.stop],
        "drawn": len(lines),
        "readings": sum(len(line.days) for line in lines),
        "share": short(min(len(inside) / span, 1.0)),
        "planned_end": last.planned_end,
        "course_days": max((c.course.last_day - c.course.first_day).days for c in epoch.cycles),
        "further_days": further_days(epoch.cycles),
        "width": bins[0].days if bins else 1,
        "day": [day.first_day for day in bins],
        "n": [day.n for day in bins],
        **{name: _column(bins, name) for name in ("p5", "p25", "p50", "p75", "p95")},
    }


def _column(bins: Sequence[DaySummary], name: str) -> list[float | None]:
    place = {"p25": 0, "p50": 1, "p75": 2, "p5": 0, "p95": 1}[name]
    found = []
    for day in bins:
        of = day.tails if name in ("p5", "p95") else day.quartiles
        found.append(None if of is None else short(of[place]))
    return found


def cycle_lines(series: Series, cycles: Sequence[Cycle]) -> list[CycleLine]:
    """Return the fresh readings of every cycle outside holds that has some."""
    lines = [_line(series, cycle) for cycle in cycles if not cycle.on_hold]
    return [line for line in lines if line.days]


def _line(series: Series, cycle: Cycle) -> CycleLine:
    zero = days_since_1970(cycle.day_zero)
    end = np.inf if cycle.ends_at is None else days_since_1970(cycle.ends_at)
    inside = (series.at_days >= zero + FIRST_DRAWN_DAY) & (series.at_days < end) & series.fresh
    days: FloatArray = series.at_days[inside] - zero
    return CycleLine(
        label=format_date(cycle.course.first_day),
        days=tuple(float(day) for day in days),
        values=tuple(float(value) for value in series.value[inside]),
    )
