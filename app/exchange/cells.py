"""One cell of a file: text to a value and back. Pure.

Every reader takes the text of a cell that is not empty and raises `CellError` with a reason that
says what to write instead.
"""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.kit.limits import did_you_mean, quoted
from app.kit.timezones import known_zones
from app.patients.rules import normal_diagnosis

SEPARATOR: Final = ";"
_UNTIL: Final = " until "

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_WITH_UNIT: Final = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*[^\W\d_%°].*|([0-9.]+)\s*[%°].*")
_WITH_COMMA: Final = re.compile(r"([+-]?[0-9]+),([0-9]{1,2})")
_WITH_EXPONENT: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2}(?::[0-9]{2})?)?"
)
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_UNDECODED: Final = re.compile("[\udc80-\udcff]")
_NEEDS_QUOTES: Final = re.compile('[",\r\n]')
_FIRST_BYTE: Final = 0xDC00  # "surrogateescape" maps a byte that is not UTF-8 to this plus it.


class CellError(Exception):
    """A cell cannot be read; the text says why and what to write."""


def require_decoded(cell: str) -> None:
    """Refuse a cell with bytes that are not UTF-8.

    Raises
    ------
    CellError
        Names the first such byte and where it stands.
    """
    broken = _UNDECODED.search(cell)
    if broken is not None:
        byte = ord(broken.group()) - _FIRST_BYTE
        message = f"byte 0x{byte:02X} at character {broken.start() + 1} is not UTF-8"
        raise CellError(message)


def read_text(cell: str) -> str:
    """Return the text as it stands: a space or a zero at its start belongs to it."""
    return cell


def read_word(cell: str) -> str:
    """Return a word of a closed list; the rules check which."""
    return cell.strip()


def read_diagnosis(cell: str) -> str:
    """Return the one way in which the diagnosis is written, or the text for the rules."""
    return normal_diagnosis(cell) or cell


def read_number(cell: str) -> float:
    """Return a plain decimal number."""
    text = cell.strip()
    if _NUMBER.fullmatch(text) is None:
        message = f"{quoted(cell)} is not a plain number{_number_hint(text)}"
        raise CellError(message)
    number = float(text)
    if not math.isfinite(number):
        message = f"{quoted(cell)} is too large for a number"
        raise CellError(message)
    return number


def _number_hint(text: str) -> str:
    if _WITH_EXPONENT.fullmatch(text):
        return f"; write {Decimal(text):f}"
    if unit := _WITH_UNIT.fullmatch(text):
        return f"; write {unit[1] or unit[2]}"
    if comma := _WITH_COMMA.fullmatch(text):
        return f"; write {comma[1]}.{comma[2]}"
    return ""


def read_whole(cell: str) -> int:
    """Return a whole number."""
    number = read_number(cell)
    if number != int(number):
        message = f"{quoted(cell)} is not a whole number"
        raise CellError(message)
    return int(number)


def read_date(cell: str) -> date:
    """Return a calendar date."""
    text = cell.strip()
    if _DATE.fullmatch(text) is None:
        message = f"{quoted(cell)} is not a date; write it as YYYY-MM-DD"
        raise CellError(message)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"{quoted(cell)} is not a day of the calendar"
        raise CellError(message) from error


def read_instant(cell: str) -> datetime:
    """Return a moment, which must say its offset from UTC."""
    text = cell.strip()
    match = _INSTANT.fullmatch(text)
    if match is None:
        message = f"{quoted(cell)} is not a time; write it as 2025-03-04T09:00:00+01:00"
        raise CellError(message)
    if match["offset"] is None:
        message = f"{quoted(cell)} has no offset from UTC; add one, such as +01:00 or Z"
        raise CellError(message)
    try:
        instant = datetime.fromisoformat(text)
        instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"{quoted(cell)} is not a time of the calendar"
        raise CellError(message) from error
    return instant


def read_id(cell: str) -> uuid.UUID:
    """Return a UUID in its usual form of 36 characters."""
    text = cell.strip()
    if _UUID.fullmatch(text) is None:
        message = f"{quoted(cell)} is not a UUID"
        raise CellError(message)
    return uuid.UUID(text)


def read_words(cell: str) -> tuple[str, ...]:
    """Return the words of a list, each without the spaces around it."""
    return tuple(word for part in cell.split(SEPARATOR) if (word := part.strip()))


def read_zone(cell: str) -> str:
    """Return a key of the tz database that this program knows."""
    zone = cell.strip()
    if zone not in known_zones():
        hint = did_you_mean(zone, known_zones())
        message = f"{quoted(cell)} is not a zone of the tz database{hint}"
        raise CellError(message)
    return zone


def read_former_zones(cell: str) -> list[dict[str, str]]:
    """Return former zones, each written ``Europe/Berlin until 2025-03-04T00:00:00+00:00``."""
    return [_former_zone(entry) for entry in read_words(cell)]


def _former_zone(entry: str) -> dict[str, str]:
    zone, separator, until = entry.partition(_UNTIL)
    if not separator:
        message = f'{quoted(entry)} is not "zone until time"'
        raise CellError(message)
    instant = read_instant(until).astimezone(UTC)
    return {"until": instant.isoformat(), "time_zone": read_zone(zone)}


def former_zone_texts(zones: Sequence[Mapping[str, str]]) -> list[str]:
    """Return former zones as `read_former_zones` reads them."""
    return [f"{zone['time_zone']}{_UNTIL}{zone['until']}" for zone in zones]


def read_identifiers(cell: str) -> dict[str, str]:
    """Return identifiers in other systems, a JSON object of texts."""
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError) as error:
        message = f'{quoted(cell)} is not a JSON object such as {{"system": "number"}}'
        raise CellError(message) from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        message = f'{quoted(cell)} is not a JSON object of texts such as {{"system": "number"}}'
        raise CellError(message)
    return found


def number_text(number: float) -> str:
    """Return the shortest decimals that mean the number: 31.3, 1, 0.05, never 1e-05."""
    if number == 0:
        return "0"
    text = repr(float(number))
    if "e" in text:
        text = f"{Decimal(text):f}"
    return text.removesuffix(".0")


def local_time(instant: datetime, zone: str) -> datetime:
    """Return the moment on the clock of a zone."""
    return instant.astimezone(ZoneInfo(zone))


def plain_text(value: Any) -> str:
    """Return the text of a value that a column holds, without quoting; unknown is empty."""
    if not isinstance(value, int | float) and not value:
        return ""
    match value:
        case dict():
            text = json_text(value)
        case int() | float():
            text = number_text(value)
        case date():
            text = value.isoformat()
        case list() | tuple():
            text = SEPARATOR.join(value)
        case _:
            text = str(value)
    return text


def csv_cell(value: Any) -> str:
    """Return the value as a cell of a CSV file (RFC 4180)."""
    text = plain_text(value)
    if _NEEDS_QUOTES.search(text) is None:
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def json_text(value: Any) -> str:
    """Return the value as JSON, with numbers written as in a CSV file."""
    if value is None or isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, dict):
        pairs = (f"{json_text(key)}: {json_text(value[key])}" for key in sorted(value))
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(json_text(item) for item in value)}]"
    return json.dumps(plain_text(value), ensure_ascii=False)
