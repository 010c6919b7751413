"""What the bar code of a vial says: GS1 element strings, scanned or typed.

Which application identifiers exist and which characters each may hold, the library biip knows.
This module reads what scanners really send, and refuses what could be read in two ways, because
a wrong lot is worse than none.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from biip import ParseConfig, ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_element_strings import GS1ElementString

from app.errors import Fault, RuleViolation
from app.kit.limits import quoted
from app.products.rules import check_digit, gtin_14
from app.said import Said, say

Cause = Literal[
    "empty",
    "not-gs1",
    "unknown-ai",
    "truncated",
    "too-long",
    "bad-character",
    "bad-check-digit",
    "impossible-date",
    "repeated",
    "ambiguous",
]

GTIN: Final = "01"
LOT: Final = "10"
EXPIRES_ON: Final = "17"
SERIAL: Final = "21"
_WANTED: Final = (GTIN, LOT, EXPIRES_ON, SERIAL)
_MADE_ON: Final = "11"
_MAY_HIDE: Final = frozenset({*_WANTED, _MADE_ON})

SHORTEST_HIDDEN: Final = 4
"""Characters of a lot or serial that may hide in the end of another; a judgement: a batch has
thousands of vials, so nobody numbers them with fewer."""

_SEPARATOR: Final = "\x1d"
_SEPARATORS: Final = ("\u241d", "<GS>", "{GS}")  # how keyboards and terminals show FNC1
_SPACES: Final = re.compile(r"[ \t\r\n\u00a0]+")
_SYMBOLOGY: Final = re.compile(r"\]([A-Za-z])([0-9A-Za-z])")
# ISO/IEC 15424: GS1 DataMatrix, GS1-128, GS1 DataBar, GS1 QR Code, GS1 DotCode.
_OF_ELEMENTS: Final = frozenset({"d2", "C1", "e0", "Q3", "J1"})
_OF_NUMBERS: Final = frozenset({"E0", "E4", "I1"})  # EAN-13 and UPC, EAN-8, ITF-14
_BRACKETED: Final = re.compile(r"\((\d{2,4})\)([^()]*)")
_PLAIN_GTIN: Final = re.compile(r"\d{12,14}")
_FIXED_LENGTH: Final = re.compile(r"^N(\d)\+[NX](\d+)$")
_GTIN_DIGITS: Final = 14
_DATE_DIGITS: Final = 6
_YEARS_AHEAD: Final = 50  # GS1 General Specifications, section 7.12
_LONGEST: Final = 500
_DATES_AS_WRITTEN: Final = ParseConfig(gs1_element_strings_verify_date=False)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a code says of a vial; None for what it does not say.

    Attributes
    ----------
    gtin : str or None
        14 digits, the last one a check digit that fits.
    expires_on : date or None
        The last day on which the vial may be given.
    """

    gtin: str | None = None
    lot: str | None = None
    expires_on: date | None = None
    serial: str | None = None


class ScanRefused(RuleViolation):
    """A code cannot be read, or not in one way only; `cause` says why, as does the reason."""

    def __init__(self, cause: Cause, text: str, reason: str) -> None:
        said = say("%(cause)s: %(reason)s", cause=cause, reason=reason)
        super().__init__([Fault("text", text, said)])
        self.cause = cause


