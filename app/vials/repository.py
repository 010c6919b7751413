"""Queries about vials."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.infusions.tables import VialRow
from app.vials.grams import Given


def is_serial_used(
    session: Session,
    clinic_id: uuid.UUID,
    *,
    serial: str,
    gtin: str | None,
    product: str | None,
    but: uuid.UUID | None = None,
) -> bool:
    """Say whether a vial with this serial stands in the clinic's record, other than `but`.

    Serials are given by makers for each GTIN. Where one of both vials has none, they are the same
    one if they are of the same product.
    """
    is_same: list[ColumnElement[bool]] = [VialRow.product == product] if product else []
    if gtin is not None:
        is_same = [VialRow.gtin == gtin, *(VialRow.gtin.is_(None) & same for same in is_same)]
    statement = select(VialRow.id).where(
        VialRow.clinic_id == clinic_id,
        VialRow.serial == serial,
        VialRow.voided_at.is_(None),
        or_(*is_same) if is_same else VialRow.serial == serial,
    )
    if but is not None:
        statement = statement.where(VialRow.id != but)
    return session.execute(statement.limit(1)).first() is not None


def given(row: VialRow) -> Given:
    """Return what is summed of a vial."""
    return Given(
        lot=row.lot,
        nominal_g=row.nominal_g,
        used_g=row.used_g,
        wasted_g=row.wasted_g,
        used_ml=row.used_ml,
        wasted_ml=row.wasted_ml,
        started_at=row.started_at,
    )
