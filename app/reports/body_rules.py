"""What the rules say of a report whose body is only readable in parts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Fault
from app.kit.limits import split_faults
from app.kit.problems import renamed
from app.kit.shapes import ChangeBody
from app.patients.entries import get_live_patient
from app.patients.service import get_patient
from app.reports import rules, service
from app.reports.schemas import REPORT_NAMES, ReportCreate, changed_report


def faults_of_new(
    session: Session, body: ReportCreate, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    """Return what would refuse a new report."""
    patient = get_live_patient(session, uuid.UUID(path["patient_id"]))
    draft = body.draft()
    faults = [
        *rules.check_report(draft, now=now, birth_date=patient.birth_date),
        *service.sender_faults(session, draft),
    ]
    refused, _ = split_faults(faults, confirmed=body.confirmation())
    return renamed(refused, REPORT_NAMES)


def faults_of_change(
    session: Session, body: ChangeBody, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    """Return what would refuse the change of a report."""
    report = service.get_report(session, uuid.UUID(path["report_id"]))
    patient = get_patient(session, report.patient_id)
    before = service.draft_of(session, report)
    draft = changed_report(before, body)
    faults = [
        *rules.check_report(draft, now=now, birth_date=patient.birth_date),
        *service.sender_faults(session, draft, before=before),
    ]
    refused, _ = split_faults(faults, confirmed=body.confirmation())
    return renamed(refused, REPORT_NAMES)
