"""What a browser was asked and must answer soon, once."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.rules import CHALLENGE_LASTS
from app.accounts.secret import digest, new_secret
from app.accounts.tables import ChallengeRow
from app.errors import Conflict
from app.said import say


class Kind(StrEnum):
    """What a challenge is for; one for something else is none."""

    PASSKEY_SIGN_IN = "passkey-sign-in"
    PASSKEY = "passkey"
    TOTP = "totp"
    OIDC = "oidc"


def ask(
    session: Session,
    kind: Kind,
    content: str,
    *,
    now: datetime,
    account_id: uuid.UUID | None = None,
) -> str:
    """Keep what was asked, and return the secret under which the answer names it."""
    session.execute(delete(ChallengeRow).where(ChallengeRow.expires_at < now))
    secret = new_secret()
    session.add(
        ChallengeRow(
            secret_hash=digest(secret),
            kind=kind.value,
            account_id=account_id,
            content=content,
            expires_at=now + CHALLENGE_LASTS,
        )
    )
    session.flush()
    return secret


def take(
    session: Session,
    kind: Kind,
    secret: str,
    *,
    now: datetime,
    account_id: uuid.UUID | None = None,
) -> str | None:
    """Return what was asked, and forget it: nothing is answered twice.

    None where it is unknown, too old, answered already, or was asked of somebody else. The caller
    commits before it looks at the answer, so that a wrong answer uses the challenge up too.
    """
    row = session.execute(
        delete(ChallengeRow)
        .where(
            ChallengeRow.secret_hash == digest(secret),
            ChallengeRow.kind == kind.value,
            ChallengeRow.account_id.is_not_distinct_from(account_id),
            ChallengeRow.expires_at > now,
        )
        .returning(ChallengeRow.content)
    ).one_or_none()
    return None if row is None else str(row.content)


def peek(
    session: Session, kind: Kind, secret: str, *, account_id: uuid.UUID, now: datetime
) -> str | None:
    """Return what was asked of an account, which may answer again; None as for `take`."""
    row = session.get(ChallengeRow, digest(secret))
    if row is None or (row.kind, row.account_id) != (kind.value, account_id):
        return None
    return row.content if row.expires_at > now else None


def too_late() -> Conflict:
    """Return the error of somebody signed in whose answer comes too late."""
    return Conflict(say("This took too long, or was answered before. Begin again."))
