"""What a nurse's device takes along: every visit of theirs, with all that its record needs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.analysis.cycles import local_day
from app.clinics.service import get_clinic
from app.clinics.settings import care_settings_of
from app.errors import Fault, RuleViolation
from app.infusions.repository import infusions_of
from app.infusions.signing import signatures_of
from app.infusions.tables import InfusionRow, SignatureRow
from app.kit.access import Principal, note_list, note_rows, restrict
from app.lots.repository import select_recalls
from app.monitoring.reading import protocol_of
from app.monitoring.repository import events_of
from app.monitoring.shapes import ANSWERS, QUESTIONS, SHAPES
from app.patients.service import zone_of
from app.patients.tables import PatientRow
from app.plans.tables import PlanRow
from app.products.rates import Risk, rate_limit
from app.products.repository import find_by_key, select_products
from app.products.tables import ProductRow
from app.reactions.repository import reactions_of_patient
from app.reactions.rules import ACTIONS, OUTCOMES, RED_FLAGS, TERMS
from app.reactions.schemas import RedFlagRead
from app.schedule.converting import convert_plan
from app.schedule.repository import assignments_of_patient
from app.schedule.schemas import ConversionQuery, ConversionRead, VialsRead
from app.schedule.tables import AssignmentRow
from app.visits.ordering import plan_on, standing_on
from app.visits.packet_schemas import (
    DayOrder,
    LastInfusion,
    PacketChoices,
    PacketGtin,
    PacketLimit,
    PacketPatient,
    PacketPlan,
    PacketProduct,
    PacketRate,
    PacketReaction,
    PacketRecall,
    PacketVisit,
    VisitPacket,
    VisitPacketsRead,
    VitalsProtocol,
)
from app.visits.tables import VisitRow

BEFORE: Final = timedelta(days=2)
AHEAD: Final = timedelta(days=7)
LONGEST_SPAN: Final = timedelta(days=31)
"""Of one request; a month is more than anybody goes without a connection: judgement."""

_ZONES: Final = timedelta(days=1)
"""How far a patient's date may be from that of UTC."""

_RISKS: Final[tuple[Risk, ...]] = ("no", "yes", "unknown")
_MINUTE: Final = timedelta(minutes=1)
_GRAM_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class _Day:
    """One infusion day of whoever asks: assigned to them, begun by them, or both."""

    patient: PatientRow
    on: date
    assignment: AssignmentRow | None
    visit: VisitRow | None


def read_packets(
    session: Session,
    clinic_id: uuid.UUID,
    *,
    who: Principal,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
) -> VisitPacketsRead:
    """Return the visits that are assigned to whoever asks or were begun by them and not signed.

    Only of patients whom they may see. Without `first` and `last` from two days before to seven
    days after today, by each patient's own date.

    Raises
    ------
    NotFound
        There is no such clinic.
    RuleViolation
        The days are in the wrong order, or too far from each other.
    """
    clinic = get_clinic(session, clinic_id)
    today = now.date()
    begin, end = first or today - BEFORE - _ZONES, last or today + AHEAD + _ZONES
    _require_span(begin, end)
    days = [
        day
        for day in _days(session, clinic.id, who.account_id, begin, end)
        if _is_asked_for(day, now, first, last)
    ]
    note_list(session, list(dict.fromkeys(day.patient.id for day in days)))
    protocol = protocol_of(care_settings_of(session, clinic.id, today=today))
    return VisitPacketsRead(
        clinic_id=clinic.id,
        account_id=who.account_id,
        nurse_name=who.name,
        made_at=now,
        items=[_packet(session, day, now=now) for day in days],
        protocol=VitalsProtocol(
            first_every=protocol.first_every / _MINUTE,
            first=protocol.first / _MINUTE,
            then_every=protocol.then_every / _MINUTE,
            after_end=[after / _MINUTE for after in protocol.after_end],
            grace=protocol.grace / _MINUTE,
        ),
        products=_products(session, clinic.id),
        recalls=[
            PacketRecall.model_validate(row) for row in session.scalars(select_recalls(clinic.id))
        ],
        red_flags=[
            RedFlagRead(
                key=key,
                name=flag.name,
                terms=list(flag.terms),
                signs=flag.signs,
                what_to_do=flag.what_to_do,
                source=flag.source,
            )
            for key, flag in RED_FLAGS.items()
        ],
        choices=choices_of_records(),
    )


def _require_span(first: date, last: date) -> None:
    if last < first:
        raise RuleViolation([Fault("to", last, f"{last} is before from {first}")])
    if last - first > LONGEST_SPAN:
        reason = f"{last} is more than {LONGEST_SPAN.days} days after from {first}"
        raise RuleViolation([Fault("to", last, reason)])


def _is_asked_for(day: _Day, now: datetime, first: date | None, last: date | None) -> bool:
    today = local_day(now, zone_of(day.patient, now))
    return (first or today - BEFORE) <= day.on <= (last or today + AHEAD)


