"""What a nurse's device takes along: every visit of theirs, with all that its record needs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.analysis.cycles import local_day
from app.clinics.service import get_clinic
from app.clinics.settings import care_settings_of
from app.errors import Fault, RuleViolation
from app.kit.access import Principal, note_list
from app.lots.repository import select_recalls
from app.monitoring.reading import protocol_of
from app.monitoring.shapes import ANSWERS, QUESTIONS, SHAPES
from app.patients.service import zone_of
from app.products.repository import select_products
from app.products.tables import ProductRow
from app.reactions.rules import ACTIONS, OUTCOMES, TERMS
from app.reactions.schemas import RED_FLAGS_SHOWN
from app.said import say
from app.visits.packet_days import InfusionDay, days_of
from app.visits.packet_schemas import (
    PacketChoices,
    PacketGtin,
    PacketProduct,
    PacketRecall,
    VisitPacketsRead,
    VitalsProtocol,
)
from app.visits.packet_visit import packet_of

BEFORE: Final = timedelta(days=2)
AHEAD: Final = timedelta(days=7)
LONGEST_SPAN: Final = timedelta(days=31)
"""Of one request; a month is more than anybody goes without a connection: judgement."""

_ZONES: Final = timedelta(days=1)
"""How far a patient's date may be from that of UTC."""

_MINUTE: Final = timedelta(minutes=1)


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
        for day in days_of(session, clinic.id, who.account_id, first=begin, last=end)
        if _is_asked_for(day, now, first, last)
    ]
    note_list(session, list(dict.fromkeys(day.patient.id for day in days)))
    recalls = session.scalars(select_recalls(clinic.id))
    return VisitPacketsRead(
        clinic_id=clinic.id,
        account_id=who.account_id,
        nurse_name=who.name,
        made_at=now,
        items=[packet_of(session, day, now=now) for day in days],
        protocol=_protocol(session, clinic.id, today),
        products=_products(session, clinic.id),
        recalls=[PacketRecall.model_validate(row) for row in recalls],
        red_flags=list(RED_FLAGS_SHOWN),
        choices=choices_of_records(),
    )


def _require_span(first: date, last: date) -> None:
    if last < first:
        raise RuleViolation(
            [
                Fault(
                    "to",
                    last,
                    say("%(last)s is before from %(first)s", last=str(last), first=str(first)),
                )
            ]
        )
    if last - first > LONGEST_SPAN:
        reason = say(
            "%(last)s is more than %(most)s days after from %(first)s",
            last=str(last),
            most=LONGEST_SPAN.days,
            first=str(first),
        )
        raise RuleViolation([Fault("to", last, reason)])


def _is_asked_for(day: InfusionDay, now: datetime, first: date | None, last: date | None) -> bool:
    today = local_day(now, zone_of(day.patient, now))
    return (first or today - BEFORE) <= day.on <= (last or today + AHEAD)


def _protocol(session: Session, clinic_id: uuid.UUID, today: date) -> VitalsProtocol:
    protocol = protocol_of(care_settings_of(session, clinic_id, today=today))
    return VitalsProtocol(
        first_every=protocol.first_every / _MINUTE,
        first=protocol.first / _MINUTE,
        then_every=protocol.then_every / _MINUTE,
        after_end=[after / _MINUTE for after in protocol.after_end],
        grace=protocol.grace / _MINUTE,
    )


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
