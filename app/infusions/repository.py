"""Queries about infusions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.records import Infusion
from app.infusions.tables import InfusionRow


def infusions_of(session: Session, patient_id: uuid.UUID) -> Sequence[InfusionRow]:
    """Return the live infusions, oldest first."""
    return session.scalars(
        select(InfusionRow)
        .where(InfusionRow.patient_id == patient_id, InfusionRow.voided_at.is_(None))
        .order_by(InfusionRow.started_at, InfusionRow.id)
    ).all()


def infusions_around(
    session: Session, patient_id: uuid.UUID, instant: datetime, *, days: int
) -> Sequence[InfusionRow]:
    """Return the live infusions that started at most `days` before or after `instant`."""
    margin = timedelta(days=days)
    return session.scalars(
        select(InfusionRow)
        .where(
            InfusionRow.patient_id == patient_id,
            InfusionRow.voided_at.is_(None),
            InfusionRow.started_at.between(instant - margin, instant + margin),
        )
        .order_by(InfusionRow.started_at, InfusionRow.id)
    ).all()


def infusion(row: InfusionRow) -> Infusion:
    """Return the infusion as the analysis is told it."""
    return Infusion(
        started_at=row.started_at,
        time_zone=row.time_zone,
        status=cast("Any", row.status),
        product=row.product,
        dose_g=row.dose_g,
        weight_kg=row.weight_kg,
    )