def _days(
    session: Session, clinic_id: uuid.UUID, account_id: uuid.UUID, first: date, last: date
) -> list[_Day]:
    """Return the infusion days of an account, oldest first."""
    assigned: Any = (
        select(AssignmentRow, PatientRow)
        .join(PatientRow, PatientRow.id == AssignmentRow.patient_id)
        .where(
            AssignmentRow.clinic_id == clinic_id,
            AssignmentRow.account_id == account_id,
            AssignmentRow.on_date.between(first, last),
            AssignmentRow.voided_at.is_(None),
            PatientRow.voided_at.is_(None),
        )
    )
    own = _seen(session, assigned, AssignmentRow)
    ids = [row.id for row, _ in own]
    begun: Any = (
        select(VisitRow, PatientRow)
        .join(PatientRow, PatientRow.id == VisitRow.patient_id)
        .where(
            VisitRow.clinic_id == clinic_id,
            or_(VisitRow.nurse_id == account_id, VisitRow.assignment_id.in_(ids)),
            VisitRow.planned_on.between(first, last),
            VisitRow.voided_at.is_(None),
            PatientRow.voided_at.is_(None),
        )
    )
    visits = _seen(session, begun, VisitRow)
    days, used = [], set()
    for row, patient in own:
        visit = next((v for v, _ in visits if v.assignment_id == row.id), None) or next(
            (
                v
                for v, _ in visits
                if v.assignment_id is None
                and (v.patient_id, v.planned_on) == (patient.id, row.on_date)
            ),
            None,
        )
        used.add(None if visit is None else visit.id)
        days.append(_Day(patient, row.on_date, row, visit))
    days += [
        _Day(patient, visit.planned_on, None, visit)
        for visit, patient in visits
        if visit.id not in used and visit.nurse_id == account_id and not _is_signed(session, visit)
    ]
    return sorted(days, key=lambda day: (day.on, str(_planned_at(day)), day.patient.external_id))


def _seen(session: Session, statement: Any, table: Any) -> Sequence[Any]:
    seen = restrict(session, statement, clinic=table.clinic_id, patient=table.patient_id)
    return session.execute(seen).all()


def _planned_at(day: _Day) -> datetime | None:
    return None if day.assignment is None else day.assignment.planned_at


def _is_signed(session: Session, visit: VisitRow) -> bool:
    own = SignatureRow.visit_id == visit.id
    live = select(SignatureRow.id).where(own, SignatureRow.voided_at.is_(None))
    return session.scalars(live.limit(1)).one_or_none() is not None


# --- one visit -----------------------------------------------------------------------------------


def _packet(session: Session, day: _Day, *, now: datetime) -> VisitPacket:
    patient, visit = day.patient, day.visit
    note_rows(session, [row for row in (patient, visit, day.assignment) if row is not None])
    plan = plan_on(session, patient, day.on)
    planned = {row.on_date for row in assignments_of_patient(session, patient.id)}
    standing = standing_on(session, patient, day.on, planned=planned, now=now)
    course_days = 1 if plan is None else plan.course_days
    number = standing.day
    converted = (
        None if plan is None else convert_plan(session, plan, ConversionQuery(on=day.on), now=now)
    )
    return VisitPacket(
        on_date=day.on,
        planned_at=_planned_at(day),
        assignment_id=None if day.assignment is None else day.assignment.id,
        note=None if day.assignment is None else day.assignment.note,
        course_day=number if visit is None else visit.course_day,
        course_days=max(number, course_days) if visit is None else visit.course_days,
        patient=PacketPatient.model_validate(patient),
        weights=[] if converted is None else converted.weights,
        plan=None if plan is None else _plan(session, plan),
        order=None
        if converted is None or plan is None
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
        is_signed=_is_signed(session, visit),
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
    last day's order is what is left of the course.

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
    share = None
    if choice is not None:
        share = next((one for one in choice.days if one.day == number), None)
    grams = course_g / of if share is None else share.grams
    over = 0.0
    if choice is not None and choice is not nearest and share is not None:
        over = choice.difference_g * share.grams / choice.grams
    left_g = course_g - given_g
    is_off = abs(left_g - grams) > course_g * converted.rounding_tolerance_percent / 100
    if given_g and number >= of and is_off:
        share, over, grams = None, 0.0, max(left_g, 0.0)
    vials = [] if share is None else [VialsRead.model_validate(one) for one in share.vials]
    return DayOrder(
        course_g=round(course_g, _GRAM_DIGITS),
        given_g=round(given_g, _GRAM_DIGITS),
        grams=round(grams - over, _GRAM_DIGITS),
        vials=vials,
        volume_ml=None if share is None else share.volume_ml,
        waste_g=round(over, _GRAM_DIGITS),
        needs_prescriber=choice is not None and choice.needs_prescriber,
    )


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


# --- what every visit shares ---------------------------------------------------------------------


def _products(session: Session, clinic_id: uuid.UUID) -> list[PacketProduct]:
    """Return the catalogue; of retired products only those that a package can name."""
    rows: Sequence[ProductRow] = session.scalars(
        select_products(clinic_id, include_voided=True).order_by(ProductRow.name)
    ).all()
    return [
        PacketProduct(
            key=row.key,
            name=row.name,
            route=row.route,
            concentration_mg_per_ml=row.concentration_mg_per_ml,
            vial_sizes_g=row.facts.get("vial_sizes_g") or [],
            gtins=[PacketGtin.model_validate(one) for one in row.facts.get("gtins", ())],
            is_retired=row.voided_at is not None,
        )
        for row in rows
        if row.voided_at is None or row.facts.get("gtins")
    ]


def choices_of_records() -> PacketChoices:
    """Return the words that a record of a visit may hold."""

    def options(kind: str, field: str) -> list[str]:
        return list(getattr(SHAPES[kind].by_name()[field], "options", ()))

    return PacketChoices(
        identifiers=options("identity", "identifiers"),
        questions=list(QUESTIONS),
        answers=list(ANSWERS),
        rate_reasons=options("rate", "reason"),
        routes=options("premedication", "route"),
        devices=options("access", "device"),
        terms=list(TERMS),
        actions=list(ACTIONS),
        outcomes=list(OUTCOMES),
    )
