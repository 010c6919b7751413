"""JSON API of the product catalogue."""

from __future__ import annotations

import uuid
from typing import Final

from fastapi import Response

from app.clinics.entries import get_row
from app.clinics.record_routes import ClinicKind, add_clinic_routes
from app.kit.access import needs
from app.kit.answers import row_response
from app.kit.deps import Work
from app.kit.etags import IfMatch, require_match
from app.kit.pagination import Order
from app.kit.routing import api_router
from app.products import service
from app.products.schemas import (
    ProductChange,
    ProductConfirm,
    ProductCreate,
    ProductRead,
    changed_facts,
)
from app.products.service import PRODUCT
from app.products.tables import ProductRow

router: Final = api_router("products")

_PRODUCTS: Final = ClinicKind(
    plural="products",
    singular="product",
    area="products",
    says={
        "list": "List the clinic's products by their key.",
        "create": "Add a product to the clinic's catalogue.",
        "read": "Show one product of a clinic's catalogue, retired or not.",
        "history": "Show every version of a product, oldest first.",
        "change": (
            "Change a product; another figure of the label undoes the clinic's confirmation."
        ),
        "void": "Retire a product: it stays readable, and is neither planned nor given anew.",
    },
    entry=PRODUCT,
    create=ProductCreate,
    draft_of=ProductCreate.draft,
    change=ProductChange,
    sent_of=changed_facts,
    read=ProductRead,
    order=Order("products", ProductRow.key, ProductRow.id, is_newest_first=False),
    void_is="retire",
)

add_clinic_routes(router, _PRODUCTS, "list", "create", "read", "history", "change")


@router.post("/products/{id}/confirm", operation_id="confirm_product", response_model=ProductRead)
@needs("products.write")
def confirm_product(
    *, id: uuid.UUID, body: ProductConfirm, work: Work, if_match: IfMatch = None
) -> Response:
    """Say that every figure of the product was compared with the current label."""
    with work.writing() as session:
        row = get_row(session, PRODUCT, id, lock=True)
        require_match(if_match, row)
        change = work.change(body.change_reason)
        service.confirm_product(session, change, row=row, against=body.against)
        shown = ProductRead.model_validate(row)
    return row_response(shown)


add_clinic_routes(router, _PRODUCTS, "void")
