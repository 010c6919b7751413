"""How a clinic gets its product catalogue, and keeps it right."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Final

from sqlalchemy.orm import Session

from app.clinics.entries import ClinicEntry
from app.errors import Fault
from app.kit import history
from app.kit.base import Json
from app.kit.history import Change, as_json
from app.kit.limits import require_plausible
from app.kit.rows import Entering, require_live
from app.products.catalogue import PRODUCTS
from app.products.checking import check_against, check_product
from app.products.facts import CONFIRMED, Product, facts_of, product_of
from app.products.repository import gtins_in_use
from app.products.tables import ProductRow

_BESIDE_THE_LABEL: Final = frozenset(
    {"name", "manufacturer", "hcpcs", "atc", "atc_confidence", "note", "gtins"}
)
"""What can change without a new look at the label; every other change undoes the confirmation."""


def add_catalogue(session: Session, change: Change, clinic_id: uuid.UUID) -> None:
    """Give a new clinic its own copy of the catalogue, with the source of every fact."""
    for product in PRODUCTS:
        row = ProductRow(id=uuid.uuid4(), clinic_id=clinic_id, **_content(product))
        history.begin(row, change)
        session.add(row)
    session.flush()


def _check(
    entering: Entering, clinic_id: uuid.UUID, draft: Product, *, row_id: uuid.UUID | None
) -> list[Fault]:
    taken = gtins_in_use(entering.session, clinic_id, but=row_id)
    return check_product(draft, now=entering.change.now, taken=taken)


def _content(product: Product) -> Json:
    return {
        "key": product.key,
        "name": product.name,
        "route": product.route,
        "concentration_mg_per_ml": product.concentration_mg_per_ml,
        "facts": facts_of(product),
    }


def _amended(row: ProductRow, draft: Product) -> Json:
    """Return the row anew; what was confirmed of other figures is not confirmed of these."""
    before, after = asdict(product_of(row.facts)), asdict(draft)
    changed = {name for name, value in after.items() if before[name] != value}
    if not changed:
        return {}
    content = _content(draft)
    if changed <= _BESIDE_THE_LABEL and CONFIRMED in row.facts:
        content["facts"][CONFIRMED] = row.facts[CONFIRMED]
    return content


PRODUCT: Final[ClinicEntry[Product, ProductRow]] = ClinicEntry(
    what="Product",
    table=ProductRow,
    draft_of=lambda row: product_of(row.facts),
    content_of=_content,
    check=_check,
    row_key=("key",),
    is_key_kept=True,
    taken=lambda row: f"The catalogue has a product {row.key} already, in use or retired.",
    amended=_amended,
    # What older rows lack is not known.
    restated=lambda first: {**first, "facts": facts_of(product_of(first["facts"]))},
)


def confirm_product(session: Session, change: Change, *, row: ProductRow, against: str) -> None:
    """Keep that the clinic compared every figure of the row with a label.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    require_live(row)
    require_plausible(check_against(against), confirmed=False)
    confirmed = {"by": change.actor.name, "at": as_json(change.now), "against": against}
    history.amend(session, row, {"facts": {**row.facts, CONFIRMED: confirmed}}, change=change)
