"""Where everybody's work begins."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from app.accounts.rules import AT_HOME
from app.kit.deps import Asked
from app.patients.access import in_force
from app.patients.tables import CareTeamRow
from app.web.paths import ACCOUNTS, ENROL, LOTS, PATIENTS, SCHEDULE, WORKLIST

_FIRST: Final = (
    ("findings.review", WORKLIST),
    ("schedule.write", SCHEDULE),
    ("lots.write", LOTS),
    ("patients.read", PATIENTS),
    ("accounts.read", ACCOUNTS),
)
"""Who may do that begins there; of several the first one."""


def home_of(work: Asked) -> str:
    """Return the page that somebody's work begins with."""
    may = work.person.permissions
    if work.person.role in AT_HOME and "patients.read" in may:
        return _own_record(work)
    for permission, path in _FIRST:
        if permission in may:
            return path
    return ENROL


def _own_record(work: Asked) -> str:
    """Return the page of the one patient whom a patient or a proxy sees, else the list."""
    own = select(CareTeamRow.patient_id).where(*in_force(work.person.account_id, now=work.now))
    with work.reading() as session:
        patients = session.scalars(own.distinct().limit(2)).all()
    return f"{PATIENTS}/{patients[0]}" if len(patients) == 1 else PATIENTS
