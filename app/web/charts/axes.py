"""Both axes of a chart, with numbers as the language of the page writes them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from app.web.charts import svg
from app.web.charts.svg import Scale
from app.web.format import decimal


def draw_axes(root: ET.Element, x: Scale, y: Scale, *, title: str, most: tuple[int, int]) -> None:
    """Draw a grid across, ticks below and the title of the axis across.

    Parameters
    ----------
    root : Element
        The drawing.
    x, y : Scale
        Across and up.
    title : str
        Of the axis across; where that of the other stands is for each chart to say.
    most : tuple of int
        How many ticks the axis across has at the most, and the axis up.
    """
    across, up = most
    for value in svg.ticks(y.low, y.high, most=up):
        at = y(value)
        svg.add(root, "line", class_="grid", x1=x.start, x2=x.end, y1=at, y2=at)
        svg.add_text(root, decimal(f"{value:g}"), class_="tick y", x=x.start - 6, y=at + 4)
    for value in svg.ticks(x.low, x.high, most=across):
        at = x(value)
        svg.add(root, "line", class_="axis", x1=at, x2=at, y1=y.start, y2=y.start + 4)
        svg.add_text(root, decimal(f"{value:g}"), class_="tick x", x=at, y=y.start + 18)
    svg.add(root, "line", class_="axis", x1=x.start, x2=x.end, y1=y.start, y2=y.start)
    svg.add_text(root, title, class_="tick x", x=(x.start + x.end) / 2, y=y.start + 36)
