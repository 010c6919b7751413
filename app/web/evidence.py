"""The numbers behind a finding as lines of a table: what an analysis kept, name by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.analysis.kinds.names import SERIES
from app.analysis.measures import ALL_SITES, MEASURES
from app.analysis.settings import CLINIC_SETTINGS
from app.web.clinical_terms import TERMS
from app.web.evidence_words import CODES, NAMES, STATED
from app.web.format import (
    format_date,
    format_interval,
    format_measure,
    format_number,
    format_series,
    format_setting,
)
from app.web.i18n import gettext as _
from app.web.sentences import in_words
from app.web.terms import VALUES

_ESTIMATE: Final = frozenset({"estimate", "low", "high"})
_DATE_LENGTH: Final = len("2026-01-05")
_DIGITS: Final = 4
_SERIES: Final = {str(said): said for said in SERIES.values()}


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One number with the names that lead to it, such as "series 1, drop".

    Attributes
    ----------
    is_name_english, is_value_english : bool
        They are English on a page of any language: a source, or what an older version kept.
    """

    name: str
    value: str
    is_name_english: bool = False
    is_value_english: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    """Some words, and whether they stay English."""

    words: str = ""
    is_english: bool = False

    def then(self, other: _Text) -> _Text:
        """Put another name behind this one."""
        if not self.words:
            return other
        is_english = self.is_english or other.is_english
        return _Text(f"{self.words} \u00b7 {other.words}", is_english)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was kept under a key."""

    name: _Text
    key: str
    value: Any

    def line(self, value: _Text) -> EvidenceLine:
        """Return the line of its value in words."""
        name = self.name
        return EvidenceLine(name.words, value.words, name.is_english, value.is_english)


def evidence_lines(evidence: Mapping[str, Any]) -> list[EvidenceLine]:
    """Return every number of the evidence, in its order; what is empty is left out."""
    return list(_lines(_Kept(_Text(), "", evidence)))


def _lines(kept: _Kept) -> Iterator[EvidenceLine]:
    value = kept.value
    if isinstance(value, Mapping):
        if value.keys() == _ESTIMATE:
            yield kept.line(_Text(format_interval(dict(value))))
            return
        yield from _of_mapping(kept)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _of_list(kept)
    elif value is not None and value != "":
        yield kept.line(_written(kept.key, value))


def _of_mapping(kept: _Kept) -> Iterator[EvidenceLine]:
    name, inside = kept.name, dict(kept.value)
    measure, site = inside.get("measure"), inside.get("site")
    if measure in MEASURES and site in ALL_SITES:
        series = _Text(format_series(measure, site))
        del inside["measure"], inside["site"]
        if not inside:
            yield kept.line(series)
            return
        name = name.then(series)
    for key, one in inside.items():
        yield from _lines(_Kept(name.then(_label(key)), key, one))


def _of_list(kept: _Kept) -> Iterator[EvidenceLine]:
    if all(isinstance(one, str | int | float) for one in kept.value):
        if kept.value:
            each = [_written(kept.key, one) for one in kept.value]
            is_english = any(one.is_english for one in each)
            yield kept.line(_Text(", ".join(one.words for one in each), is_english))
        return
    for index, one in enumerate(kept.value, start=1):
        # A series names itself; everything else is told apart by its number.
        is_named = isinstance(one, Mapping) and "measure" in one
        numbered = _Text(f"{kept.name.words} {index}", kept.name.is_english)
        yield from _lines(_Kept(kept.name if is_named else numbered, kept.key, one))


def _label(key: str) -> _Text:
    if key in MEASURES:
        return _Text(format_measure(key))
    if key in CLINIC_SETTINGS:
        return _Text(format_setting(key))
    return _Text(NAMES[key]) if key in NAMES else _english(key)


def _written(key: str, value: Any) -> _Text:
    if isinstance(value, bool):
        return _Text(VALUES["yes" if value else "no"])
    if isinstance(value, int | float):
        return _Text(format_number(float(value), digits=_DIGITS))
    text = str(value)
    if len(text) == _DATE_LENGTH and text[4] == text[7] == "-":
        return _Text(format_date(date.fromisoformat(text)))
    measure, at, site = text.partition("@")
    if at and measure in MEASURES:
        return _Text(format_series(measure, site))
    return _word(key, text)


def _word(key: str, text: str) -> _Text:
    """Return what stands for a text of the analysis, else the text itself, which is English."""
    if key in CODES:
        return _Text(text)
    stated = STATED.get(key)
    if stated is not None and text in stated:
        return _Text(stated[text])
    if text in _SERIES:
        return _Text(in_words(_SERIES[text]))
    if text in TERMS:
        return _Text(_(text))
    return _Text(VALUES[text]) if text in VALUES else _english(text)


def _english(text: str) -> _Text:
    return _Text(text if " " in text else text.replace("_", " "), is_english=True)
