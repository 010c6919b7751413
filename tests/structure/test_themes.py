"""Light and dark differ in colours alone, so one theme is enough for the rest of a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "app" / "web"
# `light-dark()` gives a colour and can give nothing else; these could change anything.
_ASKS = re.compile(r"prefers-color-scheme|matchMedia|container style\(")


def asks_for_the_theme(text: str) -> bool:
    return _ASKS.search(text) is not None


def test_nothing_but_colours_follows_the_theme() -> None:
    looked_at = [
        path
        for pattern in ("static/*.css", "static/*.js", "templates/**/*.html")
        for path in sorted(WEB.glob(pattern))
    ]
    assert {path.suffix for path in looked_at} == {".css", ".js", ".html"}
    assert [path.name for path in looked_at if asks_for_the_theme(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "text",
    [
        "@media (prefers-color-scheme: dark) { .note { display: none; } }",
        'const dark = matchMedia("(prefers-color-scheme: dark)").matches;',
    ],
)
def test_other_ways_are_noticed(text: str) -> None:
    assert asks_for_the_theme(text)
