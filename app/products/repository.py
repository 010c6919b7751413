"""Queries about the product catalogue."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import Session

from app.products.tables import ProductRow


def known_keys(
    session: Session, clinic_id: uuid.UUID, *, at: datetime | None = None
) -> dict[str, str]:
    """Return the usual route of every product that may be planned or given, by key.

    `at` is the instant at which something was given: a product that was retired later counts.
    """
    in_use: ColumnElement[bool] = ProductRow.voided_at.is_(None)
    if at is not None:
        in_use = or_(in_use, ProductRow.voided_at > at)
    return _routes(session, clinic_id, in_use)


def all_keys(session: Session, clinic_id: uuid.UUID) -> dict[str, str]:
    """Return the usual route of every product of the clinic, retired or not, by key."""
    return _routes(session, clinic_id, true())


def _routes(
    session: Session, clinic_id: uuid.UUID, condition: ColumnElement[bool]
) -> dict[str, str]:
    statement = select(ProductRow.key, ProductRow.route).where(
        ProductRow.clinic_id == clinic_id, condition
    )
    return {row.key: row.route for row in session.execute(statement)}


def select_products(clinic_id: uuid.UUID, *, include_voided: bool) -> Select[ProductRow]:
    """Select the clinic's products, on request with the retired (voided) ones."""
    statement = select(ProductRow).where(ProductRow.clinic_id == clinic_id)
    return statement if include_voided else statement.where(ProductRow.voided_at.is_(None))


def product_names(session: Session, clinic_id: uuid.UUID) -> dict[str, str]:
    """Return the name of every product of a clinic by key, retired or not, in order of names."""
    statement = select_products(clinic_id, include_voided=True).order_by(ProductRow.name)
    return {row.key: row.name for row in session.scalars(statement)}


class ProductOfGtin(NamedTuple):
    """A product of the catalogue, retired or not, and the size of the vial that was scanned."""

    product: ProductRow
    vial_g: float


def find_by_gtin(session: Session, clinic_id: uuid.UUID, gtin: str) -> ProductOfGtin | None:
    """Return the clinic's product with this GTIN of 14 digits; one in use before a retired one.

    A catalogue has a few dozen rows, so they are read as they are.
    """
    found = [
        ProductOfGtin(row, float(entry["vial_g"]))
        for row in session.scalars(select_products(clinic_id, include_voided=True))
        for entry in row.facts.get("gtins", ())
        if entry["gtin"] == gtin
    ]
    return min(found, key=lambda hit: hit.product.voided_at is not None, default=None)


def find_by_key(session: Session, clinic_id: uuid.UUID, key: str) -> ProductRow | None:
    """Return the clinic's product with this key, retired or not."""
    statement = select_products(clinic_id, include_voided=True).where(ProductRow.key == key)
    return session.scalar(statement)


def gtins_in_use(
    session: Session, clinic_id: uuid.UUID, *, but: uuid.UUID | None = None
) -> dict[str, str]:
    """Return the GTINs of the clinic's products in use, each with the key of its product."""
    return {
        entry["gtin"]: row.key
        for row in session.scalars(select_products(clinic_id, include_voided=False))
        if row.id != but
        for entry in row.facts.get("gtins", ())
    }
