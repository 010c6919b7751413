"""Queries about patients, their weights and the state of their analysis."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, or_, select, update
from sqlalchemy.orm import Session

from app.kit.sealing import keyring_of
from app.patients.tables import (
    AnalysisRow,
    PatientRow,
    TherapyRow,
    WeightRow,
    external_id_index,
)


def mark_stale(session: Session, patient_id: uuid.UUID) -> None:
    """Say that the patient's record changed, in the transaction of the change."""
    session.execute(
        update(AnalysisRow)
        .where(AnalysisRow.patient_id == patient_id)
        .values(change_number=AnalysisRow.change_number + 1)
    )


def mark_clinic_stale(session: Session, clinic_id: uuid.UUID) -> None:
    """Say that something changed that every analysis of the clinic rests on."""
    session.execute(
        update(AnalysisRow)
        .where(AnalysisRow.clinic_id == clinic_id)
        .values(change_number=AnalysisRow.change_number + 1)
    )


def select_stale(now: datetime) -> Select[AnalysisRow]:
    """Select the analyses that no longer stand at `now`."""
    return select(AnalysisRow).where(
        or_(
            AnalysisRow.analysed_number.is_(None),
            AnalysisRow.analysed_number < AnalysisRow.change_number,
            AnalysisRow.look_again_at <= now,
        )
    )


def is_called(session: Session, external_id: str) -> ColumnElement[bool]:
    """Return the condition that a patient has this identifier."""
    return PatientRow.external_id_index == external_id_index(keyring_of(session), external_id)


def select_patients(*, clinic_id: uuid.UUID | None, include_voided: bool) -> Select[PatientRow]:
    """Select patients; what is None restricts nothing."""
    statement = select(PatientRow)
    if clinic_id is not None:
        statement = statement.where(PatientRow.clinic_id == clinic_id)
    if not include_voided:
        statement = statement.where(PatientRow.voided_at.is_(None))
    return statement


def find_by_external_id(
    session: Session, clinic_id: uuid.UUID, external_id: str
) -> PatientRow | None:
    """Find the clinic's patient with this identifier, voided ones apart."""
    return session.scalars(
        select(PatientRow).where(
            PatientRow.clinic_id == clinic_id,
            is_called(session, external_id),
            PatientRow.voided_at.is_(None),
        )
    ).one_or_none()


def weight_before(
    session: Session, patient_id: uuid.UUID, instant: datetime, *, without: uuid.UUID | None
) -> float | None:
    """Return the last live weight in kg at or before `instant`, other than the row `without`."""
    statement = (
        select(WeightRow.weight_kg)
        .where(
            WeightRow.patient_id == patient_id,
            WeightRow.voided_at.is_(None),
            WeightRow.measured_at <= instant,
        )
        .order_by(WeightRow.measured_at.desc())
        .limit(1)
    )
    if without is not None:
        statement = statement.where(WeightRow.id != without)
    return session.scalars(statement).one_or_none()


def dosing_weight_at(session: Session, patient_id: uuid.UUID, instant: datetime) -> float | None:
    """Return the weight in kg that a dose is judged by: the last dosing weight, else the last."""
    is_actual = case((WeightRow.kind == "dosing", 0), else_=1)
    return session.scalars(
        select(WeightRow.weight_kg)
        .where(
            WeightRow.patient_id == patient_id,
            WeightRow.voided_at.is_(None),
            WeightRow.measured_at <= instant,
        )
        .order_by(is_actual, WeightRow.measured_at.desc())
        .limit(1)
    ).one_or_none()


def weights_of(session: Session, patient_id: uuid.UUID) -> Sequence[WeightRow]:
    """Return the live weights, oldest first."""
    return session.scalars(
        select(WeightRow)
        .where(WeightRow.patient_id == patient_id, WeightRow.voided_at.is_(None))
        .order_by(WeightRow.measured_at)
    ).all()


def therapies_of(session: Session, patient_id: uuid.UUID) -> Sequence[TherapyRow]:
    """Return the live therapies, oldest first."""
    return session.scalars(
        select(TherapyRow)
        .where(TherapyRow.patient_id == patient_id, TherapyRow.voided_at.is_(None))
        .order_by(TherapyRow.from_date, TherapyRow.therapy)
    ).all()
