"""Two kinds of figure as plain SVG text: dots in rows, and lines in small panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

# Okabe and Ito's colours, which colour-blind readers can tell apart; shapes differ too.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")
_STYLE: Final = "font-family:system-ui,sans-serif;font-size:12px;fill:#222"
_ROW: Final = 22
_BESIDE: Final = 2.5  # between the dots of one row, so that equal ones can be told apart
_TOP: Final = 30
_LEFT: Final = 210
_WIDE: Final = 420
_PANEL: Final = (190, 130)
_GAP: Final = (40, 50)


@dataclass(frozen=True, slots=True)
class Dot:
    """A value in a row; `series` chooses colour and shape, `error` draws whiskers."""

    value: float
    series: int
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Axis:
    """A horizontal axis; values beyond it are drawn at its end."""

    low: float
    high: float
    ticks: tuple[float, ...]
    label: str

    def place(self, value: float) -> float:
        """Return where a value stands, 0 to 1."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)


def dots(
    rows: Sequence[tuple[str, Sequence[Dot]]],
    axis: Axis,
    names: Sequence[str],
    *,
    marks: Sequence[Sequence[float]] = (),
) -> str:
    """Return rows of dots; `marks` gives each row its own vertical strokes, such as a goal."""
    height = _TOP + _ROW * len(rows)
    body = []
    for tick in axis.ticks:
        x = _LEFT + _WIDE * axis.place(tick)
        body.append(_line(x, _TOP - 6, x, height, "#ddd"))
        body.append(_text(x, height + 16, f"{tick:g}", "middle"))
    body.append(_text(_LEFT + _WIDE / 2, height + 34, axis.label, "middle"))
    for number, (label, found) in enumerate(rows):
        y = _TOP + _ROW * (number + 0.5)
        body.append(_text(_LEFT - 8, y + 4, label, "end"))
        for goal in marks[number] if marks else ():
            x = _LEFT + _WIDE * axis.place(goal)
            body.append(_line(x, y - 9, x, y + 9, "#222", 2))
        for dot in found:
            body += _dot(dot, y + _BESIDE * (dot.series - (len(names) - 1) / 2), axis)
    body += _legend(names, height + 54)
    return _figure(_LEFT + _WIDE + 30, height + 62 + _ROW * -(-len(names) // 3), body)


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines over common x values; every y is from 0 to 1."""

    title: str
    x: Sequence[float]
    lines: Sequence[Sequence[float]]


def panels(drawn: Sequence[Panel], names: Sequence[str], *, label: str, columns: int = 3) -> str:
    """Return small panels, `columns` beside each other."""
    wide, high = _PANEL
    body = []
    for number, panel in enumerate(drawn):
        left = _GAP[0] + (number % columns) * (wide + _GAP[0])
        top = _TOP + (number // columns) * (high + _GAP[1])
        body.append(_text(left, top - 8, panel.title, "start"))
        for level in (0.0, 0.5, 1.0):
            y = top + high * (1.0 - level)
            body.append(_line(left, y, left + wide, y, "#ddd"))
            body.append(_text(left - 4, y + 4, f"{level:g}", "end"))
        first, last = panel.x[0], panel.x[-1]
        for end, x in ((first, left), (last, left + wide)):
            body.append(_text(x, top + high + 16, f"{end:g}", "middle"))
        for series, line in enumerate(panel.lines):
            points = " ".join(
                f"{left + wide * (x - first) / (last - first):.1f},{top + high * (1.0 - y):.1f}"
                for x, y in zip(panel.x, line, strict=True)
            )
            colour = COLOURS[series]
            body.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
    rows = -(-len(drawn) // columns)
    bottom = _TOP + rows * (high + _GAP[1])
    body.append(_text(_GAP[0] + columns * (wide + _GAP[0]) / 2, bottom - 12, label, "middle"))
    body += _legend(names, bottom + 12)
    return _figure(_GAP[0] + columns * (wide + _GAP[0]), bottom + 30, body)


def _dot(dot: Dot, y: float, axis: Axis) -> list[str]:
    low, x, high = (_LEFT + _WIDE * axis.place(dot.value + sign * dot.error) for sign in (-1, 0, 1))
    whiskers = [_line(low, y, high, y, COLOURS[dot.series % len(COLOURS)])] if dot.error else []
    return [*whiskers, _mark(x, y, dot.series)]


def _legend(names: Sequence[str], y: float) -> list[str]:
    body = []
    for number, name in enumerate(names):
        x, row = 20 + 210 * (number % 3), y + _ROW * (number // 3)
        body += [_mark(x, row, number), _text(x + 12, row + 4, name, "start")]
    return body


def _mark(x: float, y: float, series: int) -> str:
    colour = COLOURS[series % len(COLOURS)]
    if series % 3 == 1:
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{colour}"/>'
    if series % 3 == 2:  # noqa: PLR2004 - the third of three shapes
        points = f"{x:.1f},{y - 5:.1f} {x + 5:.1f},{y + 4:.1f} {x - 5:.1f},{y + 4:.1f}"
        return f'<polygon points="{points}" fill="{colour}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _figure(width: float, height: float, body: Sequence[str]) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{_STYLE}">',
            '<rect width="100%" height="100%" fill="#fff"/>',
            *body,
            "</svg>\n",
        ]
    )
