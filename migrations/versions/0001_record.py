"""The record: clinics, patients, plans, infusions, reports, findings, and every old version.

Revision: 0001_record, the first
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0001_record"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def kept() -> tuple[sa.Column[Any], ...]:
    """Columns of every row that is never overwritten or deleted."""
    return (
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


def of_patient() -> tuple[sa.Column[Any], ...]:
    """Columns of every row about one patient."""
    return (
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed", JSON_VALUE),
        *kept(),
    )


def only_where(condition: str) -> dict[str, Any]:
    """Restrict an index to the rows that meet `condition`."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def create_clinics() -> None:
    op.create_table(
        "clinics",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("settings", JSON_VALUE, nullable=False),
        *kept(),
        sa.PrimaryKeyConstraint("id", name="pk_clinics"),
        sa.UniqueConstraint("name", name="uq_clinics_name"),
    )


def create_record_versions() -> None:
    op.create_table(
        "record_versions",
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Uuid()),
        sa.Column("patient_id", sa.Uuid()),
        sa.Column("content", JSON_VALUE, nullable=False),
        sa.Column("valid_from", INSTANT, nullable=False),
        sa.Column("valid_until", INSTANT, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_because", sa.String()),
        sa.PrimaryKeyConstraint("table_name", "row_id", "version", name="pk_record_versions"),
    )


def create_patients() -> None:
    op.create_table(
        "patients",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("identifiers", JSON_VALUE, nullable=False),
        sa.Column("family_name", sa.String()),
        sa.Column("given_name", sa.String()),
        sa.Column("birth_date", sa.Date()),
        sa.Column("sex", sa.String()),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("previous_time_zones", JSON_VALUE, nullable=False),
        sa.Column("diagnosis", sa.String(), nullable=False),
        sa.Column("diagnosed_on", sa.Date()),
        sa.Column("dominant_hand", sa.String()),
        sa.Column("anti_gm1", sa.String()),
        sa.Column("conduction_block", sa.String()),
        sa.Column("followed", JSON_VALUE, nullable=False),
        sa.Column("confirmed", JSON_VALUE),
        *kept(),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_patients_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_patients"),
        sa.UniqueConstraint("clinic_id", "id", name="uq_patients_clinic_id_id"),
    )
    op.create_index(
        "uq_patients_live",
        "patients",
        ["clinic_id", "external_id"],
        unique=True,
        **only_where("voided_at IS NULL"),
    )


def create_products() -> None:
    op.create_table(
        "products",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("concentration_mg_per_ml", sa.Double()),
        sa.Column("facts", JSON_VALUE, nullable=False),
        *kept(),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_products_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("clinic_id", "key", name="uq_products_clinic_id_key"),
    )


def create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("measure", sa.String()),
        sa.Column("sites", JSON_VALUE, nullable=False),
        sa.Column("first_detected_at", INSTANT, nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("evidence", JSON_VALUE, nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("method_version", sa.String(), nullable=False),
        sa.Column("parameters", JSON_VALUE, nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("close_reason", sa.String()),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_findings_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_findings_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
    )
    op.create_index(
        "uq_findings_open",
        "findings",
        ["patient_id", "kind"],
        unique=True,
        **only_where("status <> 'closed' AND voided_at IS NULL"),
    )


def create_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_holds_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_holds_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
    )
    op.create_index(
        "uq_holds_live",
        "holds",
        ["patient_id", "from_date"],
        unique=True,
        **only_where("voided_at IS NULL"),
    )


def create_infusions() -> None:
    op.create_table(
        "infusions",
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("product", sa.String()),
        sa.Column("dose_g", sa.Double()),
        sa.Column("weight_kg", sa.Double()),
        sa.Column("lot_numbers", JSON_VALUE, nullable=False),
        sa.Column("note", sa.String()),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_infusions_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "product"],
            ["products.clinic_id", "products.key"],
            name="fk_infusions_clinic_id_product",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_infusions_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_infusions"),
    )
    op.create_index("ix_infusions_patient_started", "infusions", ["patient_id", "started_at"])


def create_patient_analyses() -> None:
    op.create_table(
        "patient_analyses",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("change_number", sa.BigInteger(), nullable=False),
        sa.Column("analysed_number", sa.BigInteger()),
        sa.Column("analysed_at", INSTANT),
        sa.Column("look_again_at", INSTANT),
        sa.Column("method", sa.String()),
        sa.Column("fingerprint", sa.String()),
        sa.Column("results", JSON_VALUE),
        sa.Column("failure", sa.String()),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_patient_analyses_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinics.id"], name="fk_patient_analyses_clinic_id"
        ),
        sa.PrimaryKeyConstraint("patient_id", name="pk_patient_analyses"),
    )
    op.create_index("ix_patient_analyses_look_again_at", "patient_analyses", ["look_again_at"])
    op.create_index(
        "ix_patient_analyses_stale",
        "patient_analyses",
        ["patient_id"],
        **only_where("analysed_number IS NULL OR analysed_number < change_number"),
    )


def create_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=False),
        sa.Column("course_days", sa.Integer(), nullable=False),
        sa.Column("dose_g_per_kg", sa.Double()),
        sa.Column("dose_g", sa.Double()),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("prescriber", sa.String()),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_plans_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "product"],
            ["products.clinic_id", "products.key"],
            name="fk_plans_clinic_id_product",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_plans_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_index(
        "uq_plans_live",
        "plans",
        ["patient_id", "effective_date"],
        unique=True,
        **only_where("voided_at IS NULL"),
    )


def create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("observed_at", INSTANT, nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("context", JSON_VALUE, nullable=False),
        sa.Column("note", sa.String()),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_reports_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_reports_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    op.create_index("ix_reports_patient_observed", "reports", ["patient_id", "observed_at"])


def create_therapies() -> None:
    op.create_table(
        "therapies",
        sa.Column("therapy", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date()),
        sa.Column("note", sa.String()),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_therapies_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_therapies_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_therapies"),
    )
    op.create_index(
        "uq_therapies_live",
        "therapies",
        ["patient_id", "therapy", "from_date"],
        unique=True,
        **only_where("voided_at IS NULL"),
    )


def create_weights() -> None:
    op.create_table(
        "weights",
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("weight_kg", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_weights_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_weights_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_weights"),
    )
    op.create_index(
        "uq_weights_live",
        "weights",
        ["patient_id", "measured_at", "kind"],
        unique=True,
        **only_where("voided_at IS NULL"),
    )


def create_report_values() -> None:
    op.create_table(
        "report_values",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("observed_at", INSTANT, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("device", sa.String()),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("scale_version", sa.String(), nullable=False),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_report_values_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_report_values_clinic_id"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_report_values_report_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report_values"),
    )
    op.create_index(
        "ix_report_values_series",
        "report_values",
        ["patient_id", "measure", "site", "observed_at", "value"],
    )
    op.create_index(
        "uq_report_values_live",
        "report_values",
        ["report_id", "measure", "site"],
        unique=True,
        **only_where("voided_at IS NULL"),
    )


def upgrade() -> None:
    """Make every table, then guard those that are kept."""
    create_clinics()
    create_record_versions()
    create_patients()
    create_products()
    create_findings()
    create_holds()
    create_infusions()
    create_patient_analyses()
    create_plans()
    create_reports()
    create_therapies()
    create_weights()
    create_report_values()
    guards.protect(
        "clinics",
        "record_versions",
        "patients",
        "products",
        "findings",
        "holds",
        "infusions",
        "plans",
        "reports",
        "therapies",
        "weights",
        "report_values",
    )
