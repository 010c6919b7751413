"""What scanners send, string by string.

The numbers: 00309442700029 and 00344206437100 follow from US drug codes (app/products/gtins.py),
09501101530003 is the example of the GS1 General Specifications. `GS` is the control character
that a scanner sends for FNC1.
"""

from __future__ import annotations

import contextlib
from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lots.scanning import Scan, ScanRefused, parse_scan
from app.products.rules import check_digit

TODAY: Final = date(2026, 11, 21)
GS: Final = "\x1d"
GAMMAGARD: Final = "00309442700029"
PRIVIGEN: Final = "00344206437100"
EXAMPLE: Final = "09501101530003"
DEC_2027: Final = date(2027, 12, 31)


def scan(
    gtin: str | None = GAMMAGARD,
    lot: str | None = "LE12V217AB",
    expires_on: date | None = DEC_2027,
    serial: str | None = None,
) -> Scan:
    return Scan(gtin, lot, expires_on, serial)


WITH_FNC1: Final = {
    f"01{GAMMAGARD}1727123110LE12V217AB{GS}21A1B2C3D4": scan(serial="A1B2C3D4"),
    f"01{GAMMAGARD}17271231{GS}21A1B2C3D4{GS}10LE12V217AB": scan(serial="A1B2C3D4"),
    f"01{GAMMAGARD}10LE12V217AB{GS}17271231": scan(),
    f"01{GAMMAGARD}10LE12V217AB{GS}1727123121A1B2C3D4": scan(serial="A1B2C3D4"),
    f"01{GAMMAGARD}21A1B2C3D4{GS}1727123110LE12V217AB": scan(serial="A1B2C3D4"),
    f"01{GAMMAGARD}21A1B2C3D4{GS}10LE12V217AB{GS}17271231": scan(serial="A1B2C3D4"),
    f"10LE12V217AB{GS}01{GAMMAGARD}17271231": scan(),
    f"17271231{GS}10LE12V217AB{GS}01{GAMMAGARD}": scan(),
    f"1727123101{GAMMAGARD}10LE12V217AB{GS}21A1B2C3D4": scan(serial="A1B2C3D4"),
    f"21A1B2C3D4{GS}10LE12V217AB{GS}1727123101{GAMMAGARD}": scan(serial="A1B2C3D4"),
    f"]d201{GAMMAGARD}1727123110LE12V217AB{GS}21A1B2C3D4": scan(serial="A1B2C3D4"),
    f"]C101{GAMMAGARD}1727123110LE12V217AB": scan(),
    f"]d2{GS}01{GAMMAGARD}10LE12V217AB{GS}17271231{GS}": scan(),
    f"01{GAMMAGARD}10LE12V217AB<GS>17271231": scan(),
    f"01{GAMMAGARD}10LE12V217AB\u241d17271231\r\n": scan(),
    f"01{GAMMAGARD}11250101172712317101234567890{GS}10LE12V217AB": scan(),
    # A lot with 21 in it is whole where a separator follows, or stands anywhere else.
    f"01{GAMMAGARD}1727123110LE12V21A1B2C3D4{GS}": scan(lot="LE12V21A1B2C3D4"),
    f"]d2{GS}01{GAMMAGARD}1727123110LE12V21A1B2C3D4": scan(lot="LE12V21A1B2C3D4"),
    f"01{PRIVIGEN}1728063010P100215432{GS}21000012345678": scan(
        PRIVIGEN, "P100215432", date(2028, 6, 30), "000012345678"
    ),
}
WITHOUT_FNC1: Final = {
    f"01{GAMMAGARD}1727123110LE12V217AB": scan(),
    f"1727123101{GAMMAGARD}10LE12V217AB": scan(),
    f"01{GAMMAGARD}17271231": scan(lot=None),
    f"01{GAMMAGARD}10AB1712": scan(lot="AB1712", expires_on=None),
    f"01{GAMMAGARD}1727123121A1B2C3D4": scan(lot=None, serial="A1B2C3D4"),
    f"01{GAMMAGARD} 17271231 10LE12V217AB": scan(),
    f"01{GAMMAGARD}1727120010LE12V217AB": scan(),  # the day 00 is the last of the month
    f"01{GAMMAGARD}1728020010LE12V217AB": scan(expires_on=date(2028, 2, 29)),
    f"01{GAMMAGARD}1799010110LE12V217AB": scan(expires_on=date(1999, 1, 1)),
    GAMMAGARD: scan(lot=None, expires_on=None),
    "309442700029": scan(lot=None, expires_on=None),  # UPC
    "]E09501101530003": scan(EXAMPLE, None, None),
}
IN_BRACKETS: Final = {
    f"(01){GAMMAGARD}(17)271231(10)LE12V217AB(21)A1B2C3D4": scan(serial="A1B2C3D4"),
    f"(10)LE12V217AB(17)271231(21)A1B2C3D4(01){GAMMAGARD}": scan(serial="A1B2C3D4"),
    f" (01) {GAMMAGARD} (17) 271231 (10) LE12V217AB ": scan(),
    f"(01){EXAMPLE}(17)271231(10)AB-12/3": scan(EXAMPLE, "AB-12/3"),
}
REFUSED: Final = {
    f"01{GAMMAGARD[:-1]}81727123110LE12V217AB": "bad-check-digit",
    f"(01){GAMMAGARD[:-1]}0(17)271231": "bad-check-digit",
    "00309442700092": "bad-check-digit",  # two digits changed places
    f"01{GAMMAGARD}1727133110LE12V217AB": "impossible-date",
    f"01{GAMMAGARD}1727023010LE12V217AB": "impossible-date",
    f"01{GAMMAGARD}1727000110LE12V217AB": "impossible-date",
    f"01{GAMMAGARD}1727023210LE12V217AB": "impossible-date",
    f"(17)270229(01){GAMMAGARD}": "impossible-date",
    # The scanner dropped FNC1: the lot, or a lot and what follows it?
    f"01{GAMMAGARD}10LE12V217AB17271231": "ambiguous",
    f"01{GAMMAGARD}10LE12VAB21A1B2C3D4": "ambiguous",
    f"01{GAMMAGARD}10LE12V17271231211234": "ambiguous",
    f"01{GAMMAGARD}1727123121A1B2C3D410LE12": "ambiguous",
    f"10LE12V01{GAMMAGARD}": "ambiguous",
    f"01{GAMMAGARD}1727123110LE12V11250101": "ambiguous",
    f"]d201{GAMMAGARD}1727123110LE12V21A1B2C3D4": "ambiguous",
    f"01{GAMMAGARD}172712": "truncated",
    f"01{GAMMAGARD[:9]}": "truncated",
    f"01{GAMMAGARD}1727123110": "truncated",
    f"01{GAMMAGARD}10{'A' * 21}{GS}17271231": "too-long",
    f"(17)2712311(01){GAMMAGARD}": "too-long",
    "9" * 501: "too-long",
    f"01{GAMMAGARD}0512345": "unknown-ai",
    f"(05)123(01){GAMMAGARD}": "unknown-ai",
    f"01{GAMMAGARD}10LE#2{GS}17271231": "bad-character",
    "01A0309442700029": "bad-character",
    f"(01){GAMMAGARD}(10)LE#2": "bad-character",
    "]E0ABC": "bad-character",
    f"10LE12{GS}10LE13{GS}01{GAMMAGARD}": "repeated",
    "LE12V217AB": "not-gs1",
    "]d1LE12V217AB": "not-gs1",
    "(17)271231(": "not-gs1",
    "(17)271231(10)A)(21)B": "not-gs1",
    "(310)0123456": "unknown-ai",
    "()LE12": "not-gs1",
    "": "empty",
    f"]d2{GS}": "empty",
    "11250101": "empty",
}
READ: Final = {**WITH_FNC1, **WITHOUT_FNC1, **IN_BRACKETS}


