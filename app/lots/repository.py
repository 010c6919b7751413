"""Queries about recalls."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.lots.rules import lot_key
from app.lots.tables import RecallRow


def select_recalls(clinic_id: uuid.UUID, *, include_voided: bool = False) -> Select[RecallRow]:
    """Select the clinic's recalls, on request with the voided ones."""
    statement = select(RecallRow).where(RecallRow.clinic_id == clinic_id)
    return statement if include_voided else statement.where(RecallRow.voided_at.is_(None))


def find_recall(
    session: Session,
    clinic_id: uuid.UUID,
    *,
    product: str | None,
    lot: str,
    on_or_before: date | None = None,
) -> RecallRow | None:
    """Return the newest live recall of a lot; one of every product counts for each of them.

    A product that is not known matches every recall of the lot. With `on_or_before`, those that
    were announced later do not count.
    """
    statement = select_recalls(clinic_id).where(RecallRow.lot_key == lot_key(lot))
    if product is not None:
        statement = statement.where(or_(RecallRow.product == product, RecallRow.product.is_(None)))
    if on_or_before is not None:
        statement = statement.where(RecallRow.announced_on <= on_or_before)
    newest = statement.order_by(RecallRow.announced_on.desc(), RecallRow.id.desc()).limit(1)
    return session.scalar(newest)
