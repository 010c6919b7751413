"""Which stored row a row of a file stands for."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.exchange.load import Load, Refusal
from app.exchange.rows import Row
from app.kit.history import RecordVersion, as_json


class Stored(Protocol):
    """What matching needs to know of a stored row."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def voided_at(self) -> datetime | None: ...


S = TypeVar("S", bound=Stored)


def match(
    load: Load,
    row: Row,
    *,
    by_id: Mapping[uuid.UUID, S],
    holders: Sequence[S],
    is_ours: Callable[[S], bool],
    is_same: Callable[[S], bool],
) -> S | None:
    """Return the stored row that the row stands for; None where it is new.

    A row that states an id is that row. Any other is the live row with its key, or one that was
    voided with the same content: a withdrawn mistake does not come back with the next import.

    Parameters
    ----------
    by_id : mapping
        Stored rows under the ids that the file states.
    holders : sequence
        Stored rows with the row's key, voided ones too.
    is_ours : callable
        Whether a stored row belongs to the same patient (a patient: to the same clinic).
    is_same : callable
        Whether a stored row has, or had before it was voided, the content that the row states.

    Raises
    ------
    Refusal
        The id belongs to somebody else, or the key to another row.
    """
    live = [stored for stored in holders if stored.voided_at is None]
    if row.id is not None:
        return _match_by_id(load, row, is_ours=is_ours, by_id=by_id, live=live)
    if not live:
        return next(filter(is_same, holders), None)
    if len(live) == 1:
        return live[0]
    same = next(filter(is_same, live), None)
    if same is None:
        reason = f"{len(live)} stored rows have this key; say which one is meant by its id"
        raise Refusal(row.table.key[0], reason)
    return same


def _match_by_id(
    load: Load,
    row: Row,
    *,
    is_ours: Callable[[S], bool],
    by_id: Mapping[uuid.UUID, S],
    live: Sequence[S],
) -> S | None:
    identity = row.values["id"]
    stored = by_id.get(identity)
    if stored is not None:
        if not is_ours(stored):
            raise Refusal("id", f"{identity} is the id of a row that belongs to somebody else")
        return stored
    # Two rows of one key may both be meant, but only by a file that knows of both.
    known = load.staging.stated_ids(row.table, [holder.id for holder in live])
    if not row.table.apart:
        known = set()
    stranger = next((holder for holder in live if holder.id not in known), None)
    if stranger is not None:
        key = " + ".join(row.table.key)
        raise Refusal("id", f"{identity} is new, but the same {key} is stored as {stranger.id}")
    return None


def was_ever(session: Session, table: str, identity: uuid.UUID, *, sent: Mapping[str, Any]) -> bool:
    """Say whether an older version of a row had the content."""
    contents = session.scalars(
        select(RecordVersion.content).where(
            RecordVersion.table_name == table, RecordVersion.row_id == identity
        )
    )
    return any(
        all(_is_equal(content.get(name), value) for name, value in sent.items())
        for content in contents
    )


def _is_equal(kept: Any, sent: Any) -> bool:
    if isinstance(sent, datetime) and isinstance(kept, str):
        return datetime.fromisoformat(kept) == sent
    wanted = list(sent) if isinstance(sent, tuple) else as_json(sent)
    return bool(kept == wanted)
