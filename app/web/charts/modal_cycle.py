"""The modal cycle: every cycle of an epoch laid over the others, by day since the course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

import numpy as np
from markupsafe import Markup

from app.web.charts import svg
from app.web.charts.axes import draw_axes
from app.web.charts.svg import Scale
from app.web.i18n import gettext as _

_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 12.0, 16.0, 44.0
_MOST_X_TICKS, _MOST_Y_TICKS = 9, 6
_MARGIN: Final = 0.08
BIN_DAYS: Final = (1, 2, 3, 7)
FEWEST_READINGS: Final = 3
FEWEST_FOR_TAILS: Final = 10
"""Readings from which on a 5 % and a 95 % quantile are shown: with fewer they are the extremes
under another name. A judgement."""


@dataclass(frozen=True, slots=True)
class CycleLine:
    """The readings of one cycle: days since the last infusion day's midnight, and values."""

    label: str
    days: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ModalCycle:
    """What the chart shows.

    `onset` is (low, estimate, high) in the days of the axis; `scale_range` is the whole scale of
    a rating, None where the axis follows the data; `side` picks the colour.
    """

    title: str
    unit: str
    side: str
    lines: Sequence[CycleLine]
    planned_end: float | None
    onset: tuple[float, float, float] | None
    scale_range: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class DaySummary:
    """Quartiles and number of the readings of some days of the cycle.

    `first_day` <= day < `first_day` + `days`. The quartiles are None where fewer than three
    readings would pretend to a middle, and the 5 % and 95 % quantiles, `tails`, where fewer than
    ten would pretend to them.
    """

    first_day: int
    days: int
    n: int
    quartiles: tuple[float, float, float] | None
    tails: tuple[float, float] | None = None


def day_summaries(lines: Sequence[CycleLine]) -> list[DaySummary]:
    """Summarise the readings by days of the cycle, over all cycles.

    Single days where most have three readings; else as many days together as that takes, at most
    a week, because a middle of one reading shows which cycle it was and not how strength runs.
    """
    for width in BIN_DAYS:
        summaries = _summaries(lines, width)
        told = sum(summary.quartiles is not None for summary in summaries)
        if 2 * told > len(summaries):
            return summaries
    return _summaries(lines, BIN_DAYS[-1])


def _summaries(lines: Sequence[CycleLine], width: int) -> list[DaySummary]:
    values: dict[int, list[float]] = {}
    for line in lines:
        for day, value in zip(line.days, line.values, strict=True):
            values.setdefault(int(day // width), []).append(value)
    return [
        DaySummary(index * width, width, len(found), _quartiles(found), _tails(found))
        for index, found in sorted(values.items())
    ]


def _quartiles(values: Sequence[float]) -> tuple[float, float, float] | None:
    if len(values) < FEWEST_READINGS:
        return None
    low, median, high = (float(q) for q in np.percentile(values, (25, 50, 75)))
    return low, median, high


def _tails(values: Sequence[float]) -> tuple[float, float] | None:
    if len(values) < FEWEST_FOR_TAILS:
        return None
    low, high = (float(q) for q in np.percentile(values, (5, 95)))
    return low, high


def draw(chart: ModalCycle, *, width: int, height: int) -> Markup:
    """Draw the chart at a size in pixels; every number in it is in the table beside it."""
    root = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {width} {height}",
            "class": f"chart side-{chart.side}",
            "role": "img",
            "aria-label": _sentence(chart),
        },
    )
    x, y = _scales(chart, width=width, height=height)
    _draw_axes(root, chart, x=x, y=y)
    _draw_marks(root, chart, x=x, y=y)
    _draw_lines(root, chart, x=x, y=y)
    return svg.to_markup(root)


def _sentence(chart: ModalCycle) -> str:
    readings = sum(len(line.days) for line in chart.lines)
    return _(
        "%(series)s by day since the infusion: %(readings)s readings in %(cycles)s cycles. "
        "The table below has the numbers.",
        series=chart.title,
        readings=readings,
        cycles=len(chart.lines),
    )


def _scales(chart: ModalCycle, *, width: int, height: int) -> tuple[Scale, Scale]:
    days = [day for line in chart.lines for day in line.days]
    values = [value for line in chart.lines for value in line.values]
    last_day = max([*days, chart.planned_end or 0.0, 7.0])
    if chart.scale_range is not None:
        low, high = chart.scale_range
    else:
        low, high = min(values), max(values)
        margin = (high - low) * _MARGIN or 1.0
        low, high = max(0.0, low - margin), high + margin
    x = Scale(0.0, last_day, _LEFT, width - _RIGHT)
    return x, Scale(low, high, height - _BOTTOM, _TOP)


def _draw_axes(root: ET.Element, chart: ModalCycle, *, x: Scale, y: Scale) -> None:
    title = _("days since the last infusion day")
    draw_axes(root, x, y, title=title, most=(_MOST_X_TICKS, _MOST_Y_TICKS))
    svg.add_text(root, chart.unit, class_="tick unit", x=2.0, y=y.end - 5)


def _draw_marks(root: ET.Element, chart: ModalCycle, *, x: Scale, y: Scale) -> None:
    if chart.onset is not None:
        low, middle, high = (x(min(max(day, x.low), x.high)) for day in chart.onset)
        svg.add(
            root, "rect", class_="onset", x=low, width=high - low, y=y.end, height=y.start - y.end
        )
        svg.add(root, "line", class_="onset-line", x1=middle, x2=middle, y1=y.end, y2=y.start)
    if chart.planned_end is not None:
        at = x(chart.planned_end)
        svg.add(root, "line", class_="planned", x1=at, x2=at, y1=y.end, y2=y.start)


def _draw_lines(root: ET.Element, chart: ModalCycle, *, x: Scale, y: Scale) -> None:
    for line in chart.lines:
        points = [(x(d), y(v)) for d, v in zip(line.days, line.values, strict=True)]
        svg.add(root, "polyline", class_="cycle", points=svg.polyline(points))
        for at_x, at_y in points:
            svg.add(root, "circle", class_="reading", cx=at_x, cy=at_y, r=1.6)
    medians = [
        (min(x(s.first_day + s.days / 2), x.end), y(s.quartiles[1]))
        for s in day_summaries(chart.lines)
        if s.quartiles is not None
    ]
    svg.add(root, "polyline", class_="median", points=svg.polyline(medians))
