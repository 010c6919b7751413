"""Who asks: from a cookie's secret or a bearer token to the account behind it, in one query."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, select, update
from sqlalchemy.orm import Session

from app.accounts.rules import (
    OWN,
    TOUCHED_EVERY,
    Role,
    Status,
    Strength,
    permissions_of,
    recorded_name,
)
from app.accounts.secret import digest
from app.accounts.tables import AccountRow, SessionRow, TokenRow
from app.db import Database
from app.errors import NotSignedIn
from app.kit.access import Credentials, Principal

_ACCOUNT: Final = (
    AccountRow.id.label("account_id"),
    AccountRow.clinic_id,
    AccountRow.role,
    AccountRow.name,
)
_USABLE: Final = (AccountRow.status == Status.ACTIVE.value, AccountRow.voided_at.is_(None))
_HASH: Final[ColumnElement[str]] = bindparam("hash")
_NOW: Final[ColumnElement[datetime]] = bindparam("now", type_=SessionRow.expires_at.type)

_BY_SESSION: Final = (
    select(
        SessionRow.id,
        SessionRow.strength,
        SessionRow.last_seen_at.label("seen_at"),
        SessionRow.idle_seconds,
        *_ACCOUNT,
    )
    .join(AccountRow, AccountRow.id == SessionRow.account_id)
    .where(
        SessionRow.secret_hash == _HASH,
        SessionRow.revoked_at.is_(None),
        SessionRow.idle_until > _NOW,
        SessionRow.expires_at > _NOW,
        *_USABLE,
    )
)
_BY_TOKEN: Final = (
    select(TokenRow.id, TokenRow.scopes, TokenRow.last_used_at.label("seen_at"), *_ACCOUNT)
    .join(AccountRow, AccountRow.id == TokenRow.account_id)
    .where(
        TokenRow.secret_hash == _HASH,
        TokenRow.revoked_at.is_(None),
        TokenRow.expires_at > _NOW,
        *_USABLE,
    )
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, and whether it is time to note that the session or token was used."""

    principal: Principal
    touch_due: bool
    idle: timedelta | None


def sign_in_of(database: Database, credentials: Credentials, *, now: datetime) -> Principal:
    """Return who asks; that a session or token was used is noted once a minute at most.

    Raises
    ------
    NotSignedIn
        The credentials are missing, wrong, expired or withdrawn, or the account is disabled.
    """
    with database.reading() as session:
        found = find_signed_in(session, credentials, now=now)
    if found.touch_due:
        with database.writing() as session:
            touch(session, found, now=now)
    return found.principal


def authenticate(session: Session, credentials: Credentials, *, now: datetime) -> Principal:
    """Return who asks, without noting it.

    Raises
    ------
    NotSignedIn
        The credentials are missing, wrong, expired or withdrawn, or the account is disabled.
    """
    return find_signed_in(session, credentials, now=now).principal


def find_signed_in(session: Session, credentials: Credentials, *, now: datetime) -> SignedIn:
    """Return who asks, with one query.

    Raises
    ------
    NotSignedIn
        All reasons look the same.
    """
    if credentials.bearer is not None:
        found = _find(session, _BY_TOKEN, credentials.bearer, now)
        return SignedIn(_principal(found, "token", found.scopes), _is_due(found, now), None)
    if credentials.session is None:
        raise NotSignedIn
    found = _find(session, _BY_SESSION, credentials.session, now)
    limit = None if found.strength == Strength.FULL else OWN
    idle = timedelta(seconds=found.idle_seconds)
    return SignedIn(_principal(found, "session", limit), _is_due(found, now), idle)


def touch(session: Session, signed_in: SignedIn, *, now: datetime) -> None:
    """Note that a session or a token is in use, unless another request just did."""
    row_id, before = signed_in.principal.credential_id, now - TOUCHED_EVERY
    if signed_in.idle is not None:
        session.execute(
            update(SessionRow)
            .where(SessionRow.id == row_id, SessionRow.last_seen_at <= before)
            .values(last_seen_at=now, idle_until=now + signed_in.idle)
        )
        return
    session.execute(
        update(TokenRow)
        .where(
            TokenRow.id == row_id,
            TokenRow.last_used_at.is_(None) | (TokenRow.last_used_at <= before),
        )
        .values(last_used_at=now)
    )


def _find(session: Session, statement: Any, secret: str, now: datetime) -> Row[Any]:
    found = session.execute(statement, {"hash": digest(secret), "now": now}).one_or_none()
    if found is None:
        raise NotSignedIn
    return found


def _is_due(found: Row[Any], now: datetime) -> bool:
    return found.seen_at is None or found.seen_at <= now - TOUCHED_EVERY


def _principal(found: Row[Any], via: str, limit: Collection[str] | None) -> Principal:
    role = Role(found.role)
    account_id: uuid.UUID = found.account_id
    allowed = permissions_of(role, has_clinic=found.clinic_id is not None)
    return Principal(
        account_id=account_id,
        clinic_id=found.clinic_id,
        role=found.role,
        name=recorded_name(role, found.name),
        via=via,
        credential_id=found.id,
        permissions=allowed if limit is None else allowed.intersection(limit),
    )
