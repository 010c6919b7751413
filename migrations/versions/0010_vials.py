"""Vials, and the lots that infusions name.

Revision: 0010_vials, after 0009_schedule
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.lots.rules import lot_key
from migrations import guards

revision = "0010_vials"
down_revision = "0009_schedule"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
INFUSIONS = sa.table(
    "infusions",
    sa.column("id", sa.Uuid()),
    sa.column("clinic_id", sa.Uuid()),
    sa.column("lot_numbers", JSON_VALUE),
    sa.column("voided_at", INSTANT),
)
LOT_USES = sa.table(
    "lot_uses",
    sa.column("infusion_id", sa.Uuid()),
    sa.column("lot_key", sa.String()),
    sa.column("clinic_id", sa.Uuid()),
)
AT_ONCE = 1000


def of_patient() -> tuple[sa.Column[Any], ...]:
    """Columns of every kept row about a patient."""
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


def create_vials() -> None:
    op.create_table(
        "vials",
        sa.Column("infusion_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("nominal_g", sa.Double(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("lot_key", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date()),
        sa.Column("serial", sa.String()),
        sa.Column("gtin", sa.String()),
        sa.Column("scanned_text", sa.String()),
        sa.Column("started_at", INSTANT),
        sa.Column("concentration_mg_per_ml", sa.Double(), nullable=False),
        sa.Column("used_ml", sa.Double(), nullable=False),
        sa.Column("wasted_ml", sa.Double(), nullable=False),
        sa.Column("used_g", sa.Double(), nullable=False),
        sa.Column("wasted_g", sa.Double(), nullable=False),
        sa.Column("waste_reason", sa.String()),
        sa.Column("looks_right", sa.Boolean()),
        sa.Column("expired_reason", sa.String()),
        sa.Column("recalled_reason", sa.String()),
        *of_patient(),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_vials_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "product"],
            ["products.clinic_id", "products.key"],
            name="fk_vials_clinic_id_product",
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_vials_clinic_id"),
        sa.ForeignKeyConstraint(["infusion_id"], ["infusions.id"], name="fk_vials_infusion_id"),
        sa.PrimaryKeyConstraint("id", name="pk_vials"),
    )
    op.create_index("ix_vials_infusion_lot", "vials", ["infusion_id", "lot_key"])
    op.create_index("ix_vials_patient_id", "vials", ["patient_id"])
    only = sa.text("voided_at IS NULL AND serial IS NOT NULL")
    op.create_index(
        "uq_vials_serial",
        "vials",
        ["clinic_id", "serial", "gtin"],
        unique=True,
        sqlite_where=only,
        postgresql_where=only,
    )
    without_gtin = sa.text("voided_at IS NULL AND serial IS NOT NULL AND gtin IS NULL")
    op.create_index(
        "uq_vials_serial_of_product",
        "vials",
        ["clinic_id", "serial", "product"],
        unique=True,
        sqlite_where=without_gtin,
        postgresql_where=without_gtin,
    )


def create_lot_uses() -> None:
    op.create_table(
        "lot_uses",
        sa.Column("infusion_id", sa.Uuid(), nullable=False),
        sa.Column("lot_key", sa.String(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["infusion_id"], ["infusions.id"], name="fk_lot_uses_infusion_id"),
        sa.PrimaryKeyConstraint("infusion_id", "lot_key", name="pk_lot_uses"),
    )
    op.create_index("ix_lot_uses_lot", "lot_uses", ["clinic_id", "lot_key"])


def name_lots() -> None:
    """Name the lots of every infusion that was entered before."""
    connection = op.get_bind()
    live = sa.select(INFUSIONS).where(INFUSIONS.c.voided_at.is_(None))
    for infusions in connection.execute(live).partitions(AT_ONCE):
        uses = [
            {"infusion_id": infusion.id, "lot_key": key, "clinic_id": infusion.clinic_id}
            for infusion in infusions
            for key in dict.fromkeys(lot_key(lot) for lot in infusion.lot_numbers)
        ]
        if uses:
            connection.execute(LOT_USES.insert(), uses)


def upgrade() -> None:
    """Make the tables, put the guards on them, and name what was given already."""
    create_vials()
    create_lot_uses()
    name_lots()
    guards.protect("vials")
