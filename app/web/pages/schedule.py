"""The calendar of a clinic: whose course is due, and who visits whom this week."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care.emergency import Alert, unseen
from app.kit.access import needs
from app.kit.deps import Work
from app.patients.tables import PatientRow
from app.schedule.reading import read_due, read_week
from app.schedule.schemas import DueQuery, DueRead, ShownDay, WeekDay, WeekRead
from app.web.clinics import ClinicQuery, Clinics, choose_clinic
from app.web.format import format_name
from app.web.page_route import page_router
from app.web.paths import SCHEDULE
from app.web.templating import render

router: Final = page_router()

_WEEK: Final = timedelta(days=7)
_FIRST, _LAST = date(1900, 1, 8), date(2199, 12, 20)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week with everything that is on it."""

    date: date
    items: Sequence[WeekDay]
    is_today: bool


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """Everything that the page shows.

    Attributes
    ----------
    emergencies : sequence of Alert
        Emergency accesses that whoever asks is told of, and has no work list to be told on.
    own : sequence of WeekDay
        The visits of whoever asks in the week that is shown.
    before, after : date or None
        The Mondays of the weeks around it; None at the edge of the calendar.
    names, zones : mapping
        Names of the patients by id, as far as they are known, and their time zones.
    """

    clinics: Clinics
    emergencies: Sequence[Alert]
    due: DueRead
    is_unassigned: bool
    monday: date
    days: Sequence[Day]
    me: uuid.UUID
    own: Sequence[WeekDay]
    before: date | None
    after: date | None
    names: Mapping[uuid.UUID, str]
    zones: Mapping[uuid.UUID, str]


def _patients(session: Session, due: DueRead, week: WeekRead) -> Sequence[PatientRow]:
    shown = {line.patient_id for line in due.items} | {day.patient_id for day in week.items}
    return session.scalars(select(PatientRow).where(PatientRow.id.in_(shown))).all()


@router.get(SCHEDULE)
@needs("schedule.read")
def show_schedule(
    *,
    request: Request,
    work: Work,
    clinic: ClinicQuery = None,
    monday: ShownDay | None = None,
    unassigned: bool = False,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Show whose course is due, and the week: what is planned, what was given, who visits."""
    today = work.now.date()
    asked = monday or today
    begin = min(max(asked - timedelta(days=asked.weekday()), _FIRST), _LAST)
    begin -= timedelta(days=begin.weekday())
    me = work.person.account_id
    query = DueQuery(unassigned=unassigned, cursor=cursor)
    with work.reading() as session:
        clinics = choose_clinic(session, clinic)
        due = read_due(session, clinics.shown.id, query, now=work.now)
        week = read_week(session, clinics.shown.id, monday=begin, account_id=None, now=work.now)
        patients = _patients(session, due, week)
        is_told = "worklist.read" not in work.person.permissions
        alerts = unseen(session, clinics.shown.id, now=work.now) if is_told else []
        view = ScheduleView(
            clinics=clinics,
            emergencies=alerts,
            due=due,
            is_unassigned=unassigned,
            monday=begin,
            days=_days(week, today),
            me=me,
            own=[one for one in week.items if any(v.account_id == me for v in one.visitors)],
            before=begin - _WEEK if begin > _FIRST else None,
            after=begin + _WEEK if begin + _WEEK < _LAST else None,
            names={row.id: format_name(row) for row in patients},
            zones={row.id: row.time_zone for row in patients},
        )
    return render(request, "schedule.html", view=view)


def _days(week: WeekRead, today: date) -> list[Day]:
    days = [week.monday + timedelta(days=number) for number in range(_WEEK.days)]
    return [
        Day(day, [item for item in week.items if item.date == day], day == today) for day in days
    ]
