"""The audit trail and its guards.

Revision: 0005_audit, after 0004_care_team
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "0005_audit"
down_revision = "0004_care_team"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def create_entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.Uuid()),
        sa.Column("patient_id", sa.Uuid()),
        sa.Column("ids", sa.LargeBinary()),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
        sa.UniqueConstraint("chain", "number", name="uq_audit_entries_chain_number"),
    )
    for name, column, condition in (
        ("lists", "at", "action IN ('search', 'export')"),
        ("administrative", "number", "patient_id IS NULL AND action NOT IN ('read', 'search')"),
    ):
        op.create_index(
            f"ix_audit_entries_{name}",
            "audit_entries",
            ["chain", column],
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def create_heads() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("checkpointed_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name="pk_audit_heads"),
    )


def create_checkpoints() -> None:
    op.create_table(
        "audit_checkpoints",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("heads", sa.String(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_checkpoints"),
    )


def upgrade() -> None:
    """Make the tables, and let nobody change what is in them."""
    create_entries()
    create_heads()
    create_checkpoints()
    guards.protect_trail("audit_entries", keys=("id", "chain, number"))
    guards.protect_trail("audit_checkpoints", keys=("number",))
    guards.protect_heads("audit_heads")
