"""Pages of a long list: after the last row of a page comes the next, whatever was added since."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Date, Select, String, Uuid, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from app.errors import Fault, RuleViolation
from app.kit.access import note_list
from app.kit.columns import UtcInstant
from app.kit.fields import TextField
from app.kit.shapes import text_check
from app.said import say

T = TypeVar("T")

MOST_ROWS: Final = 500
_CURSOR: Final = TextField("pages", "cursor", 1000)


class PageQuery(BaseModel):
    """Which page of a list is asked for; an unknown parameter is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=100, ge=1, le=MOST_ROWS, description="Most rows of one page.")
    cursor: Annotated[str, text_check(_CURSOR)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )


class RecordsQuery(PageQuery):
    """Which rows of a patient are asked for."""

    include_voided: bool = Field(default=False, description="Show voided rows too.")


class PageOf(BaseModel, Generic[T]):
    """A page: its rows, and where the next one is."""

    items: list[T]
    next_cursor: str | None = Field(description="Send it as `cursor`; null on the last page.")
    next: str | None = Field(description="Address of the next page.")


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is ordered: by one column and then by id, so that no two rows stand equal."""

    name: str
    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[uuid.UUID]
    is_newest_first: bool = True

    def _key(self) -> tuple[InstrumentedAttribute[Any], InstrumentedAttribute[uuid.UUID]]:
        return self.column, self.id

    def applied(self, statement: Select[Any], cursor: str | None) -> Select[Any]:
        """Return the statement in this order, beyond the cursor."""
        if cursor is not None:
            statement = statement.where(self._beyond(cursor))
        if self.is_newest_first:
            return statement.order_by(*(column.desc() for column in self._key()))
        return statement.order_by(*self._key())

    def _beyond(self, cursor: str) -> ColumnElement[bool]:
        columns = self._key()
        values = _decoded(cursor, self)
        typed = (literal(v, c.type) for v, c in zip(values, columns, strict=True))
        last, here = tuple_(*typed), tuple_(*columns)
        return here < last if self.is_newest_first else here > last

    def cursor(self, row: Any) -> str:
        """Return the cursor behind `row`."""
        values = [getattr(row, self.column.key), getattr(row, self.id.key)]
        return base64.urlsafe_b64encode(orjson.dumps([self.name, *values])).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of one page and the cursor behind them, if there are more."""

    rows: Sequence[T]
    next_cursor: str | None


def read_page(
    session: Session, statement: Select[Any], *, order: Order, query: PageQuery
) -> Page[Any]:
    """Return one page of objects, or of rows where the statement selects columns.

    Raises
    ------
    RuleViolation
        The cursor is not one that this list gave.
    """
    ordered = order.applied(statement, query.cursor).limit(query.limit + 1)
    if len(statement.column_descriptions) == 1:
        found: Sequence[Any] = session.scalars(ordered).all()
    else:
        # Columns need nothing of the session but its connection: that is a third quicker.
        found = session.connection().execute(ordered).all()
    rows = found[: query.limit]
    note_list(session, [getattr(row, order.id.key) for row in rows])
    has_more = len(found) > query.limit
    return Page(rows, order.cursor(rows[-1]) if has_more else None)


_READERS: Final[tuple[tuple[type[TypeEngine[Any]], Callable[[str], Any]], ...]] = (
    # In UTC already here: an instant at the edge of the calendar must fail here, not in SQL.
    (UtcInstant, lambda text: datetime.fromisoformat(text).astimezone(UTC)),
    (Date, date.fromisoformat),
    (Uuid, uuid.UUID),
    (String, str),
)


def _reader(column: InstrumentedAttribute[Any]) -> Callable[[str], Any]:
    return next(read for kind, read in _READERS if isinstance(column.type, kind))


def _decoded(cursor: str, order: Order) -> list[Any]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, *texts = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if name != order.name or not all(isinstance(text, str) for text in texts):
            raise _bad(cursor)
        columns = (order.column, order.id)
        values = [_reader(c)(text) for c, text in zip(columns, texts, strict=True)]
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise _bad(cursor) from error
    if any(isinstance(value, str) and _CURSOR.check(value) for value in values):
        raise _bad(cursor)
    return values


def _bad(cursor: str) -> RuleViolation:
    return RuleViolation([Fault("cursor", cursor, say("it is not a cursor of this list"))])
