"""Visits, the calls after them, and signatures of more than infusions.

A signature can be that of an infusion, a visit or a plan, and lists every row and version that it
covers. One from before this revision lists none: it covers its infusion alone.

Revision: 0012_visits, after 0011_monitoring_and_reactions
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0012_visits"
down_revision = "0011_monitoring_and_reactions"
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


def create_visits() -> None:
    op.create_table(
        "visits",
        sa.Column("infusion_id", sa.Uuid()),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("assignment_id", sa.Uuid()),
        sa.Column("nurse_id", sa.Uuid()),
        sa.Column("course_day", sa.Integer(), nullable=False),
        sa.Column("course_days", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Uuid()),
        sa.Column("plan_version", sa.Integer()),
        sa.Column("ordered_g", sa.Double()),
        sa.Column("arrived_at", INSTANT),
        sa.Column("left_at", INSTANT),
        sa.Column("outcome", sa.String()),
        sa.Column("outcome_reason", sa.String()),
        sa.Column("no_trough_reason", sa.String()),
        sa.Column("note", sa.String()),
        *of_patient("visits"),
        sa.ForeignKeyConstraint(["infusion_id"], ["infusions.id"], name="fk_visits_infusion_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_visits_plan_id"),
        sa.ForeignKeyConstraint(["nurse_id"], ["accounts.id"], name="fk_visits_nurse_id"),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["visit_assignments.id"], name="fk_visits_assignment_id"
        ),
    )
    only_live = sa.text("voided_at IS NULL")
    op.create_index(
        "uq_visits_live",
        "visits",
        ["infusion_id"],
        unique=True,
        sqlite_where=only_live,
        postgresql_where=only_live,
    )
    for owner in ("patient_id", "clinic_id"):
        op.create_index(f"ix_visits_{owner}_planned_on", "visits", [owner, "planned_on"])


def create_calls() -> None:
    op.create_table(
        "follow_up_calls",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("called_at", INSTANT, nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("symptoms", sa.String(), nullable=False),
        sa.Column("advice", sa.String()),
        sa.Column("note", sa.String()),
        *of_patient("follow_up_calls"),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_follow_up_calls_visit_id"),
    )
    op.create_index("ix_follow_up_calls_visit_id", "follow_up_calls", ["visit_id"])


def widen_signatures() -> None:
    """Let a signature be about something else than an infusion, and list what it covers."""
    with op.batch_alter_table("signatures") as signatures:
        signatures.alter_column("infusion_id", existing_type=sa.Uuid(), nullable=True)
        signatures.add_column(sa.Column("visit_id", sa.Uuid()))
        signatures.add_column(sa.Column("plan_id", sa.Uuid()))
        signatures.add_column(sa.Column("covers", JSON_VALUE))
        signatures.create_foreign_key("fk_signatures_plan_id", "plans", ["plan_id"], ["id"])
    for column in ("visit_id", "plan_id"):
        op.create_index(f"ix_signatures_{column}", "signatures", [column])


def upgrade() -> None:
    """Make the tables and put the guards on them."""
    create_visits()
    create_calls()
    widen_signatures()
    # The batch has made the table of signatures anew, without its triggers.
    guards.protect("visits", "follow_up_calls", "signatures")
