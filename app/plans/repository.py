"""Queries about plans and holds."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.records import Hold, PlanVersion
from app.plans.tables import HoldRow, PlanRow


def plans_of(session: Session, patient_id: uuid.UUID) -> Sequence[PlanRow]:
    """Return the live plan versions, oldest first."""
    return session.scalars(
        select(PlanRow)
        .where(PlanRow.patient_id == patient_id, PlanRow.voided_at.is_(None))
        .order_by(PlanRow.effective_date)
    ).all()


def holds_of(session: Session, patient_id: uuid.UUID) -> Sequence[HoldRow]:
    """Return the live holds, oldest first."""
    return session.scalars(
        select(HoldRow)
        .where(HoldRow.patient_id == patient_id, HoldRow.voided_at.is_(None))
        .order_by(HoldRow.from_date)
    ).all()


def plan_version(row: PlanRow) -> PlanVersion:
    """Return the plan as the analysis is told it."""
    return PlanVersion(
        effective_date=row.effective_date,
        interval_days=row.interval_days,
        course_days=row.course_days,
        product=row.product,
        route="subcutaneous" if row.route == "subcutaneous" else "intravenous",
        dose_g_per_kg=row.dose_g_per_kg,
        dose_g=row.dose_g,
        calendar="fixed" if row.calendar == "fixed" else "rolling",
    )


def hold(row: HoldRow) -> Hold:
    """Return the hold as the analysis is told it."""
    return Hold(row.from_date, row.to_date, row.reason)
