"""JSON API of the product catalogue."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

from fastapi import Query, Request, Response

from app.clinics.service import get_clinic
from app.kit.access import needs
from app.kit.answers import Versions, row_response, shown_page, versions_response
from app.kit.deps import Work
from app.kit.etags import IfNoneMatch
from app.kit.history import history_of
from app.kit.pagination import Order, PageOf, RecordsQuery, read_page
from app.kit.routing import api_router
from app.kit.rows import get_kept
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
@needs("products.read")
def list_products(
    request: Request, clinic_id: uuid.UUID, query: Annotated[RecordsQuery, Query()], work: Work
) -> Response:
    """List the clinic's products by their key."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        statement = select_products(clinic.id, include_voided=query.include_voided)
        page = read_page(session, statement, order=_BY_KEY, query=query)
        return shown_page(request, page, ProductRead)


@router.get(
    "/products/{id}",
    operation_id="read_product",
    response_model=ProductRead,
    responses={304: {"description": "The client holds the newest version."}},
)
@needs("products.read")
def read_product(id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None) -> Response:
    """Show one product of a clinic's catalogue, retired or not."""
    with work.reading() as session:
        shown = ProductRead.model_validate(get_kept(session, ProductRow, id, what="Product"))
    return row_response(shown, if_none_match=if_none_match)


@router.get(
    "/products/{id}/history",
    operation_id="read_product_history",
    response_model=Versions[ProductRead],
)
@needs("products.read")
def read_product_history(id: uuid.UUID, work: Work) -> Response:
    """Show every version of a product, oldest first."""
    with work.reading() as session:
        versions = history_of(session, get_kept(session, ProductRow, id, what="Product"))
    return versions_response(versions, ProductRead)
