"""What an account prefers, wherever its person signs in."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from app.accounts.tables import PreferenceRow


def locale_of_account(session: Session, account_id: uuid.UUID) -> str | None:
    """Return the language that was chosen; None where none was."""
    row = session.get(PreferenceRow, account_id)
    return None if row is None else row.locale


def keep_locale(session: Session, account_id: uuid.UUID, locale: str) -> None:
    """Keep the language that was chosen."""
    session.merge(PreferenceRow(account_id=account_id, locale=locale))
