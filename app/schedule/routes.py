"""JSON API of the schedule: decisions about courses, visits, due lists, weeks, conversions."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Query, Request, Response

from app.clinics.service import get_clinic
from app.errors import Fault, RuleViolation
from app.kit.access import needs
from app.kit.answers import model_response, next_link
from app.kit.deps import Work
from app.kit.routing import api_router
from app.patients.entries import get_row
from app.patients.record_routes import RecordKind, add_record_routes
from app.plans.service import PLAN
from app.said import say
from app.schedule import service
from app.schedule.converting import convert_plan
from app.schedule.reading import read_due, read_schedule, read_week
from app.schedule.schemas import (
    AssignmentChange,
    AssignmentCreate,
    AssignmentRead,
    ConversionQuery,
    ConversionRead,
    DueQuery,
    DueRead,
    ExceptionChange,
    ExceptionCreate,
    ExceptionRead,
    ScheduleRead,
    ShownDay,
    WeekRead,
)
from app.schedule.tables import AssignmentRow, CourseExceptionRow

router: Final = api_router("schedule")

add_record_routes(
    router,
    RecordKind(
        plural="course-exceptions",
        singular="course_exception",
        area="schedule",
        entry=service.EXCEPTION,
        create=ExceptionCreate,
        draft_of=ExceptionCreate.draft,
        change=ExceptionChange,
        read=ExceptionRead,
        newest_by=CourseExceptionRow.recorded_at,
    ),
)
add_record_routes(
    router,
    RecordKind(
        plural="visit-assignments",
        singular="visit_assignment",
        area="assignments",
        entry=service.ASSIGNMENT,
        create=AssignmentCreate,
        draft_of=AssignmentCreate.draft,
        change=AssignmentChange,
        read=AssignmentRead,
        newest_by=AssignmentRow.on_date,
    ),
)


@router.get(
    "/patients/{patient_id}/schedule",
    operation_id="read_schedule",
    response_model=ScheduleRead,
)
@needs("schedule.read")
def read_patient_schedule(
    patient_id: uuid.UUID,
    work: Work,
    first: Annotated[
        ShownDay | None, Query(alias="from", description="Default: 120 days ago.")
    ] = None,
    last: Annotated[ShownDay | None, Query(alias="to", description="Default: in 180 days.")] = None,
) -> Response:
    """Show what was done and what is planned, by the patient's own calendar."""
    with work.reading() as session:
        schedule = read_schedule(session, patient_id, now=work.now, first=first, last=last)
        return model_response(schedule)


@router.get("/clinics/{clinic_id}/due", operation_id="list_due", response_model=DueRead)
@needs("schedule.read")
def list_due(
    request: Request, clinic_id: uuid.UUID, query: Annotated[DueQuery, Query()], work: Work
) -> Response:
    """List whose course is due, overdue, missed, on hold or near, the longest due first."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        due = read_due(session, clinic.id, query, now=work.now)
    return model_response(due.model_copy(update={"next": next_link(request, due.next_cursor)}))


@router.get("/clinics/{clinic_id}/week", operation_id="read_week", response_model=WeekRead)
@needs("schedule.read")
def read_clinic_week(
    clinic_id: uuid.UUID,
    work: Work,
    monday: Annotated[ShownDay | None, Query(description="Default: of this week, UTC.")] = None,
    account: Annotated[
        str | None, Query(max_length=40, description="Only visits of this account; or `me`.")
    ] = None,
) -> Response:
    """Show a week: infusion days, planned days, and who visits."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        who = work.person.account_id if account == "me" else _account(account)
        today = work.now.date()
        begin = monday or today - timedelta(days=today.weekday())
        week = read_week(session, clinic.id, monday=begin, account_id=who, now=work.now)
        return model_response(week)


def _account(text: str | None) -> uuid.UUID | None:
    try:
        return None if text is None else uuid.UUID(text)
    except ValueError as error:
        reason = say("it is neither `me` nor the id of an account")
        raise RuleViolation([Fault("account", text, reason)]) from error


@router.get("/plans/{id}/conversion", operation_id="read_conversion", response_model=ConversionRead)
@needs("plans.read")
def read_conversion(
    id: uuid.UUID, query: Annotated[ConversionQuery, Query()], work: Work
) -> Response:
    """Show an order in grams, millilitres and vials; it changes no order."""
    with work.reading() as session:
        plan = get_row(session, PLAN, id)
        return model_response(convert_plan(session, plan, query, now=work.now))
