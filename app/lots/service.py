"""Use-cases of recalls: lots that must not be given, entered once for a clinic."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinics.tables import ClinicRow
from app.errors import Conflict
from app.kit import history
from app.kit.access import content_if_visible
from app.kit.base import Json
from app.kit.history import Change, as_json
from app.kit.limits import require_plausible
from app.kit.pagination import Order, Page, RecordsQuery, read_page
from app.kit.rows import get_kept, require_live
from app.lots.repository import find_recall, find_same, select_recalls
from app.lots.rules import RecallDraft, check_recall, lot_key
from app.lots.tables import RecallRow
from app.products.repository import all_keys

_NEWEST_FIRST: Final = Order("recalls", RecallRow.announced_on, RecallRow.id)
_COLUMNS: Final = (
    *("product", "lot", "kind", "announced_on"),
    *("source", "reference", "reason", "advice"),
)


def recall_of(
    session: Session,
    clinic_id: uuid.UUID,
    *,
    product: str | None,
    lot: str,
    on_or_before: date | None = None,
) -> RecallRow | None:
    """Return the newest live recall of a lot of a product.

    Parameters
    ----------
    clinic_id : uuid.UUID
        Recalls are known to one clinic.
    product : str or None
        Key of the catalogue; None where it is not known, which every recall of the lot matches.
    lot : str
        In any way of writing it.
    on_or_before : date or None
        Recalls announced later do not count; None counts all.
    """
    return find_recall(session, clinic_id, product=product, lot=lot, on_or_before=on_or_before)


def page_of_recalls(session: Session, clinic_id: uuid.UUID, query: RecordsQuery) -> Page[RecallRow]:
    """Return one page of a clinic's recalls, the latest announced first."""
    statement = select_recalls(clinic_id, include_voided=query.include_voided)
    return read_page(session, statement, order=_NEWEST_FIRST, query=query)


def get_recall(
    session: Session, row_id: uuid.UUID, *, lock: bool = False, hold: bool = False
) -> RecallRow:
    """Return the recall, voided or not; locked or held on request.

    Raises
    ------
    NotFound
        There is no such recall, or it is not for whoever asks to see.
    """
    return get_kept(session, RecallRow, row_id, what="Recall", lock=lock, hold=hold)


def recall_draft(row: RecallRow) -> RecallDraft:
    """Return the draft that a stored recall stands for."""
    return RecallDraft(**{name: getattr(row, name) for name in _COLUMNS})


def recall_content(draft: RecallDraft) -> Json:
    """Return the columns that state a recall's content."""
    return {**{name: getattr(draft, name) for name in _COLUMNS}, "lot_key": lot_key(draft.lot)}


def create_recall(
    session: Session,
    change: Change,
    *,
    clinic: ClinicRow,
    row_id: uuid.UUID | None,
    draft: RecallDraft,
) -> tuple[RecallRow, bool]:
    """Enter a recall, or find that it was entered before; say whether it is new.

    Raises
    ------
    RuleViolation
        The draft has faults.
    Conflict
        The id is stored with other content, or the lot is recalled already.
    """
    stored = None if row_id is None else session.get(RecallRow, row_id)
    if stored is not None:
        return _same_recall(session, stored, clinic=clinic, draft=draft), False
    require_live(clinic)
    _check(session, change, clinic_id=clinic.id, draft=draft)
    _refuse_twin(session, clinic_id=clinic.id, draft=draft)
    row = RecallRow(id=row_id or uuid.uuid4(), clinic_id=clinic.id, **recall_content(draft))
    history.begin(row, change)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Somebody else may have sent the very same recall at the same moment.
        stored = session.get(RecallRow, row.id)
        if stored is None:
            # Or another one of the same lot, which is there to be seen now.
            _refuse_twin(session, clinic_id=clinic.id, draft=draft)
            raise
        return _same_recall(session, stored, clinic=clinic, draft=draft), False
    return row, True


def amend_recall(session: Session, change: Change, *, row: RecallRow, draft: RecallDraft) -> None:
    """Correct a recall.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    require_live(row)
    _check(session, change, clinic_id=row.clinic_id, draft=draft)
    _refuse_twin(session, clinic_id=row.clinic_id, draft=draft, but=row.id)
    clinic_id, row_id = row.clinic_id, row.id
    try:
        with session.begin_nested():
            history.amend(session, row, recall_content(draft), change=change)
    except IntegrityError:
        # Somebody else recalled the lot at the same moment.
        _refuse_twin(session, clinic_id=clinic_id, draft=draft, but=row_id)
        raise


def void_recall(session: Session, change: Change, *, row: RecallRow) -> None:
    """Declare a recall a mistake; nobody is warned of the lot any more.

    Raises
    ------
    Conflict
        It is voided already.
    """
    history.void(session, row, change)


def _check(session: Session, change: Change, *, clinic_id: uuid.UUID, draft: RecallDraft) -> None:
    known = all_keys(session, clinic_id)
    faults = check_recall(draft, now=change.now, known_products=known)
    require_plausible(faults, confirmed=False)


def _refuse_twin(
    session: Session, *, clinic_id: uuid.UUID, draft: RecallDraft, but: uuid.UUID | None = None
) -> None:
    twins = find_same(session, clinic_id, product=draft.product, lot=draft.lot)
    for twin in twins:
        if twin.id != but:
            message = f"Lot {twin.lot} is recalled already, by recall {twin.id}; amend or void it."
            raise Conflict(message, stored=content_if_visible(session, twin))


def _same_recall(
    session: Session, stored: RecallRow, *, clinic: ClinicRow, draft: RecallDraft
) -> RecallRow:
    first = history.first_version_of(session, stored)
    sent = {key: as_json(value) for key, value in recall_content(draft).items()}
    if stored.clinic_id != clinic.id or any(first[key] != sent[key] for key in sent):
        message = f"Recall {stored.id} is stored already with other content."
        raise Conflict(message, stored=content_if_visible(session, stored), sent=sent)
    return stored
