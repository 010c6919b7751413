"""Queries about infusions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.records import Infusion
from app.infusions.rules import VialTotals, totals_of
from app.infusions.tables import InfusionRow, VialRow


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


def vials_of(session: Session, infusion_id: uuid.UUID) -> Sequence[VialRow]:
    """Return the live vials of an infusion in the order in which they were started.

    Those without a time come last, as they were entered.
    """
    return session.scalars(_in_order(select(VialRow), infusion_id)).all()


def _in_order(statement: Any, infusion_id: uuid.UUID) -> Any:
    live = statement.where(VialRow.infusion_id == infusion_id, VialRow.voided_at.is_(None))
    return live.order_by(VialRow.started_at.nulls_last(), VialRow.recorded_at, VialRow.id)


def vial_totals(session: Session, infusion_id: uuid.UUID) -> VialTotals | None:
    """Return what the live vials of an infusion say of it; None where it has none."""
    # Columns, because the session may know a vial from before somebody corrected it.
    statement = _in_order(select(VialRow.product, VialRow.lot, VialRow.used_g), infusion_id)
    return totals_of([(row.product, row.lot, row.used_g) for row in session.execute(statement)])
