"""Which infusion days are whose: assigned to an account, begun by it, or both."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.infusions.tables import SignatureRow
from app.kit.access import restrict
from app.patients.tables import PatientRow
from app.schedule.tables import AssignmentRow
from app.visits.tables import VisitRow


@dataclass(frozen=True, slots=True)
class InfusionDay:
    """One infusion day of an account: assigned to it, begun by it, or both."""

    patient: PatientRow
    on: date
    assignment: AssignmentRow | None
    visit: VisitRow | None

    @property
    def planned_at(self) -> datetime | None:
        """When the nurse is expected, where somebody planned it."""
        return None if self.assignment is None else self.assignment.planned_at


def days_of(
    session: Session, clinic_id: uuid.UUID, account_id: uuid.UUID, *, first: date, last: date
) -> list[InfusionDay]:
    """Return the infusion days of an account from `first` to `last`, oldest first.

    Of those that nobody assigned to it only what it began and did not sign.
    """
    assigned = _assigned(session, clinic_id, account_id, first, last)
    ids = [row.id for row, _ in assigned]
    visits = _begun(session, clinic_id, account_id, ids, first, last)
    days = [
        InfusionDay(patient, row.on_date, row, _visit_of(row, visits)) for row, patient in assigned
    ]
    used = {day.visit.id for day in days if day.visit is not None}
    days += [
        InfusionDay(patient, visit.planned_on, None, visit)
        for visit, patient in visits
        if visit.id not in used and visit.nurse_id == account_id and not is_signed(session, visit)
    ]
    return sorted(days, key=lambda day: (day.on, str(day.planned_at), day.patient.external_id))


def _assigned(
    session: Session, clinic_id: uuid.UUID, account_id: uuid.UUID, first: date, last: date
) -> Sequence[Any]:
    statement: Any = (
        select(AssignmentRow, PatientRow)
        .join(PatientRow, PatientRow.id == AssignmentRow.patient_id)
        .where(
            AssignmentRow.clinic_id == clinic_id,
            AssignmentRow.account_id == account_id,
            AssignmentRow.on_date.between(first, last),
            AssignmentRow.voided_at.is_(None),
            PatientRow.voided_at.is_(None),
        )
    )
    return _seen(session, statement, AssignmentRow)


def _begun(
    session: Session,
    clinic_id: uuid.UUID,
    account_id: uuid.UUID,
    assignments: list[uuid.UUID],
    first: date,
    last: date,
) -> Sequence[Any]:
    """Return the visits of an account, and those of its assignments whoever made them."""
    statement: Any = (
        select(VisitRow, PatientRow)
        .join(PatientRow, PatientRow.id == VisitRow.patient_id)
        .where(
            VisitRow.clinic_id == clinic_id,
            or_(VisitRow.nurse_id == account_id, VisitRow.assignment_id.in_(assignments)),
            VisitRow.planned_on.between(first, last),
            VisitRow.voided_at.is_(None),
            PatientRow.voided_at.is_(None),
        )
    )
    return _seen(session, statement, VisitRow)


def _seen(session: Session, statement: Any, table: Any) -> Sequence[Any]:
    seen = restrict(session, statement, clinic=table.clinic_id, patient=table.patient_id)
    return session.execute(seen).all()


def _visit_of(row: AssignmentRow, visits: Sequence[Any]) -> VisitRow | None:
    """Return the visit of an assignment, else one of the patient's on that day that has none."""
    named: list[VisitRow] = [visit for visit, _ in visits if visit.assignment_id == row.id]
    free: list[VisitRow] = [
        visit
        for visit, _ in visits
        if visit.assignment_id is None
        and (visit.patient_id, visit.planned_on) == (row.patient_id, row.on_date)
    ]
    return next(iter(named + free), None)


def is_signed(session: Session, visit: VisitRow) -> bool:
    """Say whether a signature of the visit stands."""
    own = SignatureRow.visit_id == visit.id
    live = select(SignatureRow.id).where(own, SignatureRow.voided_at.is_(None))
    return session.scalars(live.limit(1)).one_or_none() is not None
