"""The numbers behind a finding as lines of a table: what an analysis kept, name by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.analysis.measures import ALL_SITES, MEASURES
from app.web.format import (
    format_date,
    format_interval,
    format_number,
    format_series,
)

_ESTIMATE: Final = frozenset({"estimate", "low", "high"})
_DATE_LENGTH: Final = len("2026-01-05")
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One number with the names that lead to it, such as "series 1, drop"."""

    name: str
    value: str


def evidence_lines(evidence: Mapping[str, Any]) -> list[EvidenceLine]:
    """Return every number of the evidence, in its order; what is empty is left out."""
    return [EvidenceLine(name, value) for name, value in _lines("", evidence)]


def _lines(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if value.keys() == _ESTIMATE:
            yield name, format_interval(dict(value))
            return
        yield from _of_mapping(name, value)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _of_list(name, value)
    elif value is not None and value != "":
        yield name, _written(value)


def _of_mapping(name: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    measure, site = value.get("measure"), value.get("site")
    inside = dict(value)
    if measure in MEASURES and site in ALL_SITES:
        name = _joined(name, format_series(measure, site))
        del inside["measure"], inside["site"]
    for key, one in inside.items():
        yield from _lines(
            _joined(name, MEASURES[key].name if key in MEASURES else _label(key)), one
        )


def _of_list(name: str, value: Sequence[Any]) -> Iterator[tuple[str, str]]:
    if all(isinstance(one, str | int | float) for one in value):
        if value:
            yield name, ", ".join(_written(one) for one in value)
        return
    for index, one in enumerate(value, start=1):
        # A series names itself; everything else is told apart by its number.
        is_named = isinstance(one, Mapping) and "measure" in one
        yield from _lines(name if is_named else f"{name} {index}", one)


def _label(key: str) -> str:
    if key == "onset_day":  # the sentences and tables count from the first infusion day instead
        return "onset, days since the last infusion day"
    return key.replace("_", " ")


def _joined(first: str, second: str) -> str:
    return f"{first} \u00b7 {second}" if first else second


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return format_number(float(value), digits=_DIGITS)
    text = str(value)
    if len(text) == _DATE_LENGTH and text[4] == text[7] == "-":
        return format_date(date.fromisoformat(text))
    measure, at, site = text.partition("@")
    if at and measure in MEASURES:
        return format_series(measure, site)
    return _label(text)
