"""Appending to the audit trail, in the transaction of the act itself.

Whoever appends locks the heads of the chains first, always in the order of their ids, and always
as the last thing of a transaction: so no two transactions wait for each other in a circle. An act
whose entry cannot be written fails as a whole.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.kit.audit.acts import Act
from app.kit.audit.chain import Entry, entry_hash, entry_of, head_mac
from app.kit.audit.statements import Statements, statements_of
from app.kit.sealing import keys_of

_MOST_AT_ONCE: Final = 500
"""Heads that are locked, and entries that are sent, with one statement."""


class Head(NamedTuple):
    """The last entry of a chain; number 0 stands before the first one."""

    number: int
    hash: bytes


class Signing(NamedTuple):
    """The key that signs what is new."""

    key_id: int
    key: bytes


def signing_key(connection: Connection) -> Signing:
    """Return the newest audit key of the database that the connection leads to."""
    return Signing(*keys_of(connection.dialect).get().newest_audit_key())


def append(session: Session, acts: Sequence[Act]) -> None:
    """Write acts at the ends of their chains; the caller commits.

    To be called once in a transaction, as its last work: what the session holds is written
    first. Acts of one chain keep their order.

    Raises
    ------
    TypeError, ValueError
        An act has a moment without a zone, or a detail that is no text, number or truth value.
    """
    if not acts:
        return
    session.flush()
    connection = session.connection()
    write = statements_of(connection)
    signing = signing_key(connection)
    if len(acts) == 1:
        _append_one(connection, write, acts[0], signing)
        return
    in_order = sorted(acts, key=attrgetter("chain.int"))
    for start in range(0, len(in_order), _MOST_AT_ONCE):
        _append_many(connection, write, in_order[start : start + _MOST_AT_ONCE], signing)


def _append_one(connection: Connection, write: Statements, act: Act, signing: Signing) -> None:
    chain = act.chain
    head = Head(*write.lock_one(connection, chain))
    entry = entry_of(act, head.number + 1, head.hash, key_id=signing.key_id)
    signature = entry_hash(signing.key, entry)
    mac = _mac(chain, entry.number, signature, signing)
    write.store_one(connection, entry, signature, mac=mac)


def _append_many(
    connection: Connection, write: Statements, acts: Sequence[Act], signing: Signing
) -> None:
    chains = list(dict.fromkeys(act.chain for act in acts))
    heads: dict[uuid.UUID, Head] = {
        chain: Head(number, last) for chain, number, last in write.lock_many(connection, chains)
    }
    entries: list[tuple[Entry, bytes]] = []
    for act in acts:
        head = heads[act.chain]
        entry = entry_of(act, head.number + 1, head.hash, key_id=signing.key_id)
        signature = entry_hash(signing.key, entry)
        entries.append((entry, signature))
        heads[act.chain] = Head(entry.number, signature)
    moved = [
        (chain, number, last, _mac(chain, number, last, signing))
        for chain, (number, last) in heads.items()
    ]
    write.store_many(connection, entries, moved, key_id=signing.key_id)


def _mac(chain: uuid.UUID, number: int, last_hash: bytes, signing: Signing) -> bytes:
    key_id, key = signing
    return head_mac(key, chain, number=number, last_hash=last_hash, key_id=key_id)
