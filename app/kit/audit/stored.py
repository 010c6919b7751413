"""The audit trail as it is stored, read with distrust: a value of any kind may stand anywhere.

Rows come as the driver gives them, past the column types, which would stop at the first value
that somebody made unreadable. SQLite stores UUIDs as 32 characters, instants as 26.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select, text

from app.kit.audit.acts import ANNOUNCING, INSTALLATION
from app.kit.audit.chain import Entry, instant_text
from app.kit.audit.tables import AuditEntryRow

_ROWS_AT_ONCE: Final = 500
_STREAMED: Final[Mapping[str, Any]] = {"stream_results": True, "yield_per": _ROWS_AT_ONCE}

_ENTRIES: Final = """
    SELECT chain, number, at, actor_id, actor, via, action, operation, clinic_id, patient_id, ids,
      detail, key_id, previous_hash, hash
    FROM audit_entries ORDER BY chain, number"""
_HEADS: Final = "SELECT chain, number, hash, key_id, mac FROM audit_heads ORDER BY chain"
_CHECKPOINTS: Final = (
    "SELECT number, at, heads, key_id, previous_hash, hash FROM audit_checkpoints ORDER BY number"
)
# Plain words of SQL, because the trail knows no feature's tables.
_WITHOUT_CHAIN: Final = """
    SELECT id FROM patients WHERE recorded_at > {}
      AND NOT EXISTS (SELECT 1 FROM audit_entries WHERE chain = patients.id)
      AND NOT EXISTS (SELECT 1 FROM audit_heads WHERE chain = patients.id)
    ORDER BY id"""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry; `entry` is None where a value is of a kind that this program never writes."""

    chain: str
    number: Any
    entry: Entry | None
    hash: Any


@dataclass(frozen=True, slots=True)
class StoredHead:
    """The head of a chain."""

    chain: str
    number: Any
    hash: Any
    key_id: Any
    mac: Any


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint; `at` is as the signature sees it."""

    number: Any
    at: str
    heads: Any
    key_id: Any
    previous_hash: Any
    hash: Any


@dataclass(frozen=True, slots=True)
class Announcement:
    """What entry `entry` of the installation's chain says of a checkpoint; -1 if unreadable."""

    entry: Any
    number: int
    hash: str


def entries(connection: Connection) -> Iterator[StoredEntry]:
    """Yield every entry, in the order of chains and numbers."""
    for row in _stream(connection, _ENTRIES):
        chain, number, *_, signature = row
        yield StoredEntry(_id_text(chain), number, _entry(row), _bytes(signature))


def heads(connection: Connection) -> Iterator[StoredHead]:
    """Yield the head of every chain in the order of chains, that of the checkpoints last."""
    for chain, number, last, key_id, mac in _stream(connection, _HEADS):
        yield StoredHead(_id_text(chain), number, _bytes(last), key_id, _bytes(mac))


def checkpoints(connection: Connection) -> Iterator[StoredCheckpoint]:
    """Yield every checkpoint in order."""
    for number, at, told, key_id, previous, signature in _stream(connection, _CHECKPOINTS):
        yield StoredCheckpoint(
            number, _instant(at), told, key_id, _bytes(previous), _bytes(signature)
        )


def newest_checkpoint_at(connection: Connection) -> str | None:
    """Return when the newest checkpoint was made, as the signature sees instants."""
    found = connection.exec_driver_sql("SELECT max(at) FROM audit_checkpoints").scalar()
    return None if found is None else _instant(found)


def announcements(connection: Connection) -> Iterator[Announcement]:
    """Yield what the installation's chain says of checkpoints, in the order of its entries."""
    action, operation = ANNOUNCING
    statement = (
        select(AuditEntryRow.number, AuditEntryRow.detail)
        .where(
            AuditEntryRow.chain == INSTALLATION,
            AuditEntryRow.action == action,
            AuditEntryRow.operation == operation,
        )
        .order_by(AuditEntryRow.number)
    )
    for entry, detail in connection.execute(statement, execution_options=_STREAMED):
        try:
            told = orjson.loads(detail)
            yield Announcement(entry, int(told["number"]), str(told["hash"]))
        except (ValueError, TypeError, KeyError):
            yield Announcement(entry, -1, "")


def patients_without_chain(connection: Connection, since: str) -> Iterator[str]:
    """Yield the ids of patients whose record was made after an instant and who have no chain."""
    instant = ":since" if connection.dialect.name == "sqlite" else "CAST(:since AS timestamptz)"
    value = since if connection.dialect.name == "sqlite" else f"{since}+00"
    statement = text(_WITHOUT_CHAIN.format(instant))
    for (patient_id,) in connection.execute(statement, {"since": value}):
        yield _id_text(patient_id)


def _stream(connection: Connection, statement: str) -> Iterator[Any]:
    return iter(connection.exec_driver_sql(statement, execution_options=_STREAMED))


def _entry(row: Any) -> Entry | None:
    chain, number, at, actor_id, *words = row[:8]
    clinic_id, patient_id, ids, detail, key_id, previous, _ = row[8:]
    is_whole = (
        all(isinstance(word, str) for word in (*words, detail))
        and isinstance(number, int)
        and isinstance(key_id, int)
        and isinstance(previous, bytes)
        and isinstance(ids, bytes | None)
    )
    if not is_whole:
        return None
    actor, via, action, operation = words
    try:
        return Entry(
            chain=_id(chain),
            number=number,
            at=_instant(at),
            actor_id=None if actor_id is None else _id(actor_id),
            actor=actor,
            via=via,
            action=action,
            operation=operation,
            clinic_id=None if clinic_id is None else _id(clinic_id),
            patient_id=None if patient_id is None else _id(patient_id),
            ids=ids,
            detail=detail,
            key_id=key_id,
            previous_hash=previous,
        )
    except ValueError:
        return None


def _id(value: Any) -> uuid.UUID:
    """Return the id; another spelling of it is not what this program wrote."""
    if isinstance(value, uuid.UUID):
        return value
    parsed = uuid.UUID(str(value))
    if parsed.hex != value:
        raise ValueError(value)
    return parsed


def _id_text(value: Any) -> str:
    return value.hex if isinstance(value, uuid.UUID) else str(value)


def _instant(value: Any) -> str:
    return instant_text(value) if isinstance(value, datetime) else str(value)


def _bytes(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
