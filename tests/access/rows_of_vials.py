"""One vial, one recall and one notice of it."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.infusions.rules import InfusionDraft
from app.infusions.service import INFUSION
from app.infusions.tables import VialRow
from app.kit import history
from app.kit.history import Change
from app.lookback.rules import NoticeDraft
from app.lookback.service import NOTICE
from app.lookback.tables import NoticeRow
from app.lots.rules import lot_key
from app.lots.tables import RecallRow
from app.patients import entries
from app.patients.entries import Entering
from app.patients.tables import PatientRow
from app.vials.rules import VialDraft
from app.vials.service import VIAL

_numbers: Final = itertools.count(1)


def a_vial(session: Session, patient: PatientRow, change: Change) -> VialRow:
    circumstances = Entering(session, change)
    start = change.now - timedelta(days=4)
    infusion = entries.create(
        circumstances,
        INFUSION,
        patient=patient,
        row_id=None,
        draft=InfusionDraft(start, "in_progress", product="privigen"),
    ).row
    draft = VialDraft(
        infusion.id,
        "privigen",
        nominal_g=10.0,
        lot="P100",
        used_ml=50.0,
        wasted_ml=50.0,
        expires_on=start.date(),
        waste_reason=change.reason,
    )
    saved = entries.create(circumstances, VIAL, patient=patient, row_id=None, draft=draft)
    return saved.row


def a_recall(session: Session, patient: PatientRow, change: Change) -> RecallRow:
    lot = f"R{next(_numbers)}"
    row = RecallRow(
        id=uuid.uuid4(),
        clinic_id=patient.clinic_id,
        product=None,
        lot=lot,
        lot_key=lot_key(lot),
        kind="recall",
        announced_on=change.now.date(),
        source="Letter of the maker",
        reason=change.reason,
    )
    history.begin(row, change)
    session.add(row)
    session.flush()
    return row


def a_notice(session: Session, patient: PatientRow, change: Change) -> NoticeRow:
    recall = a_recall(session, patient, change)
    draft = NoticeDraft(recall.id, change.now, "phone", note=change.reason)
    circumstances = Entering(session, change, confirm=True)
    return entries.create(circumstances, NOTICE, patient=patient, row_id=None, draft=draft).row
