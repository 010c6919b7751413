from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Severity
from app.kit.fields import Choice, PastDate, PastInstant, PlannedDate, TextField, latest_today

NOW = datetime(2026, 11, 20, 9, 59, tzinfo=UTC)
BIRTH = date(1970, 5, 4)
SEX = Choice("patients", "sex", ("female", "male"))
NAME = TextField("patients", "name", 5)
NOTE = TextField("patients", "note", 20, has_lines=True)
LOT = TextField("infusions", "lot", 20, is_key=True, without=";")
PAST = PastDate("patients", "diagnosed_on")
PLANNED = PlannedDate("plans", "effective_date")
INSTANT = PastInstant("reports", "reported_at")


@pytest.mark.parametrize("value", [None, "female", "male"])
def test_a_word_of_the_list_is_in_order(value: str | None) -> None:
    assert SEX.check(value) is None


@pytest.mark.parametrize("value", ["Female", "femal", "", " male"])
def test_another_word_is_refused(value: str) -> None:
    fault = SEX.check(value)
    assert fault is not None
    assert fault.severity is Severity.IMPOSSIBLE


def test_another_word_is_refused_with_the_list_and_the_nearest() -> None:
    fault = SEX.check("femal")
    assert fault is not None
    assert fault.reason == '"femal" is not one of female, male; did you mean "female"?'


@pytest.mark.parametrize("value", [None, "Ana", "12345", "Ñandú"])
def test_a_text_in_order(value: str | None) -> None:
    assert NAME.check(value) is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "it is blank"),
        (" \t", "it is blank"),
        ("123456", '"123456" has 6 characters, at most 5'),
        ("a\x00b", '"a\\x00b" has the control character U+0000 at 2'),
        ("a\nb", '"a\\nb" has the control character U+000A at 2'),
        ("a\x85b", '"a\\x85b" has the control character U+0085 at 2'),
        ("a\ud800", '"a\\ud800" has the control character U+D800 at 2'),
        ("a\u2028b", '"a\\u2028b" has the control character U+2028 at 2'),
    ],
)
def test_a_text_out_of_order(value: str, reason: str) -> None:
    fault = NAME.check(value)
    assert fault is not None
    assert fault.reason == reason


@pytest.mark.parametrize("value", ["one\ntwo", "one\r\ntwo", "one\ttwo", " one "])
def test_a_note_may_have_lines_and_tabs(value: str) -> None:
    assert NOTE.check(value) is None


@pytest.mark.parametrize("value", ["one\x00", "\x0b1", "a\x1b[0m", "\udfff"])
def test_a_note_may_not_have_other_control_characters(value: str) -> None:
    assert NOTE.check(value) is not None


@pytest.mark.parametrize("value", [" A1", "A1 ", "A1;B2"])
def test_a_key_has_no_space_at_its_ends_and_no_separator(value: str) -> None:
    assert LOT.check(value) is not None


def test_a_key_may_have_a_space_inside() -> None:
    assert LOT.check("LE 12") is None


@given(st.text(max_size=20))
def test_every_accepted_note_can_be_stored(text: str) -> None:
    if NOTE.check(text) is None:
        assert "\x00" not in text
        assert text.encode("utf-8").decode("utf-8") == text


def test_the_documented_text_rules_name_every_part() -> None:
    assert LOT.rows()[0].impossible == (
        "blank, longer than 20 characters, a control character, a space at its start or end,"
        " a `;` in it"
    )
    assert "other than a tab or a line break" in NOTE.rows()[0].impossible


def test_the_latest_date_on_earth_is_that_of_kiritimati() -> None:
    assert latest_today(NOW) == date(2026, 11, 20)
    assert latest_today(NOW + timedelta(minutes=1)) == date(2026, 11, 21)
    assert latest_today(NOW.astimezone(timezone(timedelta(hours=-11)))) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("day", "reasons"),
    [
        (None, []),
        (date(2026, 11, 20), []),
        (date(2026, 11, 21), ["2026-11-21 is in the future"]),
        (BIRTH, []),
        (date(1970, 5, 3), ["1970-05-03 is before birth on 1970-05-04"]),
        (date(1899, 12, 31), ["1899-12-31 is before 1900-01-01"]),
        (date(1, 1, 1), ["0001-01-01 is before 1900-01-01"]),
        (date(9999, 12, 31), ["9999-12-31 is in the future"]),
    ],
)
def test_the_bounds_of_a_past_date(day: date | None, reasons: list[str]) -> None:
    assert [fault.reason for fault in PAST.check(day, now=NOW, birth_date=BIRTH)] == reasons


def test_without_a_birth_date_only_1900_bounds_a_past_date() -> None:
    assert PAST.check(date(1900, 1, 1), now=NOW) == []


def test_a_birth_date_has_no_rule_about_birth() -> None:
    names = [row.id for row in PastDate("patients", "birth_date", is_after_birth=False).rows()]
    assert names == ["patients.birth_date.future", "patients.birth_date.too-early"]


@pytest.mark.parametrize(
    ("days_ahead", "severities"),
    [
        (366, []),
        (367, [Severity.UNUSUAL]),
        (3653, [Severity.UNUSUAL]),
        (3654, [Severity.IMPOSSIBLE]),
    ],
)
def test_the_bounds_of_a_planned_date(days_ahead: int, severities: list[Severity]) -> None:
    day = latest_today(NOW) + timedelta(days=days_ahead)
    faults = PLANNED.check(day, now=NOW, birth_date=BIRTH)
    assert [fault.severity for fault in faults] == severities


@pytest.mark.parametrize("day", [date(1970, 5, 3), date(1899, 12, 31)])
def test_a_planned_date_is_not_before_birth(day: date) -> None:
    assert len(PLANNED.check(day, now=NOW, birth_date=BIRTH)) == 1


def test_no_planned_date_has_no_fault() -> None:
    assert PLANNED.check(None, now=NOW, birth_date=BIRTH) == []


def test_no_instant_has_no_fault() -> None:
    assert INSTANT.check(None, now=NOW, birth_date=BIRTH) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1970-05-04T00:00:00+09:00", []),
        ("1970-05-03T23:59:59+09:00", ["before birth on 1970-05-04"]),
        ("1899-12-31T23:59:59+00:00", ["before 1900-01-01"]),
        ("2026-11-20T10:09:00+00:00", []),
        ("2026-11-20T10:09:01+00:00", ["in the future"]),
        ("2026-11-20T20:09:00+10:00", []),
        ("9999-12-31T23:59:59-12:00", ["in the future"]),
    ],
)
def test_the_bounds_of_an_instant(text: str, names: list[str]) -> None:
    instant = datetime.fromisoformat(text)
    faults = INSTANT.check(instant, now=NOW, birth_date=BIRTH)
    assert [fault.reason.split(" is ", 1)[1] for fault in faults] == names
    assert all(fault.value == instant for fault in faults)
