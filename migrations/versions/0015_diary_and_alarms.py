"""What a patient is asked, and what a patient calls wrong.

Revision: 0015_diary_and_alarms, after 0014_devices
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0015_diary_and_alarms"
down_revision = "0014_devices"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def of_patient(table: str) -> tuple[Any, ...]:
    """Columns and constraints of every row about a patient."""
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
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=f"fk_{table}_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=f"fk_{table}_clinic_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def create_diaries() -> None:
    op.create_table(
        "diaries",
        sa.Column("daily", JSON_VALUE, nullable=False),
        sa.Column("weekly", JSON_VALUE, nullable=False),
        sa.Column("weekly_on", sa.Integer(), nullable=False),
        sa.Column("sorting", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        *of_patient("diaries"),
    )
    only_live = sa.text("voided_at IS NULL")
    op.create_index(
        "uq_diaries_live",
        "diaries",
        ["patient_id"],
        unique=True,
        sqlite_where=only_live,
        postgresql_where=only_live,
    )


def create_alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("noticed_at", INSTANT, nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("signs", JSON_VALUE, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        *of_patient("alarms"),
    )
    op.create_index("ix_alarms_patient_id_noticed_at", "alarms", ["patient_id", "noticed_at"])


def upgrade() -> None:
    """Make the tables and put the guards on them."""
    create_diaries()
    create_alarms()
    for table in ("diaries", "alarms"):
        guards.protect(table)
