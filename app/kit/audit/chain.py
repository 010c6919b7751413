"""What is signed of an entry, a head and a checkpoint: one form of bytes, and HMAC-SHA256 of it.

The bytes are a JSON array in UTF-8 without white space; its first element says what it is, so
that no signature of one kind passes for another. Instants are UTC to the microsecond, UUIDs and
binary values hexadecimal. The form is described in docs/audit.md and never changes: entries that
were signed with it have to be verified for ever. HMAC: RFC 2104; SHA-256: NIST FIPS 180-4.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson

from app.kit.audit.acts import Act, Scalar

START: Final = bytes(32)
"""Stands in the place of the hash before the first entry of a chain."""

_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One act at its place in its chain, as it is stored; `at` is a text of 26 characters."""

    chain: uuid.UUID
    number: int
    at: str
    actor_id: uuid.UUID | None
    actor: str
    via: str
    action: str
    operation: str
    clinic_id: uuid.UUID | None
    patient_id: uuid.UUID | None
    ids: bytes | None
    detail: str
    key_id: int
    previous_hash: bytes


def instant_text(instant: datetime) -> str:
    """Return an instant as the signature sees it: UTC, always with microseconds.

    Raises
    ------
    ValueError
        It has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    in_utc = instant.astimezone(UTC).replace(tzinfo=None)
    return in_utc.isoformat(sep=" ", timespec="microseconds")


def detail_text(detail: Mapping[str, Scalar]) -> str:
    """Return the detail as JSON with its keys in order.

    Raises
    ------
    TypeError
        A value is none of text, whole number, truth value and nothing.
    """
    for key, value in detail.items():
        if not (value is None or isinstance(value, str | int)):
            raise TypeError(f"{key} is {value!r}; an audit entry keeps texts and whole numbers")
    return orjson.dumps(dict(detail), option=orjson.OPT_SORT_KEYS).decode()


def packed(ids: Sequence[uuid.UUID]) -> bytes | None:
    """Return ids side by side, 16 bytes each; None where there are none."""
    return b"".join([one.bytes for one in ids]) or None


def unpacked(ids: bytes | None) -> list[uuid.UUID]:
    """Return the ids that stand side by side."""
    found = ids or b""
    return [
        uuid.UUID(bytes=found[start : start + _ID_BYTES])
        for start in range(0, len(found), _ID_BYTES)
    ]


def entry_of(act: Act, number: int, previous_hash: bytes, *, key_id: int) -> Entry:
    """Return the act at its place in its chain."""
    return Entry(
        act.chain,
        number,
        instant_text(act.at),
        act.actor_id,
        act.actor,
        act.via,
        act.action,
        act.operation,
        act.clinic_id,
        act.patient_id,
        packed(act.ids),
        detail_text(act.detail) if act.detail else "{}",
        key_id,
        previous_hash,
    )


def _hex(value: uuid.UUID | None) -> str | None:
    return None if value is None else value.hex


def entry_hash(key: bytes, entry: Entry) -> bytes:
    """Return the signature of an entry over all of its fields."""
    told = (
        "entry",
        entry.chain.hex,
        entry.number,
        entry.at,
        _hex(entry.actor_id),
        entry.actor,
        entry.via,
        entry.action,
        entry.operation,
        _hex(entry.clinic_id),
        _hex(entry.patient_id),
        None if entry.ids is None else entry.ids.hex(),
        entry.detail,
        entry.key_id,
        entry.previous_hash.hex(),
    )
    return hmac.digest(key, orjson.dumps(told), "sha256")


def head_mac(key: bytes, chain: uuid.UUID, *, number: int, last_hash: bytes, key_id: int) -> bytes:
    """Return the signature of a chain's head, so that its tail cannot be cut off unseen."""
    told = ("head", chain.hex, number, last_hash.hex(), key_id)
    return hmac.digest(key, orjson.dumps(told), "sha256")


def heads_text(heads: Mapping[uuid.UUID, tuple[int, bytes]]) -> str:
    """Return heads as a checkpoint keeps them: ``{"chain": [number, "hash"]}``, in order."""
    told = {chain.hex: (number, last.hex()) for chain, (number, last) in heads.items()}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


def checkpoint_hash(
    key: bytes, number: int, at: str, *, heads: str, key_id: int, previous_hash: bytes
) -> bytes:
    """Return the signature of a checkpoint; `at` is as `instant_text` gives it."""
    told = ("checkpoint", number, at, heads, key_id, previous_hash.hex())
    return hmac.digest(key, orjson.dumps(told), "sha256")
