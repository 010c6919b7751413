"""One decision about a planned course, and one assignment of a visit."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy.orm import Session

from app.kit.history import Change
from app.patients import entries
from app.patients.entries import Entering
from app.patients.tables import PatientRow
from app.schedule.rules import AssignmentDraft, ExceptionDraft
from app.schedule.service import ASSIGNMENT, EXCEPTION
from app.schedule.tables import AssignmentRow, CourseExceptionRow


def an_exception(session: Session, patient: PatientRow, change: Change) -> CourseExceptionRow:
    draft = ExceptionDraft(
        "added", None, change.now.date() + timedelta(days=9), "travel", note=change.reason
    )
    return entries.create(
        Entering(session, change), EXCEPTION, patient=patient, row_id=None, draft=draft
    ).row


def an_assignment(
    session: Session, patient: PatientRow, change: Change, account_id: uuid.UUID
) -> AssignmentRow:
    draft = AssignmentDraft(account_id, change.now.date() + timedelta(days=9), note=change.reason)
    return entries.create(
        Entering(session, change), ASSIGNMENT, patient=patient, row_id=None, draft=draft
    ).row
