"""Schedule: what people decided about planned courses, and who visits when.

Plans say from where the next course counts, and how far vials may be from the order.

Revision: 0009_schedule, after 0008_products_and_recalls
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0009_schedule"
down_revision = "0008_products_and_recalls"
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


def create_exceptions() -> None:
    op.create_table(
        "course_exceptions",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("slot_date", sa.Date()),
        sa.Column("new_date", sa.Date()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        *of_patient(),
        *keys("course_exceptions"),
    )
    unique_while_live("course_exceptions", "patient_id", "slot_date")


def create_assignments() -> None:
    op.create_table(
        "visit_assignments",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("planned_at", INSTANT),
        sa.Column("note", sa.String()),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_visit_assignments_account_id"
        ),
        *keys("visit_assignments"),
    )
    unique_while_live("visit_assignments", "patient_id", "account_id", "on_date")
    op.create_index(
        "ix_visit_assignments_clinic_id_on_date", "visit_assignments", ["clinic_id", "on_date"]
    )


def widen_plans() -> None:
    # Added in place: a copied table would lose what refers to it, and its triggers.
    text = sa.Column("calendar", sa.String(), server_default="rolling", nullable=False)
    op.add_column("plans", text)
    number = sa.Column(
        "rounding_tolerance_percent", sa.Double(), server_default="5", nullable=False
    )
    op.add_column("plans", number)
    if op.get_context().dialect.name != "sqlite":
        for column in ("calendar", "rounding_tolerance_percent"):
            op.execute(f"ALTER TABLE plans ALTER COLUMN {column} DROP DEFAULT")


def upgrade() -> None:
    """Make the tables and put the guards on them."""
    create_exceptions()
    create_assignments()
    widen_plans()
    guards.protect("plans", "course_exceptions", "visit_assignments")
