"""Queries about the product catalogue."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.products.tables import ProductRow


def known_keys(session: Session, clinic_id: uuid.UUID) -> dict[str, str]:
    """Return the usual route of every product that may be planned or given, by key."""
    statement = select(ProductRow.key, ProductRow.route).where(
        ProductRow.clinic_id == clinic_id, ProductRow.voided_at.is_(None)
    )
    rows = session.execute(statement).all()
    return {row.key: row.route for row in rows}


def select_products(clinic_id: uuid.UUID, *, include_voided: bool) -> Select[ProductRow]:
    """Select the clinic's products, on request with the retired (voided) ones."""
    statement = select(ProductRow).where(ProductRow.clinic_id == clinic_id)
    return statement if include_voided else statement.where(ProductRow.voided_at.is_(None))
