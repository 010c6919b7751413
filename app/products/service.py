"""How a clinic gets its product catalogue."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from sqlalchemy.orm import Session

from app.kit import history
from app.kit.history import Change, as_json
from app.products.catalogue import PRODUCTS
from app.products.tables import ProductRow


def add_catalogue(session: Session, change: Change, clinic_id: uuid.UUID) -> None:
    """Give a new clinic its own copy of the catalogue, with the source of every fact."""
    for product in PRODUCTS:
        facts = {key: as_json(value) for key, value in asdict(product).items()}
        row = ProductRow(
            id=uuid.uuid4(),
            clinic_id=clinic_id,
            key=product.key,
            name=product.name,
            route=product.route,
            concentration_mg_per_ml=product.concentration_mg_per_ml,
            facts=facts,
        )
        history.begin(row, change)
        session.add(row)
    session.flush()
