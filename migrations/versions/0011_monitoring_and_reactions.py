"""What happens beside an infusion, and reactions to it.

Revision: 0011_monitoring_and_reactions, after 0010_vials
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0011_monitoring_and_reactions"
down_revision = "0010_vials"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def create_events() -> None:
    op.create_table(
        "infusion_events",
        sa.Column("infusion_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
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
            name="fk_infusion_events_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_infusion_events_clinic_id"),
        sa.ForeignKeyConstraint(
            ["infusion_id"], ["infusions.id"], name="fk_infusion_events_infusion_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_infusion_events"),
    )
    live_rate = sa.text("voided_at IS NULL AND kind = 'rate'")
    for column in ("infusion_id", "patient_id"):
        op.create_index(f"ix_infusion_events_{column}_at", "infusion_events", [column, "at"])
    op.create_index(
        "uq_infusion_events_live_rate",
        "infusion_events",
        ["infusion_id", "at"],
        unique=True,
        sqlite_where=live_rate,
        postgresql_where=live_rate,
    )


def create_reactions() -> None:
    op.create_table(
        "reactions",
        sa.Column("infusion_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("description", sa.String()),
        sa.Column("onset_at", INSTANT, nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("actions", JSON_VALUE, nullable=False),
        sa.Column("medication", sa.String()),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("resolved_at", INSTANT),
        sa.Column("reported_to", sa.String()),
        sa.Column("physician_notified", sa.String()),
        sa.Column("physician_notified_at", INSTANT),
        sa.Column("rate_ml_per_h", sa.Double()),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("is_red_flag", sa.Boolean(), nullable=False),
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
            name="fk_reactions_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_reactions_clinic_id"),
        sa.ForeignKeyConstraint(["infusion_id"], ["infusions.id"], name="fk_reactions_infusion_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reactions"),
    )
    op.create_index("ix_reactions_infusion_id", "reactions", ["infusion_id"])
    op.create_index("ix_reactions_patient_id_onset_at", "reactions", ["patient_id", "onset_at"])


def upgrade() -> None:
    """Make the tables and put the guards on them."""
    create_events()
    create_reactions()
    guards.protect("infusion_events", "reactions")
