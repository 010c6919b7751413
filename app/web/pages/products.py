"""The catalogue of products: what is known, how well, and who compared it with a label."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request, Response

from app.clinics.entries import get_row
from app.errors import AppError
from app.kit.access import needs, note_list
from app.kit.deps import Asked, Work
from app.kit.history import history_of, void
from app.products.facts import CONFIRMED, Product, product_of
from app.products.repository import select_products
from app.products.service import PRODUCT, confirm_product
from app.products.tables import ProductRow
from app.web.clinics import ClinicQuery, Clinics, choose_clinic
from app.web.forms import Typed, needed, require_seen, said
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router, see_other
from app.web.pages.history import ClinicHistoryView, version_views
from app.web.paths import PRODUCTS
from app.web.templating import render

router: Final = page_router()
ONE: Final = f"{PRODUCTS}/{{row_id}}"


@dataclass(frozen=True, slots=True)
class ProductView:
    """One product: its row, what the row states, and who compared that with a label."""

    row: ProductRow
    product: Product
    confirmed: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """Everything that the list shows; retired products come last."""

    clinics: Clinics
    products: Sequence[ProductView]


def _view(row: ProductRow) -> ProductView:
    return ProductView(row, product_of(row.facts), row.facts.get(CONFIRMED))


@router.get(PRODUCTS)
@needs("products.read")
def show_products(request: Request, work: Work, clinic: ClinicQuery = None) -> Response:
    """Show the catalogue of a clinic by name."""
    with work.reading() as session:
        clinics = choose_clinic(session, clinic)
        statement = select_products(clinics.shown.id, include_voided=True)
        rows = session.scalars(statement.order_by(ProductRow.name, ProductRow.id)).all()
        note_list(session, [row.id for row in rows])
        rows = sorted(rows, key=lambda row: row.voided_at is not None)
        view = CatalogueView(clinics, [_view(row) for row in rows])
    return render(request, "products.html", view=view)


def _one(
    request: Request, work: Asked, row_id: uuid.UUID, error: AppError | None = None
) -> Response:
    with work.reading() as session:
        view = _view(get_row(session, PRODUCT, row_id))
    status, errors = (200, []) if error is None else (error.status_code, said(error))
    return render(request, "product.html", status=status, view=view, errors=errors)


@router.get(ONE)
@needs("products.read")
def show_product(request: Request, work: Work, row_id: uuid.UUID) -> Response:
    """Show what is known of one product, retired or not."""
    return _one(request, work, row_id)


@router.get(f"{ONE}/history")
@needs("products.read")
def show_product_history(request: Request, work: Work, row_id: uuid.UUID) -> Response:
    """Show every version of one product."""
    with work.reading() as session:
        row = get_row(session, PRODUCT, row_id)
        versions = version_views(history_of(session, row), hidden=frozenset(), zone="UTC")
        address = f"{PRODUCTS}/{row.id}"
        view = ClinicHistoryView(row.name, address, _("Product"), versions, when_void=_("Retired"))
    return render(request, "history.html", view=view)


@router.post(f"{ONE}/confirm")
@needs("products.write")
def confirm_figures(
    request: Request, work: Work, row_id: uuid.UUID, against: Typed = "", version: Typed = ""
) -> Response:
    """Keep that somebody compared every figure that the page showed with a label."""
    on_fault(request, lambda error: _one(request, work, row_id, error))
    with work.writing() as session:
        row = get_row(session, PRODUCT, row_id, lock=True)
        label = needed("against", against, what=_("name the label and its date"))
        require_seen(row, version)
        confirm_product(session, work.change(), row=row, against=label)
    return see_other(f"{PRODUCTS}/{row_id}")


@router.post(f"{ONE}/retire")
@needs("products.write")
def retire_from_use(
    request: Request, work: Work, row_id: uuid.UUID, reason: Typed = ""
) -> Response:
    """Let nobody plan or give the product any more."""
    on_fault(request, lambda error: _one(request, work, row_id, error))
    with work.writing() as session:
        row = get_row(session, PRODUCT, row_id, lock=True)
        void(session, row, work.change(needed("reason", reason)))
    return see_other(f"{PRODUCTS}/{row_id}")
