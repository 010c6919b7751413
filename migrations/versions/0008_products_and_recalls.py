"""Recalled lots.

Products need no change here: what a clinic says of one is in its `facts`.

Revision: 0008_products_and_recalls, after 0007_signatures
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "0008_products_and_recalls"
down_revision = "0007_signatures"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def unique(name: str, *columns: str, where: str) -> None:
    """Allow one of the rows that `where` names for each combination of `columns`."""
    only = sa.text(where)
    op.create_index(
        name, "recalls", list(columns), unique=True, sqlite_where=only, postgresql_where=only
    )


def upgrade() -> None:
    """Make the table of recalls, guarded like every kept table."""
    op.create_table(
        "recalls",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String()),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("lot_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reference", sa.String()),
        sa.Column("reason", sa.String()),
        sa.Column("advice", sa.String()),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("changed_at", INSTANT),
        sa.Column("changed_by", sa.String()),
        sa.Column("change_reason", sa.String()),
        sa.Column("voided_at", INSTANT),
        sa.Column("voided_by", sa.String()),
        sa.Column("void_reason", sa.String()),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_recalls_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recalls"),
    )
    op.create_index("ix_recalls_clinic_id_lot_key", "recalls", ["clinic_id", "lot_key"])
    unique("uq_recalls_live", "clinic_id", "lot_key", "product", where="voided_at IS NULL")
    unique(
        "uq_recalls_live_of_every_product",
        *("clinic_id", "lot_key"),
        where="voided_at IS NULL AND product IS NULL",
    )
    guards.protect("recalls")
