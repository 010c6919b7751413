"""Who cares for whom, and what patients consented to.

Revision: 0004_care_team, after 0003_accounts
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0004_care_team"
down_revision = "0003_accounts"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def of_patient() -> tuple[sa.Column[Any], ...]:
    """Columns of every row about one patient."""
    return (
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
    )


def keys(table: str) -> tuple[sa.Constraint, ...]:
    """Keys of every table of rows about one patient."""
    return (
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=f"fk_{table}_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=f"fk_{table}_clinic_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def unique_while_live(table: str, *columns: str) -> None:
    """Allow one row that is not voided for each combination of `columns`."""
    op.create_index(
        f"uq_{table}_live",
        table,
        list(columns),
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )


def create_care_team() -> None:
    op.create_table(
        "care_team",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scope", JSON_VALUE),
        sa.Column("valid_from", INSTANT, nullable=False),
        sa.Column("valid_until", INSTANT),
        sa.Column("reason", sa.String()),
        sa.Column("seen_by", sa.String()),
        sa.Column("seen_at", INSTANT),
        *of_patient(),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_care_team_account_id"),
        *keys("care_team"),
    )
    unique_while_live("care_team", "patient_id", "account_id", "kind", "valid_from")
    op.create_index("ix_care_team_account_id_patient_id", "care_team", ["account_id", "patient_id"])
    unseen = sa.text("kind = 'emergency' AND seen_at IS NULL")
    op.create_index(
        "ix_care_team_unseen",
        "care_team",
        ["clinic_id"],
        sqlite_where=unseen,
        postgresql_where=unseen,
    )


def create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        *of_patient(),
        *keys("consents"),
    )
    unique_while_live("consents", "patient_id", "purpose", "from_date", "decision")


def upgrade() -> None:
    """Make both tables, guarded like every clinical table."""
    create_care_team()
    create_consents()
    guards.protect("care_team", "consents")
