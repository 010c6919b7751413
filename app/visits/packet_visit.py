"""One visit as a nurse's device takes it along: the patient, the order, limits, last time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from app.infusions.repository import infusions_of
from app.infusions.signing import signatures_of
from app.infusions.tables import InfusionRow
from app.kit.access import note_rows
from app.monitoring.repository import events_of
from app.patients.tables import PatientRow
from app.plans.tables import PlanRow
from app.products.rates import Risk, rate_limit
from app.products.repository import find_by_key
from app.reactions.repository import reactions_of_patient
from app.schedule.converting import convert_plan
from app.schedule.repository import assignments_of_patient
from app.schedule.schemas import (
    ConversionQuery,
    ConversionRead,
    DayShareRead,
    VialChoiceRead,
    VialsRead,
)
from app.visits.ordering import plan_on, standing_on
from app.visits.packet_days import InfusionDay, is_signed
from app.visits.packet_schemas import (
    DayOrder,
    LastInfusion,
    PacketLimit,
    PacketPatient,
    PacketPlan,
    PacketRate,
    PacketReaction,
    PacketVisit,
    VisitPacket,
)
from app.visits.tables import VisitRow

_RISKS: Final[tuple[Risk, ...]] = ("no", "yes", "unknown")
_GRAM_DIGITS: Final = 6


def packet_of(session: Session, day: InfusionDay, *, now: datetime) -> VisitPacket:
    """Return one visit with all that its record needs."""
    patient, visit = day.patient, day.visit
    note_rows(session, [row for row in (patient, visit, day.assignment) if row is not None])
    plan = plan_on(session, patient, day.on)
    planned = {row.on_date for row in assignments_of_patient(session, patient.id)}
    standing = standing_on(session, patient, day.on, planned=planned, now=now)
    course_days = 1 if plan is None else plan.course_days
    number = standing.day
    # Beyond the plan's course something is ordered only where its days ran and left it over.
    has_order = plan is not None and (number <= course_days or standing.ahead == 0)
    converted = (
        None if plan is None else convert_plan(session, plan, ConversionQuery(on=day.on), now=now)
    )
    return VisitPacket(
        on_date=day.on,
        planned_at=day.planned_at,
        assignment_id=None if day.assignment is None else day.assignment.id,
        note=None if day.assignment is None else day.assignment.note,
        course_day=number if visit is None else visit.course_day,
        course_days=max(number, course_days) if visit is None else visit.course_days,
        patient=PacketPatient.model_validate(patient),
        weights=[] if converted is None else converted.weights,
        plan=None if plan is None else _plan(session, plan),
        order=None
        if converted is None or plan is None or not has_order
        else day_order(converted, number=number, of=plan.course_days, given_g=standing.others_g),
        limits=[] if plan is None else _limits(session, patient, plan),
        last_infusion=_last_infusion(session, patient, before=day.on),
        visit=None if visit is None else _visit(session, visit),
    )


def _visit(session: Session, visit: VisitRow) -> PacketVisit:
    return PacketVisit(
        id=visit.id,
        version=visit.version,
        infusion_id=visit.infusion_id,
        outcome=visit.outcome,
        is_signed=is_signed(session, visit),
    )


def _plan(session: Session, plan: PlanRow) -> PacketPlan:
    is_signed = any(one.state == "stands" for one in signatures_of(session, plan))
    names = PacketPlan.model_fields.keys() - {"is_signed"}
    return PacketPlan(**{name: getattr(plan, name) for name in names}, is_signed=is_signed)


def day_order(
    converted: ConversionRead, *, number: int, of: int, given_g: float
) -> DayOrder | None:
    """Return the grams and vials of one day of a course; None where the order is not known.

    Whole vials within the order's tolerance waste nothing; else those that cover it do, and the
    last day's order is what is left of the course. A day beyond the course has an order only if
    some of the course was given, and more than the tolerance of it is left.

    Parameters
    ----------
    converted : ConversionRead
        The whole course in vials.
    number, of : int
        Which day it is, of how many.
    given_g : float
        What the other days of the course gave so far, g.
    """
    course_g, nearest = converted.ordered_g, converted.nearest
    if not course_g:
        return None
    choice = nearest if nearest and not nearest.needs_prescriber else converted.covering
    share = _share_of(choice, number)
    grams = course_g / of if share is None else share.grams
    over = 0.0
    if choice is not None and choice is not nearest and share is not None:
        over = choice.difference_g * share.grams / choice.grams
    left_g = course_g - given_g
    tolerance_g = course_g * converted.rounding_tolerance_percent / 100
    if number > of and not tolerance_g < left_g < course_g:
        return None
    if number > of or (given_g and number == of and abs(left_g - grams) > tolerance_g):
        share, over, grams = None, 0.0, max(left_g, 0.0)
    return DayOrder(
        course_g=round(course_g, _GRAM_DIGITS),
        given_g=round(given_g, _GRAM_DIGITS),
        grams=round(grams - over, _GRAM_DIGITS),
        vials=_vials_of(share),
        volume_ml=None if share is None else share.volume_ml,
        waste_g=round(over, _GRAM_DIGITS),
        needs_prescriber=choice is not None and choice.needs_prescriber,
    )


def _share_of(choice: VialChoiceRead | None, number: int) -> DayShareRead | None:
    days = [] if choice is None else choice.days
    return next((day for day in days if day.day == number), None)


def _vials_of(share: DayShareRead | None) -> list[VialsRead]:
    return [] if share is None else [VialsRead.model_validate(one) for one in share.vials]


def _limits(session: Session, patient: PatientRow, plan: PlanRow) -> list[PacketLimit]:
    product = find_by_key(session, patient.clinic_id, plan.product)
    if product is None:
        return []
    found = []
    for risk in _RISKS:
        limit = rate_limit(product.facts, indication=patient.diagnosis, risk=risk)
        if limit is not None:
            found.append(
                PacketLimit(
                    product=product.key,
                    risk=risk,
                    initial_ml_per_kg_h=limit.initial_ml_per_kg_h,
                    maximum_ml_per_kg_h=limit.maximum_ml_per_kg_h,
                    sure_ml_per_kg_h=limit.sure_ml_per_kg_h,
                    basis=limit.basis,
                    lacks_risk_figure=limit.lacks_risk_figure,
                )
            )
    return found


def _last_infusion(session: Session, patient: PatientRow, *, before: date) -> LastInfusion | None:
    rows: list[InfusionRow] = [
        row
        for row in infusions_of(session, patient.id)
        if row.local_date < before and row.status != "not_done"
    ]
    if not rows:
        return None
    last = rows[-1]
    note_rows(session, [last])
    return LastInfusion(
        started_at=last.started_at,
        ended_at=last.ended_at,
        status=last.status,
        product=last.product,
        dose_g=last.dose_g,
        lots=last.lot_numbers,
        rates=[
            PacketRate(at=row.at, ml_per_h=row.details["ml_per_h"])
            for row in events_of(session, last.id, "rate")
        ],
        reactions=[
            PacketReaction.model_validate(row)
            for row in reactions_of_patient(session, patient.id)
            if row.infusion_id == last.id
        ],
    )
