"""JSON API of the product catalogue."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

from fastapi import Query, Request, Response

from app.clinics.service import get_clinic
from app.kit.answers import shown_page
from app.kit.deps import Work
from app.kit.pagination import Order, PageOf, RecordsQuery, read_page
from app.kit.routing import api_router
from app.products.repository import select_products
from app.products.schemas import ProductRead
from app.products.tables import ProductRow

router: Final = api_router("products")

_BY_KEY: Final = Order("products", ProductRow.key, ProductRow.id, is_newest_first=False)


@router.get(
    "/clinics/{clinic_id}/products",
    operation_id="list_products",
    response_model=PageOf[ProductRead],
)
def list_products(
    request: Request, clinic_id: uuid.UUID, query: Annotated[RecordsQuery, Query()], work: Work
) -> Response:
    """List the clinic's products by their key."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        statement = select_products(clinic.id, include_voided=query.include_voided)
        page = read_page(session, statement, order=_BY_KEY, query=query)
        return shown_page(request, page, ProductRead)
