"""Queries about decisions on planned courses, and about who visits when."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.analysis.records import CourseException
from app.schedule.tables import AssignmentRow, CourseExceptionRow


def exceptions_of(
    session: Session, patient_id: uuid.UUID, *, including: uuid.UUID | None = None
) -> Sequence[CourseExceptionRow]:
    """Return the live exceptions in the order in which they were decided.

    `including` names one that counts although it was voided.
    """
    is_live = CourseExceptionRow.voided_at.is_(None)
    counts = is_live if including is None else or_(is_live, CourseExceptionRow.id == including)
    return session.scalars(
        select(CourseExceptionRow)
        .where(CourseExceptionRow.patient_id == patient_id, counts)
        .order_by(CourseExceptionRow.recorded_at, CourseExceptionRow.id)
    ).all()


def exception(row: CourseExceptionRow) -> CourseException:
    """Return the exception as the analysis is told it."""
    return CourseException(cast("Any", row.kind), row.slot_date, row.new_date)


def assignments_of_patient(session: Session, patient_id: uuid.UUID) -> Sequence[AssignmentRow]:
    """Return the live assignments of one patient, by day."""
    return session.scalars(
        select(AssignmentRow)
        .options(joinedload(AssignmentRow.account))
        .where(AssignmentRow.patient_id == patient_id, AssignmentRow.voided_at.is_(None))
        .order_by(AssignmentRow.on_date, AssignmentRow.planned_at, AssignmentRow.id)
    ).all()


def assignments_of_clinic(
    session: Session, clinic_id: uuid.UUID, *, first: date, last: date
) -> Sequence[AssignmentRow]:
    """Return the live assignments of a clinic on some days, by day.

    Whoever asks must keep those of patients whom they do not see to themselves.
    """
    return session.scalars(
        select(AssignmentRow)
        .options(joinedload(AssignmentRow.account))
        .where(
            AssignmentRow.clinic_id == clinic_id,
            AssignmentRow.on_date.between(first, last),
            AssignmentRow.voided_at.is_(None),
        )
        .order_by(AssignmentRow.on_date, AssignmentRow.planned_at, AssignmentRow.id)
    ).all()
