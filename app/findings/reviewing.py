"""Use-cases of the team: acknowledge a finding, disagree with it, snooze it, reopen it."""

from __future__ import annotations

import uuid
from typing import cast

from sqlalchemy.orm import Session

from app.analysis.cycles import local_midnight
from app.errors import Conflict, NotFound
from app.findings import repository
from app.findings.rules import STATUS_AFTER, ReviewDraft, Status, check_review, review_refusal
from app.findings.tables import FindingRow
from app.kit import history
from app.kit.etags import require_match
from app.kit.history import Change
from app.kit.limits import require_plausible
from app.kit.rows import get_kept
from app.patients.entries import get_live_patient
from app.patients.service import zone_of
from app.patients.settings import today_of
from app.said import say


def get_finding(
    session: Session, patient_id: uuid.UUID, finding_id: uuid.UUID, *, lock: bool = False
) -> FindingRow:
    """Return one finding of the patient, closed or not.

    Raises
    ------
    NotFound
        The patient has no such finding.
    """
    row = get_kept(session, FindingRow, finding_id, what="Finding", lock=lock)
    if row.patient_id != patient_id:
        raise NotFound("Finding", finding_id)
    return row


def review_finding(
    session: Session,
    change: Change,
    *,
    patient_id: uuid.UUID,
    finding_id: uuid.UUID,
    draft: ReviewDraft,
    if_match: str | None,
) -> FindingRow:
    """Keep what somebody says of a finding; the reason is that of the change.

    Raises
    ------
    NotFound
        The patient has no such finding.
    VersionRequired, VersionMismatch
        The analysis, or somebody else, changed it meanwhile.
    Conflict
        The patient was voided, or the finding is closed.
    RuleViolation
        The date is not one to which a finding can be snoozed.
    """
    patient = get_live_patient(session, patient_id)
    # The analysis locks in this order too.
    state = repository.state_of(session, patient.id, lock=True)
    row = get_finding(session, patient.id, finding_id, lock=True)
    require_match(if_match, row)
    refusal = review_refusal(cast("Status", row.status), draft.review)
    if refusal is not None:
        message = say(
            "Finding %(key)s cannot be %(review)s: %(refusal)s.",
            key=str(row.id),
            review=draft.review,
            refusal=refusal,
        )
        raise Conflict(message)
    faults = check_review(draft, today=today_of(patient, change.now))
    require_plausible(faults, confirmed=False)
    if draft.snoozed_until is not None:
        wakes = local_midnight(draft.snoozed_until, zone_of(patient, change.now))
        state.look_again_at = min(filter(None, (state.look_again_at, wakes)))
    said = {
        "status": STATUS_AFTER[draft.review],
        "review": draft.review,
        "reviewed_by": change.actor.name,
        "reviewed_at": change.now,
        "review_reason": change.reason,
        "snoozed_until": draft.snoozed_until,
    }
    history.amend(session, row, said, change=change)
    return row
