"""Queries about reactions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.infusions.tables import InfusionRow
from app.reactions.tables import ReactionRow


def reactions_of_patient(session: Session, patient_id: uuid.UUID) -> Sequence[ReactionRow]:
    """Return the live reactions to the patient's live infusions, oldest first."""
    return session.scalars(
        select(ReactionRow)
        .join(InfusionRow, InfusionRow.id == ReactionRow.infusion_id)
        .where(
            ReactionRow.patient_id == patient_id,
            ReactionRow.voided_at.is_(None),
            InfusionRow.voided_at.is_(None),
        )
        .order_by(ReactionRow.onset_at, ReactionRow.recorded_at, ReactionRow.id)
    ).all()
