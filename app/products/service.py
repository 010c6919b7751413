"""How a clinic gets its product catalogue, and keeps it right."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinics.tables import ClinicRow
from app.errors import Conflict
from app.kit import history
from app.kit.access import content_if_visible
from app.kit.base import Json
from app.kit.history import Change, as_json
from app.kit.limits import require_plausible
from app.kit.rows import get_kept, require_live
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
        row = ProductRow(id=uuid.uuid4(), clinic_id=clinic_id, key=product.key, **_content(product))
        history.begin(row, change)
        session.add(row)
    session.flush()


def get_product(session: Session, row_id: uuid.UUID, *, lock: bool = False) -> ProductRow:
    """Return the product, retired or not; locked against other changes on request.

    Raises
    ------
    NotFound
        There is no such product, or it is not for whoever asks to see.
    """
    return get_kept(session, ProductRow, row_id, what="Product", lock=lock)


def create_product(
    session: Session,
    change: Change,
    *,
    clinic: ClinicRow,
    row_id: uuid.UUID | None,
    draft: Product,
) -> tuple[ProductRow, bool]:
    """Add a product to a clinic's catalogue, or find that it was added before.

    Raises
    ------
    RuleViolation
        The draft has faults.
    Conflict
        The id is stored with other content, or the key is taken, if only by a retired product.
    """
    stored = None if row_id is None else session.get(ProductRow, row_id)
    if stored is not None:
        return _same_product(session, stored, clinic=clinic, draft=draft), False
    require_live(clinic)
    taken = gtins_in_use(session, clinic.id)
    require_plausible(check_product(draft, now=change.now, taken=taken), confirmed=False)
    row = ProductRow(
        id=row_id or uuid.uuid4(), clinic_id=clinic.id, key=draft.key, **_content(draft)
    )
    history.begin(row, change)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        # Somebody else may have sent the very same product at the same moment.
        stored = session.get(ProductRow, row.id)
        if stored is None:
            message = f"The catalogue has a product {draft.key} already, in use or retired."
            raise Conflict(message) from error
        return _same_product(session, stored, clinic=clinic, draft=draft), False
    return row, True


def amend_product(session: Session, change: Change, *, row: ProductRow, draft: Product) -> None:
    """Change a product; what was confirmed of other figures is not confirmed of these.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    require_live(row)
    taken = gtins_in_use(session, row.clinic_id, but=row.id)
    require_plausible(check_product(draft, now=change.now, taken=taken), confirmed=False)
    before, after = asdict(product_of(row.facts)), asdict(draft)
    changed = {name for name, value in after.items() if before[name] != value}
    if not changed:
        return
    content = _content(draft)
    if changed <= _BESIDE_THE_LABEL and CONFIRMED in row.facts:
        content["facts"][CONFIRMED] = row.facts[CONFIRMED]
    history.amend(session, row, content, change=change)


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


def retire_product(session: Session, change: Change, *, row: ProductRow) -> None:
    """Take a product out of use: it stays readable, and is neither planned nor given anew.

    Raises
    ------
    Conflict
        It is retired already.
    """
    history.void(session, row, change)


def _content(product: Product) -> Json:
    return {
        "name": product.name,
        "route": product.route,
        "concentration_mg_per_ml": product.concentration_mg_per_ml,
        "facts": facts_of(product),
    }


def _same_product(
    session: Session, stored: ProductRow, *, clinic: ClinicRow, draft: Product
) -> ProductRow:
    first = history.first_version_of(session, stored)["facts"]
    if stored.clinic_id != clinic.id or product_of(first) != draft:
        message = f"Product {stored.id} is stored already with other content."
        raise Conflict(message, stored=content_if_visible(session, stored), sent=facts_of(draft))
    return stored
