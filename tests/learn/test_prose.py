from __future__ import annotations

from app.learn.prose import Block, Span, blocks_of, links_of

TEXT = """\
# Big
goes on
### Small

First line
second line.
- one
  still one
- **two** and [three](/learn)

1. a
2) b
"""


def test_the_few_marks_are_read() -> None:
    assert blocks_of(TEXT) == [
        Block("h2", ((Span("Big"),),)),
        Block("p", ((Span("goes on"),),)),
        Block("h3", ((Span("Small"),),)),
        Block("p", ((Span("First line second line."),),)),
        Block(
            "ul",
            (
                (Span("one still one"),),
                (Span("two", is_strong=True), Span(" and "), Span("three", to="/learn")),
            ),
        ),
        Block("ol", ((Span("a"),), (Span("b"),))),
    ]


def test_every_other_mark_is_plain_text() -> None:
    assert blocks_of("") == []
    assert blocks_of("<b>*x*</b> [y] **") == [Block("p", ((Span("<b>*x*</b> [y] **"),),))]


def test_links_are_found() -> None:
    assert links_of("**a** [b](c) [d](https://e)") == ["c", "https://e"]
