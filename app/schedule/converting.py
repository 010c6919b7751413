"""An order converted for a patient: by which weight, for which product, and what was given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.cycles import local_midnight
from app.errors import RuleViolation
from app.infusions.signing import signatures_of
from app.kit.access import note_rows
from app.patients.repository import weights_of
from app.patients.service import get_patient, zone_of
from app.patients.tables import PatientRow, WeightRow
from app.plans.conversion import Order, convert_order
from app.plans.tables import PlanRow
from app.products.facts import CONFIRMED, Confidence
from app.products.repository import known_keys
from app.products.rules import product_fault, unknown_rule
from app.products.tables import ProductRow
from app.schedule.calendars import OwnCalendar, calendar_of
from app.schedule.schemas import (
    ConversionQuery,
    ConversionRead,
    GivenCourse,
    VialChoiceRead,
    WeightChoice,
)
from app.schedule.weights import may_read_weights, ordered_as_shown

RECENT: Final = 6
"""Courses whose order is compared with what ran: half a year at four weeks."""

_UNVERIFIED: Final = str(Confidence.UNVERIFIED)
_PRODUCT: Final = unknown_rule("plans")


def convert_plan(
    session: Session, plan: PlanRow, query: ConversionQuery, *, now: datetime
) -> ConversionRead:
    """Convert what a plan orders; nothing is stored.

    Whoever may not read weights is shown none, and nothing that follows from one: such an order
    is converted by the weight that they name.

    Raises
    ------
    RuleViolation
        The clinic's catalogue has no such product.
    """
    patient = get_patient(session, plan.patient_id)
    own = calendar_of(session, patient, now=now)
    on = query.on or own.today
    product = _product(session, plan, query.product)
    shows_weights = may_read_weights(session)
    weights = _weights(session, patient, on=on, now=now) if shows_weights else ()
    used = _used(weights, query)
    converted = convert_order(
        Order(plan.dose_g_per_kg, plan.dose_g, plan.course_days, plan.rounding_tolerance_percent),
        weight_kg=None if used is None else used.weight_kg,
        vial_sizes_g=product.facts.get("vial_sizes_g") or (),
        concentration_mg_per_ml=product.concentration_mg_per_ml,
    )
    made = [
        None if choice is None else VialChoiceRead.model_validate(choice)
        for choice in (converted.covering, converted.nearest)
    ]
    return ConversionRead(
        plan_id=plan.id,
        plan_version=plan.version,
        is_signed=any(one.state == "stands" for one in signatures_of(session, plan)),
        product=product.key,
        on=on,
        weight=used,
        weights=list(weights),
        ordered_g=converted.ordered_g,
        concentration_mg_per_ml=product.concentration_mg_per_ml,
        concentration_confidence=product.facts.get("concentration_confidence", _UNVERIFIED),
        vials_confidence=product.facts.get("vials_confidence", _UNVERIFIED),
        is_confirmed=bool(product.facts.get(CONFIRMED)),
        volume_ml=converted.volume_ml,
        rounding_tolerance_percent=plan.rounding_tolerance_percent,
        covering=made[0],
        nearest=made[1],
        recent=_recent(own, shows_weights=shows_weights),
    )


def _product(session: Session, plan: PlanRow, key: str | None) -> ProductRow:
    fault = product_fault(_PRODUCT, key, known_products=known_keys(session, plan.clinic_id))
    if fault is not None:
        raise RuleViolation([fault])
    statement = select(ProductRow).where(
        ProductRow.clinic_id == plan.clinic_id, ProductRow.key == (key or plan.product)
    )
    return session.scalars(statement).one()


def _weights(
    session: Session, patient: PatientRow, *, on: date, now: datetime
) -> Sequence[WeightChoice]:
    """Return the latest dosing and the latest actual weight of a day, the day itself included."""
    end = local_midnight(on + timedelta(days=1), zone_of(patient, now))
    rows = [row for row in weights_of(session, patient.id) if row.measured_at < end]
    latest: dict[str, WeightRow] = {row.kind: row for row in rows}
    found = [latest[kind] for kind in ("dosing", "actual") if kind in latest]
    note_rows(session, found)
    return [WeightChoice.model_validate(row) for row in found]


def _used(weights: Sequence[WeightChoice], query: ConversionQuery) -> WeightChoice | None:
    if query.weight_kg is not None:
        return WeightChoice(weight_kg=query.weight_kg, kind="given", measured_at=None)
    if query.weight == "actual":
        return next((one for one in weights if one.kind == "actual"), None)
    return next(iter(weights), None)


def _recent(own: OwnCalendar, *, shows_weights: bool) -> list[GivenCourse]:
    found = []
    for course in reversed(own.timeline.courses[-RECENT:]):
        ordered = ordered_as_shown(own, course, shows_weights=shows_weights)
        difference = None if ordered is None else course.dose_g - ordered
        percent = None if not ordered or difference is None else difference / ordered * 100
        found.append(
            GivenCourse(
                first_day=course.first_day,
                ordered_g=ordered,
                infused_g=course.dose_g,
                difference_g=difference,
                difference_percent=percent,
            )
        )
    return found
