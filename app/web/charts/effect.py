"""The fall before infusions under two plans, and what lies between them, as small intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

from markupsafe import Markup

from app.web.charts import svg
from app.web.charts.svg import Scale
from app.web.format import decimal

_LEFT, _RIGHT, _TOP, _ROW, _BOTTOM = 96.0, 12.0, 6.0, 20.0, 24.0
_MOST_TICKS: Final = 6
_MARGIN: Final = 0.06
_RADIUS: Final = 4.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row: an estimate with its 90 % interval, and what it is; `mark` is its shape."""

    name: str
    low: float
    estimate: float
    high: float
    mark: str


@dataclass(frozen=True, slots=True)
class EffectChart:
    """The rows of one series; `side` picks the colour, `summary` says what is seen."""

    rows: Sequence[Estimate]
    side: str
    summary: str


def estimate(name: str, found: Mapping[str, Any], mark: str) -> Estimate:
    """Return a row of what an analysis keeps: `estimate`, `low` and `high`."""
    return Estimate(name, found["low"], found["estimate"], found["high"], mark)


def draw(chart: EffectChart, *, width: int) -> Markup:
    """Draw the rows below each other: hollow before, filled since, a diamond the difference.

    Parameters
    ----------
    chart : EffectChart
        At least one row. Every number is in the table beside it.
    width : int
        Pixels of the drawing's own scale.
    """
    height = _TOP + _ROW * len(chart.rows) + _BOTTOM
    attributes = {"viewBox": f"0 0 {width} {svg.number(height)}", "role": "img"}
    classes = f"chart effect-chart side-{chart.side}"
    root = ET.Element("svg", {**attributes, "class": classes, "aria-label": chart.summary})
    low = min(0.0, *(row.low for row in chart.rows))
    high = max(0.0, *(row.high for row in chart.rows))
    margin = (high - low) * _MARGIN or 1.0
    x = Scale(low - margin, high + margin, _LEFT, width - _RIGHT)
    foot = height - _BOTTOM
    for value in svg.ticks(x.low, x.high, most=_MOST_TICKS):
        is_zero = value == 0
        at = x(value)
        svg.add(root, "line", class_="axis" if is_zero else "grid", x1=at, x2=at, y1=_TOP, y2=foot)
        svg.add_text(root, decimal(f"{value:g}"), class_="tick x", x=at, y=foot + 16)
    for number, row in enumerate(chart.rows):
        _draw_row(root, row, x=x, y=_TOP + _ROW * (number + 0.5))
    return svg.to_markup(root)


def _draw_row(root: ET.Element, row: Estimate, *, x: Scale, y: float) -> None:
    svg.add_text(root, row.name, class_="tick y", x=_LEFT - 8, y=y + 4)
    svg.add(root, "line", class_="whisker", x1=x(row.low), x2=x(row.high), y1=y, y2=y)
    at, size = x(row.estimate), _RADIUS
    if row.mark == "difference":
        corners = [(at - size, y), (at, y - size), (at + size, y), (at, y + size)]
        svg.add(root, "polygon", class_="effect-difference", points=svg.polyline(corners))
    else:
        svg.add(root, "circle", class_=f"effect-{row.mark}", cx=at, cy=y, r=size)
