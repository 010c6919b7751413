"""Emergency access: somebody of the clinic opens a record that is not theirs, and it shows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from app.care.rules import EMERGENCY, check_emergency
from app.care.service import has_physician
from app.errors import Conflict, Forbidden, NotFound
from app.kit import history
from app.kit.access import (
    Principal,
    access_of,
    hidden_fields,
    is_visible,
    note_list,
    note_rows,
    restrict,
)
from app.kit.history import Change
from app.kit.limits import require_plausible
from app.kit.rows import FOR_CHANGE, get_kept
from app.patients.repository import find_by_external_id
from app.patients.tables import CareTeamRow, PatientRow
from app.said import say


@dataclass(frozen=True, slots=True)
class Request:
    """Whose record is opened, and why; the patient is named in one of two ways."""

    clinic_id: uuid.UUID
    external_id: str | None
    patient_id: uuid.UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class Alert:
    """An emergency access that no physician has taken note of yet.

    `has_physician` is False where no physician, other than who opened the record, is on the
    patient's team: then every physician and coordinator of the clinic is told.
    """

    id: uuid.UUID
    patient_id: uuid.UUID
    external_id: str
    opened_by: str
    opened_at: datetime
    valid_until: datetime | None
    reason: str | None
    has_physician: bool


def open_record(
    session: Session, change: Change, *, request: Request, who: Principal, lasts: timedelta
) -> CareTeamRow:
    """Put whoever asks on the care team for a while.

    Raises
    ------
    RuleViolation
        The reason is too short, or the patient is not named in one way.
    NotFound
        The clinic of whoever asks has no such patient.
    Conflict
        They see the patient already.
    """
    faults = check_emergency(
        request.reason, external_id=request.external_id, patient_id=request.patient_id
    )
    require_plausible(faults, confirmed=False)
    patient = _find(session, request, who)
    if is_visible(session, patient):
        message = say("You see this patient already.")
        raise Conflict(message)
    row = CareTeamRow(
        id=uuid.uuid4(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        account_id=who.account_id,
        kind=EMERGENCY,
        valid_from=change.now,
        valid_until=change.now + lasts,
        reason=request.reason,
    )
    history.begin(row, change)
    session.add(row)
    session.flush()
    return row


def _find(session: Session, request: Request, who: Principal) -> PatientRow:
    patient = None
    if request.clinic_id == who.clinic_id and request.external_id is not None:
        patient = find_by_external_id(session, request.clinic_id, request.external_id)
    elif request.clinic_id == who.clinic_id:
        patient = session.get(PatientRow, request.patient_id)
    if patient is None or patient.clinic_id != who.clinic_id or patient.voided_at is not None:
        raise NotFound("Patient", request.external_id or request.patient_id)
    return patient


def mark_seen(
    session: Session, change: Change, *, row_id: uuid.UUID, who: Principal
) -> CareTeamRow:
    """Keep that a physician took note of an emergency access; the first one counts.

    Where no physician is on the patient's team, any physician of the clinic may.

    Raises
    ------
    NotFound
        There is no such access, or it is not for whoever asks to see.
    Conflict
        It is no emergency access.
    Forbidden
        It is the own one.
    """
    row = _told_to_all(session, row_id, who=who, now=change.now)
    if row is None:
        row = get_kept(session, CareTeamRow, row_id, what="Care team member", lock=True)
    if row.kind != EMERGENCY:
        message = say("Only emergency access is taken note of.")
        raise Conflict(message)
    if row.account_id == who.account_id:
        message = say("Somebody else takes note of your emergency access.")
        raise Forbidden(message, code="own-access")
    if row.seen_at is None:
        noted = {"seen_by": change.actor.name, "seen_at": change.now}
        history.amend(session, row, noted, change=change)
    return row


def _told_to_all(
    session: Session, row_id: uuid.UUID, *, who: Principal, now: datetime
) -> CareTeamRow | None:
    """Return an emergency access that every physician of the clinic is told of."""
    statement = (
        select(CareTeamRow)
        .where(
            CareTeamRow.id == row_id,
            CareTeamRow.clinic_id == who.clinic_id,
            CareTeamRow.kind == EMERGENCY,
            ~_has_other_physician(now),
        )
        .with_for_update(**FOR_CHANGE)
    )
    row: CareTeamRow | None = session.scalars(statement).one_or_none()
    if row is not None:
        note_rows(session, [row])
    return row


def _has_other_physician(now: datetime) -> ColumnElement[bool]:
    return has_physician(CareTeamRow.patient_id, now=now, other_than=CareTeamRow.account_id)


def unseen(session: Session, clinic_id: uuid.UUID, *, now: datetime) -> Sequence[Alert]:
    """Return the emergency accesses that whoever asks is told of, newest first.

    Physicians are told of those of their patients, who can take note of them. Where a patient has
    no physician on the team, every physician and coordinator of the clinic is told; coordinators
    without the reason. Nobody is told of their own, and nobody else of any.
    """
    has_other = _has_other_physician(now)
    statement: Any = (
        select(CareTeamRow, PatientRow, has_other)
        .join(PatientRow, PatientRow.id == CareTeamRow.patient_id)
        .where(
            CareTeamRow.clinic_id == clinic_id,
            CareTeamRow.kind == EMERGENCY,
            CareTeamRow.seen_at.is_(None),
        )
        .order_by(CareTeamRow.valid_from.desc(), CareTeamRow.id)
    )
    access = access_of(session)
    if access is not None:
        may = access.principal.permissions
        if not may & {"findings.review", "care_team.write"}:
            return []
        own = _visible(session) if "findings.review" in may else false()
        own_clinic = CareTeamRow.clinic_id == access.principal.clinic_id
        statement = statement.where(
            CareTeamRow.account_id != access.principal.account_id,
            own_clinic,
            or_(own, ~has_other),
        )
    hidden = hidden_fields(session, CareTeamRow.__tablename__)
    alerts = [
        _alert(row, patient, has_physician=told, shows_reason="reason" not in hidden)
        for row, patient, told in session.execute(statement)
    ]
    if alerts:
        note_list(session, [alert.patient_id for alert in alerts])
    return alerts


def _visible(session: Session) -> ColumnElement[bool]:
    """Return the condition that whoever asks sees the patient."""
    theirs = restrict(
        session,
        select(PatientRow.id),
        clinic=PatientRow.clinic_id,
        patient=PatientRow.id,
    )
    return CareTeamRow.patient_id.in_(theirs)


def _alert(
    row: CareTeamRow, patient: PatientRow, *, has_physician: bool, shows_reason: bool
) -> Alert:
    return Alert(
        id=row.id,
        patient_id=patient.id,
        external_id=patient.external_id,
        opened_by=row.recorded_by,
        opened_at=row.valid_from,
        valid_until=row.valid_until,
        reason=row.reason if shows_reason else None,
        has_physician=has_physician,
    )
