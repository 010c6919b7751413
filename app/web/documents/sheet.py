"""A document of one sheet, as a page, as plain text and as a PDF. Pure but for the PDF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import resources
from typing import Final, Literal

Paper = Literal["a4", "us-letter"]
PAPERS: Final[Sequence[Paper]] = ("a4", "us-letter")

# What the page's stylesheet says of the chart, as a drawing needs it that stands alone.
_SIDES: Final = {"right": "#0072b2", "left": "#d55e00"}
_NEUTRAL: Final = "#4a5560"
_STYLE: Final = (
    "text{font-family:'Libertinus Serif';font-size:13px;fill:#55606b}"
    ".tick.x{text-anchor:middle}.tick.y{text-anchor:end}"
    ".grid{stroke:#d5dbe1;stroke-width:1}.axis{stroke:#55606b;stroke-width:1}"
    ".cycle{fill:none;stroke:SIDE;stroke-width:1;opacity:.35}.reading{fill:SIDE;opacity:.4}"
    ".median{fill:none;stroke:SIDE;stroke-width:3;stroke-linejoin:round}"
    ".planned{stroke:#4a5560;stroke-width:1.5;stroke-dasharray:5 4}"
    ".onset{fill:SIDE;opacity:.12}.onset-line{stroke:SIDE;stroke-width:1.5}"
)


@dataclass(frozen=True, slots=True)
class Block:
    """One heading with its lines; a wide one takes the whole width of the paper."""

    heading: str
    lines: tuple[str, ...]
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is on the sheet, in the language in which it is read.

    `chart` is a drawing as the page shows it; `side` picks its colour on paper.
    """

    title: str
    language: str
    facts: tuple[str, ...]
    blocks: tuple[Block, ...]
    foot: tuple[str, ...]
    chart: str | None = None
    chart_caption: str = ""
    chart_alt: str = ""
    side: str = ""


def as_text(sheet: Sheet) -> str:
    """Return the sheet as plain text for a record that takes no more."""
    parts = ["\n".join([sheet.title, *sheet.facts])]
    for block in sheet.blocks:
        lines = block.lines if len(block.lines) == 1 else [f"- {line}" for line in block.lines]
        parts.append("\n".join([block.heading, *lines]))
    parts.append("\n".join(sheet.foot))
    return "\n\n".join(parts) + "\n"


def as_drawing(chart: str, side: str) -> str:
    """Return a chart of a page as a drawing that needs no stylesheet."""
    style = _STYLE.replace("SIDE", _SIDES.get(side, _NEUTRAL))
    head, _, rest = chart.partition(">")
    namespace = "" if "xmlns=" in head else ' xmlns="http://www.w3.org/2000/svg"'
    return f"{head}{namespace}><style>{style}</style>{rest}"


def as_data(sheet: Sheet, paper: Paper) -> str:
    """Return what the template of the PDF reads."""
    chart = None if sheet.chart is None else as_drawing(sheet.chart, sheet.side)
    return json.dumps({**asdict(sheet), "chart": chart, "paper": paper}, ensure_ascii=False)


def as_pdf(sheet: Sheet, paper: Paper, *, now: datetime) -> bytes:
    """Return the sheet as a tagged PDF of one page, by PDF/UA-1.

    The template sees the sheet as data only. It takes about a tenth of a second of one
    processor; Typst is loaded when the first PDF is asked for.
    """
    import typst  # noqa: PLC0415 - 40 MB that a process without PDFs does not need

    template = resources.files("app.web.documents").joinpath("summary.typ").read_bytes()
    pdf: bytes = typst.compile(
        template,
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={"data": as_data(sheet, paper)},
        timestamp=int(now.timestamp()),
    )
    return pdf
