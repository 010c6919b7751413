"""What the rules say of a patient whose body is only readable in parts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Fault
from app.kit.completing import RuleCheck
from app.kit.problems import renamed
from app.kit.shapes import ChangeBody
from app.kit.timezones import known_zones
from app.patients import rules, service
from app.patients.schemas import PATIENT_NAMES, PatientCreate, changed_patient


def faults_of_new(
    session: Session, body: PatientCreate, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    """Return what would refuse a new patient."""
    del path
    faults = [
        *service.clinic_faults(session, body.clinic_id),
        *rules.check_patient(body.draft(), now=now, known_zones=known_zones()),
    ]
    return renamed(faults, PATIENT_NAMES)


def faults_of_change(find_first: service.FindFirst) -> RuleCheck:
    """Return a check that says what would refuse the change of a patient."""

    def check(
        session: Session, body: ChangeBody, *, path: Mapping[str, str], now: datetime
    ) -> list[Fault]:
        patient = service.get_patient(session, uuid.UUID(path["patient_id"]))
        draft, _ = changed_patient(service.patient_draft(patient), body)
        faults = service.faults_of_amended(session, patient, draft, now=now, find_first=find_first)
        return renamed(faults, PATIENT_NAMES)

    return check
