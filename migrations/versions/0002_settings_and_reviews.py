"""Settings as dated rows with their reason; what the team said of a finding.

What a clinic had set moves into `clinic_settings`, one row for each change that was ever made, so
that its history stays readable. Every analysis becomes stale: the method is a new one.

Revision: 0002_settings_and_reviews, after 0001_record
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0002_settings_and_reviews"
down_revision = "0001_record"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
NO_REASON = "no reason was stated when it was set"

CLINICS = sa.table(
    "clinics",
    sa.column("id", sa.Uuid()),
    sa.column("settings", JSON_VALUE),
    sa.column("version", sa.Integer()),
    sa.column("recorded_at", INSTANT),
    sa.column("recorded_by", sa.String()),
    sa.column("changed_at", INSTANT),
    sa.column("changed_by", sa.String()),
    sa.column("change_reason", sa.String()),
)
VERSIONS = sa.table(
    "record_versions",
    sa.column("table_name", sa.String()),
    sa.column("row_id", sa.Uuid()),
    sa.column("version", sa.Integer()),
    sa.column("content", JSON_VALUE),
    sa.column("valid_from", INSTANT),
    sa.column("made_by", sa.String()),
    sa.column("made_because", sa.String()),
)
SETTINGS = sa.table(
    "clinic_settings",
    sa.column("id", sa.Uuid()),
    sa.column("clinic_id", sa.Uuid()),
    sa.column("key", sa.String()),
    sa.column("value", sa.Double()),
    sa.column("source", sa.String()),
    sa.column("effective_date", sa.Date()),
    sa.column("version", sa.Integer()),
    sa.column("recorded_at", INSTANT),
    sa.column("recorded_by", sa.String()),
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


def setting() -> tuple[sa.Column[Any], ...]:
    """Columns of what was set."""
    return (
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed", JSON_VALUE),
        *kept(),
    )


def create_settings() -> None:
    op.create_table(
        "clinic_settings",
        *setting(),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_clinic_settings_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_clinic_settings"),
    )
    op.create_table(
        "patient_settings",
        *setting(),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name="fk_patient_settings_clinic_id_patient_id",
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinics.id"], name="fk_patient_settings_clinic_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_patient_settings"),
    )
    for table, owner in (("clinic_settings", "clinic_id"), ("patient_settings", "patient_id")):
        op.create_index(
            f"uq_{table}_live",
            table,
            [owner, "key", "effective_date"],
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        )


def move_settings() -> None:
    """Write what every clinic had set, one row for each key and day on which it was changed."""
    connection = op.get_bind()
    for clinic in connection.execute(sa.select(CLINICS)).all():
        rows: dict[tuple[str, date], dict[str, Any]] = {}
        before: dict[str, float] = {}
        for settings, since, who, why in changes_of(connection, clinic):
            for key in sorted(before.keys() | settings.keys()):
                if before.get(key) != settings.get(key):
                    # Of several changes on one day the last one counts.
                    rows[key, since.astimezone(UTC).date()] = {
                        "id": uuid.uuid4(),
                        "clinic_id": clinic.id,
                        "key": key,
                        "value": settings.get(key),
                        "source": why or NO_REASON,
                        "effective_date": since.astimezone(UTC).date(),
                        "version": 1,
                        "recorded_at": since,
                        "recorded_by": who,
                    }
            before = settings
        if rows:
            connection.execute(SETTINGS.insert(), list(rows.values()))


Changed = tuple[dict[str, float], datetime, str, str | None]


def changes_of(connection: sa.Connection, clinic: sa.Row[Any]) -> Iterator[Changed]:
    """Yield the settings of each version of the clinic, since when, by whom and why."""
    versions = connection.execute(
        sa.select(VERSIONS)
        .where(VERSIONS.c.table_name == "clinics", VERSIONS.c.row_id == clinic.id)
        .order_by(VERSIONS.c.version)
    )
    for version in versions:
        made = version.made_by, version.made_because
        yield version.content["settings"], aware(version.valid_from), *made
    since = clinic.changed_at or clinic.recorded_at
    who = clinic.changed_by or clinic.recorded_by
    yield clinic.settings, aware(since), who, clinic.change_reason


def aware(instant: datetime) -> datetime:
    """Return an instant as UTC; SQLite keeps no offset."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def add_reviews() -> None:
    for column in (
        sa.Column("review", sa.String()),
        sa.Column("reviewed_by", sa.String()),
        sa.Column("reviewed_at", INSTANT),
        sa.Column("review_reason", sa.String()),
        sa.Column("snoozed_until", sa.Date()),
    ):
        op.add_column("findings", column)


def upgrade() -> None:
    """Add, move, then drop: no table is copied, so every guard stays where it is."""
    create_settings()
    move_settings()
    op.drop_column("clinics", "settings")
    add_reviews()
    op.execute("UPDATE patient_analyses SET change_number = change_number + 1")
    guards.protect("clinics", "clinic_settings", "patient_settings", "findings")
