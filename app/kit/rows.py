"""One way to a kept row by its id."""

from __future__ import annotations

import uuid
from typing import Any, Final, TypeVar

from sqlalchemy import select
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


def locked_now(
    session: Session, table: type[K], row_id: uuid.UUID, *, how: Any = FOR_CHANGE
) -> K | None:
    """Return the row as it is at this moment, whatever the session knew of it, and lock it.

    `how` is `FOR_CHANGE` or `FOR_ENTRY`; None where there is no such row.
    """
    session.flush()
    statement = select(table).where(table.id == row_id).with_for_update(**how)
    fresh = statement.execution_options(populate_existing=True)
    return session.scalars(fresh).one_or_none()


def hold_live(session: Session, table: type[KeptRow], row_id: uuid.UUID) -> None:
    """Hold the row that a new one names; nobody voids it until the transaction ends.

    Raises
    ------
    Conflict
        Somebody voided it meanwhile.
    """
    row = locked_now(session, table, row_id, how=FOR_ENTRY)
    if row is not None:
        require_live(row)


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
