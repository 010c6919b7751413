"""Recovery codes: a sheet of paper for the day on which the phone is lost."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.secret import digest, new_code, normal_code
from app.accounts.tables import AccountRow, RecoveryCodeRow

CODES: Final = 8
"""Judgement: enough for years, few enough to copy by hand."""


def new_codes(session: Session, log: Log, account: AccountRow) -> list[str]:
    """Make a new sheet and return its codes, which are never shown again; the old one ends."""
    end_codes(session, account.id)
    codes = [new_code() for _ in range(CODES)]
    session.add_all(
        RecoveryCodeRow(
            id=uuid.uuid4(), account_id=account.id, code_hash=digest(code), created_at=log.now
        )
        for code in codes
    )
    log.tell("administer", account, "recovery-codes-made")
    return codes


def end_codes(session: Session, account_id: uuid.UUID) -> None:
    """Forget the codes of an account."""
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))


def find_code(session: Session, account_id: uuid.UUID | None, code: str) -> uuid.UUID | None:
    """Return the id of a code that was not used; without an account the search is the same."""
    statement = select(RecoveryCodeRow.id).where(
        RecoveryCodeRow.account_id == (account_id or uuid.UUID(int=0)),
        RecoveryCodeRow.code_hash == digest(normal_code(code)),
        RecoveryCodeRow.used_at.is_(None),
    )
    return session.scalars(statement).one_or_none()


def use_code_of(session: Session, code_id: uuid.UUID, *, now: datetime) -> bool:
    """Use a code up; say no where another request did so at the same moment."""
    used = session.execute(
        update(RecoveryCodeRow)
        .where(RecoveryCodeRow.id == code_id, RecoveryCodeRow.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCodeRow.id)
    )
    return used.scalar_one_or_none() is not None


def codes_left(session: Session, account_id: uuid.UUID) -> int:
    """Return how many codes of an account can still be used."""
    return (
        session.scalar(
            select(func.count()).where(
                RecoveryCodeRow.account_id == account_id, RecoveryCodeRow.used_at.is_(None)
            )
        )
        or 0
    )
