"""What routes ask for: the moment, who acts, and sessions of the database.

A session is opened inside the route's own thread, by `work.reading()` or `work.writing()`, and
not by a dependency: with few threads, requests that wait for SQLite's one writer inside a
dependency could take every thread that the writer itself needs to finish. So the commit comes
before the response, and a commit that fails is an error response.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from app.db import Database
from app.kit.fields import TextField
from app.kit.history import Actor, Change
from app.kit.shapes import refusal

Clock = Callable[[], datetime]
OPEN_API: Final = Actor("open API")

_NAME: Final = TextField("requests", "X-Recorded-By", 120, is_key=True)


def _readable(header: str) -> str:
    """Return the name as it was meant: HTTP hands over bytes, most programs send UTF-8."""
    try:
        name = header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        name = header
    fault = _NAME.check(name)
    if fault is not None:
        raise refusal(fault.reason)
    return name


# All of these are coroutines although they wait for nothing: a plain function would be sent to
# another thread and back, which costs more than the whole of it.


async def get_now(request: Request) -> datetime:
    """Return the instant of the request, from the clock that the application was given."""
    clock: Clock = request.app.state.clock
    return clock()


async def get_database(request: Request) -> Database:
    """Return the database of the application."""
    database: Database = request.app.state.database
    return database


async def get_actor(
    name: Annotated[
        str | None,
        Header(
            alias="X-Recorded-By",
            description="Who makes the entry, at most 120 characters. Not verified.",
        ),
        AfterValidator(lambda header: None if header is None else _readable(header)),
    ] = None,
) -> Actor:
    """Return who acts, as the request says it: nobody verifies it yet."""
    return OPEN_API if name is None else Actor(name)


Now = Annotated[datetime, Depends(get_now)]
CurrentDatabase = Annotated[Database, Depends(get_database)]
CurrentActor = Annotated[Actor, Depends(get_actor)]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: who asks, when, and of which database."""

    database: Database
    now: datetime
    actor: Actor

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session that changes nothing."""
        return self.database.reading()

    def writing(self) -> AbstractContextManager[Session]:
        """Open a session whose changes are committed together at its end, or not at all."""
        return self.database.writing()

    def change(self, reason: str | None = None) -> Change:
        """Return who changes the record now, and why."""
        return Change(self.actor, self.now, reason)


async def get_work(database: CurrentDatabase, now: Now, actor: CurrentActor) -> Asked:
    """Gather what a route needs to do its work."""
    return Asked(database, now, actor)


Work = Annotated[Asked, Depends(get_work)]
