"""The sentences of findings in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal
from fastapi import Request
from markupsafe import Markup, escape

from app.said import Said, Speaker, spoken
from app.web.i18n import (
    SOURCE,
    babel_locale,
    choose_locale,
    current_locale,
    locale_of,
    translations,
)
from app.web.i18n import gettext as _


class SaidFinding(Protocol):
    """What is needed of a finding to say it."""

    @property
    def sentence(self) -> str: ...
    @property
    def wording(self) -> dict[str, Any] | None: ...


class _Spoken:
    """The language that is spoken now."""

    def message(self, text: str) -> str:
        return translations(current_locale()).gettext(text)

    def plural(self, one: str, many: str, number: int) -> str:
        return translations(current_locale()).ngettext(one, many, number)

    def number(self, text: str) -> str:
        if "e" in text:
            return text  # A value that was refused can be beyond what anybody writes out.
        decimals = len(text.partition(".")[2])
        pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
        return format_decimal(Decimal(text), format=pattern, locale=babel_locale())

    def day(self, day: date) -> str:
        return format_date(day, "long", locale=babel_locale())

    def listed(self, items: Sequence[str], joiner: str) -> str:
        if joiner == "and":
            return format_list(items, locale=babel_locale())
        return _("%(items)s then %(last)s", items=", ".join(items[:-1]), last=items[-1])


_SPOKEN: Final[Speaker] = _Spoken()


def in_words(text: str) -> str:
    """Return a sentence in the language that is spoken now; one without a tree as it is."""
    if not isinstance(text, Said) or current_locale() == SOURCE:
        return str(text)
    return spoken(text.tree, _SPOKEN)


def tell(request: Request, text: str) -> str:
    """Return a sentence in the language of whoever asks: what was chosen, else the browser's."""
    choose_locale(locale_of(request))
    return in_words(text)


def finding_sentence(finding: SaidFinding) -> Markup:
    """Say a finding in the language of the page.

    One that was stored before its sentence was kept as data stays English, and says so.
    """
    if current_locale() == SOURCE:
        return escape(finding.sentence)
    if finding.wording is None:
        return Markup('<span lang="en">{}</span>').format(finding.sentence)
    return escape(spoken(finding.wording, _SPOKEN))
