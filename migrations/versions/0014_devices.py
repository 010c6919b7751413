"""Devices that keep records, and what people prefer.

Revision: 0014_devices, after 0013_recall_notices
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_devices"
down_revision = "0013_recall_notices"
branch_labels = None
depends_on = None

DEVICE_INSTANT = sa.DateTime(timezone=True)


def create_devices() -> None:
    op.create_table(
        "account_devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("key", sa.String()),
        sa.Column("created_at", DEVICE_INSTANT, nullable=False),
        sa.Column("last_seen_at", DEVICE_INSTANT, nullable=False),
        sa.Column("revoked_at", DEVICE_INSTANT),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_account_devices_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_devices"),
    )
    op.create_index("ix_account_devices_account_id", "account_devices", ["account_id"])


def create_preferences() -> None:
    op.create_table(
        "account_preferences",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_account_preferences_account_id"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_preferences"),
    )


def upgrade() -> None:
    """Make the tables and put the guards on them."""
    create_devices()
    create_preferences()
