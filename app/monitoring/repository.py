"""Queries about what happens beside an infusion."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.infusions.tables import InfusionRow, VialRow
from app.monitoring.rules import RateContext, risk_at
from app.monitoring.tables import InfusionEventRow
from app.patients.repository import dosing_weight_at
from app.patients.tables import PatientRow
from app.products.tables import ProductRow


def live_infusion(
    session: Session, patient: PatientRow, infusion_id: uuid.UUID
) -> InfusionRow | None:
    """Return the patient's infusion with this id; None where they have no such live one."""
    row = session.get(InfusionRow, infusion_id)
    if row is None or row.patient_id != patient.id or row.voided_at is not None:
        return None
    return row


def events_of(session: Session, infusion_id: uuid.UUID, *kinds: str) -> Sequence[InfusionEventRow]:
    """Return the live events of an infusion, oldest first; of some kinds on request."""
    statement = (
        select(InfusionEventRow)
        .where(InfusionEventRow.infusion_id == infusion_id, InfusionEventRow.voided_at.is_(None))
        .order_by(InfusionEventRow.at, InfusionEventRow.recorded_at, InfusionEventRow.id)
    )
    if kinds:
        statement = statement.where(InfusionEventRow.kind.in_(kinds))
    return session.scalars(statement).all()


def product_of(session: Session, infusion: InfusionRow) -> ProductRow | None:
    """Return the infusion's product in the clinic's catalogue, retired or not."""
    if infusion.product is None:
        return None
    return session.scalars(
        select(ProductRow).where(
            ProductRow.clinic_id == infusion.clinic_id, ProductRow.key == infusion.product
        )
    ).one_or_none()


def concentration_of(
    session: Session, infusion: InfusionRow, product: ProductRow | None
) -> float | None:
    """Return mg/mL as infused: the product's, or of a powder that of the last vial opened."""
    if product is None or product.concentration_mg_per_ml is not None:
        return None if product is None else product.concentration_mg_per_ml
    return session.scalars(
        select(VialRow.concentration_mg_per_ml)
        .where(VialRow.infusion_id == infusion.id, VialRow.voided_at.is_(None))
        .order_by(VialRow.recorded_at.desc(), VialRow.id)
        .limit(1)
    ).one_or_none()


def weight_of(session: Session, infusion: InfusionRow) -> float | None:
    """Return the weight in kg by which rates are judged: the infusion's own, else the dosing one.

    Without either it is the last weight before the infusion.
    """
    if infusion.weight_kg is not None:
        return infusion.weight_kg
    return dosing_weight_at(session, infusion.patient_id, infusion.started_at)


def rate_context(session: Session, infusion: InfusionRow, at: datetime) -> RateContext:
    """Return what a rate of the infusion at `at` is judged by."""
    product = product_of(session, infusion)
    events = events_of(session, infusion.id, "pre_check", "rate")
    return RateContext(
        facts=None if product is None else product.facts,
        concentration_mg_per_ml=concentration_of(session, infusion, product),
        weight_kg=weight_of(session, infusion),
        indication=session.get_one(PatientRow, infusion.patient_id).diagnosis,
        risk=risk_at(pre_checks_in(events), at),
        is_first=not any(row.at < at for row in running_in(events)),
    )


def pre_checks_in(events: Sequence[InfusionEventRow]) -> list[tuple[datetime, dict[str, Any]]]:
    """Return when and with which answers pre-checks were made, in the order of the events."""
    return [(row.at, row.details) for row in events if row.kind == "pre_check"]


def running_in(events: Sequence[InfusionEventRow]) -> list[InfusionEventRow]:
    """Return the steps in which something ran, in the order of the events."""
    return [row for row in events if row.kind == "rate" and row.details["ml_per_h"] > 0]


def rate_at(session: Session, infusion: InfusionRow | None, at: datetime) -> float | None:
    """Return the rate in mL/h that ran at `at`; None where no step says it, or after the end."""
    if infusion is None or (infusion.ended_at is not None and at > infusion.ended_at):
        return None
    steps = [row for row in events_of(session, infusion.id, "rate") if row.at <= at]
    return float(steps[-1].details["ml_per_h"]) if steps else None
