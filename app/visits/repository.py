"""Queries about visits, what belongs to them, and the calls after them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.infusions.rules import GIVEN
from app.infusions.tables import InfusionRow
from app.kit.access import restrict
from app.patients.tables import PatientRow
from app.plans.tables import PlanRow
from app.visits.tables import CallRow, VisitRow


def calls_of(session: Session, visit_id: uuid.UUID) -> Sequence[CallRow]:
    """Return the live calls after a visit, oldest first."""
    return session.scalars(
        select(CallRow)
        .where(CallRow.visit_id == visit_id, CallRow.voided_at.is_(None))
        .order_by(CallRow.called_at, CallRow.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Called:
    """A visit whose infusion ran lately, with its patient."""

    visit: VisitRow
    infusion: InfusionRow
    patient: PatientRow

    @property
    def ended_at(self) -> datetime:
        """When the infusion ended, as well as anybody wrote it down."""
        return self.infusion.ended_at or self.visit.left_at or self.infusion.started_at


def visits_since(session: Session, clinic_id: uuid.UUID, since: datetime) -> list[Called]:
    """Return the clinic's live visits whose infusion ran and began after `since`.

    Only patients whom whoever asks may see are among them.
    """
    statement: Any = (
        select(VisitRow, InfusionRow, PatientRow)
        .join(InfusionRow, InfusionRow.id == VisitRow.infusion_id)
        .join(PatientRow, PatientRow.id == VisitRow.patient_id)
        .where(
            VisitRow.clinic_id == clinic_id,
            VisitRow.voided_at.is_(None),
            InfusionRow.voided_at.is_(None),
            InfusionRow.status.in_(GIVEN),
            InfusionRow.started_at > since,
        )
        .order_by(InfusionRow.started_at, VisitRow.id)
    )
    seen = restrict(session, statement, clinic=VisitRow.clinic_id, patient=VisitRow.patient_id)
    return [Called(*row) for row in session.execute(seen)]


def visit_called(session: Session, visit: VisitRow) -> Called | None:
    """Return the visit with its infusion, if that ran."""
    row = None if visit.infusion_id is None else session.get(InfusionRow, visit.infusion_id)
    if row is None or row.voided_at is not None or row.status not in GIVEN:
        return None
    return Called(visit, row, session.get_one(PatientRow, visit.patient_id))


def infusions_since(
    session: Session, patient_ids: Iterable[uuid.UUID], since: datetime
) -> Sequence[InfusionRow]:
    """Return the live infusions of some patients that began after `since`, oldest first."""
    return session.scalars(
        select(InfusionRow)
        .where(
            InfusionRow.patient_id.in_(set(patient_ids)),
            InfusionRow.voided_at.is_(None),
            InfusionRow.started_at > since,
        )
        .order_by(InfusionRow.started_at, InfusionRow.id)
    ).all()


def plans_of_many(session: Session, patient_ids: Iterable[uuid.UUID]) -> Sequence[PlanRow]:
    """Return the live plans of some patients."""
    return session.scalars(
        select(PlanRow).where(PlanRow.patient_id.in_(set(patient_ids)), PlanRow.voided_at.is_(None))
    ).all()


def calls_since(
    session: Session, patient_ids: Iterable[uuid.UUID], since: datetime
) -> Sequence[CallRow]:
    """Return the live calls to some patients after `since`, oldest first."""
    return session.scalars(
        select(CallRow)
        .where(
            CallRow.patient_id.in_(set(patient_ids)),
            CallRow.voided_at.is_(None),
            CallRow.called_at > since,
        )
        .order_by(CallRow.called_at)
    ).all()
