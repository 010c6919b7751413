"""The patients of a clinic between dose and fluctuation: one mark each, and four quadrants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from markupsafe import Markup

from app.web.charts import svg
from app.web.charts.axes import draw_axes
from app.web.charts.svg import Scale

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 16.0, 28.0, 44.0
_MOST_TICKS: Final = 6
_MARGIN: Final = 1.08
_RADIUS: Final = 5.0
_LOWEST, _HIGHEST = -25.0, 100.0
"""Per cent beyond which marks are cut: nobody loses more than all. The axis follows the estimates,
as the interval of one patient of whom nearly nothing is known must not make all others one line."""
_ROOM: Final = 1.25  # around the estimates
_ARROW: Final = 5.0


@dataclass(frozen=True, slots=True)
class Point:
    """One patient: grams per kg and week, and the relative loss in per cent with its interval.

    `address` is where the mark leads, `words` are what is read of it.
    """

    address: str
    words: str
    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CohortChart:
    """What the chart shows; `corners` names upper left, upper right, lower left, lower right."""

    points: Sequence[Point]
    middle: tuple[float, float]
    x_title: str
    y_title: str
    corners: tuple[str, str, str, str]
    summary: str


def draw(chart: CohortChart, *, width: int, height: int) -> Markup:
    """Draw the chart at a size in pixels; every number in it is in the table beside it."""
    attributes = {
        "viewBox": f"0 0 {width} {height}",
        "class": "chart cohort-chart",
        "role": "group",
    }
    root = ET.Element("svg", {**attributes, "aria-label": chart.summary})
    most_x = max(point.x for point in chart.points) * _MARGIN or 1.0
    lowest = max(min(0.0, *(point.y for point in chart.points)) * _ROOM, _LOWEST)
    highest = min(max(1.0, *(point.y for point in chart.points)) * _ROOM, _HIGHEST)
    x = Scale(0.0, most_x, _LEFT, width - _RIGHT)
    y = Scale(lowest, highest, height - _BOTTOM, _TOP)
    _draw_axes(root, chart, x=x, y=y)
    _draw_middle(root, chart, x=x, y=y)
    for point in chart.points:
        at = x(point.x)
        middle = y(min(max(point.y, lowest), highest))
        _draw_whisker(root, point, at=at, y=y)
        link = svg.add(root, "a", href=point.address, aria_label=point.words)
        svg.add(link, "circle", class_="patient-mark", cx=at, cy=middle, r=_RADIUS)
        svg.add(link, "title").text = point.words
    return svg.to_markup(root)


def _draw_whisker(root: ET.Element, point: Point, *, at: float, y: Scale) -> None:
    """Draw the interval; where it goes on beyond the picture, it ends in an arrow."""
    low, high = (y(min(max(value, y.low), y.high)) for value in (point.low, point.high))
    svg.add(root, "line", class_="whisker", x1=at, x2=at, y1=low, y2=high)
    for is_cut, end, away in (
        (point.low < y.low, y.start, _ARROW),
        (point.high > y.high, y.end, -_ARROW),
    ):
        if is_cut:
            tip = [(at - _ARROW, end - away), (at, end), (at + _ARROW, end - away)]
            svg.add(root, "polyline", class_="whisker arrow", points=svg.polyline(tip))


def _draw_axes(root: ET.Element, chart: CohortChart, *, x: Scale, y: Scale) -> None:
    most = (_MOST_TICKS, _MOST_TICKS)
    draw_axes(root, x, y, title=chart.x_title, most=most)
    svg.add_text(root, chart.y_title, class_="tick unit", x=2.0, y=12.0)


def _draw_middle(root: ET.Element, chart: CohortChart, *, x: Scale, y: Scale) -> None:
    across, up = x(chart.middle[0]), y(chart.middle[1])
    svg.add(root, "line", class_="planned", x1=across, x2=across, y1=y.end, y2=y.start)
    svg.add(root, "line", class_="planned", x1=x.start, x2=x.end, y1=up, y2=up)
    left, right = x.start + 6, x.end - 2
    for text, at, down, side in zip(
        chart.corners,
        (left, right, left, right),
        (y.end + 12, y.end + 12, y.start - 6, y.start - 6),
        ("start", "end", "start", "end"),
        strict=True,
    ):
        svg.add_text(root, text, class_="tick corner", x=at, y=down, text_anchor=side)
