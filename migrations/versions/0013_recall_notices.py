"""Recall notices.

Revision: 0013_recall_notices, after 0012_visits
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0013_recall_notices"
down_revision = "0012_visits"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def upgrade() -> None:
    """Make the table and put the guards on it."""
    op.create_table(
        "recall_notices",
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("note", sa.String()),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed", JSON_VALUE),
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
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_recall_notices_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_recall_notices_clinic_id"),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name="fk_recall_notices_recall_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recall_notices"),
    )
    op.create_index("ix_recall_notices_recall_id", "recall_notices", ["recall_id"])
    guards.protect("recall_notices")
