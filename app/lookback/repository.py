"""Queries from a lot to whoever got it, and back.

All of them start at `lot_uses` by clinic and lot, or at one patient, so that the number of other
lots costs nothing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Session

from app.accounts.tables import AccountRow
from app.infusions.rules import GRAM_DIGITS
from app.infusions.tables import InfusionRow, LotUseRow, VialRow
from app.kit.access import access_of, restrict
from app.lookback.rules import LotUse, Reacted, Recipient, reacted_on_call, recipient
from app.lookback.tables import NoticeRow
from app.lots.rules import lot_key
from app.lots.tables import RecallRow
from app.patients.tables import PatientRow
from app.reactions.tables import ReactionRow
from app.visits.tables import CallRow, VisitRow

# Statements are built once: building one takes longer than the database needs to answer it.
_CLINIC: Final = bindparam("clinic", type_=Uuid())
_KEY: Final = bindparam("key", type_=String())
_PRODUCT: Final = bindparam("product", type_=String())
_PATIENT: Final = bindparam("patient", type_=Uuid())

_FACTS: Final = (
    LotUseRow.lot_key,
    *(InfusionRow.started_at, InfusionRow.local_date, InfusionRow.status, InfusionRow.product),
    *(InfusionRow.dose_g, InfusionRow.lot_numbers, InfusionRow.recorded_by),
    AccountRow.name.label("nurse"),
    func.count(VialRow.id).label("vials"),
    func.sum(VialRow.used_g).label("used_g"),
    func.sum(VialRow.wasted_g).label("wasted_g"),
)

_REACTED: Final = (
    *(ReactionRow.infusion_id, ReactionRow.term, ReactionRow.grade, ReactionRow.onset_at),
    ReactionRow.is_red_flag,
)


def _with_facts(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return one row for each infusion and lot: its vials added up, and who made the visit.

    Grouped by the keys alone, from which everything else follows.
    """
    is_vial = and_(
        VialRow.infusion_id == InfusionRow.id,
        VialRow.lot_key == LotUseRow.lot_key,
        VialRow.voided_at.is_(None),
    )
    is_visit = and_(VisitRow.infusion_id == InfusionRow.id, VisitRow.voided_at.is_(None))
    statement: Any = (
        select(InfusionRow.patient_id, InfusionRow.id, PatientRow.external_id, *_FACTS)
        .join(LotUseRow, LotUseRow.infusion_id == InfusionRow.id)
        .join(PatientRow, PatientRow.id == InfusionRow.patient_id)
        .outerjoin(VialRow, is_vial)
        .outerjoin(VisitRow, is_visit)
        .outerjoin(AccountRow, AccountRow.id == VisitRow.nurse_id)
        .where(*conditions)
        .group_by(
            *(InfusionRow.id, LotUseRow.infusion_id, LotUseRow.lot_key, PatientRow.id),
            *(VisitRow.id, AccountRow.id),
        )
    )
    return cast("Select[Any]", statement)


def _reactions(*conditions: ColumnElement[bool]) -> Select[Any]:
    statement: Any = (
        select(*_REACTED)
        .where(ReactionRow.voided_at.is_(None), *conditions)
        .order_by(ReactionRow.onset_at, ReactionRow.id)
    )
    return cast("Select[Any]", statement)


def _calls(*conditions: ColumnElement[bool]) -> Select[Any]:
    statement: Any = (
        select(VisitRow.infusion_id, CallRow.called_at, CallRow.symptoms)
        .join(VisitRow, VisitRow.id == CallRow.visit_id)
        .where(
            *(CallRow.voided_at.is_(None), VisitRow.voided_at.is_(None), CallRow.reached),
            *conditions,
        )
        .order_by(CallRow.called_at, CallRow.id)
    )
    return cast("Select[Any]", statement)


_OF_LOT: Final = (LotUseRow.clinic_id == _CLINIC, LotUseRow.lot_key == _KEY)
_USES_OF_LOT: Final = _with_facts(*_OF_LOT)
_USES_OF_PRODUCT: Final = _with_facts(*_OF_LOT, InfusionRow.product == _PRODUCT)
_USES_OF_PATIENT: Final = _with_facts(InfusionRow.patient_id == _PATIENT)
_REACTIONS_OF_LOT: Final = _reactions(
    ReactionRow.infusion_id.in_(select(LotUseRow.infusion_id).where(*_OF_LOT))
)
_REACTIONS_OF_PATIENT: Final = _reactions(ReactionRow.patient_id == _PATIENT)
_CALLS_OF_LOT: Final = _calls(
    VisitRow.infusion_id.in_(select(LotUseRow.infusion_id).where(*_OF_LOT))
)
_CALLS_OF_PATIENT: Final = _calls(VisitRow.patient_id == _PATIENT)


def recipients_of(
    session: Session, clinic_id: uuid.UUID, *, lot: str, product: str | None
) -> Sequence[Recipient]:
    """Return everybody who got a lot, by their identifier, as far as whoever asks sees them."""
    named = {"clinic": clinic_id, "key": lot_key(lot)}
    statement = _USES_OF_LOT
    about: dict[str, Any] = dict(named)
    if product is not None:
        statement, about["product"] = _USES_OF_PRODUCT, product
    visible = restrict(
        session, statement, clinic=LotUseRow.clinic_id, patient=InfusionRow.patient_id
    )
    rows = session.connection().execute(visible, about).all()
    reactions = _reactions_by_infusion(session, _REACTIONS_OF_LOT, _CALLS_OF_LOT, about=named)
    names = {row.patient_id: row.external_id for row in rows}
    uses = defaultdict(list)
    for row in rows:
        uses[row.patient_id].append(_lot_use(row, reactions.get(row.id, ())))
    found = [recipient(one, names[one], own) for one, own in uses.items()]
    return sorted(found, key=lambda one: (one.external_id, one.patient_id))


