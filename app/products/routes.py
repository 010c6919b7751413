"""JSON API of the product catalogue."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.clinics.service import get_clinic
from app.errors import Fault
from app.kit.access import needs
from app.kit.answers import Versions, row_response, saved_response, shown_page, versions_response
from app.kit.deps import Work
from app.kit.etags import IfMatch, IfNoneMatch, require_match
from app.kit.history import history_of
from app.kit.pagination import Order, PageOf, RecordsQuery, read_page
from app.kit.routing import API, api_router, rules_of_body
from app.kit.shapes import ChangeBody, VoidBody
from app.products import service
from app.products.checking import check_product
from app.products.facts import product_of
from app.products.repository import gtins_in_use, select_products
from app.products.schemas import (
    ProductChange,
    ProductConfirm,
    ProductCreate,
    ProductRead,
    changed_facts,
)
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
        shown = ProductRead.model_validate(service.get_product(session, id))
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
        versions = history_of(session, service.get_product(session, id))
    return versions_response(versions, ProductRead)


def _faults_of_new(
    session: Session, body: ProductCreate, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    clinic = get_clinic(session, uuid.UUID(path["clinic_id"]))
    return check_product(body.draft(), now=now, taken=gtins_in_use(session, clinic.id))


def _faults_of_change(
    session: Session, body: ChangeBody, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    row = service.get_product(session, uuid.UUID(path["id"]))
    draft = replace(product_of(row.facts), **changed_facts(body))
    return check_product(draft, now=now, taken=gtins_in_use(session, row.clinic_id, but=row.id))


@router.post(
    "/clinics/{clinic_id}/products",
    operation_id="create_product",
    status_code=201,
    response_model=ProductRead,
    responses={200: {"model": ProductRead, "description": "The same row was stored before."}},
)
@rules_of_body(ProductCreate, _faults_of_new)
@needs("products.write")
def create_product(clinic_id: uuid.UUID, body: ProductCreate, work: Work) -> Response:
    """Add a product to the clinic's catalogue."""
    with work.writing() as session:
        row, created = service.create_product(
            session,
            work.change(),
            clinic=get_clinic(session, clinic_id),
            row_id=body.id,
            draft=body.draft(),
        )
        shown = ProductRead.model_validate(row)
    return saved_response(shown, created=created, location=f"{API}/products/{shown.id}")


@router.patch("/products/{id}", operation_id="change_product", response_model=ProductRead)
@rules_of_body(ProductChange, _faults_of_change)
@needs("products.write")
def change_product(
    *,
    id: uuid.UUID,
    body: ProductChange,  # type: ignore[valid-type]
    work: Work,
    if_match: IfMatch = None,
) -> Response:
    """Change a product; another figure of the label undoes the clinic's confirmation."""
    sent: ChangeBody = body
    with work.writing() as session:
        row = service.get_product(session, id, lock=True)
        require_match(if_match, row)
        draft = replace(product_of(row.facts), **changed_facts(sent))
        service.amend_product(session, work.change(sent.change_reason), row=row, draft=draft)
        shown = ProductRead.model_validate(row)
    return row_response(shown)


@router.post("/products/{id}/confirm", operation_id="confirm_product", response_model=ProductRead)
@needs("products.write")
def confirm_product(
    *, id: uuid.UUID, body: ProductConfirm, work: Work, if_match: IfMatch = None
) -> Response:
    """Say that every figure of the product was compared with the current label."""
    with work.writing() as session:
        row = service.get_product(session, id, lock=True)
        require_match(if_match, row)
        change = work.change(body.change_reason)
        service.confirm_product(session, change, row=row, against=body.against)
        shown = ProductRead.model_validate(row)
    return row_response(shown)


@router.post("/products/{id}/void", operation_id="retire_product", response_model=ProductRead)
@needs("products.write")
def retire_product(
    *, id: uuid.UUID, body: VoidBody, work: Work, if_match: IfMatch = None
) -> Response:
    """Retire a product: it stays readable, and is neither planned nor given anew."""
    with work.writing() as session:
        row = service.get_product(session, id, lock=True)
        require_match(if_match, row)
        service.retire_product(session, work.change(body.void_reason), row=row)
        shown = ProductRead.model_validate(row)
    return row_response(shown)
