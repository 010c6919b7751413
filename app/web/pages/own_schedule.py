"""The calendar of one patient: moving, cancelling and adding courses, and who visits."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.rules import AT_HOME
from app.accounts.tables import AccountRow
from app.care.service import assignable_accounts
from app.errors import AppError, Fault, NotFound, RuleViolation, Severity
from app.kit.access import hidden_fields, needs, note_rows
from app.kit.deps import Asked, Work
from app.patients import entries
from app.patients.entries import Entering, Entry
from app.patients.service import get_patient
from app.patients.tables import PatientRow
from app.plans.repository import plans_of
from app.schedule.reading import read_schedule
from app.schedule.repository import exceptions_of
from app.schedule.rules import VISITORS, AssignmentDraft, ExceptionDraft
from app.schedule.schemas import ScheduleRead
from app.schedule.service import ASSIGNMENT, EXCEPTION
from app.schedule.tables import CourseExceptionRow
from app.visits.tables import VisitRow
from app.web.forms import Typed, day_of, id_of, needed, optional, said
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router, see_other
from app.web.paths import PATIENTS
from app.web.report_first import WithoutReport, report_first
from app.web.templating import render

router: Final = page_router()
OWN: Final = f"{PATIENTS}/{{patient_id}}/schedule"
EXCEPTIONS: Final = f"{PATIENTS}/{{patient_id}}/course-exceptions"
ASSIGNMENTS: Final = f"{PATIENTS}/{{patient_id}}/visit-assignments"

_NEWEST_VISITS: Final = 20


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided about a planned course, and what became of that."""

    row: CourseExceptionRow
    state: str


@dataclass(frozen=True, slots=True)
class Unusual:
    """What was entered and can be right all the same: sent again, it is confirmed."""

    address: str
    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnScheduleView:
    """Everything that the page shows.

    `people` can be sent on a visit, where `may_assign`; `order_id` is the plan in force, for
    whoever works with orders.
    """

    patient: PatientRow
    schedule: ScheduleRead
    decided: Sequence[Decided]
    visits: Sequence[VisitRow]
    people: Sequence[AccountRow]
    order_id: uuid.UUID | None
    may_move: bool
    may_assign: bool
    shows_notes: bool


def _page(
    request: Request,
    work: Asked,
    patient_id: uuid.UUID,
    *,
    error: AppError | None = None,
    unusual: Unusual | None = None,
) -> Response:
    may = work.person.permissions
    with work.reading() as session:
        patient = get_patient(session, patient_id)
        schedule = read_schedule(session, patient_id, now=work.now, first=None, last=None)
        states = {one.id: one.state for one in schedule.exceptions}
        rows = exceptions_of(session, patient_id)
        people = _people(session, patient) if "assignments.write" in may else []
        note_rows(session, [*rows, *people])
        sees_orders = "plans.read" in may and work.person.role not in AT_HOME
        view = OwnScheduleView(
            patient=patient,
            schedule=schedule,
            decided=[Decided(row, states[row.id]) for row in rows],
            visits=_visits(session, patient_id) if "infusions.read" in may else [],
            people=people,
            order_id=_order_id(session, patient_id, schedule.today) if sees_orders else None,
            may_move="schedule.write" in may,
            may_assign="assignments.write" in may,
            shows_notes="note" not in hidden_fields(session, CourseExceptionRow.__tablename__),
        )
        status, errors = (200, []) if error is None else (error.status_code, said(error))
        content = {"view": view, "errors": errors, "unusual": unusual}
        return render(request, "own_schedule.html", status=status, **content)


def _people(session: Session, patient: PatientRow) -> list[AccountRow]:
    found = assignable_accounts(session, patient.clinic_id)
    return [account for account in found if account.role in VISITORS]


def _order_id(session: Session, patient_id: uuid.UUID, today: date) -> uuid.UUID | None:
    begun = [plan.id for plan in plans_of(session, patient_id) if plan.effective_date <= today]
    return begun[-1] if begun else None


def _visits(session: Session, patient_id: uuid.UUID) -> Sequence[VisitRow]:
    statement = (
        select(VisitRow)
        .where(VisitRow.patient_id == patient_id, VisitRow.voided_at.is_(None))
        .order_by(VisitRow.planned_on.desc(), VisitRow.id)
        .limit(_NEWEST_VISITS)
    )
    rows = session.scalars(statement).all()
    note_rows(session, rows)
    return rows


@router.get(OWN)
@needs("schedule.read")
def show_own_schedule(
    request: Request, work: Work, patient_id: uuid.UUID, without_report: WithoutReport = None
) -> Response:
    """Show the planned and the actual courses of a patient, and what was decided about them."""
    # It tells the day of the interval, which people at home see after their report.
    first = report_first(request, work, patient_id, without_report=without_report)
    return first or _page(request, work, patient_id)


