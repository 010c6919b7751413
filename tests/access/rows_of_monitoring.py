"""One event beside an infusion and one reaction, each with an infusion of its own."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.infusions.rules import InfusionDraft
from app.infusions.service import INFUSION
from app.infusions.tables import InfusionRow
from app.kit.history import Change
from app.monitoring.rules import EventDraft
from app.monitoring.service import EVENT
from app.monitoring.tables import InfusionEventRow
from app.patients import entries
from app.patients.entries import Entering
from app.patients.tables import PatientRow
from app.reactions.rules import ReactionDraft
from app.reactions.service import REACTION
from app.reactions.tables import ReactionRow


def _an_infusion(session: Session, patient: PatientRow, change: Change) -> InfusionRow:
    draft = InfusionDraft(change.now - timedelta(days=5), "in_progress", product="privigen")
    circumstances = Entering(session, change)
    return entries.create(circumstances, INFUSION, patient=patient, row_id=None, draft=draft).row


def an_event(session: Session, patient: PatientRow, change: Change) -> InfusionEventRow:
    infusion = _an_infusion(session, patient, change)
    draft = EventDraft(infusion.id, infusion.started_at, "note", {"text": change.reason})
    circumstances = Entering(session, change)
    return entries.create(circumstances, EVENT, patient=patient, row_id=None, draft=draft).row


def a_reaction(session: Session, patient: PatientRow, change: Change) -> ReactionRow:
    infusion = _an_infusion(session, patient, change)
    draft = ReactionDraft(
        infusion.id,
        "headache",
        infusion.started_at + timedelta(hours=1),
        grade=3,
        description=change.reason,
        actions=("medication",),
        medication=change.reason,
        reported_to=change.reason,
        physician_notified=change.reason,
        physician_notified_at=change.now,
    )
    circumstances = Entering(session, change)
    return entries.create(circumstances, REACTION, patient=patient, row_id=None, draft=draft).row
