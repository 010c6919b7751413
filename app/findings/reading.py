"""What the API shows of one patient's analysis."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from app.analysis.cycles import build_timeline, local_day
from app.analysis.next_due import next_course_of
from app.errors import NotFound
from app.findings import repository
from app.findings.record import build_record
from app.findings.schemas import (
    AnalysisRead,
    FindingRead,
    FindingsRead,
    NextCourseToday,
    SeriesResultRead,
    TimelineRead,
)
from app.findings.worklist import standing_of
from app.patients.service import get_patient
from app.patients.settings import settings_of
from app.patients.tables import PatientRow
from app.said import Said, say


def read_timeline(session: Session, patient_id: uuid.UUID, *, now: datetime) -> TimelineRead:
    """Return what follows from the patient's infusions, plans, holds and therapies.

    Raises
    ------
    NotFound
        There is no such patient, or the record was voided: nothing follows from it.
    """
    patient = _live_patient(session, patient_id, say("Courses of the voided patient"))
    rules = settings_of(session, patient, now=now).rules
    record = build_record(session, patient, now=now)
    return TimelineRead.model_validate(build_timeline(record, rules))


def read_next_course(session: Session, patient_id: uuid.UUID, *, now: datetime) -> NextCourseToday:
    """Return the next course by the patient's own calendar.

    Raises
    ------
    NotFound
        There is no such patient, or the record was voided: nothing follows from it.
    """
    patient = _live_patient(session, patient_id, say("Next course of the voided patient"))
    rules = settings_of(session, patient, now=now).rules
    record = build_record(session, patient, now=now)
    timeline = build_timeline(record, rules)
    today = local_day(now, record.time_zone)
    due = next_course_of(record, timeline, today=today, grace_days=rules.grace_days)
    return NextCourseToday(
        state=due.state,
        due_on=due.due_on,
        days_late=due.days_late,
        today=today,
        time_zone=record.time_zone,
    )


def _live_patient(session: Session, patient_id: uuid.UUID, what: Said) -> PatientRow:
    patient = get_patient(session, patient_id)
    if patient.voided_at is not None:
        raise NotFound(what, patient_id)
    return patient


def read_analysis(session: Session, patient_id: uuid.UUID, *, now: datetime) -> AnalysisRead:
    """Return the stored analysis; its figures only if it stands at `now`.

    Raises
    ------
    NotFound
        There is no such patient.
    """
    patient = get_patient(session, patient_id)
    state = repository.state_of(session, patient.id)
    standing = standing_of(state, now)
    series = None
    if standing == "current":
        stored = (state.results or {}).get("series", [])
        series = [SeriesResultRead.model_validate(result) for result in stored]
    return AnalysisRead(
        patient_id=patient.id,
        standing=standing,
        analysed_at=state.analysed_at,
        look_again_at=state.look_again_at,
        method=state.method,
        fingerprint=state.fingerprint,
        series=series,
    )


def read_findings(
    session: Session, patient_id: uuid.UUID, *, now: datetime, include_closed: bool
) -> FindingsRead:
    """Return the patient's findings, only if they stand at `now`.

    Raises
    ------
    NotFound
        There is no such patient.
    """
    patient = get_patient(session, patient_id)
    standing = standing_of(repository.state_of(session, patient.id), now)
    items = None
    if standing == "current":
        rows = repository.findings_of_patient(session, patient.id)
        items = [
            FindingRead.model_validate(row)
            for row in rows
            if include_closed or row.status != repository.CLOSED
        ]
    return FindingsRead(patient_id=patient.id, standing=standing, items=items)
