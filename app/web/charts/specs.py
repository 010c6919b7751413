"""The physicians' charts as Vega-Lite specifications, without data.

A text that begins with ``$`` stands for what is filled in where a chart is drawn: the words of
an axis, a domain, the colour of a side. Colours are the names that the style sheet gives them,
so that light, dark and paper need no other drawing; `PAPER` are those of a picture in a file.
Right is blue, solid and round; left is vermilion, dashed and three-cornered: never colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.kit.base import Json

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
SCREEN: Final = {
    "ink": "var(--ink)",
    "quiet": "var(--quiet)",
    "line": "var(--line)",
    "neutral": "var(--neutral)",
    "error": "var(--error)",
    "ground": "var(--ground)",
    "right": "var(--right)",
    "left": "var(--left)",
    "both": "var(--neutral)",
}
PAPER: Final = {
    "ink": "#1a1f24",
    "quiet": "#55606b",
    "line": "#d5dbe1",
    "neutral": "#4a5560",
    "error": "#a4161a",
    "ground": "#ffffff",
    "right": "#0072b2",
    "left": "#d55e00",
    "both": "#4a5560",
}
LOOKS: Final[Mapping[str, Json]] = {
    "right": {"dash": [1, 0], "shape": "circle"},
    "left": {"dash": [6, 3], "shape": "triangle-up"},
    "both": {"dash": [1, 0], "shape": "square"},
}
_LINE: Final = {"type": "line", "interpolate": "linear"}
_DASHED: Final = [5, 4]
_DOTTED: Final = [2, 3]
_AXIS_WIDTH: Final = 46  # pixels, the same for every chart, so that days stand below each other
_RIBBON: Final = 17  # pixels between a plot and its axis, for the completeness of two sides
SIDES: Final = ("right", "left", "both")
Layer = dict[str, Any]


def fill_in(spec: Any, values: Mapping[str, Any]) -> Any:
    """Return the specification with what its ``$`` names stand for, as the page's script does."""
    if isinstance(spec, str) and spec.startswith("$"):
        return values[spec[1:]]
    if isinstance(spec, dict):
        return {key: fill_in(value, values) for key, value in spec.items()}
    return [fill_in(one, values) for one in spec] if isinstance(spec, list) else spec


def _chart(layers: list[Layer], *, height: int | str) -> Json:
    """Return a chart of layers with the look that all of them have."""
    text = {"labelColor": "$quiet", "titleColor": "$quiet", "titleFontWeight": "normal"}
    sizes = {"labelFontSize": 12, "titleFontSize": 12}
    lines = {"gridColor": "$line", "domainColor": "$line", "tickColor": "$line"}
    extent = {"minExtent": _AXIS_WIDTH, "maxExtent": _AXIS_WIDTH}
    return {
        "$schema": SCHEMA,
        "width": "$width",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": 0, "right": 6, "top": 4, "bottom": 2},
        "background": None,
        "layer": layers,
        "config": {
            "aria": False,
            "font": "system-ui, sans-serif",
            "view": {"stroke": None},
            "mark": {"aria": False, "tooltip": None},
            "axis": {"aria": False, **text, **sizes, **lines},
            "axisY": {**extent, "titlePadding": 2},
            "axisX": {"grid": False},
        },
    }


def _mark(name: str, mark: Layer, **encoding: Any) -> Layer:
    """Return a layer that draws one set of the data."""
    return {"data": {"name": name}, "mark": {"clip": True, **mark}, "encoding": encoding}


def _number(field: str, **more: Any) -> Layer:
    return {"field": field, "type": "quantitative", **more}


def _end(field: str) -> Layer:
    """Return the other end of a bar, which has no type of its own."""
    return {"field": field}


def _top(pixels: str) -> Layer:
    """Return a height in pixels from the top, also as an expression with `height`."""
    return {"value": {"expr": pixels}}


def _value_axis() -> Layer:
    axis = {"title": "$unit", "tickCount": 6, "titleAngle": 0, "titleAlign": "left"}
    place = {"titleAnchor": "end", "titleX": -40, "titleY": -8, "titleBaseline": "bottom"}
    return {"axis": {**axis, **place}, "scale": {"domain": "$domain", "zero": False, "nice": False}}


