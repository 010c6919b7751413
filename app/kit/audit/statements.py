"""The few statements that append to the audit trail, as each database runs them fastest.

They are sent as they stand, past SQLAlchemy's compiler: an entry belongs to nearly every request.
On PostgreSQL one act costs two round trips, one to lock the head and read it, one to store the
entry and move the head.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final, Protocol

import orjson
from sqlalchemy import Connection

from app.kit.audit.chain import START, Entry

Found = tuple[int, bytes]
"""Number and hash of a chain's last entry."""

Moved = tuple[uuid.UUID, int, bytes, bytes]
"""A chain, the number and the hash of its new last entry, and the signature of both."""


class Statements(Protocol):
    """How one kind of database appends."""

    def lock_one(self, connection: Connection, chain: uuid.UUID) -> Found:
        """Lock a chain's head and return it; a new one has number 0."""

    def lock_many(
        self, connection: Connection, chains: Sequence[uuid.UUID]
    ) -> Sequence[tuple[uuid.UUID, int, bytes]]:
        """Lock the heads of chains, which are in the order of their ids, and return them."""

    def store_one(
        self, connection: Connection, entry: Entry, signature: bytes, *, mac: bytes
    ) -> None:
        """Store an entry and move the head of its chain, which is locked."""

    def store_many(
        self,
        connection: Connection,
        entries: Sequence[tuple[Entry, bytes]],
        moved: Sequence[Moved],
        *,
        key_id: int,
    ) -> None:
        """Store entries with their signatures, and move the heads, which are locked."""


def statements_of(connection: Connection) -> Statements:
    """Return the statements of the database that the connection leads to."""
    return _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL


class _Sqlite:
    """One writer at a time holds the whole file: nothing needs to be locked."""

    _find = "SELECT number, hash FROM audit_heads WHERE chain = ?"
    _find_many = """
        SELECT chain, number, hash FROM audit_heads
        WHERE chain IN (SELECT value FROM json_each(?))"""
    _begin = """
        INSERT INTO audit_heads (chain, number, hash, key_id, mac, checkpointed_number)
        VALUES (?, 0, x'', 0, x'', 0)"""
    _store = """
        INSERT INTO audit_entries (
          chain, number, at, actor_id, actor, via, action, operation, clinic_id, patient_id,
          ids, detail, key_id, previous_hash, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
    _move = "UPDATE audit_heads SET number = ?, hash = ?, key_id = ?, mac = ? WHERE chain = ?"

    def lock_one(self, connection: Connection, chain: uuid.UUID) -> Found:
        found = connection.exec_driver_sql(self._find, (chain.hex,)).one_or_none()
        if found is None:
            connection.exec_driver_sql(self._begin, (chain.hex,))
            return 0, START
        return found[0], found[1] if found[0] else START

    def lock_many(
        self, connection: Connection, chains: Sequence[uuid.UUID]
    ) -> Sequence[tuple[uuid.UUID, int, bytes]]:
        wanted = orjson.dumps([chain.hex for chain in chains]).decode()
        found = {row[0]: row for row in connection.exec_driver_sql(self._find_many, (wanted,))}
        new = [(chain.hex,) for chain in chains if chain.hex not in found]
        if new:
            connection.exec_driver_sql(self._begin, new)
        heads = ((chain, found.get(chain.hex, (None, 0, START))) for chain in chains)
        return [(chain, row[1], row[2] if row[1] else START) for chain, row in heads]

    def store_one(
        self, connection: Connection, entry: Entry, signature: bytes, *, mac: bytes
    ) -> None:
        connection.exec_driver_sql(self._store, _as_text(entry, signature))
        moved = (entry.number, signature, entry.key_id, mac, entry.chain.hex)
        connection.exec_driver_sql(self._move, moved)

    def store_many(
        self,
        connection: Connection,
        entries: Sequence[tuple[Entry, bytes]],
        moved: Sequence[Moved],
        *,
        key_id: int,
    ) -> None:
        connection.exec_driver_sql(self._store, [_as_text(*entry) for entry in entries])
        heads = [(number, last, key_id, mac, chain.hex) for chain, number, last, mac in moved]
        connection.exec_driver_sql(self._move, heads)


def _as_text(entry: Entry, signature: bytes) -> tuple[Any, ...]:
    """Return the values of an entry as SQLite holds them: UUIDs as 32 characters."""
    return (
        entry.chain.hex,
        entry.number,
        entry.at,
        None if entry.actor_id is None else entry.actor_id.hex,
        entry.actor,
        entry.via,
        entry.action,
        entry.operation,
        None if entry.clinic_id is None else entry.clinic_id.hex,
        None if entry.patient_id is None else entry.patient_id.hex,
        entry.ids,
        entry.detail,
        entry.key_id,
        entry.previous_hash,
        signature,
    )


class _Postgresql:
    _find = "SELECT number, hash FROM audit_heads WHERE chain = %s FOR UPDATE"
    # Locks every head in the order of the array, those that are there and those that are not.
    _find_many = """
        INSERT INTO audit_heads (chain, number, hash, key_id, mac, checkpointed_number)
        SELECT chain, 0, ''::bytea, 0, ''::bytea, 0 FROM unnest(%s::uuid[]) AS chain
        ON CONFLICT (chain) DO UPDATE SET number = audit_heads.number
        RETURNING chain, number, hash"""
    _store = """
        INSERT INTO audit_entries (
          chain, number, at, actor_id, actor, via, action, operation, clinic_id, patient_id,
          ids, detail, key_id, previous_hash, hash)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
    _move = """
        UPDATE audit_heads SET number = %s, hash = %s, key_id = %s, mac = %s WHERE chain = %s"""
    _store_and_move = f"WITH entry AS ({_store}) {_move}"

    def lock_one(self, connection: Connection, chain: uuid.UUID) -> Found:
        found = connection.exec_driver_sql(self._find, (chain,)).one_or_none()
        if found is None:
            (_, number, last), *_ = self.lock_many(connection, [chain])
            return number, last
        return found[0], found[1] if found[0] else START

    def lock_many(
        self, connection: Connection, chains: Sequence[uuid.UUID]
    ) -> Sequence[tuple[uuid.UUID, int, bytes]]:
        rows = connection.exec_driver_sql(self._find_many, (list(chains),))
        return [(chain, number, last if number else START) for chain, number, last in rows]

    def store_one(
        self, connection: Connection, entry: Entry, signature: bytes, *, mac: bytes
    ) -> None:
        moved = (entry.number, signature, entry.key_id, mac, entry.chain)
        connection.exec_driver_sql(self._store_and_move, (*_native(entry, signature), *moved))

    def store_many(
        self,
        connection: Connection,
        entries: Sequence[tuple[Entry, bytes]],
        moved: Sequence[Moved],
        *,
        key_id: int,
    ) -> None:
        connection.exec_driver_sql(self._store, [_native(*entry) for entry in entries])
        heads = [(number, last, key_id, mac, chain) for chain, number, last, mac in moved]
        connection.exec_driver_sql(self._move, heads)


def _native(entry: Entry, signature: bytes) -> tuple[Any, ...]:
    """Return the values of an entry as the driver of PostgreSQL takes them."""
    return (
        entry.chain,
        entry.number,
        f"{entry.at}+00",
        entry.actor_id,
        entry.actor,
        entry.via,
        entry.action,
        entry.operation,
        entry.clinic_id,
        entry.patient_id,
        entry.ids,
        entry.detail,
        entry.key_id,
        entry.previous_hash,
        signature,
    )


_SQLITE: Final[Statements] = _Sqlite()
_POSTGRESQL: Final[Statements] = _Postgresql()
