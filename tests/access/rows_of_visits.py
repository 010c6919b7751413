"""One visit with an infusion, and one call after it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.infusions.rules import InfusionDraft
from app.infusions.service import INFUSION
from app.kit.history import Change
from app.patients import entries
from app.patients.entries import Entering
from app.patients.tables import PatientRow
from app.visits.rules import CallDraft, VisitDraft
from app.visits.service import CALL, VISIT
from app.visits.tables import CallRow, VisitRow


def a_visit(session: Session, patient: PatientRow, change: Change) -> VisitRow:
    circumstances = Entering(session, change)
    start = change.now - timedelta(days=2)
    infusion = entries.create(
        circumstances,
        INFUSION,
        patient=patient,
        row_id=None,
        draft=InfusionDraft(start, "completed", product="privigen", dose_g=30.0),
    ).row
    draft = VisitDraft(
        start.date(),
        infusion_id=infusion.id,
        arrived_at=start,
        outcome="given",
        outcome_reason=change.reason,
        no_trough_reason=change.reason,
        note=change.reason,
    )
    return entries.create(circumstances, VISIT, patient=patient, row_id=None, draft=draft).row


def a_call(session: Session, patient: PatientRow, change: Change) -> CallRow:
    visit = a_visit(session, patient, change)
    draft = CallDraft(
        visit.id,
        change.now,
        reached=True,
        symptoms={"rash": "yes"},
        advice=change.reason,
        note=change.reason,
    )
    circumstances = Entering(session, change)
    return entries.create(circumstances, CALL, patient=patient, row_id=None, draft=draft).row
