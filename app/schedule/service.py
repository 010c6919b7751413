"""How decisions about planned courses and assignments of visits are entered."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.accounts.rules import Status
from app.accounts.tables import AccountRow
from app.analysis.cycles import local_midnight
from app.analysis.planned import PlannedCourse
from app.care.rules import VISIT
from app.clinics.settings import care_settings_of
from app.errors import Conflict, Fault
from app.kit import history
from app.kit.base import Json
from app.kit.history import Change, RecordVersion
from app.patients.entries import Entering, Entry, nothing_derived
from app.patients.service import zone_of
from app.patients.settings import today_of
from app.patients.tables import CareTeamRow, PatientRow
from app.said import say
from app.schedule import rules
from app.schedule.calendars import OwnCalendar, calendar_of, interval_of
from app.schedule.repository import exceptions_of
from app.schedule.rules import Around, AssignmentDraft, ExceptionDraft, Visitor
from app.schedule.tables import AssignmentRow, CourseExceptionRow

_LOOKED_AHEAD: Final = timedelta(days=366)
"""How far beyond the days that a decision names the calendar is derived: the longest interval."""

# --- exceptions ----------------------------------------------------------------------------------


def _exception_draft(row: CourseExceptionRow) -> ExceptionDraft:
    return ExceptionDraft(row.kind, row.slot_date, row.new_date, row.reason, row.note)


def _exception_content(draft: ExceptionDraft) -> Json:
    return {
        "kind": draft.kind,
        "slot_date": draft.slot_date,
        "new_date": draft.new_date,
        "reason": draft.reason,
        "note": draft.note,
    }


def _check_exception(
    entering: Entering, patient: PatientRow, draft: ExceptionDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    session, now = entering.session, entering.change.now
    if row_id is not None and session.get(CourseExceptionRow, row_id) is not None:
        _refuse_used(session, patient, row_id, now=now)
    today = today_of(patient, now)
    named = [day for day in (draft.slot_date, draft.new_date) if day is not None]
    until = min(max([today, *named]), today + _LOOKED_AHEAD) + _LOOKED_AHEAD
    own = calendar_of(session, patient, now=now, until=until, without=row_id)
    return rules.check_exception(
        draft, now=now, birth_date=patient.birth_date, around=_around(own, draft)
    )


def _around(own: OwnCalendar, draft: ExceptionDraft) -> Around:
    planned = [course for course in own.calendar.planned if not course.is_cancelled]
    others = [c for c in planned if c.slot_date is None or c.slot_date != draft.slot_date]
    return Around(
        slots={course.slot_date for course in planned if course.slot_date is not None},
        taken={c.planned_on for c in others if c.planned_on and _stays(c, draft)},
        last_done=max((course.last_day for course in own.timeline.courses), default=None),
        interval_days=interval_of(own),
    )


def _stays(course: PlannedCourse, draft: ExceptionDraft) -> bool:
    """Say whether a course stays where it is: behind a moved one, a rolling calendar follows it."""
    follows = course.plan is not None and course.plan.calendar != "fixed"
    return draft.slot_date is None or course.slot_date is None or not follows


def _refuse_used(
    session: Session, patient: PatientRow, row_id: uuid.UUID, *, now: datetime
) -> None:
    rows = exceptions_of(session, patient.id, including=row_id)
    index = next((i for i, row in enumerate(rows) if row.id == row_id), None)
    used = calendar_of(session, patient, now=now, including=row_id).calendar.used
    if index in used:
        message = say(
            "Course exception %(key)s is about a course that was given; it stays.", key=str(row_id)
        )
        raise Conflict(message)


def _keep_used(entering: Entering, row: CourseExceptionRow) -> None:
    """Let nobody withdraw a decision about a course that was given since: it is history.

    Raises
    ------
    Conflict
        Nothing is changed then.
    """
    if row.voided_at is not None:
        patient = entering.session.get_one(PatientRow, row.patient_id)
        _refuse_used(entering.session, patient, row.id, now=entering.change.now)


EXCEPTION: Final[Entry[ExceptionDraft, CourseExceptionRow]] = Entry(
    what="Course exception",
    table=CourseExceptionRow,
    draft_of=_exception_draft,
    content_of=_exception_content,
    derived_of=nothing_derived,
    check=_check_exception,
    row_key=("slot_date",),
    follow=_keep_used,
)


# --- assignments ---------------------------------------------------------------------------------

_ACCESS: Final = uuid.UUID("6f1c2a52-54d1-4f0e-9a6e-0b6d6a1f9c11")
"""Namespace of the ids of access that assignments make: one for a patient, a person and a day."""


def _assignment_draft(row: AssignmentRow) -> AssignmentDraft:
    return AssignmentDraft(row.account_id, row.on_date, row.planned_at, row.note)


def _assignment_content(draft: AssignmentDraft) -> Json:
    return {
        "account_id": draft.account_id,
        "on_date": draft.on_date,
        "planned_at": draft.planned_at,
        "note": draft.note,
    }


def _check_assignment(
    entering: Entering, patient: PatientRow, draft: AssignmentDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    stored = None if row_id is None else entering.session.get(AssignmentRow, row_id)
    account = entering.session.get(AccountRow, draft.account_id)
    visitor = Visitor(None)
    if account is not None and account.clinic_id == patient.clinic_id:
        # Who left meanwhile still stands in what was planned then.
        is_known = stored is not None and stored.account_id == account.id
        visitor = Visitor(account.role, is_known or account.status == Status.ACTIVE.value)
    return rules.check_assignment(
        draft,
        now=entering.change.now,
        birth_date=patient.birth_date,
        time_zone=_zone_on(patient, draft.on_date),
        visitor=visitor,
    )


def _zone_on(patient: PatientRow, day: date) -> str:
    return zone_of(patient, datetime.combine(day, time(12), tzinfo=UTC))


def _keep_access(entering: Entering, row: AssignmentRow) -> None:
    """Let whoever is assigned see the record around the day, and nobody who is not any more."""
    session, change = entering.session, entering.change
    if row.version > history.FIRST_VERSION:
        key = (AssignmentRow.__tablename__, row.id, row.version - 1)
        content = session.get_one(RecordVersion, key).content
        before = uuid.UUID(content["account_id"]), date.fromisoformat(content["on_date"])
        if row.voided_at is not None or before != (row.account_id, row.on_date):
            _end_access(session, change, row.patient_id, who=before[0], on_date=before[1])
    if row.voided_at is None:
        _give_access(session, change, row)


def _access_id(patient_id: uuid.UUID, who: uuid.UUID, on_date: date) -> uuid.UUID:
    return uuid.uuid5(_ACCESS, f"{patient_id}/{who}/{on_date}")


def _access_row(
    session: Session, patient_id: uuid.UUID, *, who: uuid.UUID, on_date: date
) -> CareTeamRow | None:
    """Return the access that an assignment made before.

    Raises
    ------
    Conflict
        Somebody gave the id to another row of a care team, which is no assignment's to change.
    """
    row = session.get(CareTeamRow, _access_id(patient_id, who, on_date))
    if row is None or (row.patient_id, row.account_id, row.kind) == (patient_id, who, VISIT):
        return row
    message = say("The access of this visit cannot be kept: its id is stored with other content.")
    raise Conflict(message)


def _give_access(session: Session, change: Change, row: AssignmentRow) -> None:
    patient = session.get_one(PatientRow, row.patient_id)
    zone = _zone_on(patient, row.on_date)
    care = care_settings_of(session, row.clinic_id, today=today_of(patient, change.now))
    first = row.on_date - timedelta(days=care.visit_access_days_before)
    end = row.on_date + timedelta(days=care.visit_access_days_after + 1)
    window = {"valid_from": local_midnight(first, zone), "valid_until": local_midnight(end, zone)}
    stored = _access_row(session, row.patient_id, who=row.account_id, on_date=row.on_date)
    if stored is not None:
        history.amend(session, stored, window, change=change)
        return
    access = CareTeamRow(
        id=_access_id(row.patient_id, row.account_id, row.on_date),
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        account_id=row.account_id,
        kind=VISIT,
        reason=f"Visit on {row.on_date}",
        **window,
    )
    history.begin(access, change)
    session.add(access)
    session.flush()


def _end_access(
    session: Session, change: Change, patient_id: uuid.UUID, *, who: uuid.UUID, on_date: date
) -> None:
    """End access now, or make it one that never begins; what has passed stays as it was."""
    access = _access_row(session, patient_id, who=who, on_date=on_date)
    if access is None or access.valid_until is None or access.valid_until <= change.now:
        return
    end = max(access.valid_from, change.now)
    history.amend(session, access, {"valid_until": end}, change=change)


ASSIGNMENT: Final[Entry[AssignmentDraft, AssignmentRow]] = Entry(
    what="Visit assignment",
    table=AssignmentRow,
    draft_of=_assignment_draft,
    content_of=_assignment_content,
    derived_of=nothing_derived,
    check=_check_assignment,
    row_key=("account_id", "on_date"),
    follow=_keep_access,
    is_analysed=False,
)