def modal_cycle() -> Json:
    """Return the modal cycle: every cycle of an epoch over the others, by day.

    Data: `lines` and `points` (cycle, x, y), `bins` (x, n, p5, p25, p50, p75, p95), `before`
    (x, p50: the median of the epoch before), `onset` (low, x, high), `planned` (x), `infusion`
    (x), `cursor` (x).
    """
    here = _number("x")
    layers = [
        *_bands(here),
        *_single_cycles(here),
        *_medians(here),
        _mark("onset", {"type": "rule", "color": "$side", "strokeWidth": 2}, x=here),
        _mark("planned", {"type": "rule", "color": "$neutral", "strokeDash": _DASHED}, x=here),
        _infusions(here),
        _counts(here),
        _cursor(here),
    ]
    return _chart(layers, height=280)


def _bands(x: Layer) -> list[Layer]:
    """Return what lies behind the lines: the onset's interval, nine in ten, the middle half."""
    area = {"type": "area", "color": "$side"}
    wide = _number("p5", **_value_axis())
    return [
        _mark(
            "onset",
            {"type": "rect", "color": "$side", "opacity": 0.13},
            x=_number("low"),
            x2=_end("high"),
        ),
        _mark("bins", {**area, "opacity": 0.12}, x=x, y=wide, y2=_end("p95")),
        _mark("bins", {**area, "opacity": 0.24}, x=x, y=_number("p25"), y2=_end("p75")),
    ]


def _single_cycles(x: Layer) -> list[Layer]:
    """Return one thin line with its points for each cycle; they bring both axes."""
    axis = {"title": "$day_title", "titlePadding": 18, "tickCount": 8, "format": "d"}
    point = {"type": "point", "filled": True, "color": "$side", "size": 9, "opacity": 0.4}
    return [
        _mark(
            "lines",
            {**_LINE, "color": "$side", "strokeWidth": 1, "opacity": 0.28},
            x=_number("x", axis=axis, scale={"domain": "$days", "nice": False}),
            y=_number("y", **_value_axis()),
            detail={"field": "cycle"},
        ),
        _mark("points", point, x=x, y=_number("y")),
    ]


def _medians(x: Layer) -> list[Layer]:
    """Return the median of the epoch before, and over it that of this one."""
    before = {**_LINE, "color": "$neutral", "strokeWidth": 2, "strokeDash": _DOTTED}
    line = {**_LINE, "color": "$side", "strokeWidth": 3, "strokeDash": "$dash"}
    point = {"type": "point", "filled": True, "color": "$side", "shape": "$shape", "size": 34}
    return [
        _mark("before", before, x=x, y=_number("p50")),
        _mark("bins", line, x=x, y=_number("p50")),
        _mark("medians", point, x=x, y=_number("p50")),
    ]


def _counts(x: Layer) -> Layer:
    """Return the number of readings below each day."""
    return _mark(
        "bins",
        {"type": "text", "clip": False, "color": "$quiet", "fontSize": 10},
        x=x,
        y=_top("height + 27"),
        text={"field": "shown_n"},
    )


def _infusions(x: Layer) -> Layer:
    """Return short, thick strokes at the bottom: days on which something was infused."""
    return _mark(
        "infusions",
        {"type": "rule", "color": "$neutral", "strokeWidth": 2},
        x=x,
        y=_top("height - 9"),
        y2=_top("height"),
    )


def _cursor(x: Layer) -> Layer:
    return _mark("cursor", {"type": "rule", "color": "$ink", "strokeWidth": 1}, x=x)


def _time(*, offset: int = 0) -> Layer:
    """Return the axis of time; `since` and `until` are what the page's script moves."""
    return {
        "field": "t",
        "type": "temporal",
        "axis": {
            "title": None,
            "offset": offset,
            "labelOverlap": True,
            "labelFlush": True,
            "tickCount": {"expr": "max(2, floor(width / 110))"},
        },
        "scale": {
            "type": "utc",
            "domainMin": {"expr": "since"},
            "domainMax": {"expr": "until"},
            "nice": False,
        },
    }


def _over_time(layers: list[Layer], *, height: int | str) -> Json:
    params = [{"name": "since", "value": "$since"}, {"name": "until", "value": "$until"}]
    return {**_chart(layers, height=height), "params": params}


