"""Queries about alarms."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.alarms.tables import AlarmRow
from app.patients.rules import OWN_SOURCE


def alarms_of_patient(session: Session, patient_id: uuid.UUID) -> Sequence[AlarmRow]:
    """Return the patient's live alarms, oldest first."""
    return _alarms(session, patient_id, AlarmRow.voided_at.is_(None))


def alarms_to_tell(session: Session, patient_id: uuid.UUID) -> Sequence[AlarmRow]:
    """Return the patient's alarms, oldest first, with those that were taken back from home.

    Fear or shame may have taken one back, and in a family somebody else can; the clinic hears of
    it. What the clinic itself called a mistake is none.
    """
    from_home = AlarmRow.voided_by.in_(OWN_SOURCE)
    return _alarms(session, patient_id, AlarmRow.voided_at.is_(None) | from_home)


def _alarms(
    session: Session, patient_id: uuid.UUID, which: ColumnElement[bool]
) -> Sequence[AlarmRow]:
    return session.scalars(
        select(AlarmRow)
        .where(AlarmRow.patient_id == patient_id, which)
        .order_by(AlarmRow.noticed_at, AlarmRow.recorded_at, AlarmRow.id)
    ).all()
