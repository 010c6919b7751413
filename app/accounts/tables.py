"""Accounts, what people sign in with, and who is signed in.

Only the account itself is a kept row. Credentials and sessions are ordinary rows that come and
go; the audit trail says when and by whom.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import Base, KeptRow
from app.kit.sealing import BlindIndex, SealedText

LOGIN: Final = "accounts.login"
"""Where a login is sealed, and the context of its blind index."""


class AccountRow(KeptRow):
    """One person with one role in one clinic; without a clinic, an administrator of all.

    `login_index` finds the login without reading it; it is unique over all clinics, and stays
    taken when the account is disabled.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("clinic_id IS NOT NULL OR role = 'administrator'", name="clinic"),
    )

    clinic_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("clinics.id"), index=True)
    role: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column(SealedText("accounts.name"))
    login: Mapped[str] = mapped_column(SealedText(LOGIN))
    login_index: Mapped[str] = mapped_column(BlindIndex(), unique=True)
    status: Mapped[str] = mapped_column()


def _account(*, is_key: bool = False) -> Mapped[uuid.UUID]:
    return mapped_column(
        ForeignKey("accounts.id"), primary_key=is_key, index=None if is_key else True
    )


class PasswordRow(Base):
    """The hash of an account's password."""

    __tablename__ = "account_passwords"

    account_id: Mapped[uuid.UUID] = _account(is_key=True)
    hash: Mapped[str] = mapped_column()
    set_at: Mapped[datetime] = mapped_column()


class TotpRow(Base):
    """The shared secret of an authenticator app, and the last time step that was used of it."""

    __tablename__ = "account_totp"

    account_id: Mapped[uuid.UUID] = _account(is_key=True)
    secret: Mapped[str] = mapped_column(SealedText("account_totp.secret"))
    confirmed_at: Mapped[datetime] = mapped_column()
    last_step: Mapped[int] = mapped_column(BigInteger)


class PasskeyRow(Base):
    """A passkey: the public half of a key pair that an authenticator holds."""

    __tablename__ = "account_passkeys"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = _account()
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes] = mapped_column()
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column()
    is_backed_up: Mapped[bool] = mapped_column()
    label: Mapped[str] = mapped_column()
    created_at: Mapped[datetime] = mapped_column()
    last_used_at: Mapped[datetime | None] = mapped_column()


class RecoveryCodeRow(Base):
    """One code of the sheet that somebody keeps for the day on which the phone is lost."""

    __tablename__ = "account_recovery_codes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = _account()
    code_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column()
    used_at: Mapped[datetime | None] = mapped_column()


class IdentityRow(Base):
    """Who the account is to an OpenID Connect provider."""

    __tablename__ = "account_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = _account()
    issuer: Mapped[str] = mapped_column()
    subject: Mapped[str] = mapped_column()
    created_at: Mapped[datetime] = mapped_column()
    last_used_at: Mapped[datetime | None] = mapped_column()


class SessionRow(Base):
    """Somebody is signed in on one device; the cookie's secret is kept as its hash only.

    `idle_until` moves with use, `expires_at` never. `signed_in_at` says when the person last
    showed what they sign in with.
    """

    __tablename__ = "account_sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[uuid.UUID] = _account()
    strength: Mapped[str] = mapped_column()
    way: Mapped[str] = mapped_column()
    device: Mapped[str] = mapped_column()
    signed_in_at: Mapped[datetime] = mapped_column()
    last_seen_at: Mapped[datetime] = mapped_column()
    idle_seconds: Mapped[int] = mapped_column()
    idle_until: Mapped[datetime] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None] = mapped_column()


class TokenRow(Base):
    """A bearer token of a program; shown once, kept as its hash only."""

    __tablename__ = "account_tokens"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[uuid.UUID] = _account()
    scopes: Mapped[list[str]] = mapped_column()
    label: Mapped[str] = mapped_column()
    created_at: Mapped[datetime] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column()
    last_used_at: Mapped[datetime | None] = mapped_column()
    revoked_at: Mapped[datetime | None] = mapped_column()


class DeviceRow(Base):
    """A browser that keeps records for use without a network, and the key that they lie under.

    The id is made by the browser. `key` is gone once the device was revoked; the row stays, so
    that the device hears of it.
    """

    __tablename__ = "account_devices"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = _account()
    label: Mapped[str] = mapped_column()
    key: Mapped[str | None] = mapped_column(SealedText("account_devices.key"))
    created_at: Mapped[datetime] = mapped_column()
    last_seen_at: Mapped[datetime] = mapped_column()
    revoked_at: Mapped[datetime | None] = mapped_column()


class LinkRow(Base):
    """A link that signs in once: an invitation, a re-enrolment, the demo."""

    __tablename__ = "account_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[uuid.UUID] = _account()
    purpose: Mapped[str] = mapped_column()
    created_at: Mapped[datetime] = mapped_column()
    created_by: Mapped[str] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column()
    used_at: Mapped[datetime | None] = mapped_column()
    revoked_at: Mapped[datetime | None] = mapped_column()


class ChallengeRow(Base):
    """What a browser was asked and must answer soon, once: in the database for all processes.

    `content` is the challenge of a passkey, the secret of an authenticator app that is being set
    up, or the nonce and verifier of an OpenID Connect sign-in.
    """

    __tablename__ = "account_challenges"

    secret_hash: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column()
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"))
    content: Mapped[str] = mapped_column(SealedText("account_challenges.content"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AttemptRow(Base):
    """How many attempts failed in a row, of one login or from one address."""

    __tablename__ = "account_attempts"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column()
    last_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime] = mapped_column()


class PreferenceRow(Base):
    """What an account prefers: the language of the pages."""

    __tablename__ = "account_preferences"

    account_id: Mapped[uuid.UUID] = _account(is_key=True)
    locale: Mapped[str] = mapped_column()


CREDENTIAL_TABLES: tuple[type[Base], ...] = (
    PasswordRow,
    TotpRow,
    PasskeyRow,
    RecoveryCodeRow,
    IdentityRow,
    SessionRow,
    TokenRow,
    DeviceRow,
    LinkRow,
    ChallengeRow,
    AttemptRow,
    PreferenceRow,
)
"""Ordinary rows: changed and deleted as people come and go, and told of in the audit trail."""
