"""Use-cases of looking back: who got a lot, who was told, which lots a patient got."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy.orm import Session

from app.errors import Conflict, Fault
from app.kit.access import note_list, note_rows
from app.kit.base import Json
from app.lookback import repository
from app.lookback.export import as_csv
from app.lookback.rules import (
    LotUse,
    NoticeDraft,
    Recalled,
    Recipient,
    check_notice,
    total_g,
)
from app.lookback.tables import NoticeRow
from app.lots.tables import RecallRow
from app.patients.entries import Entering, Entry, nothing_derived
from app.patients.tables import PatientRow
from app.said import say_many

State = Literal["to_send", "sent", "confirmed"]


@dataclass(frozen=True, slots=True)
class Lookback:
    """Who got a lot.

    `hidden_recipients` counts those whom whoever asks does not see; `recalls` are the live ones of
    the lot.
    """

    lot: str
    product: str | None
    recipients: Sequence[Recipient]
    hidden_recipients: int
    recalls: Sequence[RecallRow]


def look_back(
    session: Session, clinic_id: uuid.UUID, *, lot: str, product: str | None = None
) -> Lookback:
    """Find everybody who got a lot, in whatever way it is written.

    Parameters
    ----------
    session : Session
        The database.
    clinic_id : uuid.UUID
        Of one clinic only.
    lot : str
        The lot.
    product : str or None
        Key of the catalogue; None for every product.
    """
    recipients = repository.recipients_of(session, clinic_id, lot=lot, product=product)
    note_list(session, [one.patient_id for one in recipients])
    hidden = repository.hidden_recipients(
        session, clinic_id, lot=lot, product=product, shown=len(recipients)
    )
    recalls = repository.recalls_of_lot(session, clinic_id, lot)
    about = [one for one in recalls if None in (product, one.product) or one.product == product]
    return Lookback(lot, product, recipients, hidden, about)


def export_lot(
    session: Session, clinic_id: uuid.UUID, *, lot: str, product: str | None = None
) -> str:
    """Return everybody who got a lot as CSV for its manufacturer.

    Raises
    ------
    Conflict
        Whoever asks does not see every recipient: the export would not be whole.
    """
    found = look_back(session, clinic_id, lot=lot, product=product)
    if found.hidden_recipients:
        message = say_many(
            "%(num)s recipient is a patient whom you do not see; somebody who sees the whole"
            " clinic exports the lot.",
            "%(num)s recipients are patients whom you do not see; somebody who sees the whole"
            " clinic exports the lot.",
            found.hidden_recipients,
        )
        raise Conflict(message)
    return as_csv(found.recipients)


# --- of one patient ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LotOfPatient:
    """A lot that a patient got; `lot` as it was written last, `used_g` None where not known."""

    lot: str
    product: str | None
    first_day: date
    last_day: date
    used_g: float | None
    uses: Sequence[LotUse]
    recalls: Sequence[RecallRow]


def lots_of(session: Session, patient: PatientRow) -> Sequence[LotOfPatient]:
    """Return every lot that a patient got, the latest first, with its recalls."""
    own: dict[tuple[str, str | None], list[LotUse]] = defaultdict(list)
    for key, use in repository.lot_uses_of(session, patient.id):
        own[key, use.product].append(use)
    recalls = repository.live_recalls(session, patient.clinic_id)
    note_list(session, [use.infusion_id for uses in own.values() for use in uses])
    lots = [
        _lot_of_patient(
            product,
            sorted(uses, key=lambda use: (use.started_at, use.infusion_id)),
            [r for r in recalls if r.lot_key == key and r.product in (None, product)],
        )
        for (key, product), uses in own.items()
    ]
    return sorted(lots, key=lambda lot: (lot.last_day, lot.lot), reverse=True)


def _lot_of_patient(
    product: str | None, uses: Sequence[LotUse], recalls: Sequence[RecallRow]
) -> LotOfPatient:
    days = [use.local_date for use in uses]
    return LotOfPatient(
        uses[-1].lots[0], product, min(days), max(days), total_g(uses), uses, recalls
    )


# --- recalls -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """A recipient of a recalled lot and the notices to them, the first one first."""

    recipient: Recipient
    state: State
    notices: Sequence[NoticeRow]


@dataclass(frozen=True, slots=True)
class RecallList:
    """Who got a recalled lot and who of them was told."""

    recall: RecallRow
    items: Sequence[Told]
    hidden_recipients: int

    def count(self, state: State) -> int:
        """Return how many recipients stand so."""
        return sum(one.state == state for one in self.items)


@dataclass(frozen=True, slots=True)
class RecallCounts:
    """How far the notices of one recall are, in numbers alone."""

    recall: RecallRow
    recipients: int
    to_send: int
    sent: int
    confirmed: int
    hidden_recipients: int


def recall_list(session: Session, recall: RecallRow) -> RecallList:
    """Return the recipients of a recalled lot, those who were not told first."""
    found = look_back(session, recall.clinic_id, lot=recall.lot, product=recall.product)
    notices = repository.notices_of(session, recall.id)
    items = [
        Told(one, state_of(notices.get(one.patient_id, ())), notices.get(one.patient_id, ()))
        for one in found.recipients
    ]
    items.sort(key=lambda told: _ORDER.index(told.state))
    note_rows(session, [notice for told in items for notice in told.notices])
    return RecallList(recall, items, found.hidden_recipients)


_ORDER: Final[tuple[State, ...]] = ("to_send", "sent", "confirmed")


def state_of(notices: Sequence[NoticeRow]) -> State:
    """Say whether a notice was sent and whether one was confirmed."""
    if any(notice.confirmed_at is not None for notice in notices):
        return "confirmed"
    return "sent" if notices else "to_send"


def recall_worklist(session: Session, clinic_id: uuid.UUID) -> Sequence[RecallCounts]:
    """Count recipients for each live recall that somebody got, the latest announced first.

    Nobody is shown, and so no patient is noted in the access log.
    """
    counted = [recall_counts(session, one) for one in repository.live_recalls(session, clinic_id)]
    return [one for one in counted if one.recipients or one.hidden_recipients]


def recall_counts(session: Session, recall: RecallRow) -> RecallCounts:
    """Count the recipients of a recalled lot by what they were told."""
    recipients = repository.recipient_ids(session, recall)
    hidden = repository.hidden_recipients(
        session, recall.clinic_id, lot=recall.lot, product=recall.product, shown=len(recipients)
    )
    notices = repository.notices_of(session, recall.id)
    states = Counter(state_of(notices.get(one, ())) for one in recipients)
    return RecallCounts(
        recall=recall,
        recipients=len(recipients),
        to_send=states["to_send"],
        sent=states["sent"],
        confirmed=states["confirmed"],
        hidden_recipients=hidden,
    )


# --- notices -------------------------------------------------------------------------------------

_COLUMNS: Final = ("recall_id", "sent_at", "method", "confirmed_at", "note")


def _content(draft: NoticeDraft) -> Json:
    return {name: getattr(draft, name) for name in _COLUMNS}


def _draft(row: NoticeRow) -> NoticeDraft:
    return NoticeDraft(**{name: getattr(row, name) for name in _COLUMNS})


def _check(
    entering: Entering, patient: PatientRow, draft: NoticeDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del row_id
    return check_notice(
        draft,
        now=entering.change.now,
        birth_date=patient.birth_date,
        recalled=_recalled(entering.session, patient, draft.recall_id),
    )


def _recalled(session: Session, patient: PatientRow, recall_id: uuid.UUID) -> Recalled:
    recall = session.get(RecallRow, recall_id)
    if recall is None or recall.clinic_id != patient.clinic_id or recall.voided_at is not None:
        return "unknown"
    return "given" if repository.is_recipient(session, patient.id, recall) else "not_given"


NOTICE: Final[Entry[NoticeDraft, NoticeRow]] = Entry(
    what="Recall notice",
    table=NoticeRow,
    draft_of=_draft,
    content_of=_content,
    derived_of=nothing_derived,
    check=_check,
    row_key=("recall_id", "sent_at"),
    is_analysed=False,
)
