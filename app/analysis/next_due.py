"""The next course: when it is due by the patient's own calendar, and how it stands today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.analysis.cycles import Course, EffectiveHold, Timeline, plan_in_force
from app.analysis.planned import CourseCalendar, Facts, after_holds, standing
from app.analysis.planning import next_planned, plan_courses
from app.analysis.records import PatientRecord, PlanVersion, Weight

DueState = Literal["no_plan", "not_started", "on_hold", "not_due", "due", "overdue", "missed"]


@dataclass(frozen=True, slots=True)
class NextCourse:
    """The next course: its state today, its due date and how many days ago that was.

    `due_on` is None where there is no due date; `days_late` is 0 until the due date has passed.
    """

    state: DueState
    due_on: date | None = None
    days_late: int = 0


def next_course(
    *,
    last_course_first_day: date | None,
    plan: PlanVersion | None,
    holds: Sequence[EffectiveHold],
    today: date,
    grace_days: int,
) -> NextCourse:
    """Say when the next course is due and where it stands on `today`.

    Parameters
    ----------
    last_course_first_day : date or None
        First local day of the last course that gave at least half of what was ordered.
    plan : PlanVersion or None
        The version in force today.
    holds : sequence of EffectiveHold
        Cut already at infusions inside them (`cycles.effective_holds`).
    today : date
        The patient's local date.
    grace_days : int
        Days after the due date on which the course still counts as due, not overdue.

    Notes
    -----
    Missed means more than half an interval after the due date. A due date inside a hold moves to
    the day on which the hold ends; inside a hold without an end there is no due date.
    """
    if any(hold.covers(today) for hold in holds):
        return NextCourse("on_hold")
    if plan is None:
        return NextCourse("no_plan")
    if last_course_first_day is None:
        return NextCourse("not_started")
    due_on = after_holds(last_course_first_day + timedelta(days=plan.interval_days), holds)
    return _on(due_on, today=today, interval_days=plan.interval_days, grace_days=grace_days)


def _on(due_on: date | None, *, today: date, interval_days: int, grace_days: int) -> NextCourse:
    if due_on is None:
        return NextCourse("not_due")
    state = standing(due_on, today=today, interval_days=interval_days, grace_days=grace_days)
    return NextCourse(state, due_on, max((today - due_on).days, 0))


def ordered_dose_g(
    course: Course, plans: Sequence[PlanVersion], weights: Sequence[Weight]
) -> float | None:
    """Return the grams that the plan of the course's first day ordered; None when unknown.

    A dose in g/kg is turned into grams by the weight written at the infusion, else the latest
    dosing weight, else the latest actual weight before the course.
    """
    plan = plan_in_force(plans, course.first_day)
    if plan is None:
        return None
    if plan.dose_g is not None:
        return plan.dose_g
    weight_kg = _weight_kg(course, weights)
    if plan.dose_g_per_kg is None or weight_kg is None:
        return None
    return plan.dose_g_per_kg * weight_kg


def _weight_kg(course: Course, weights: Sequence[Weight]) -> float | None:
    at_infusion = [i.weight_kg for i in course.infusions if i.weight_kg is not None]
    if at_infusion:
        return at_infusion[0]
    before = [w for w in weights if w.measured_at <= course.started_at]
    dosing = [w for w in before if w.kind == "dosing"]
    latest = max(dosing or before, key=lambda w: w.measured_at, default=None)
    return None if latest is None else latest.weight_kg


def last_given_course(
    courses: Sequence[Course], plans: Sequence[PlanVersion], weights: Sequence[Weight]
) -> Course | None:
    """Return the last course that gave at least half of what was ordered.

    A course whose order is unknown counts as given: nothing says that it fell short.
    """
    return next((c for c in reversed(courses) if gave_half(c, plans, weights)), None)


def gave_half(course: Course, plans: Sequence[PlanVersion], weights: Sequence[Weight]) -> bool:
    """Say whether a course gave at least half of what was ordered, or of an unknown order."""
    ordered_g = ordered_dose_g(course, plans, weights)
    return ordered_g is None or 2 * course.dose_g >= ordered_g


def is_plain(record: PatientRecord) -> bool:
    """Say whether the calendar of a patient is a rolling one that nobody decided anything about."""
    return not record.exceptions and all(plan.calendar == "rolling" for plan in record.plans)


def course_calendar(
    record: PatientRecord, timeline: Timeline, *, today: date, until: date
) -> CourseCalendar:
    """Return the planned courses of a whole patient record (`planned.plan_courses`)."""
    if is_plain(record):
        last = last_given_course(timeline.courses, record.plans, record.weights)
        given: tuple[date, ...] = () if last is None else (last.first_day,)
    else:
        given = tuple(
            course.first_day
            for course in timeline.courses
            if gave_half(course, record.plans, record.weights)
        )
    facts = Facts(given, record.plans, timeline.holds, record.exceptions)
    return plan_courses(facts, today=today, until=until)


def next_course_of(
    record: PatientRecord,
    timeline: Timeline,
    *,
    today: date,
    grace_days: int,
    calendar: CourseCalendar | None = None,
) -> NextCourse:
    """Return the next course of a whole patient record, exceptions and fixed calendars obeyed.

    Without either it is what `next_course` says of the last course that counts. Whoever has the
    `calendar` of today already gives it.
    """
    if timeline.hold_on(today) is not None:
        return NextCourse("on_hold")
    plan = plan_in_force(record.plans, today)
    if calendar is None:
        calendar = course_calendar(record, timeline, today=today, until=today)
    coming = next_planned(calendar, today=today)
    if coming is not None:
        interval_days = coming.interval_days
        return _on(
            coming.planned_on, today=today, interval_days=interval_days, grace_days=grace_days
        )
    if plan is None:
        return NextCourse("no_plan")
    return NextCourse("not_started" if plan.calendar == "rolling" else "not_due")


def turning_days(
    record: PatientRecord, timeline: Timeline, *, today: date, grace_days: int
) -> set[date]:
    """Return days on which time alone may change the next course, where the calendar is not plain.

    Of a plain one, the due date of the next course says it all.
    """
    if is_plain(record):
        return set()
    calendar = course_calendar(record, timeline, today=today, until=today)
    return {
        course.planned_on + timedelta(days=later)
        for course in calendar.planned
        if course.planned_on is not None
        for later in (0, grace_days + 1, course.interval_days // 2 + 1)
    }
