"""The sentences of findings in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from app.analysis.said import Speaker, spoken
from app.web.i18n import SOURCE, babel_locale, current_locale, translations
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


def finding_sentence(finding: SaidFinding) -> Markup:
    """Say a finding in the language of the page.

    One that was stored before its sentence was kept as data stays English, and says so.
    """
    if current_locale() == SOURCE:
        return escape(finding.sentence)
    if finding.wording is None:
        return Markup('<span lang="en">{}</span>').format(finding.sentence)
    return escape(spoken(finding.wording, _SPOKEN))
