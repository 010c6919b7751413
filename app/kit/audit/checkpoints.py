"""Checkpoints: now and then the ends of all chains that moved are signed together.

Whoever cuts off the end of a chain and puts back the head that it had before, which is correctly
signed, contradicts the checkpoint that saw the longer chain. Each checkpoint leaves an entry in the
installation's chain as well, and the next one signs that entry: whoever takes checkpoints away
contradicts the chain, and whoever takes back the chain contradicts the checkpoints.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson
from sqlalchemy import Connection, exists, func, insert, select, text, update
from sqlalchemy.orm import Session

from app.db import Database
from app.kit.audit.acts import ANNOUNCING, CHECKPOINTS, INSTALLATION, Act
from app.kit.audit.chain import START, checkpoint_hash, head_mac, heads_text, instant_text
from app.kit.audit.statements import statements_of
from app.kit.audit.tables import AuditCheckpointRow, AuditHeadRow
from app.kit.audit.writing import append, signing_key

MOST_CHAINS: Final = 5_000
"""Chains in one checkpoint; where more moved, further checkpoints follow at once."""

_ONE_AT_A_TIME: Final = int.from_bytes(b"ivig-chk", "big", signed=True)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One that was made: how many chains moved, and the signature over them and all before."""

    number: int
    chains: int
    hash: bytes


class Checkpointer:
    """Makes a checkpoint whenever the last one is old enough and something moved since."""

    def __init__(self, database: Database, *, every: timedelta) -> None:
        self._database = database
        self._every = every
        self._not_before: datetime | None = None

    def work(self, now: datetime) -> int:
        """Make what is due; return how many checkpoints were made."""
        if self._not_before is not None and now < self._not_before:
            return 0
        with self._database.reading() as session:
            last = session.scalar(select(func.max(AuditCheckpointRow.at)))
        if last is not None and now < last + self._every:
            self._not_before = last + self._every
            return 0
        made = sum(1 for _ in make_checkpoints(self._database, now=now))
        self._not_before = now + self._every
        return made


def make_checkpoints(
    database: Database, *, now: datetime, actor: str = "worker", via: str = "worker"
) -> Iterator[Checkpoint]:
    """Sign the ends of all chains that moved; yield each checkpoint once it is durable.

    A chain that somebody appends to at this moment is left for the next time. Only what
    concerns no clinic, in the installation's chain, waits until a checkpoint is stored.
    """
    while True:
        with database.writing() as session:
            made = _make(session, now, actor=actor, via=via)
            if made is None:
                session.rollback()  # Not even an empty head of a chain is left.
        if made is None:
            return
        yield made
        if made.chains < MOST_CHAINS:
            return


def newest_checkpoint(database: Database) -> Checkpoint | None:
    """Return the newest checkpoint; None where there is none."""
    newest = select(AuditCheckpointRow).order_by(AuditCheckpointRow.number.desc()).limit(1)
    with database.reading() as session:
        row = session.scalars(newest).one_or_none()
    return None if row is None else Checkpoint(row.number, len(orjson.loads(row.heads)), row.hash)


def _make(session: Session, now: datetime, *, actor: str, via: str) -> Checkpoint | None:
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        taken = text("SELECT pg_try_advisory_xact_lock(:key)")
        if not connection.scalar(taken, {"key": _ONE_AT_A_TIME}):
            return None  # Another process is at it.
    if not connection.scalar(select(exists().where(*_MOVED))):
        return None
    # The first in the order of ids, which is the order in which everybody locks heads.
    told, last_told = statements_of(connection).lock_one(connection, INSTALLATION)
    moved = _moved(connection)
    if not moved:
        return None
    if told:
        moved[INSTALLATION] = (told, last_told)
    made = _chain_to_the_last(connection, moved, now)
    append(session, [_announcement(made, now, actor=actor, via=via)])
    # The next checkpoint signs this entry in any case, and nothing else has moved by it.
    own = AuditHeadRow.chain == INSTALLATION
    connection.execute(
        update(AuditHeadRow).where(own).values(checkpointed_number=AuditHeadRow.number)
    )
    return made


def _announcement(made: Checkpoint, now: datetime, *, actor: str, via: str) -> Act:
    action, operation = ANNOUNCING
    return Act(
        at=now,
        actor_id=None,
        actor=actor,
        via=via,
        action=action,
        operation=operation,
        clinic_id=None,
        patient_id=None,
        detail={"number": made.number, "hash": made.hash.hex()},
    )


def _chain_to_the_last(
    connection: Connection, moved: dict[uuid.UUID, tuple[int, bytes]], now: datetime
) -> Checkpoint:
    last = connection.execute(
        select(AuditHeadRow.number, AuditHeadRow.hash)
        .where(AuditHeadRow.chain == CHECKPOINTS)
        .with_for_update()
    ).one_or_none()
    number, previous = (0, START) if last is None else (last.number, last.hash)
    made = _store(connection, moved, number=number + 1, previous_hash=previous, now=now)
    if last is None:
        connection.execute(insert(AuditHeadRow), _head_of(connection, made))
    else:
        own = AuditHeadRow.chain == CHECKPOINTS
        connection.execute(update(AuditHeadRow).where(own).values(_head_of(connection, made)))
    return made


_MOVED: Final = (
    AuditHeadRow.number > AuditHeadRow.checkpointed_number,
    AuditHeadRow.chain != CHECKPOINTS,
)


def _moved(connection: Connection) -> dict[uuid.UUID, tuple[int, bytes]]:
    """Lock and return the heads of chains that moved since their last checkpoint."""
    statement = (
        select(AuditHeadRow.chain, AuditHeadRow.number, AuditHeadRow.hash)
        .where(*_MOVED)
        .order_by(AuditHeadRow.chain)
        .limit(MOST_CHAINS)
        .with_for_update(skip_locked=True)
    )
    return {chain: (number, last) for chain, number, last in connection.execute(statement)}


def _store(
    connection: Connection,
    moved: dict[uuid.UUID, tuple[int, bytes]],
    *,
    number: int,
    previous_hash: bytes,
    now: datetime,
) -> Checkpoint:
    key_id, key = signing_key(connection)
    heads = heads_text(moved)
    signature = checkpoint_hash(
        key,
        number,
        instant_text(now),
        heads=heads,
        key_id=key_id,
        previous_hash=previous_hash,
    )
    connection.execute(
        insert(AuditCheckpointRow),
        {
            "number": number,
            "at": now,
            "heads": heads,
            "key_id": key_id,
            "previous_hash": previous_hash,
            "hash": signature,
        },
    )
    connection.execute(
        update(AuditHeadRow)
        .where(AuditHeadRow.chain.in_(list(moved)))
        .values(checkpointed_number=AuditHeadRow.number)
    )
    return Checkpoint(number, len(moved), signature)


def _head_of(connection: Connection, made: Checkpoint) -> dict[str, object]:
    key_id, key = signing_key(connection)
    return {
        "chain": CHECKPOINTS,
        "number": made.number,
        "hash": made.hash,
        "key_id": key_id,
        "mac": head_mac(key, CHECKPOINTS, number=made.number, last_hash=made.hash, key_id=key_id),
        "checkpointed_number": made.number,
    }
