"""A gate for tests of everything but the gate: whoever asks may do and see everything.

What is shown and changed is audited all the same. Tests of who may do what sign in for real:
`tests/access`.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.db import Database
from app.kit.access import Credentials, Principal
from app.kit.guard import Guard

TESTER: Final = uuid.UUID("00000000-0000-4000-8000-00000000beef")


class Everything(frozenset[str]):
    """Every permission that there is."""

    def __contains__(self, _permission: object) -> bool:
        return True


class SeesAll:
    """The access of somebody who sees everything."""

    def __init__(self, principal: Principal, permission: str, *, now: datetime) -> None:
        self.principal = principal

    def sees_clinic(self, clinic_id: uuid.UUID) -> bool:
        return True

    def sees_patient(
        self, session: Session, *, clinic_id: uuid.UUID, patient_id: uuid.UUID
    ) -> bool:
        return True

    def restrict(self, statement: Select[Any], *, clinic: Any, patient: Any) -> Select[Any]:
        return statement

    def hidden_fields(self, table: str) -> frozenset[str]:
        return frozenset()


class OpenGuard(Guard):
    """Lets everybody in; a bearer token is taken for the name of whoever asks."""

    def __init__(self) -> None:
        super().__init__(_believe, SeesAll)

    async def _who(self, database: Database, credentials: Credentials, now: datetime) -> Principal:
        return _believe(database, credentials, now=now)


def _believe(_database: Database, credentials: Credentials, *, now: datetime) -> Principal:
    name = credentials.bearer or "a tester"
    return Principal(TESTER, None, "physician", name, "token", TESTER, Everything())