@pytest.mark.parametrize("text", READ)
def test_a_code_gives_its_fields(text: str) -> None:
    assert parse_scan(text, today=TODAY) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_code_that_cannot_be_read_names_the_cause(text: str) -> None:
    with pytest.raises(ScanRefused) as refused:
        parse_scan(text, today=TODAY)
    assert refused.value.cause == REFUSED[text]
    (fault,) = refused.value.faults
    assert (fault.field, fault.value) == ("text", text)
    assert fault.reason.startswith(f"{REFUSED[text]}: ")


def test_there_are_forty_strings_and_more() -> None:
    assert len(READ) >= 30
    assert len(REFUSED) >= 30


def test_the_same_field_twice_is_read_once() -> None:
    text = f"10LE12{GS}10LE12{GS}17271231"
    assert parse_scan(text, today=TODAY) == Scan(lot="LE12", expires_on=DEC_2027)


def test_the_reason_says_what_is_wrong() -> None:
    with pytest.raises(ScanRefused, match=f"the last digit of {GAMMAGARD[:-1]}8 is not 9"):
        parse_scan(f"01{GAMMAGARD[:-1]}8", today=TODAY)


# GS1 General Specifications, section 7.12: 49 years back to 50 years ahead.
@pytest.mark.parametrize(
    ("today", "text", "year"),
    [
        (date(2026, 1, 1), "17760101", 2076),
        (date(2026, 1, 1), "17770101", 1977),
        (date(2060, 1, 1), "17100101", 2110),
        (date(2060, 1, 1), "17110101", 2011),
    ],
)
def test_the_century_is_the_nearest(today: date, text: str, year: int) -> None:
    day = parse_scan(text, today=today).expires_on
    assert day is not None
    assert day.year == year


_VALUES: Final = st.text("ABCDEFGHJKLMNPRSTUVWXYZabc0123456789-./_", min_size=1, max_size=20)


@given(
    payload=st.text("0123456789", min_size=13, max_size=13),
    lot=_VALUES,
    serial=_VALUES,
    day=st.dates(date(2000, 1, 1), date(2070, 12, 31)),
    order=st.permutations(["01", "10", "17", "21"]),
    how=st.sampled_from(["gs", "brackets"]),
)
def test_with_fnc1_or_brackets_every_order_gives_the_same(
    payload: str, lot: str, serial: str, day: date, order: list[str], how: str
) -> None:
    values = {
        "01": f"{payload}{check_digit(payload)}",
        "10": lot,
        "17": f"{day:%y%m%d}",
        "21": serial,
    }
    if how == "brackets":
        text = "".join(f"({ai}){values[ai]}" for ai in order)
    else:
        text = GS.join(f"{ai}{values[ai]}" for ai in order)
    assert parse_scan(text, today=TODAY) == Scan(values["01"], lot, day, serial)


@given(lot=_VALUES, serial=_VALUES.filter(lambda text: len(text) >= 4))
def test_a_serial_never_ends_up_in_a_lot(lot: str, serial: str) -> None:
    text = f"01{GAMMAGARD}1727123110{lot}21{serial}"  # a scanner that drops FNC1
    with pytest.raises(ScanRefused):
        parse_scan(text, today=TODAY)


@given(st.text(max_size=60) | st.text(f"0127()]d{GS}AB", max_size=40))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    read = None
    with contextlib.suppress(ScanRefused):
        read = parse_scan(text, today=TODAY)
    assert read != Scan()
