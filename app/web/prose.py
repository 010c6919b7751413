"""Texts with a few marks as HTML; everything that somebody typed is escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

from app.learn.prose import Block, Line, Span, blocks_of
from app.learn.rules import is_safe_link
from app.learn.texts import Text, default_text
from app.web.i18n import current_locale


def format_prose(text: str) -> Markup:
    """Return a text as HTML; a link that leads where no text may lead is plain words."""
    return Markup("\n").join(_block(block) for block in blocks_of(text))


def help_text(topic: str) -> Text:
    """Return what explains a chart or a scale, in the language of the page."""
    return default_text(topic, current_locale())


def _block(block: Block) -> Markup:
    tag = Markup(block.kind)  # noqa: S704 - one of a closed list of names
    if block.kind in ("ul", "ol"):
        items = Markup().join(Markup("<li>{}</li>").format(_line(line)) for line in block.lines)
        return Markup("<{0}>{1}</{0}>").format(tag, items)
    return Markup("<{0}>{1}</{0}>").format(tag, _line(block.lines[0]))


def _line(line: Line) -> Markup:
    return Markup().join(_span(span) for span in line)


def _span(span: Span) -> Markup:
    if span.is_strong:
        return Markup("<b>{}</b>").format(span.text)
    if span.to is None or not is_safe_link(span.to):
        return escape(span.text)
    if span.to.startswith("https://"):
        return Markup('<a href="{}" rel="noreferrer external">{}</a>').format(span.to, span.text)
    return Markup('<a href="{}">{}</a>').format(span.to, span.text)