def parse_scan(text: str, *, today: date) -> Scan:
    """Read the text of a GS1 DataMatrix or bar code.

    Accepted are element strings with FNC1 as the control character GS (or written as ``<GS>``,
    ``{GS}`` or U+241D), with the prefix of an ISO/IEC 15424 symbology such as ``]d2``, in the
    brackets that are printed below a code, without FNC1 where only one reading is possible, and a
    bare GTIN of 12 to 14 digits.

    Parameters
    ----------
    text : str
        As the scanner or a person typed it.
    today : date
        Decides the century of a date of two digits.

    Raises
    ------
    ScanRefused
        The text cannot be read; its fault names the cause.

    References
    ----------
    GS1 General Specifications, sections 3 (application identifiers), 7.8 (FNC1) and 7.12 (dates).
    """
    code = _normal(text)
    symbology = _SYMBOLOGY.match(code)
    kind = "".join(symbology.groups()) if symbology else ""
    if symbology and kind not in _OF_ELEMENTS | _OF_NUMBERS:
        reason = say("a symbol of the kind %(kind)s is no GS1", kind=symbology.group())
        raise ScanRefused("not-gs1", text, reason)
    code = code[symbology.end() if symbology else 0 :]
    sends_fnc1 = _SEPARATOR in code  # also as the first or last character alone
    code = code.strip(_SEPARATOR)
    if not code:
        raise ScanRefused("empty", text, say("there is nothing to read"))
    if kind in _OF_NUMBERS or (not kind and _PLAIN_GTIN.fullmatch(code)):
        return Scan(gtin=_gtin(code, text))
    is_bracketed = code.startswith("(")
    elements = _bracketed(code, text) if is_bracketed else _plain(code, text, sends_fnc1=sends_fnc1)
    found: dict[str, str] = {}
    for ai, value in elements:
        if found.setdefault(ai, value) != value:
            two = {"ai": ai, "one": quoted(found[ai]), "other": quoted(value)}
            reason = say("(%(ai)s) is %(one)s and %(other)s", **two)
            raise ScanRefused("repeated", text, reason)
    if not found.keys() & set(_WANTED):
        listed = ", ".join(f"({ai})" for ai in _WANTED)
        raise ScanRefused("empty", text, say("none of %(listed)s is in it", listed=listed))
    return Scan(
        gtin=_gtin(found[GTIN], text) if GTIN in found else None,
        lot=found.get(LOT),
        expires_on=_date(found[EXPIRES_ON], text, today) if EXPIRES_ON in found else None,
        serial=found.get(SERIAL),
    )


def _normal(text: str) -> str:
    if len(text) > _LONGEST:
        sizes = {"count": str(len(text)), "most": str(_LONGEST)}
        reason = say("%(count)s characters, at most %(most)s", **sizes)
        raise ScanRefused("too-long", text, reason)
    for separator in _SEPARATORS:
        text = text.replace(separator, _SEPARATOR)
    return _SPACES.sub("", text)


def _bracketed(code: str, text: str) -> Iterator[tuple[str, str]]:
    end = 0
    for match in _BRACKETED.finditer(code):
        if match.start() != end:
            break
        end = match.end()
        ai, value = match.groups()
        identifier, read = _first(ai + value.strip(_SEPARATOR), text)
        if identifier.ai != ai:
            reason = say("(%(ai)s) is no application identifier of GS1", ai=ai)
            raise ScanRefused("unknown-ai", text, reason)
        _require_end(identifier, read, value.strip(_SEPARATOR)[len(read) :], text)
        yield ai, read
    if end != len(code):
        at = quoted(code[end:])
        reason = say("brackets are not in pairs around digits at %(place)s", place=at)
        raise ScanRefused("not-gs1", text, reason)


def _plain(code: str, text: str, *, sends_fnc1: bool) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for segment in filter(None, code.split(_SEPARATOR)):
        rest = segment
        while rest:
            identifier, value = _first(rest, text)
            rest = rest[len(identifier.ai) + len(value) :]
            seen[identifier.ai] = value
            if identifier.separator_required:
                if not sends_fnc1:
                    _refuse_ambiguous(identifier.ai, value + rest, seen=seen, text=text)
                _require_end(identifier, value, rest, text)
            yield identifier.ai, value


def _first(rest: str, text: str) -> tuple[GS1ApplicationIdentifier, str]:
    """Return the first element of what is left; a variable one as far as its characters go."""
    try:
        identifier = GS1ApplicationIdentifier.extract(rest)
    except ParseError as error:
        start = quoted(rest[:4])
        reason = say("no application identifier of GS1 starts %(start)s", start=start)
        cause: Cause = "unknown-ai" if rest[:2].isdigit() else "not-gs1"
        raise ScanRefused(cause, text, reason) from error
    try:
        value = GS1ElementString.extract(rest, config=_DATES_AS_WRITTEN).value
    except ParseError as error:
        raise _wrong_value(identifier, rest[len(identifier.ai) :], text) from error
    return identifier, value


