"""What is signed never changes: signatures of years ago have to be verified with today's program.

The signatures were made by another program from bytes that were written by hand after
docs/audit.md: ``openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f`` (OpenSSL 3.0.19),
with 32 digits for an id and 64 for a hash::

    ["entry","00…01",2,"2026-06-01 12:00:00.000001",null,"nurse","session 1","read",
     "read_patient","00…02","00…01","00…0300…04","{\\"a\\":1,\\"é\\":null}",7,"abab…"]
    ["head","00…01",2,"cdcd…",7]
    ["checkpoint",3,"2026-06-01 12:00:00.000000","{\\"00…01\\":[2,\\"cdcd…\\"]}",7,"0000…"]
"""

from __future__ import annotations

import uuid
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.audit.acts import Act
from app.kit.audit.chain import (
    START,
    Entry,
    checkpoint_hash,
    detail_text,
    entry_hash,
    entry_of,
    head_mac,
    heads_text,
    instant_text,
    packed,
    unpacked,
)

KEY = bytes(range(32))
EAST = timezone(timedelta(hours=2))
PATIENT, CLINIC = uuid.UUID(int=1), uuid.UUID(int=2)
MOMENT = datetime(2026, 6, 1, 12, 0, 0, 1, tzinfo=UTC)
ACT = Act(
    at=MOMENT,
    actor_id=None,
    actor="nurse",
    via="session 1",
    action="read",
    operation="read_patient",
    clinic_id=CLINIC,
    patient_id=PATIENT,
    ids=(uuid.UUID(int=3), uuid.UUID(int=4)),
    detail={"é": None, "a": 1},
)
ENTRY = entry_of(ACT, 2, b"\xab" * 32, key_id=7)


def test_an_entry_is_signed_as_another_program_signs_it() -> None:
    assert (
        entry_hash(KEY, ENTRY).hex()
        == "cb21e47d221a2ea6512ddcf682696203247cde567945c4405a2dfd0eb8eac8e2"
    )


def test_a_head_is_signed_as_another_program_signs_it() -> None:
    assert (
        head_mac(KEY, PATIENT, number=2, last_hash=b"\xcd" * 32, key_id=7).hex()
        == "5ef7dbafb0a59c73c9b4ae7728e3a63b9f16698803f063e57cc929d43ddfe864"
    )


def test_a_checkpoint_is_signed_as_another_program_signs_it() -> None:
    signed = checkpoint_hash(
        KEY,
        3,
        "2026-06-01 12:00:00.000000",
        heads=heads_text({PATIENT: (2, b"\xcd" * 32)}),
        key_id=7,
        previous_hash=START,
    )
    assert signed.hex() == "531e81ebaa8da5b64aa8b1d1b056e94d9b2fc6c611f179ccdb71531a461a1a9a"


OTHERS: dict[str, Any] = {
    "chain": CLINIC,
    "number": 3,
    "at": "2026-06-01 12:00:00.000002",
    "actor_id": PATIENT,
    "actor": "physician",
    "via": "session 2",
    "action": "write",
    "operation": "read_patients",
    "clinic_id": None,
    "patient_id": None,
    "ids": None,
    "detail": "{}",
    "key_id": 8,
    "previous_hash": START,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Entry)])
def test_every_field_is_signed(name: str) -> None:
    changed = replace(ENTRY, **{name: OTHERS[name]})
    assert entry_hash(KEY, changed) != entry_hash(KEY, ENTRY)


def test_what_moves_from_one_field_to_the_next_is_another_entry() -> None:
    moved = replace(ENTRY, actor="nursesession ", via="1")
    assert entry_hash(KEY, moved) != entry_hash(KEY, ENTRY)


def test_another_key_signs_otherwise() -> None:
    assert entry_hash(KEY[::-1], ENTRY) != entry_hash(KEY, ENTRY)


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        (datetime(2026, 6, 1, 12, tzinfo=UTC), "2026-06-01 12:00:00.000000"),
        (
            datetime(2026, 6, 1, 14, tzinfo=timezone(timedelta(hours=2))),
            "2026-06-01 12:00:00.000000",
        ),
        (datetime(1, 1, 1, 0, 0, 0, 7, tzinfo=UTC), "0001-01-01 00:00:00.000007"),
    ],
)
def test_an_instant_is_written_in_utc_with_microseconds(instant: datetime, written: str) -> None:
    assert instant_text(instant) == written


def test_a_moment_without_a_zone_is_none() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        instant_text(datetime(2026, 6, 1, 12))  # noqa: DTZ001 - refused for that


@pytest.mark.parametrize("value", [0.5, ["a"], {"a": 1}, b"a", MOMENT, PATIENT])
def test_a_detail_is_a_text_a_whole_number_a_truth_or_nothing(value: Any) -> None:
    with pytest.raises(TypeError, match="texts and whole numbers"):
        detail_text({"what": value})


@given(st.lists(st.uuids(), max_size=20))
def test_packed_ids_come_back(ids: list[uuid.UUID]) -> None:
    assert unpacked(packed(ids)) == ids
