"""A plan's order in grams, millilitres and vials, beside what recent courses gave.

The page computes and changes nothing: how much a patient gets is the prescriber's to say.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.errors import AppError, Fault, RuleViolation
from app.kit.access import needs
from app.kit.deps import Asked, Work
from app.patients.entries import get_row
from app.patients.service import get_patient
from app.patients.tables import PatientRow
from app.plans.service import PLAN
from app.plans.tables import PlanRow
from app.products.repository import find_by_key, product_names, select_products
from app.products.tables import ProductRow
from app.schedule.converting import convert_plan
from app.schedule.schemas import ConversionQuery, ConversionRead
from app.web.forms import said
from app.web.i18n import N_
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router
from app.web.paths import PLANS
from app.web.templating import render

router: Final = page_router()

_REASONS: Final = {
    "weight": N_("choose one of the list"),
    "weight_kg": N_("type a number above 0 and at most 500, in kg"),
    "product": N_("choose one of the list"),
}


@dataclass(frozen=True, slots=True)
class ConversionView:
    """Everything that the page shows.

    Attributes
    ----------
    converted : ConversionRead
        The order converted as it was asked for; as planned where what was asked for is faulty,
        and then no figure of it is shown.
    product : ProductRow or None
        By which it was converted.
    shows_weights : bool
        Whoever asks may read weights; anybody else types one.
    products : mapping
        Names of products by key.
    others : mapping
        Names of the products that it can be converted by instead, by key; empty for whoever may
        not read the catalogue.
    typed : mapping
        What the form was sent with.
    """

    patient: PatientRow
    plan: PlanRow
    converted: ConversionRead
    product: ProductRow | None
    shows_weights: bool
    products: Mapping[str, str]
    others: Mapping[str, str]
    typed: Mapping[str, str]


@router.get(f"{PLANS}/{{row_id}}/conversion")
@needs("plans.read")
def show_conversion(
    *,
    request: Request,
    work: Work,
    row_id: uuid.UUID,
    weight: str = "dosing",
    weight_kg: str = "",
    product: str = "",
) -> Response:
    """Show what a plan orders in grams, millilitres and vials, by a weight and a product."""
    typed = {"weight": weight, "weight_kg": weight_kg.strip(), "product": product}
    on_fault(request, lambda error: _page(request, work, row_id, typed=typed, error=error))
    return _page(request, work, row_id, typed=typed)


def _query(typed: Mapping[str, str]) -> ConversionQuery:
    """Return what is asked for, nothing for a field left empty."""
    try:
        return ConversionQuery.model_validate({key: text for key, text in typed.items() if text})
    except ValidationError as error:
        wrong = [str(one["loc"][0]) for one in error.errors()]
        faults = [Fault(field, typed[field], _(_REASONS[field])) for field in wrong]
        raise RuleViolation(faults) from error


def _page(
    request: Request,
    work: Asked,
    row_id: uuid.UUID,
    *,
    typed: Mapping[str, str],
    error: AppError | None = None,
) -> Response:
    with work.reading() as session:
        plan = get_row(session, PLAN, row_id)
        query = _query(typed) if error is None else ConversionQuery()
        converted = convert_plan(session, plan, query, now=work.now)
        view = ConversionView(
            patient=get_patient(session, plan.patient_id),
            plan=plan,
            converted=converted,
            product=find_by_key(session, plan.clinic_id, converted.product),
            shows_weights="weights.read" in work.person.permissions,
            products=product_names(session, plan.clinic_id),
            others=_others(session, plan) if "products.read" in work.person.permissions else {},
            typed=typed,
        )
        status, errors = (200, []) if error is None else (error.status_code, said(error))
        return render(request, "conversion.html", status=status, view=view, errors=errors)


def _others(session: Session, plan: PlanRow) -> dict[str, str]:
    statement = select_products(plan.clinic_id, include_voided=False).order_by(ProductRow.name)
    rows = session.scalars(statement).all()
    return {row.key: row.name for row in rows if row.key != plan.product}
