"""Queries about alarms."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alarms.tables import AlarmRow


def alarms_of_patient(session: Session, patient_id: uuid.UUID) -> Sequence[AlarmRow]:
    """Return the patient's live alarms, oldest first."""
    return session.scalars(
        select(AlarmRow)
        .where(AlarmRow.patient_id == patient_id, AlarmRow.voided_at.is_(None))
        .order_by(AlarmRow.noticed_at, AlarmRow.recorded_at, AlarmRow.id)
    ).all()
