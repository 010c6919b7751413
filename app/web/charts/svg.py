"""A few helpers to draw charts as SVG elements; text is escaped by the XML library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from markupsafe import Markup

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map from data to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def number(value: float) -> str:
    """Write a coordinate with at most one decimal, which no screen resolves."""
    return f"{value:.1f}".removesuffix(".0")


def add(parent: ET.Element, tag: str, **attributes: float | str) -> ET.Element:
    """Append an element; underscores in names become hyphens, numbers are shortened."""
    written = {
        name.rstrip("_").replace("_", "-"): value if isinstance(value, str) else number(value)
        for name, value in attributes.items()
    }
    return ET.SubElement(parent, tag, written)


def add_text(parent: ET.Element, text: str, **attributes: float | str) -> ET.Element:
    """Append a text element."""
    element = add(parent, "text", **attributes)
    element.text = text
    return element


def polyline(points: Iterable[Point]) -> str:
    """Return the `points` of a polyline."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def ticks(low: float, high: float, *, most: int) -> Sequence[float]:
    """Return round tick values inside [low, high], at most `most` of them."""
    span = high - low
    power = 1.0
    while power * 10 <= span:
        power *= 10
    while power > span:
        power /= 10
    steps = [factor * power for factor in (0.1, 0.2, 0.5, 1, 2, 5, 10)]
    step = next(step for step in steps if span / step <= most - 1 or step == steps[-1])
    first = int(low // step)
    values = [round((first + i) * step, 10) for i in range(int(span / step) + 3)]
    return [value for value in values if low - 1e-9 <= value <= high + 1e-9]


def to_markup(root: ET.Element) -> Markup:
    """Return the drawing as markup for a template."""
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704  # escaped by ElementTree
