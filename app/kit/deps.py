"""What routes ask for: the moment, who acts, and sessions of the database.

A session is opened inside the route's own thread, by `work.reading()` or `work.writing()`, and
not by a dependency: with few threads, requests that wait for SQLite's one writer inside a
dependency could take every thread that the writer itself needs to finish. So the commit comes
before the response, and a commit that fails is an error response.

Who asks is known before the route is called (`app.kit.guard`). Every session of a request knows
what may be seen, and notes what is shown and changed; what was changed is audited in the
transaction of the change, what was shown before the response leaves.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from sqlalchemy import Select, false
from sqlalchemy.orm import Session

from app.db import Database
from app.errors import NotSignedIn
from app.kit.access import ACCESS, TRACE, Access, Principal, Subject, Trace
from app.kit.audit.acts import Act, Action, Scalar
from app.kit.audit.writing import append
from app.kit.history import Actor, Change

Clock = Callable[[], datetime]

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


Now = Annotated[datetime, Depends(get_now)]
CurrentDatabase = Annotated[Database, Depends(get_database)]


class _Nobody:
    """The access of whoever is not signed in: nothing."""

    def __init__(self) -> None:
        self.principal: Any = None

    def sees_clinic(self, *_ids: object) -> bool:
        return False

    def sees_patient(self, *_session: object, **_ids: object) -> bool:
        return False

    def restrict(self, statement: Select[Any], **_columns: object) -> Select[Any]:
        return statement.where(false())

    def hidden_fields(self, _table: str) -> frozenset[str]:
        return frozenset()


NOBODY: Final[Access] = _Nobody()


@dataclass(slots=True)
class Asked:
    """One request: who asks, when, of which database, and what came of it so far.

    `access` is None only where no policy applies: for the benchmarks of what policy costs.
    """

    database: Database
    now: datetime
    operation: str
    principal: Principal | None
    access: Access | None
    address: str = ""
    trace: Trace = field(default_factory=Trace)

    @property
    def person(self) -> Principal:
        """Return who asks.

        Raises
        ------
        NotSignedIn
            Nobody known does.
        """
        if self.principal is None:
            raise NotSignedIn
        return self.principal

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that changes nothing."""
        with self.database.reading() as session:
            self._introduce(session)
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session whose changes are committed together at its end, or not at all."""
        with self.database.writing() as session:
            self._introduce(session)
            yield session
            session.flush()
            acts = self.take_acts("write")
            if acts:
                append(session, acts)

    def _introduce(self, session: Session) -> None:
        if self.access is not None:
            session.info[ACCESS] = self.access
        if self.principal is not None:
            session.info[TRACE] = self.trace

    def change(self, reason: str | None = None) -> Change:
        """Return who changes the record now, and why."""
        name = "nobody" if self.principal is None else self.principal.name
        return Change(Actor(name), self.now, reason)

    def take_acts(self, action: Action, **detail: Scalar) -> list[Act]:
        """Return what was shown or changed since the last call, one act for each subject."""
        noted, self.trace.ids = self.trace.ids, {}
        return [self.act(action, subject, tuple(ids), **detail) for subject, ids in noted.items()]

    def act(
        self,
        action: Action,
        subject: Subject,
        ids: tuple[uuid.UUID, ...] = (),
        **detail: Scalar,
    ) -> Act:
        """Return one act of whoever asks."""
        who = self.person
        return Act(
            at=self.now,
            actor_id=who.account_id,
            actor=who.role,
            via=f"{who.via} {who.credential_id}",
            action=action,
            operation=self.operation,
            clinic_id=subject.clinic_id,
            patient_id=subject.patient_id,
            ids=tuple(i for i in ids if i != subject.patient_id),
            detail=detail,
        )


async def get_work(request: Request) -> Asked:
    """Return what the guard found out about the request before it let it in."""
    asked: Asked = request.state.asked
    return asked


Work = Annotated[Asked, Depends(get_work)]
