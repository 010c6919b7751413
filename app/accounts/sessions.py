"""Sessions of people who are signed in: made, used, listed, ended.

The browser holds a random secret in a cookie, the database its hash. Everything about a session
is decided by its row, so ending the row ends the session at once, on every process.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.accounts.rules import FRESH, Lifetimes, Role, Strength
from app.accounts.secret import digest, new_secret
from app.accounts.tables import AccountRow, SessionRow, TokenRow
from app.errors import Forbidden, NotFound, NotSignedIn
from app.kit.access import Principal
from app.said import say


class Way(StrEnum):
    """How somebody signed in."""

    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105 - the name of a way, no password
    RECOVERY = "recovery"
    LINK = "link"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Beginning:
    """When and on which device a session begins, and how long sessions last here."""

    now: datetime
    device: str
    lifetimes: Lifetimes


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that begins; the secret goes into the cookie and is known to nobody else."""

    secret: str
    row: SessionRow


def create_session(
    session: Session,
    account: AccountRow,
    beginning: Beginning,
    *,
    way: Way,
    strength: Strength = Strength.FULL,
) -> NewSession:
    """Begin a session of an account.

    Sessions that ended long ago are removed at the same time: the audit trail keeps what they
    did. There is no limit on how many an account may have at once (ASVS 5.0, 7.1.2): people use
    a phone, a tablet and the computer of the ward, see all of them, and can end each.
    """
    now = beginning.now
    session.execute(delete(SessionRow).where(SessionRow.expires_at < now))
    lasts = beginning.lifetimes.of(Role(account.role), strength)
    secret = new_secret()
    row = SessionRow(
        id=uuid.uuid4(),
        secret_hash=digest(secret),
        account_id=account.id,
        strength=strength.value,
        way=way.value,
        device=beginning.device,
        signed_in_at=now,
        last_seen_at=now,
        idle_seconds=int(lasts.idle.total_seconds()),
        idle_until=now + lasts.idle,
        expires_at=now + lasts.absolute,
    )
    session.add(row)
    session.flush()
    return NewSession(secret, row)


def replace_session(
    session: Session, row: SessionRow, *, now: datetime, lifetimes: Lifetimes
) -> NewSession:
    """End a session that was good for enrolling only, and begin a full one in its place."""
    account = session.get_one(AccountRow, row.account_id)
    row.revoked_at = now
    beginning = Beginning(now, row.device, lifetimes)
    return create_session(session, account, beginning, way=Way(row.way))


def live_sessions(session: Session, account_id: uuid.UUID, now: datetime) -> Sequence[SessionRow]:
    """Return the sessions of an account that are good for something, newest first."""
    statement = (
        select(SessionRow)
        .where(
            SessionRow.account_id == account_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > now,
            SessionRow.idle_until > now,
        )
        .order_by(SessionRow.signed_in_at.desc(), SessionRow.id)
    )
    return session.scalars(statement).all()


def end_session(
    session: Session, session_id: uuid.UUID, *, account_id: uuid.UUID, now: datetime
) -> SessionRow:
    """End one session of an account.

    Raises
    ------
    NotFound
        The account has no such session.
    """
    row = session.get(SessionRow, session_id)
    if row is None or row.account_id != account_id:
        raise NotFound("Session", session_id)
    if row.revoked_at is None:
        row.revoked_at = now
    return row


def end_by_secret(session: Session, secret: str | None, *, now: datetime) -> None:
    """End the session whose cookie a browser still holds, before it gets another one."""
    if secret is not None:
        session.execute(
            update(SessionRow)
            .where(SessionRow.secret_hash == digest(secret), SessionRow.revoked_at.is_(None))
            .values(revoked_at=now)
        )


def end_all(
    session: Session, account_id: uuid.UUID, *, now: datetime, but: uuid.UUID | None = None
) -> None:
    """End every session and token of an account, except the session that asks for it."""
    for table in (SessionRow, TokenRow):
        live = update(table).where(table.account_id == account_id, table.revoked_at.is_(None))
        statement = live if but is None else live.where(table.id != but)
        session.execute(statement.values(revoked_at=now))


def own_account(session: Session, principal: Principal) -> AccountRow:
    """Return the account of whoever asks.

    Raises
    ------
    NotSignedIn
        It is not there.
    """
    account = session.get(AccountRow, principal.account_id)
    if account is None:
        raise NotSignedIn
    return account


def require_fresh(session: Session, principal: Principal, *, now: datetime) -> SessionRow:
    """Return the session of whoever asks, if the person showed recently that it is theirs.

    A session that is good for enrolling only is fresh as long as it lasts: its link is used up.

    Raises
    ------
    Forbidden
        "sign-in-again": the last sign-in is too long ago. Or a token asks.
    """
    row = session.get(SessionRow, principal.credential_id) if principal.via == "session" else None
    if row is None:
        raise Forbidden(say("A token cannot do this; sign in with a browser."))
    if row.strength == Strength.FULL and row.signed_in_at < now - FRESH:
        message = say(
            "Sign in again first: for this, at most %(most)s minutes ago.",
            most=FRESH.seconds // 60,
        )
        raise Forbidden(message, code="sign-in-again")
    return row
