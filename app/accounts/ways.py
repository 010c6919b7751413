"""What an account can sign in with, and what is left of it when something is taken away."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.accounts.recovery import codes_left
from app.accounts.tables import (
    IdentityRow,
    PasskeyRow,
    PasswordRow,
    RecoveryCodeRow,
    TotpRow,
)
from app.errors import Conflict
from app.said import say


@dataclass(frozen=True, slots=True)
class Ways:
    """What an account can sign in with."""

    passkeys: int
    has_password: bool
    has_totp: bool
    identities: int
    recovery_codes: int

    @property
    def can_sign_in(self) -> bool:
        """Whether there is one way that is whole: a password needs its second factor."""
        return bool(self.passkeys or self.identities or (self.has_password and self.has_totp))


def ways_of(session: Session, account_id: uuid.UUID) -> Ways:
    """Return what an account can sign in with."""

    def count(table: Any) -> int:
        session.flush()
        found = select(func.count()).select_from(table).where(table.account_id == account_id)
        return session.scalar(found) or 0

    return Ways(
        passkeys=count(PasskeyRow),
        has_password=count(PasswordRow) > 0,
        has_totp=count(TotpRow) > 0,
        identities=count(IdentityRow),
        recovery_codes=codes_left(session, account_id),
    )


def require_way(session: Session, account_id: uuid.UUID) -> None:
    """Refuse to leave an account without any way to sign in.

    Raises
    ------
    Conflict
        What is left is not enough.
    """
    if not ways_of(session, account_id).can_sign_in:
        raise Conflict(say("Nothing to sign in with would be left: add another way first."))


def forget_ways(session: Session, account_id: uuid.UUID) -> None:
    """Remove everything that an account signs in with."""
    for table in (PasskeyRow, PasswordRow, TotpRow, IdentityRow, RecoveryCodeRow):
        session.execute(delete(table).where(table.account_id == account_id))
