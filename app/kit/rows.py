"""One way to a kept row by its id."""

from __future__ import annotations

import uuid
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.kit.access import is_visible, note_rows
from app.kit.base import KeptRow

K = TypeVar("K", bound=KeptRow)

# Two changes of one row queue, so that the second sees the version that the first made. New rows
# that refer to this one need not wait. SQLite has one writer anyway.
FOR_CHANGE: Final[Any] = {"key_share": True}


# Whoever enters a row about this one holds it as it is, together with others who do.
FOR_ENTRY: Final[Any] = {"read": True}


def get_kept(
    session: Session,
    table: type[K],
    row_id: uuid.UUID,
    *,
    what: str,
    lock: bool = False,
    hold: bool = False,
) -> K:
    """Return the row, voided or not; locked against other changes on request.

    `hold` lets others hold it too, and nobody change it, until the transaction ends.

    Raises
    ------
    NotFound
        There is no such row, or it is not for whoever asks to see.
    """
    how = FOR_CHANGE if lock else FOR_ENTRY if hold else None
    row = session.get(table, row_id, with_for_update=how)
    if row is None or not is_visible(session, row):
        raise NotFound(what, row_id)
    note_rows(session, [row])
    return row


def require_live(row: KeptRow) -> None:
    """Refuse to change a voided row, before anything is said about the change itself.

    Raises
    ------
    Conflict
        The row is voided.
    """
    if row.voided_at is not None:
        message = f"{row.__tablename__} {row.id} was voided."
        raise Conflict(message)
