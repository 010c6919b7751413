"""Help texts of a clinic and its telephone number, reviews of translations, parts of sentences.

Every analysis becomes stale, so that its findings get the parts of their sentences.

Revision: 0016_texts, after 0015_diary_and_alarms
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0016_texts"
down_revision = "0015_diary_and_alarms"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def kept(table: str) -> tuple[Any, ...]:
    """Columns and constraints of every row of a clinic that is never overwritten or deleted."""
    return (
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
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
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=f"fk_{table}_clinic_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def create_help_texts() -> None:
    op.create_table(
        "help_texts",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        *kept("help_texts"),
    )
    op.create_index(
        "uq_help_texts_live",
        "help_texts",
        ["clinic_id", "topic", "locale"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )


def create_text_reviews() -> None:
    op.create_table(
        "text_reviews",
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        *kept("text_reviews"),
    )
    op.create_index("ix_text_reviews_clinic_id_locale", "text_reviews", ["clinic_id", "locale"])


def upgrade() -> None:
    """Make the tables, add the columns, and put the guards on them."""
    create_help_texts()
    create_text_reviews()
    op.add_column("findings", sa.Column("wording", JSON_VALUE))
    op.add_column("clinics", sa.Column("phone", sa.String()))
    op.execute("UPDATE patient_analyses SET change_number = change_number + 1")
    guards.protect("help_texts", "text_reviews", "findings", "clinics")
