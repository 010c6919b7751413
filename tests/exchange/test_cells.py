from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.cells import (
    CellError,
    csv_cell,
    former_zone_texts,
    json_text,
    number_text,
    plain_text,
    read_date,
    read_diagnosis,
    read_former_zones,
    read_id,
    read_identifiers,
    read_instant,
    read_number,
    read_whole,
    read_words,
    read_zone,
    require_decoded,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (31.3, "31.3"),
        (1.0, "1"),
        (0.05, "0.05"),
        (1e-05, "0.00001"),
        (1e22, "10000000000000000000000"),
        (-0.0, "0"),
        (28, "28"),
        (0.1 + 0.2, "0.30000000000000004"),
    ],
)
def test_numbers_have_the_shortest_decimals(number: float, text: str) -> None:
    assert number_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_read_as_itself(number: float) -> None:
    assert read_number(number_text(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_has_no_exponent(number: float) -> None:
    assert Decimal(number_text(number)) == Decimal(repr(number))
    assert "e" not in number_text(number).lower()


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("42 kg", "write 42"),
        ("42.5kg", "write 42.5"),
        ("7%", "write 7"),
        ("31,3", "write 31.3"),
        ("1e-05", "write 0.00001"),
        ("twelve", "is not a plain number"),
        ("7-8", "is not a plain number"),
        ("nan", "is not a plain number"),
        ("٣", "is not a plain number"),
        ("1" + "0" * 400, "is too large"),
    ],
)
def test_a_number_that_is_not_plain_is_refused(cell: str, advice: str) -> None:
    with pytest.raises(CellError, match=advice):
        read_number(cell)


@pytest.mark.parametrize("cell", ["7-8", "twelve", "31,3,1"])
def test_no_advice_where_the_meaning_is_open(cell: str) -> None:
    with pytest.raises(CellError) as caught:
        read_number(cell)
    assert "write" not in str(caught.value)


def test_a_whole_number_may_carry_a_point() -> None:
    assert read_whole("28.0") == 28


def test_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(CellError, match="not a whole number"):
        read_whole("28.5")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("04.03.2025", "write it as YYYY-MM-DD"),
        ("2025-3-4", "write it as YYYY-MM-DD"),
        ("2025-03-04T09:00:00+00:00", "write it as YYYY-MM-DD"),
        ("2025-02-29", "not a day of the calendar"),
        ("0000-01-01", "not a day of the calendar"),
    ],
)
def test_a_bad_date_is_refused(cell: str, reason: str) -> None:
    with pytest.raises(CellError, match=reason):
        read_date(cell)


def test_a_leap_day_is_a_date() -> None:
    assert read_date(" 2024-02-29 ") == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2025-03-04T09:00:00", "has no offset"),
        ("2025-03-04", "is not a time"),
        ("20250304T090000Z", "is not a time"),
        ("2025-W10-2T09:00:00Z", "is not a time"),
        ("2025-03-04T09:00:00 Europe/Oslo", "is not a time"),
        ("2025-03-04T25:00:00Z", "not a time of the calendar"),
        ("2025-03-04T09:00:00+25:00", "not a time of the calendar"),
        ("0001-01-01T00:00:00+14:00", "not a time of the calendar"),
        ("9999-12-31T23:00:00-14:00", "not a time of the calendar"),
    ],
)
def test_a_bad_time_is_refused(cell: str, reason: str) -> None:
    with pytest.raises(CellError, match=reason):
        read_instant(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-03-04T08:00:00Z",
        "2025-03-04T09:00+01:00",
        "2025-03-04 09:00:00+0100",
        "2025-03-04T09:00:00.000000+01:00",
        "2025-03-04T08:19:32+00:19:32",
    ],
)
def test_one_moment_may_be_written_in_many_ways(cell: str) -> None:
    assert read_instant(cell) == datetime(2025, 3, 4, 8, tzinfo=UTC)


@given(
    st.datetimes(
        min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
        max_value=datetime(2900, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        timezones=st.integers(-14 * 3600, 14 * 3600).map(
            lambda seconds: timezone(timedelta(seconds=seconds))
        ),
    )
)
def test_a_written_time_is_read_as_itself(moment: datetime) -> None:
    assert read_instant(plain_text(moment)) == moment


def test_an_id_is_read_in_any_case() -> None:
    identity = uuid.uuid4()
    assert read_id(str(identity).upper()) == identity


@pytest.mark.parametrize(
    "cell", ["7", "{0000}", f"urn:uuid:{uuid.UUID(int=7)}", uuid.UUID(int=7).hex]
)
def test_what_is_no_uuid_is_refused(cell: str) -> None:
    with pytest.raises(CellError, match="is not a UUID"):
        read_id(cell)


def test_spaces_and_empty_words_of_a_list_are_dropped() -> None:
    assert read_words(" cold ; ill;; ") == ("cold", "ill")


@pytest.mark.parametrize(("cell", "read"), [("g61.82", "MMN"), ("G62.9", "G62.9"), ("x", "x")])
def test_a_diagnosis_is_written_in_one_way(cell: str, read: str) -> None:
    assert read_diagnosis(cell) == read


def test_a_zone_is_a_key_of_the_database() -> None:
    assert read_zone("Europe/Oslo") == "Europe/Oslo"
    with pytest.raises(CellError, match='did you mean "Europe/Oslo"'):
        read_zone("Europe/Olso")


def test_former_zones_come_back_as_written() -> None:
    zones = [
        {"until": "2024-05-01T00:00:00+00:00", "time_zone": "Asia/Tokyo"},
        {"until": "2025-05-01T00:00:00+00:00", "time_zone": "UTC"},
    ]
    assert read_former_zones(plain_text(former_zone_texts(zones))) == zones


@pytest.mark.parametrize("cell", ["Asia/Tokyo", "Asia/Tokyo until May", "GMT+4 until 2025-01-01"])
def test_bad_former_zones_are_refused(cell: str) -> None:
    with pytest.raises(CellError):
        read_former_zones(cell)


@pytest.mark.parametrize("cell", ["{", "[]", '{"mrn": 7}', '"text"', "[" * 100_000])
def test_identifiers_are_a_json_object_of_texts(cell: str) -> None:
    with pytest.raises(CellError, match="is not a JSON object"):
        read_identifiers(cell)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(min_size=1), min_size=1))
def test_identifiers_come_back_as_written(identifiers: dict[str, str]) -> None:
    assert read_identifiers(plain_text(identifiers)) == identifiers


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        ("a,b", '"a,b"'),
        ('say "no"', '"say ""no"""'),
        ("two\nlines", '"two\nlines"'),
        ("old\rmac", '"old\rmac"'),
        ("=1+1", "=1+1"),
        ("007", "007"),
        (" space ", " space "),
    ],
)
def test_only_what_must_be_is_quoted(text: str, cell: str) -> None:
    assert csv_cell(text) == cell


def test_json_writes_numbers_as_csv_does() -> None:
    assert json_text({"b": [1.0, 1e-05], "a": None, "c": date(2025, 1, 1)}) == (
        '{"a": null, "b": [1, 0.00001], "c": "2025-01-01"}'
    )


def test_a_byte_that_is_not_utf_8_is_named() -> None:
    broken = b"caf\xe9".decode("utf-8", "surrogateescape")
    with pytest.raises(CellError, match="byte 0xE9 at character 4"):
        require_decoded(broken)


def test_other_letters_are_utf_8() -> None:
    require_decoded("Ångström 😀")
