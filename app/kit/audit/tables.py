"""Tables of the audit trail: entries, the head of each chain, and checkpoints over all."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import Base

LISTS = text("action IN ('search', 'export')")
"""Entries that name every patient who was shown."""

ADMINISTRATIVE = text("patient_id IS NULL AND action NOT IN ('read', 'search')")
"""Entries of what was done, but not to the record of one patient."""


class AuditEntryRow(Base):
    """One act at its place in its chain. It is never changed and never deleted.

    `detail` is the JSON text that was signed; `ids` are UUIDs side by side, 16 bytes each.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("chain", "number"),
        Index(
            "ix_audit_entries_lists",
            "chain",
            "at",
            sqlite_where=LISTS,
            postgresql_where=LISTS,
        ),
        Index(
            "ix_audit_entries_administrative",
            "chain",
            "number",
            sqlite_where=ADMINISTRATIVE,
            postgresql_where=ADMINISTRATIVE,
        ),
    )

    id: Mapped[int] = mapped_column(
        # SQLite numbers the rows by itself only where the key is called INTEGER.
        BigInteger().with_variant(Integer(), "sqlite"),
        primary_key=True,
        autoincrement=True,
    )
    chain: Mapped[uuid.UUID] = mapped_column()
    number: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column()
    actor_id: Mapped[uuid.UUID | None] = mapped_column()
    actor: Mapped[str] = mapped_column()
    via: Mapped[str] = mapped_column()
    action: Mapped[str] = mapped_column()
    operation: Mapped[str] = mapped_column()
    clinic_id: Mapped[uuid.UUID | None] = mapped_column()
    patient_id: Mapped[uuid.UUID | None] = mapped_column()
    ids: Mapped[bytes | None] = mapped_column()
    detail: Mapped[str] = mapped_column()
    key_id: Mapped[int] = mapped_column()
    previous_hash: Mapped[bytes] = mapped_column()
    hash: Mapped[bytes] = mapped_column()


class AuditHeadRow(Base):
    """The last entry of a chain; whoever appends locks it first. It never goes back."""

    __tablename__ = "audit_heads"

    chain: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column()
    key_id: Mapped[int] = mapped_column()
    mac: Mapped[bytes] = mapped_column()
    checkpointed_number: Mapped[int] = mapped_column(BigInteger)


class AuditCheckpointRow(Base):
    """The heads of the chains that moved since the checkpoint before. It is never changed."""

    __tablename__ = "audit_checkpoints"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column()
    heads: Mapped[str] = mapped_column()
    key_id: Mapped[int] = mapped_column()
    previous_hash: Mapped[bytes] = mapped_column()
    hash: Mapped[bytes] = mapped_column()
