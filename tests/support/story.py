"""A patient with a clear pattern, for tests of what is shown of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.patients.tables import PatientRow
from tests.support.clinic import a_clinic, a_patient, a_plan, a_report, courses

FIRST: Final = datetime(2026, 1, 5, 15, tzinfo=UTC)
FIFTH: Final = FIRST + timedelta(days=4 * 28)


def a_wearing_off_patient(session: Session, *, family_name: str = "Örs <b>") -> PatientRow:
    """Enter five courses, and grip that falls by a third from day 18 on and comes back."""
    patient = a_patient(
        session, a_clinic(session), external_id="W-1", given_name="Wanda", family_name=family_name
    )
    a_plan(session, patient, reason="start")
    starts = courses(session, patient, first=FIRST, interval_days=28, count=5)
    for cycle, start in enumerate(starts[:-1]):
        for day in range(1, 28):
            fall = max(0.0, day - 18) / 10 * 20
            wobble = ((day * 7 + cycle * 3) % 5) - 2
            a_report(session, patient, start + timedelta(days=day), 60 - fall + wobble)
    return patient


def a_quiet_patient(session: Session, clinic: str = "North") -> PatientRow:
    """Enter two courses and no reading."""
    patient = a_patient(session, a_clinic(session, clinic))
    a_plan(session, patient)
    courses(session, patient, first=FIRST, interval_days=28, count=2)
    return patient
