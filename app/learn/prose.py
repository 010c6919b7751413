"""The few marks that texts may have: headings, paragraphs, lists, links and strong words. Pure.

A blank line ends a paragraph; `## ` and `### ` begin a heading, `- ` and `1. ` an item of a list;
`**strong**` and `[words](https://address)` stand inside a line. Everything else is plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

Kind = Literal["h2", "h3", "p", "ul", "ol"]

_MARK: Final = re.compile(r"\*\*(?P<strong>[^*\n]+)\*\*|\[(?P<words>[^\]\n]+)\]\((?P<to>[^)\s]*)\)")
_STARTS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("h3", re.compile(r"#{3,6} +")),
    ("h2", re.compile(r"#{1,2} +")),
    ("ul", re.compile(r"[-*] +")),
    ("ol", re.compile(r"\d{1,3}[.)] +")),
)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line; `to` is the address of a link."""

    text: str
    is_strong: bool = False
    to: str | None = None


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a paragraph with one line, or a list with one line for each item."""

    kind: Kind
    lines: tuple[Line, ...]


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of a text."""
    found: list[Block] = []
    for _is_text, group in groupby(text.splitlines(), key=lambda line: bool(line.strip())):
        found += _blocks([line.strip() for line in group if line.strip()])
    return found


def links_of(text: str) -> list[str]:
    """Return the addresses that a text leads to."""
    return [match["to"] for match in _MARK.finditer(text) if match["to"] is not None]


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Part the lines between two blank ones; a line without a mark goes on with the one before."""
    items: list[tuple[Kind, str]] = []
    for line in lines:
        kind, text = _begun(line)
        if kind == "p" and items and not items[-1][0].startswith("h"):
            items[-1] = items[-1][0], f"{items[-1][1]} {text}"
        else:
            items.append((kind, text))
    for kind, group in groupby(items, key=lambda item: item[0]):
        said = tuple(_spans(text) for _, text in group)
        if kind in ("ul", "ol"):
            yield Block(kind, said)
        else:
            yield from (Block(kind, (line,)) for line in said)


def _begun(line: str) -> tuple[Kind, str]:
    for kind, start in _STARTS:
        match = start.match(line)
        if match is not None:
            return kind, line[match.end() :]
    return "p", line


def _spans(line: str) -> Line:
    spans: list[Span] = []
    end = 0
    for match in _MARK.finditer(line):
        spans.append(Span(line[end : match.start()]))
        if match["strong"] is not None:
            spans.append(Span(match["strong"], is_strong=True))
        else:
            spans.append(Span(match["words"], to=match["to"]))
        end = match.end()
    return tuple(span for span in (*spans, Span(line[end:])) if span.text)
