"""Records one report as a request does, and kills its own process at the point that is named."""

from __future__ import annotations

import os
import signal
import sys
import uuid
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.db import Database
from app.kit.access import Principal
from app.kit.deps import Asked
from app.patients.service import get_patient
from tests.support.clinic import NOW, a_report

POINTS = ("before-flush", "after-act", "after-entry", "after-head", "before-commit", "after-commit")


def kill(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """Lay the trap."""
    if point == "before-flush":
        event.listen(Session, "before_flush", kill)
    elif point == "after-act":
        event.listen(Session, "after_flush", kill)
    elif point == "before-commit":
        event.listen(Engine, "commit", kill)
    elif point in {"after-entry", "after-head"}:
        marks = {"after-entry": "INTO audit_entries", "after-head": "UPDATE audit_heads"}

        def watch(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if marks[point] in statement:
                kill()

        event.listen(Engine, "after_cursor_execute", watch)


def main(url: str, patient_id: str, point: str) -> None:
    nobody = uuid.UUID(int=9)
    principal = Principal(nobody, None, "nurse", "Nurse Kim", "token", nobody, frozenset())
    database = Database(url)
    asked = Asked(database, NOW, "create_report", principal, None)
    with asked.writing() as session:
        patient = get_patient(session, uuid.UUID(patient_id))
        arm(point)
        a_report(session, patient, NOW, 41.5)
    if point == "after-commit":
        kill()
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
