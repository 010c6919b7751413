"""Accounts, what people sign in with, and who is signed in.

Revision: 0003_accounts, after 0002_settings_and_reviews
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "0003_accounts"
down_revision = "0002_settings_and_reviews"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("clinic_id", sa.Uuid()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("login_index", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
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
        sa.CheckConstraint(
            "clinic_id IS NOT NULL OR role = 'administrator'", name="ck_accounts_clinic"
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name="fk_accounts_clinic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("login_index", name="uq_accounts_login_index"),
    )
    op.create_index("ix_accounts_clinic_id", "accounts", ["clinic_id"])


def create_of_account(table: str, *columns: Any, key: str = "id") -> None:
    """Create a table of ordinary rows, each of one account."""
    own_id = [sa.Column("id", sa.Uuid(), nullable=False)] if key == "id" else []
    op.create_table(
        table,
        *own_id,
        sa.Column("account_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{table}_account_id"),
        sa.PrimaryKeyConstraint(key, name=f"pk_{table}"),
    )
    if key == "id":
        op.create_index(f"ix_{table}_account_id", table, ["account_id"])


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def create_credentials() -> None:
    create_of_account(
        "account_passwords",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        key="account_id",
    )
    create_of_account(
        "account_totp",
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        key="account_id",
    )
    create_of_account(
        "account_passkeys",
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", JSON_VALUE, nullable=False),
        sa.Column("is_backed_up", sa.Boolean(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
        unique("account_passkeys", "credential_id"),
    )
    create_of_account(
        "account_recovery_codes",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        unique("account_recovery_codes", "code_hash"),
    )
    create_of_account(
        "account_identities",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
        unique("account_identities", "issuer", "subject"),
    )


def create_signed_in() -> None:
    create_of_account(
        "account_sessions",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("strength", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("signed_in_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        sa.Column("idle_until", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        unique("account_sessions", "secret_hash"),
    )
    op.create_index("ix_account_sessions_expires_at", "account_sessions", ["expires_at"])
    create_of_account(
        "account_tokens",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("scopes", JSON_VALUE, nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        unique("account_tokens", "secret_hash"),
    )
    create_of_account(
        "account_links",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        unique("account_links", "secret_hash"),
    )


def create_of_strangers() -> None:
    """Create what is written before anybody is signed in."""
    op.create_table(
        "account_challenges",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid()),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_account_challenges_account_id"
        ),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_account_challenges"),
    )
    op.create_index("ix_account_challenges_expires_at", "account_challenges", ["expires_at"])
    op.create_table(
        "account_attempts",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("locked_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_account_attempts"),
    )
    op.create_index("ix_account_attempts_last_at", "account_attempts", ["last_at"])


def upgrade() -> None:
    """Create the tables; only the account itself is a row that is never lost."""
    create_accounts()
    create_credentials()
    create_signed_in()
    create_of_strangers()
    guards.protect("accounts")
