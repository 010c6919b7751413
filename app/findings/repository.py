"""Queries about analyses and findings."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from app.findings.tables import FindingRow
from app.kit.access import restrict
from app.patients.repository import select_stale
from app.patients.tables import AnalysisRow, PatientRow

CLOSED = "closed"


def state_of(session: Session, patient_id: uuid.UUID, *, lock: bool = False) -> AnalysisRow:
    """Return the state of the patient's analysis, locked against other analysts on request."""
    return session.get_one(AnalysisRow, patient_id, with_for_update=lock or None)


def is_stale(state: AnalysisRow, now: datetime) -> bool:
    """Say whether the analysis no longer stands at `now`."""
    if state.analysed_number is None or state.analysed_number < state.change_number:
        return True
    return state.look_again_at is not None and state.look_again_at <= now


def _stale_ids(clinic_id: uuid.UUID | None, now: datetime) -> Select[uuid.UUID]:
    statement = select_stale(now).with_only_columns(AnalysisRow.patient_id)
    if clinic_id is not None:
        statement = statement.where(AnalysisRow.clinic_id == clinic_id)
    return statement


def stale_ids(
    session: Session,
    *,
    clinic_id: uuid.UUID | None,
    now: datetime,
    after: uuid.UUID | None = None,
    limit: int,
) -> Sequence[uuid.UUID]:
    """Return patients whose analysis is stale, in order of their id, from beyond `after`."""
    statement = _stale_ids(clinic_id, now).order_by(AnalysisRow.patient_id).limit(limit)
    if after is not None:
        statement = statement.where(AnalysisRow.patient_id > after)
    return session.scalars(statement).all()


def count_stale(session: Session, *, clinic_id: uuid.UUID | None, now: datetime) -> int:
    """Count the patients whose analysis is being recalculated."""
    stale = _stale_ids(clinic_id, now).subquery()
    return session.scalar(select(func.count()).select_from(stale)) or 0


def try_claim(session: Session, patient_id: uuid.UUID) -> bool:
    """Claim a patient for this transaction, so that two workers do not compute the same.

    Nobody who writes the patient's record waits for the claim. SQLite has one machine and one
    worker: there is nothing to share.
    """
    if session.get_bind().dialect.name == "sqlite":
        return True
    # The lower half of a random UUID as a signed 64-bit number.
    key = int.from_bytes(patient_id.bytes[8:], "big", signed=True)
    statement = text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool(session.scalar(statement, {"key": key}))


def open_findings(session: Session, patient_id: uuid.UUID) -> Sequence[FindingRow]:
    """Return the patient's findings that are not closed, by kind."""
    return session.scalars(
        select(FindingRow)
        .where(
            FindingRow.patient_id == patient_id,
            FindingRow.status != CLOSED,
            FindingRow.voided_at.is_(None),
        )
        .order_by(FindingRow.kind)
    ).all()


def findings_of_patient(session: Session, patient_id: uuid.UUID) -> Sequence[FindingRow]:
    """Return every finding of the patient, closed ones too, newest first."""
    return session.scalars(
        select(FindingRow)
        .where(FindingRow.patient_id == patient_id, FindingRow.voided_at.is_(None))
        .order_by(FindingRow.first_detected_at.desc(), FindingRow.kind)
    ).all()


def findings_by_patient(session: Session, clinic_id: uuid.UUID) -> Sequence[tuple[str, FindingRow]]:
    """Return every finding of the clinic with the patient's identifier, by kind and time."""
    statement = (
        select(PatientRow.external_id, FindingRow)
        .join(PatientRow, PatientRow.id == FindingRow.patient_id)
        .where(
            FindingRow.clinic_id == clinic_id,
            FindingRow.voided_at.is_(None),
            PatientRow.voided_at.is_(None),
        )
        .order_by(FindingRow.kind, FindingRow.first_detected_at)
    )
    return [(external_id, finding) for external_id, finding in session.execute(statement)]


def patients_with_state(
    session: Session, clinic_id: uuid.UUID
) -> Sequence[tuple[PatientRow, AnalysisRow]]:
    """Return the clinic's visible live patients with the state of their analysis, by identifier."""
    statement: Any = (
        select(PatientRow, AnalysisRow)
        .join(AnalysisRow, AnalysisRow.patient_id == PatientRow.id)
        .where(PatientRow.clinic_id == clinic_id, PatientRow.voided_at.is_(None))
    )
    visible = restrict(session, statement, clinic=PatientRow.clinic_id, patient=PatientRow.id)
    found = [(patient, state) for patient, state in session.execute(visible)]
    return sorted(found, key=lambda pair: pair[0].external_id)


def open_findings_of_clinic(session: Session, clinic_id: uuid.UUID) -> Sequence[FindingRow]:
    """Return every open finding of the clinic's visible patients, by patient and kind."""
    statement = (
        select(FindingRow)
        .where(
            FindingRow.clinic_id == clinic_id,
            FindingRow.status != CLOSED,
            FindingRow.voided_at.is_(None),
        )
        .order_by(FindingRow.patient_id, FindingRow.kind)
    )
    columns = {"clinic": FindingRow.clinic_id, "patient": FindingRow.patient_id}
    return session.scalars(restrict(session, statement, **columns)).all()
