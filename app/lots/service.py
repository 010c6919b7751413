"""Use-cases of recalls: lots that must not be given, entered once for a clinic."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from app.clinics.entries import ClinicEntry, read_as
from app.errors import Fault
from app.kit.base import Json
from app.kit.rows import Entering
from app.lots.repository import find_recall
from app.lots.rules import RecallDraft, check_recall, lot_key
from app.lots.tables import RecallRow
from app.products.repository import all_keys


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


def _content(draft: RecallDraft) -> Json:
    return {**asdict(draft), "lot_key": lot_key(draft.lot)}


def _check(
    entering: Entering, clinic_id: uuid.UUID, draft: RecallDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del row_id
    known = all_keys(entering.session, clinic_id)
    return check_recall(draft, now=entering.change.now, known_products=known)


RECALL: Final[ClinicEntry[RecallDraft, RecallRow]] = ClinicEntry(
    what="Recall",
    table=RecallRow,
    draft_of=read_as(RecallDraft),
    content_of=_content,
    check=_check,
    row_key=("product", "lot_key"),
    taken=lambda row: f"Lot {row.lot} is recalled already, by recall {row.id}; amend or void it.",
)
