"""Bearer tokens: what a program shows instead of a person's session."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.rules import TokenDraft, check_token
from app.accounts.secret import digest, new_token
from app.accounts.tables import AccountRow, TokenRow
from app.errors import NotFound
from app.kit.limits import require_plausible


def create_token(
    session: Session,
    log: Log,
    account: AccountRow,
    *,
    draft: TokenDraft,
    own: frozenset[str],
) -> tuple[TokenRow, str]:
    """Make a token and return it with its secret, which is never shown again.

    `own` is what whoever asks may do: a token may do a part of it, never more. What the role
    loses later, the token loses too.

    Raises
    ------
    RuleViolation
        A scope is not one's own, or the token would last too long.
    """
    require_plausible(check_token(draft, own=own, now=log.now), confirmed=False)
    secret = new_token()
    row = TokenRow(
        id=uuid.uuid4(),
        secret_hash=digest(secret),
        account_id=account.id,
        scopes=sorted(set(draft.scopes)),
        label=draft.label,
        created_at=log.now,
        expires_at=draft.expires_at,
    )
    session.add(row)
    log.tell("administer", account, "token-made", token=str(row.id))
    return row, secret


def live_tokens(session: Session, account_id: uuid.UUID, now: datetime) -> Sequence[TokenRow]:
    """Return the tokens of an account that are good for something, newest first."""
    statement = (
        select(TokenRow)
        .where(
            TokenRow.account_id == account_id,
            TokenRow.revoked_at.is_(None),
            TokenRow.expires_at > now,
        )
        .order_by(TokenRow.created_at.desc(), TokenRow.id)
    )
    return session.scalars(statement).all()


def end_token(session: Session, log: Log, account: AccountRow, *, token_id: uuid.UUID) -> None:
    """End a token of an account.

    Raises
    ------
    NotFound
        The account has no such token.
    """
    row = session.get(TokenRow, token_id)
    if row is None or row.account_id != account.id:
        raise NotFound("Token", token_id)
    if row.revoked_at is None:
        row.revoked_at = log.now
        log.tell("administer", account, "token-ended", token=str(row.id))