def _wrong_value(identifier: GS1ApplicationIdentifier, value: str, text: str) -> ScanRefused:
    fixed = _FIXED_LENGTH.match(identifier.format)
    day = value[:_DATE_DIGITS]
    if identifier.ai == EXPIRES_ON and len(day) == _DATE_DIGITS and day.isdigit():
        return _impossible_date(day, text)
    ai = identifier.ai
    if not value:
        return ScanRefused("truncated", text, say("nothing stands behind (%(ai)s)", ai=ai))
    if fixed and len(value) < int(fixed.group(2)):
        sizes = {"count": str(len(value)), "whole": fixed.group(2)}
        reason = say("(%(ai)s) has %(count)s of %(whole)s characters", ai=ai, **sizes)
        return ScanRefused("truncated", text, reason)
    return ScanRefused("bad-character", text, _cannot_hold(ai, value))


def _require_end(identifier: GS1ApplicationIdentifier, value: str, rest: str, text: str) -> None:
    """Refuse what follows a value that should end here."""
    if not rest:
        return
    fixed = _FIXED_LENGTH.match(identifier.format)
    longest = int(fixed.group(2)) if fixed else int(identifier.format.rpartition("..")[2] or 0)
    if len(value) >= longest:
        sizes = {"ai": identifier.ai, "most": str(longest)}
        reason = say("(%(ai)s) has more than %(most)s characters", **sizes)
        raise ScanRefused("too-long", text, reason)
    raise ScanRefused("bad-character", text, _cannot_hold(identifier.ai, rest[0]))


def _cannot_hold(ai: str, value: str) -> Said:
    return say("(%(ai)s) cannot hold %(value)s", ai=ai, value=quoted(value))


def _refuse_ambiguous(ai: str, value: str, *, seen: Mapping[str, str], text: str) -> None:
    """Refuse a value without FNC1 behind it that may be two: scanners can be set to drop it."""
    missing = _MAY_HIDE - seen.keys()
    if any(_is_sequence(value[start:], missing) for start in range(1, len(value))):
        reason = say(
            "(%(ai)s) may end before the end of %(value)s; scan with FNC1 sent as GS, or type"
            " brackets around the identifiers, as in (10)AB12(17)271231",
            ai=ai,
            value=quoted(value),
        )
        raise ScanRefused("ambiguous", text, reason)


def _is_sequence(rest: str, missing: frozenset[str]) -> bool:
    """Say whether a text reads as elements that the code does not have yet."""
    ai, value = rest[:2], rest[2:]
    if ai not in missing:
        return False
    if ai in (LOT, SERIAL):
        return len(value) >= SHORTEST_HIDDEN
    length = _GTIN_DIGITS if ai == GTIN else _DATE_DIGITS
    head, tail = value[:length], value[length:]
    if len(head) < length or not (head.isascii() and head.isdigit()):
        return False
    is_value = gtin_14(head) is not None if ai == GTIN else _day(head, 2000) is not None
    return is_value and (not tail or _is_sequence(tail, missing - {ai}))


def _gtin(value: str, text: str) -> str:
    gtin = gtin_14(value)
    if gtin is None and value.isascii() and value.isdigit():
        digit = str(check_digit(value[:-1]))
        reason = say("the last digit of %(number)s is not %(digit)s", number=value, digit=digit)
        raise ScanRefused("bad-check-digit", text, reason)
    if gtin is None:
        reason = say("%(value)s is no GTIN", value=quoted(value))
        raise ScanRefused("bad-character", text, reason)
    return gtin


def _date(value: str, text: str, today: date) -> date:
    day = _day(value, _century(int(value[:2]), today))
    if day is None:
        raise _impossible_date(value, text)
    return day


def _impossible_date(value: str, text: str) -> ScanRefused:
    return ScanRefused("impossible-date", text, say("%(value)s is no date as YYMMDD", value=value))


def _day(value: str, century: int) -> date | None:
    """Return a date as YYMMDD; the day 00 is the last one of the month."""
    year, month, day = century + int(value[:2]), int(value[2:4]), int(value[4:])
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        return None


def _century(year: int, today: date) -> int:
    """Return the century of a year of two digits: 49 years back to 50 years ahead of today."""
    century = today.year // 100 * 100
    ahead = year - today.year % 100
    if ahead > _YEARS_AHEAD:
        return century - 100
    return century + 100 if ahead <= -_YEARS_AHEAD else century
