"""What tests of the audit trail share: acts, and the database with its guards taken away."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from app.db import Database
from app.kit.audit import CHECKPOINTS, Act, append
from app.kit.audit.checkpoints import Checkpoint, make_checkpoints
from app.kit.audit.tables import AuditEntryRow
from app.kit.audit.verifying import Verification

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
NURSE: Final = uuid.UUID(int=7)
CLINIC: Final = uuid.UUID(int=1 << 80)
PATIENTS: Final = tuple(uuid.UUID(int=(n + 1) << 100) for n in range(4))


def an_act(patient_id: uuid.UUID | None = PATIENTS[0], **fields: Any) -> Act:
    values: dict[str, Any] = {
        "at": NOW,
        "actor_id": NURSE,
        "actor": "nurse",
        "via": "session 1",
        "action": "read",
        "operation": "read_patient",
        "clinic_id": CLINIC,
        "patient_id": patient_id,
    }
    return Act(**{**values, **fields})


class Trail:
    """The audit trail of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def append(self, *acts: Act) -> None:
        with self.database.writing() as session:
            append(session, acts)

    def fill(self, *, each: int = 3) -> None:
        """Write some acts about every patient, the clinic and the installation."""
        for index in range(each):
            at = NOW + timedelta(minutes=index)
            acts = [an_act(patient, at=at, ids=(patient, NURSE)) for patient in PATIENTS]
            self.append(*acts, an_act(None, at=at, action="search", ids=PATIENTS))
            self.append(an_act(None, clinic_id=None, action="administer", detail={"n": index}))

    def checkpoint(self, now: datetime = NOW) -> list[Checkpoint]:
        return list(make_checkpoints(self.database, now=now))

    def frauds(self, now: datetime | None = None) -> list[str]:
        with self.database.snapshot() as session:
            verification = Verification(session, self.database.keys.get(), now=now)
            return [str(fraud) for fraud in verification.frauds()]

    def entries(self, chain: uuid.UUID | None = None) -> Sequence[Row[Any]]:
        statement = select(*AuditEntryRow.__table__.columns)
        if chain is not None:
            statement = statement.where(AuditEntryRow.chain == chain)
        with self.database.reading() as session:
            ordered = statement.order_by(AuditEntryRow.chain, AuditEntryRow.number)
            return session.execute(ordered).all()

    def unguard(self) -> None:
        """Take the guards away, as somebody with every right on the database could."""
        with self.database.writing() as session:
            for table in ("audit_entries", "audit_heads", "audit_checkpoints"):
                _unguard(session, table, self.database.is_sqlite)

    def run(self, statement: str, **values: Any) -> None:
        with self.database.writing() as session:
            session.execute(text(statement), values)


def _unguard(session: Session, table: str, is_sqlite: bool) -> None:
    if not is_sqlite:
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        session.execute(text(f"GRANT ALL ON {table} TO CURRENT_USER"))
        return
    found = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    for name in session.scalars(text(found), {"table": table}).all():
        session.execute(text(f"DROP TRIGGER {name}"))


def head_of(trail: Trail, chain: uuid.UUID) -> dict[str, Any]:
    """Return the head of a chain, to be put back."""
    statement = text("SELECT number, hash, key_id, mac FROM audit_heads WHERE chain = :chain")
    with trail.database.reading() as session:
        return dict(session.execute(statement, {"chain": of(trail, chain)}).one()._mapping)


def put_back(trail: Trail, chain: uuid.UUID, head: dict[str, Any]) -> None:
    """Cut off what came after a head, and put the head back, with its right signature."""
    if chain == CHECKPOINTS:
        trail.run("DELETE FROM audit_checkpoints WHERE number > :number", number=head["number"])
    trail.run(
        "DELETE FROM audit_entries WHERE chain = :chain AND number > :number",
        chain=of(trail, chain),
        number=head["number"],
    )
    trail.run(
        "UPDATE audit_heads SET number = :number, hash = :hash, key_id = :key_id, mac = :mac"
        " WHERE chain = :chain",
        chain=of(trail, chain),
        **head,
    )


def vanish(trail: Trail, *chains: uuid.UUID) -> None:
    """Remove chains with their heads."""
    for chain in chains:
        if chain == CHECKPOINTS:
            trail.run("DELETE FROM audit_checkpoints")
        for table in ("audit_entries", "audit_heads"):
            trail.run(f"DELETE FROM {table} WHERE chain = :chain", chain=of(trail, chain))


def of(trail: Trail, chain: uuid.UUID) -> str:
    """Return the chain as its column holds it."""
    return chain.hex if trail.database.is_sqlite else str(chain)


def copy(trail: Trail, chain: str, *, number: int, to: int, into: str | None = None) -> None:
    trail.run(
        "INSERT INTO audit_entries (chain, number, at, actor_id, actor, via, action, operation,"
        " clinic_id, patient_id, ids, detail, key_id, previous_hash, hash)"
        " SELECT :into, :to, at, actor_id, actor, via, action, operation, clinic_id, patient_id,"
        " ids, detail, key_id, previous_hash, hash FROM audit_entries"
        " WHERE chain = :chain AND number = :number"
        if trail.database.is_sqlite
        else "INSERT INTO audit_entries (chain, number, at, actor_id, actor, via, action,"
        " operation, clinic_id, patient_id, ids, detail, key_id, previous_hash, hash)"
        " SELECT CAST(:into AS uuid), :to, at, actor_id, actor, via, action, operation,"
        " clinic_id, patient_id, ids, detail, key_id, previous_hash, hash FROM audit_entries"
        " WHERE chain = :chain AND number = :number",
        chain=chain,
        number=number,
        to=to,
        into=into or chain,
    )