def _on_fault(
    request: Request, work: Asked, patient_id: uuid.UUID, typed: Mapping[str, str]
) -> None:
    """Show the page again; what is unusual only can be sent again as it is."""

    def again(error: AppError) -> Response:
        is_unusual = isinstance(error, RuleViolation) and all(
            fault.severity is Severity.UNUSUAL for fault in error.faults
        )
        unusual = Unusual(request.url.path, typed) if is_unusual else None
        return _page(request, work, patient_id, error=error, unusual=unusual)

    on_fault(request, again)


@router.post(EXCEPTIONS)
@needs("schedule.write")
def decide_on_course(
    *,
    request: Request,
    work: Work,
    patient_id: uuid.UUID,
    kind: Typed = "",
    slot_date: Typed = "",
    new_date: Typed = "",
    reason: Typed = "",
    note: Typed = "",
    confirm: Typed = "",
) -> Response:
    """Move, cancel or add a course."""
    typed = {"kind": kind, "slot_date": slot_date, "new_date": new_date, "reason": reason}
    _on_fault(request, work, patient_id, {**typed, "note": note})
    draft = ExceptionDraft(
        kind=kind,
        slot_date=day_of("slot_date", slot_date) if slot_date else None,
        new_date=day_of("new_date", new_date) if new_date else None,
        reason=needed("reason", reason),
        note=optional(note),
    )
    _enter(work, patient_id, EXCEPTION, draft=lambda _patient: draft, confirm=confirm)
    return see_other(f"{PATIENTS}/{patient_id}/schedule")


@router.post(f"{EXCEPTIONS}/{{row_id}}/void")
@needs("schedule.write")
def take_back_decision(
    request: Request, work: Work, patient_id: uuid.UUID, row_id: uuid.UUID, reason: Typed = ""
) -> Response:
    """Declare a decision about a course a mistake; the calendar has the course again."""
    _on_fault(request, work, patient_id, {})
    _void(work, patient_id, EXCEPTION, row_id=row_id, reason=reason)
    return see_other(f"{PATIENTS}/{patient_id}/schedule")


@router.post(ASSIGNMENTS)
@needs("assignments.write")
def assign_visit(
    *,
    request: Request,
    work: Work,
    patient_id: uuid.UUID,
    account_id: Typed = "",
    on_date: Typed = "",
    at: Typed = "",
    note: Typed = "",
    confirm: Typed = "",
) -> Response:
    """Send somebody on a visit; they see the record around the day."""
    typed = {"account_id": account_id, "on_date": on_date, "at": at, "note": note}
    _on_fault(request, work, patient_id, typed)
    who, day = id_of("account_id", account_id), day_of("on_date", on_date)

    def draft(patient: PatientRow) -> AssignmentDraft:
        planned_at = _planned_at(day, at, zone=patient.time_zone) if at else None
        return AssignmentDraft(who, day, planned_at, optional(note))

    _enter(work, patient_id, ASSIGNMENT, draft=draft, confirm=confirm)
    return see_other(f"{PATIENTS}/{patient_id}/schedule")


@router.post(f"{ASSIGNMENTS}/{{row_id}}/void")
@needs("assignments.write")
def take_back_assignment(
    request: Request, work: Work, patient_id: uuid.UUID, row_id: uuid.UUID, reason: Typed = ""
) -> Response:
    """Let somebody not visit after all; they do not see the record for it any more."""
    _on_fault(request, work, patient_id, {})
    _void(work, patient_id, ASSIGNMENT, row_id=row_id, reason=reason)
    return see_other(f"{PATIENTS}/{patient_id}/schedule")


def _planned_at(day: date, at: str, *, zone: str) -> datetime:
    try:
        return datetime.combine(day, time.fromisoformat(at), tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise RuleViolation([Fault("planned_at", None, _("choose a time"))]) from error


def _enter(
    work: Asked,
    patient_id: uuid.UUID,
    entry: Entry[Any, Any],
    *,
    draft: Callable[[PatientRow], Any],
    confirm: str,
) -> None:
    with work.writing() as session:
        patient = get_patient(session, patient_id)
        entering = Entering(session, work.change(), confirm=confirm == "yes")
        entries.create(entering, entry, patient=patient, row_id=None, draft=draft(patient))


def _void(
    work: Asked, patient_id: uuid.UUID, entry: Entry[Any, Any], *, row_id: uuid.UUID, reason: str
) -> None:
    with work.writing() as session:
        row = entries.get_row(session, entry, row_id, lock=True)
        if row.patient_id != patient_id:
            raise NotFound(entry.what, row_id)
        change = work.change(needed("reason", reason))
        entries.void(Entering(session, change), entry, row)