def intervals() -> Json:
    """Return planned against actual intervals over time.

    Data: `planned` and `known` (t, v: steps; `known` as it was known on the day), `labels` (t,
    v), `actual` (t, v, on_hold), `changes` (t), `cursor` (t).
    """
    y = _number("v", **_value_axis())
    step = {"type": "line", "interpolate": "step-after", "color": "$neutral"}
    held = {"test": "datum.on_hold", "value": "$ground"}
    layers = [
        _mark("changes", {"type": "rule", "color": "$line", "strokeDash": _DASHED}, x=_time()),
        _mark("planned", {**step, "strokeWidth": 2}, x=_time(), y=y),
        _mark("known", {**step, "strokeDash": _DOTTED}, x=_time(), y=_number("v")),
        _mark(
            "labels",
            {"type": "text", "align": "left", "dx": 4, "color": "$ink", "fontSize": 13},
            x=_time(),
            y=_top("7"),  # above every dot, as the page's script leaves room for
            text=_number("v"),
        ),
        _mark(
            "actual",
            {"type": "point", "filled": True, "size": 42, "stroke": "$ink", "strokeWidth": 1.5},
            x=_time(),
            y=_number("v"),
            fill={"condition": held, "value": "$ink"},
        ),
        _cursor(_time()),
    ]
    return _over_time(layers, height=280)


def _t() -> Layer:
    """Return the axis of time that leaves room for the completeness of two sides."""
    return _time(offset=_RIBBON)


def _side_layers(side: str) -> list[Layer]:
    """Return the readings of one side, and below the axis how complete their weeks are."""
    look = LOOKS[side]
    colour = f"${side}"
    row = 9 if side == "left" else 2
    return [
        _mark(
            f"{side}_line",
            {"type": "line", "color": colour, "strokeWidth": 1.25, "strokeDash": look["dash"]},
            x=_t(),
            y=_number("v"),
            detail={"field": "part"},
        ),
        _mark(
            f"{side}_points",
            {"type": "point", "filled": True, "shape": look["shape"], "size": 14, "color": colour},
            x=_t(),
            y=_number("v"),
        ),
        _mark(
            f"{side}_weeks",
            {"type": "rect", "clip": False, "color": colour},
            x=_t(),
            x2=_end("t2"),
            y=_top(f"height + {row}"),
            y2=_top(f"height + {row + 5}"),
            opacity={"field": "share", "type": "quantitative", "scale": None},
        ),
    ]


def timeline(*, sides: tuple[str, ...], is_first: bool) -> Json:
    """Return one measure over time; the first panel shows everything else that happened too.

    Data: `right_line` and the like (t, v, part), `right_points`, `right_weeks` (t, t2, share),
    `infusions` (t), `changes` (t), `holds` (t, t2), `therapies` (t, t2), `reactions` (t, red),
    `alarms` (t), `cursor` (t).
    """
    hold = {"type": "rect", "color": "$neutral", "opacity": 0.16}
    layers = [
        _mark("holds", hold, x=_t(), x2=_end("t2")),
        _mark(
            "changes",
            {"type": "rule", "color": "$neutral", "strokeDash": _DASHED},
            x=_t(),
        ),
        _mark(
            "scale",
            {"type": "point", "opacity": 0},
            x=_t(),
            y=_number("v", **_value_axis()),
        ),
        *(layer for side in SIDES if side in sides for layer in _side_layers(side)),
        _infusions(_t()),
        *(_happenings() if is_first else []),
        _cursor(_t()),
    ]
    return _over_time(layers, height=220 if is_first else 130)


def _happenings() -> list[Layer]:
    red = {"test": "datum.red", "value": "$error"}
    sign = {"type": "point", "size": 70, "filled": True}
    return [
        _mark(
            "therapies",
            {"type": "rect", "color": "$neutral", "opacity": 0.7},
            x=_t(),
            x2=_end("t2"),
            y=_top("0"),
            y2=_top("4"),
        ),
        _mark(
            "reactions",
            {**sign, "shape": "triangle-down"},
            x=_t(),
            y=_top("13"),
            color={"condition": red, "value": "$neutral"},
        ),
        _mark(
            "alarms",
            {**sign, "shape": "diamond", "color": "$error"},
            x=_t(),
            y=_top("13"),
        ),
    ]
