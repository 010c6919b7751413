"""One way to a kept row by its id, and to one that is sent again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.kit import history
from app.kit.access import content_if_visible, is_visible, note_rows
from app.kit.base import Json, KeptRow
from app.kit.history import Change, as_json
from app.said import say, term

K = TypeVar("K", bound=KeptRow)

# Two changes of one row queue, so that the second sees the version that the first made. New rows
# that refer to this one need not wait. SQLite has one writer anyway.
FOR_CHANGE: Final[Any] = {"key_share": True}


# Whoever enters a row about this one holds it as it is, together with others who do.
FOR_ENTRY: Final[Any] = {"read": True}


@dataclass(frozen=True, slots=True)
class Entering:
    """The circumstances of an entry.

    `confirm` is True where unusual values were confirmed, or names the confirmed fields.
    """

    session: Session
    change: Change
    confirm: bool | frozenset[str] = False


@dataclass(frozen=True, slots=True)
class Saved(Generic[K]):
    """A row after an entry; `created` is False where it had been stored before."""

    row: K
    created: bool


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


def require_same(
    session: Session,
    stored: KeptRow,
    content: Json,
    *,
    what: str,
    whose: Mapping[str, uuid.UUID],
    restated: Callable[[Json], Json] = lambda first: first,
) -> None:
    """Let a row that was stored before be sent again, with what was first stored.

    It is compared with the first version: a late repetition must neither undo a later correction
    nor be refused because of it.

    Parameters
    ----------
    session : Session
    stored : KeptRow
        The row with the id that was sent.
    content : dict
        The columns that state what was sent.
    what : str
        The name of such a row in messages.
    whose : mapping
        Columns that say whom it belongs to, with whom it was sent for.
    restated : callable
        From the first version to what would be stored of it today, where that differs.

    Raises
    ------
    Conflict
        It is stored with other content, or is somebody else's.
    """
    first = restated(history.first_version_of(session, stored))
    sent = {name: as_json(value) for name, value in content.items()}
    owner = {name: as_json(value) for name, value in whose.items()}
    # A column that came later than that version says nothing about it.
    expected = {name: value for name, value in {**sent, **owner}.items() if name in first}
    if not is_visible(session, stored) or any(first[n] != v for n, v in expected.items()):
        message = say(
            "%(what)s %(key)s is stored already with other content.",
            what=term(what),
            key=str(stored.id),
        )
        raise Conflict(message, stored=content_if_visible(session, stored), sent=sent)


def require_live(row: KeptRow) -> None:
    """Refuse to change a voided row, before anything is said about the change itself.

    Raises
    ------
    Conflict
        The row is voided.
    """
    if row.voided_at is not None:
        message = say("%(what)s was voided.", what=history.named(row))
        raise Conflict(message)