def lot_uses_of(session: Session, patient_id: uuid.UUID) -> Sequence[tuple[str, LotUse]]:
    """Return every infusion of a patient with each of its lots, by the lots' keys."""
    about = {"patient": patient_id}
    rows = session.connection().execute(_USES_OF_PATIENT, about).all()
    reactions = _reactions_by_infusion(
        session, _REACTIONS_OF_PATIENT, _CALLS_OF_PATIENT, about=about
    )
    return [(row.lot_key, _lot_use(row, reactions.get(row.id, ()))) for row in rows]


def _reactions_by_infusion(
    session: Session, reactions: Select[Any], calls: Select[Any], *, about: Mapping[str, Any]
) -> Mapping[uuid.UUID, Sequence[Reacted]]:
    """Return reactions of infusions, and behind them what was said on the phone."""
    found: dict[uuid.UUID, list[Reacted]] = defaultdict(list)
    for infusion_id, *reacted in session.connection().execute(reactions, about):
        found[infusion_id].append(Reacted(*reacted))
    for infusion_id, called_at, symptoms in session.connection().execute(calls, about):
        found[infusion_id] += reacted_on_call(symptoms, called_at)
    return found


def _lot_use(row: Row[Any], reactions: Sequence[Reacted]) -> LotUse:
    lots = tuple(row.lot_numbers)
    is_only = len(lots) == 1
    used_g, wasted_g = row.dose_g if is_only else None, None
    if row.vials:
        used_g, wasted_g = round(row.used_g, GRAM_DIGITS), round(row.wasted_g, GRAM_DIGITS)
    return LotUse(
        infusion_id=row.id,
        local_date=row.local_date,
        started_at=row.started_at,
        status=row.status,
        product=row.product,
        lots=lots if is_only else tuple(lot for lot in lots if lot_key(lot) == row.lot_key),
        used_g=used_g,
        wasted_g=wasted_g,
        vials=row.vials,
        dose_g=row.dose_g,
        nurse=row.nurse or row.recorded_by,
        reactions=tuple(reactions),
    )


def uses_of_lot(clinic_id: uuid.UUID, *, key: str, product: str | None) -> Select[Any]:
    """Select the ids of patients and infusions that name a lot."""
    statement: Any = (
        select(InfusionRow.patient_id, InfusionRow.id)
        .join(LotUseRow, LotUseRow.infusion_id == InfusionRow.id)
        .where(LotUseRow.clinic_id == clinic_id, LotUseRow.lot_key == key)
    )
    if product is not None:
        statement = statement.where(InfusionRow.product == product)
    return cast("Select[Any]", statement)


def recipient_ids(session: Session, recall: RecallRow) -> set[uuid.UUID]:
    """Return the patients who got a recalled lot, as far as whoever asks sees them."""
    statement = uses_of_lot(recall.clinic_id, key=recall.lot_key, product=recall.product)
    visible = restrict(
        session, statement, clinic=LotUseRow.clinic_id, patient=InfusionRow.patient_id
    )
    return {row.patient_id for row in session.execute(visible)}


def hidden_recipients(
    session: Session, clinic_id: uuid.UUID, *, lot: str, product: str | None, shown: int
) -> int:
    """Return how many recipients there are whom whoever asks does not see."""
    if access_of(session) is None:
        return 0
    uses = uses_of_lot(clinic_id, key=lot_key(lot), product=product).subquery()
    everybody = select(func.count(uses.c.patient_id.distinct()))
    return (session.scalar(everybody) or 0) - shown


_RECALLS: Final = (
    select(RecallRow)
    .where(RecallRow.clinic_id == _CLINIC, RecallRow.voided_at.is_(None))
    .order_by(RecallRow.announced_on.desc(), RecallRow.id)
)
_RECALLS_OF_LOT: Final = _RECALLS.where(RecallRow.lot_key == _KEY)


def recalls_of_lot(session: Session, clinic_id: uuid.UUID, lot: str) -> Sequence[RecallRow]:
    """Return the live recalls of a lot, the latest announced first."""
    return session.scalars(_RECALLS_OF_LOT, {"clinic": clinic_id, "key": lot_key(lot)}).all()


def live_recalls(session: Session, clinic_id: uuid.UUID) -> Sequence[RecallRow]:
    """Return the live recalls of a clinic, the latest announced first."""
    return session.scalars(_RECALLS, {"clinic": clinic_id}).all()


def is_recipient(session: Session, patient_id: uuid.UUID, recall: RecallRow) -> bool:
    """Say whether a live infusion of the patient names the recalled lot."""
    uses = uses_of_lot(recall.clinic_id, key=recall.lot_key, product=recall.product)
    own = uses.where(InfusionRow.patient_id == patient_id).limit(1)
    return session.execute(own).first() is not None


def notices_of(session: Session, recall_id: uuid.UUID) -> Mapping[uuid.UUID, Sequence[NoticeRow]]:
    """Return the live notices of a recall by patient, the first one first."""
    found = defaultdict(list)
    statement = (
        select(NoticeRow)
        .where(NoticeRow.recall_id == recall_id, NoticeRow.voided_at.is_(None))
        .order_by(NoticeRow.sent_at, NoticeRow.id)
    )
    visible = restrict(session, statement, clinic=NoticeRow.clinic_id, patient=NoticeRow.patient_id)
    for row in session.scalars(visible):
        found[row.patient_id].append(row)
    return found
