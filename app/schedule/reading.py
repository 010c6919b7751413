"""What is shown of calendars: one patient's, a clinic's due list, a week."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from app.analysis.next_due import gave_half
from app.analysis.planned import PlannedCourse
from app.errors import Fault, NotFound, RuleViolation
from app.kit.access import note_list
from app.patients.service import get_patient
from app.said import say
from app.schedule.calendars import OwnCalendar, calendar_of, calendars_of_clinic
from app.schedule.repository import assignments_of_clinic, assignments_of_patient, exceptions_of
from app.schedule.schemas import (
    DoneCourseRead,
    DueLine,
    DueQuery,
    DueRead,
    ExceptionStanding,
    NextDue,
    PlannedCourseRead,
    ScheduleRead,
    VisitorRead,
    WeekDay,
    WeekRead,
)
from app.schedule.tables import AssignmentRow, CourseExceptionRow
from app.schedule.weights import may_read_weights, ordered_as_shown

LONGEST_SPAN: Final = timedelta(days=1100)
_BEFORE: Final = timedelta(days=120)
_WEEK: Final = 7
_AHEAD: Final = timedelta(days=180)

Visitors = Mapping[uuid.UUID, Sequence[VisitorRead]]


def visitor(row: AssignmentRow) -> VisitorRead:
    """Return who is assigned, as it is shown."""
    return VisitorRead(
        assignment_id=row.id,
        account_id=row.account_id,
        name=row.name,
        on_date=row.on_date,
        planned_at=row.planned_at,
    )


# --- one patient ---------------------------------------------------------------------------------


def read_schedule(
    session: Session,
    patient_id: uuid.UUID,
    *,
    now: datetime,
    first: date | None,
    last: date | None,
) -> ScheduleRead:
    """Return the calendar of a patient from `first` to `last`; the next course is always in it.

    Raises
    ------
    NotFound
        There is no such patient, or the record was voided: nothing follows from it.
    RuleViolation
        The days are in the wrong order, or too far from each other.
    """
    patient = get_patient(session, patient_id)
    if patient.voided_at is not None:
        raise NotFound(say("Schedule of the voided patient"), patient_id)
    today = calendar_of(session, patient, now=now).today
    first, last = first or today - _BEFORE, last or today + _AHEAD
    _require_span(first, last)
    own = calendar_of(session, patient, now=now, until=last)
    rows = exceptions_of(session, patient.id)
    visitors = [
        visitor(row)
        for row in assignments_of_patient(session, patient.id)
        if first <= row.on_date <= last
    ]
    note_list(session, [*(row.id for row in rows), *(one.assignment_id for one in visitors)])
    return ScheduleRead(
        patient_id=patient.id,
        today=own.today,
        time_zone=own.time_zone,
        next_course=NextDue.model_validate(own.next_course),
        done=[
            one
            for one in done_courses(own, shows_weights=may_read_weights(session))
            if first <= one.days[-1] and one.first_day <= last
        ],
        planned=[
            _planned(own, course, rows=rows, visitors=visitors)
            for course in own.calendar.planned
            if course is own.coming or _is_between(course, first, last)
        ],
        exceptions=[
            ExceptionStanding.model_validate({"id": row.id, "state": _standing(own, index)})
            for index, row in enumerate(rows)
        ],
        visitors=visitors,
    )


def _require_span(first: date, last: date) -> None:
    if last < first:
        reason = say("%(last)s is before from %(first)s", last=str(last), first=str(first))
        raise RuleViolation([Fault("to", last, reason)])
    if last - first > LONGEST_SPAN:
        reason = say(
            "%(last)s is more than %(most)s days after from %(first)s",
            last=str(last),
            most=LONGEST_SPAN.days,
            first=str(first),
        )
        raise RuleViolation([Fault("to", last, reason)])


def _is_between(course: PlannedCourse, first: date, last: date) -> bool:
    return course.planned_on is None or first <= course.planned_on <= last


def _standing(own: OwnCalendar, index: int) -> str:
    if index in own.calendar.used:
        return "used"
    return "unmatched" if index in own.calendar.unmatched else "applies"


def done_courses(own: OwnCalendar, *, shows_weights: bool = True) -> list[DoneCourseRead]:
    """Return every course that was given, as it is shown, the first one first."""
    plans, weights = own.record.plans, own.record.weights
    return [
        DoneCourseRead(
            first_day=course.first_day,
            days=sorted({day.day for day in course.days}),
            dose_g=course.dose_g,
            ordered_g=ordered_as_shown(own, course, shows_weights=shows_weights),
            gave_half=gave_half(course, plans, weights),
        )
        for course in own.timeline.courses
    ]


def _planned(
    own: OwnCalendar,
    course: PlannedCourse,
    *,
    rows: Sequence[CourseExceptionRow],
    visitors: Sequence[VisitorRead],
) -> PlannedCourseRead:
    days = set(course.days)
    state = own.state_of(course)
    is_late = state in ("due", "overdue", "missed") and course.planned_on is not None
    return PlannedCourseRead.model_validate(
        {
            "slot_date": course.slot_date,
            "planned_on": course.planned_on,
            "days": sorted(days),
            "state": state,
            "days_late": (own.today - min(days)).days if is_late else 0,
            "begun_on": _begun_on(own) if course is own.coming else None,
            "exception_id": None if course.exception is None else rows[course.exception].id,
            "visitors": [one for one in visitors if one.on_date in days],
        }
    )


def _begun_on(own: OwnCalendar) -> date | None:
    """Return when the last course began, if it gave less than half and may go on."""
    if not own.timeline.courses:
        return None
    last = own.timeline.courses[-1]
    is_recent = (own.today - last.last_day).days <= own.rules.join_gap_days
    is_given = gave_half(last, own.record.plans, own.record.weights)
    return last.first_day if is_recent and not is_given else None


# --- the due list --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    own: OwnCalendar
    visitors: Sequence[VisitorRead]

    @property
    def key(self) -> tuple[str, str]:
        """The longest due first; who has no due date comes last."""
        due_on = self.own.next_course.due_on
        return ("9999" if due_on is None else due_on.isoformat(), str(self.own.patient_id))

    @property
    def is_open(self) -> bool:
        """Whether somebody should be assigned."""
        return self.own.next_course.due_on is not None and not self.visitors


def read_due(session: Session, clinic_id: uuid.UUID, query: DueQuery, *, now: datetime) -> DueRead:
    """Return one page of the due list of a clinic; only patients whom whoever asks may see.

    Patients without a plan are none of its business, and neither are courses far ahead.

    Raises
    ------
    RuleViolation
        The cursor is not one of this list.
    """
    calendars = calendars_of_clinic(session, clinic_id, now=now, on=query.on, until=None)
    days = [own.today for own in calendars]
    visitors = (
        _visitors(
            session,
            clinic_id,
            first=min(days, default=date.min) - LONGEST_SPAN,
            last=max(days, default=date.min) + LONGEST_SPAN,
        )
        if calendars
        else {}
    )
    lines = [_Line(own, _of_course(own, visitors)) for own in calendars]
    listed = sorted((line for line in lines if _is_listed(line, query)), key=lambda one: one.key)
    chosen = [line for line in listed if _is_chosen(line, query)]
    after = None if query.cursor is None else _decoded(query.cursor)
    rest = chosen if after is None else [line for line in chosen if line.key > after]
    page = rest[: query.limit]
    note_list(session, [line.own.patient_id for line in page])
    return DueRead(
        clinic_id=clinic_id,
        counts=dict(Counter(line.own.next_course.state for line in listed)),
        unassigned=sum(line.is_open for line in listed),
        items=[_due_line(line) for line in page],
        next_cursor=_encoded(page[-1].key) if len(rest) > len(page) else None,
        next=None,
    )


def _is_listed(line: _Line, query: DueQuery) -> bool:
    due = line.own.next_course
    if due.state == "no_plan":
        return False
    soon = line.own.today + timedelta(days=query.ahead_days)
    return due.state != "not_due" or (due.due_on is not None and due.due_on <= soon)


def _is_chosen(line: _Line, query: DueQuery) -> bool:
    is_state = query.state is None or line.own.next_course.state == query.state
    return is_state and (line.is_open or not query.unassigned)


def _due_line(line: _Line) -> DueLine:
    own, coming = line.own, line.own.coming
    is_due = coming is not None and own.next_course.due_on is not None
    hold = own.timeline.hold_on(own.today)
    return DueLine(
        patient_id=own.patient_id,
        external_id=own.external_id,
        state=own.next_course.state,
        due_on=own.next_course.due_on,
        days_late=own.next_course.days_late,
        slot_date=coming.slot_date if coming is not None and is_due else None,
        days=list(coming.days) if coming is not None and is_due else [],
        hold_until=None if hold is None else hold.to_date,
        visitors=list(line.visitors),
    )


def _of_course(own: OwnCalendar, visitors: Visitors) -> list[VisitorRead]:
    """Return who is assigned from the due date on.

    Till half an interval after it, or after today for a course that is late: it is still to come.
    """
    due_on, coming = own.next_course.due_on, own.coming
    if due_on is None or coming is None:
        return []
    half = timedelta(days=coming.interval_days // 2)
    end = max(*coming.days, max(due_on, own.today) + half)
    return [one for one in visitors.get(own.patient_id, ()) if due_on <= one.on_date <= end]


def _visitors(session: Session, clinic_id: uuid.UUID, *, first: date, last: date) -> Visitors:
    found: dict[uuid.UUID, list[VisitorRead]] = {}
    for row in assignments_of_clinic(session, clinic_id, first=first, last=last):
        found.setdefault(row.patient_id, []).append(visitor(row))
    return found


def _encoded(key: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(["due", *key])).decode().rstrip("=")


def _decoded(cursor: str) -> tuple[str, str]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, day, patient = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if (name, type(day), type(patient)) == ("due", str, str):
            return day, patient
    except (ValueError, TypeError, binascii.Error):
        pass
    raise RuleViolation([Fault("cursor", cursor, say("it is not a cursor of this list"))])


# --- a week --------------------------------------------------------------------------------------


def read_week(
    session: Session,
    clinic_id: uuid.UUID,
    *,
    monday: date,
    account_id: uuid.UUID | None,
    now: datetime,
) -> WeekRead:
    """Return the calendar of a week; with `account_id` only days to which they are assigned.

    Raises
    ------
    RuleViolation
        The day is not a Monday.
    """
    if monday.weekday() != 0:
        reason = say("%(day)s is not a Monday", day=str(monday))
        raise RuleViolation([Fault("monday", monday, reason)])
    sunday = monday + timedelta(days=_WEEK - 1)
    calendars = calendars_of_clinic(session, clinic_id, now=now, on=None, until=sunday)
    visitors = _visitors(session, clinic_id, first=monday, last=sunday)
    items = [
        item
        for own in calendars
        for item in _week_of(own, visitors.get(own.patient_id, ()), monday)
        if account_id is None or any(one.account_id == account_id for one in item.visitors)
    ]
    note_list(session, list(dict.fromkeys(item.patient_id for item in items)))
    items.sort(key=lambda item: (item.date, item.external_id, item.state))
    return WeekRead(clinic_id=clinic_id, monday=monday, items=items)


def _week_of(own: OwnCalendar, visitors: Iterable[VisitorRead], monday: date) -> Iterable[WeekDay]:
    by_day: dict[date, list[VisitorRead]] = {}
    for one in visitors:
        by_day.setdefault(one.on_date, []).append(one)
    shown: set[date] = set()
    for state, slot, days in _courses(own):
        for number, day in enumerate(days, 1):
            # A day on which something ran is done, whatever is planned on it.
            if 0 <= (day - monday).days < _WEEK and day not in shown:
                shown.add(day)
                yield _week_day(own, day, state, slot, (number, len(days)), by_day.get(day, []))
    for day in sorted(by_day.keys() - shown):
        yield _week_day(own, day, "visit", None, (None, None), by_day[day])


def _courses(own: OwnCalendar) -> Iterable[tuple[str, date | None, Sequence[date]]]:
    for done in own.timeline.courses:
        yield "done", None, sorted({day.day for day in done.days})
    for course in own.calendar.planned:
        yield own.state_of(course), course.slot_date, course.days


def _week_day(
    own: OwnCalendar,
    day: date,
    state: str,
    slot: date | None,
    place: tuple[int | None, int | None],
    visitors: list[VisitorRead],
) -> WeekDay:
    content: dict[str, Any] = {
        "date": day,
        "patient_id": own.patient_id,
        "external_id": own.external_id,
        "state": state,
        "slot_date": slot,
        "course_day": place[0],
        "course_days": place[1],
        "visitors": visitors,
    }
    return WeekDay.model_validate(content)
