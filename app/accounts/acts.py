"""What the audit trail is told of accounts: who did what with which account.

Acts are gathered while the work is done and written as the last thing of its transaction, so that
an act and its entry are kept together or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.accounts.tables import AccountRow
from app.db import Database
from app.kit.access import ACCESS
from app.kit.audit.acts import Act, Action, Scalar
from app.kit.audit.writing import append
from app.kit.deps import Asked
from app.kit.history import Actor, Change

NOBODY: Final = "nobody"
"""Who acts before anybody is signed in."""


@dataclass(slots=True)
class Log:
    """One piece of work on accounts: when it is done, by whom, and its acts so far.

    `name` is what rows keep of whoever acts.
    """

    now: datetime
    actor_id: uuid.UUID | None
    actor: str
    via: str
    operation: str
    name: str = NOBODY
    acts: list[Act] = field(default_factory=list)

    def change(self, reason: str | None = None) -> Change:
        """Return who changes a kept row now, and why."""
        return Change(Actor(self.name), self.now, reason)

    def as_account(self, account: AccountRow, via: str) -> Log:
        """Return the log of somebody who has just shown who they are; it shares the acts."""
        return replace(self, actor_id=account.id, actor=account.role, via=via)

    def tell(self, action: Action, account: AccountRow | None, what: str, **detail: Scalar) -> None:
        """Add an act about an account; without one it concerns the installation.

        `what` is a code such as "password-changed", never a text that somebody entered.
        """
        self.acts.append(
            Act(
                at=self.now,
                actor_id=self.actor_id,
                actor=self.actor,
                via=self.via,
                action=action,
                operation=self.operation,
                clinic_id=None if account is None else account.clinic_id,
                patient_id=None,
                ids=() if account is None else (account.id,),
                detail={"what": what, **detail},
            )
        )


def log_of(asked: Asked) -> Log:
    """Return the log of a request, of somebody known or not."""
    who = asked.principal
    if who is None:
        return Log(asked.now, None, NOBODY, "", asked.operation)
    via = f"{who.via} {who.credential_id}"
    return Log(asked.now, who.account_id, who.role, via, asked.operation, who.name)


def log_of_operator(actor: Actor, *, now: datetime, operation: str) -> Log:
    """Return the log of a command on the machine itself."""
    return Log(now, None, actor.name, "command line", operation, actor.name)


@contextmanager
def recorded(database: Database, log: Log) -> Iterator[Session]:
    """Open a session of the system's own; its changes and its acts are committed together."""
    with database.writing() as session:
        yield session
        append(session, log.acts)
        log.acts.clear()


@contextmanager
def recorded_for(asked: Asked, log: Log) -> Iterator[Session]:
    """Open a session that sees what whoever asks may see, committed together with its acts."""
    with recorded(asked.database, log) as session:
        if asked.access is not None:
            session.info[ACCESS] = asked.access
        yield session
