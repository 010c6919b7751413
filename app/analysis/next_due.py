"""The next course: when it is due by the patient's own calendar, and how it stands today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.analysis.cycles import Course, EffectiveHold, Timeline, plan_in_force
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
    due_on = _after_holds(last_course_first_day + timedelta(days=plan.interval_days), holds)
    if due_on is None or today < due_on:
        return NextCourse("not_due", due_on)
    late = (today - due_on).days
    if 2 * late > plan.interval_days:
        return NextCourse("missed", due_on, late)
    return NextCourse("due" if late <= grace_days else "overdue", due_on, late)


def _after_holds(due_on: date, holds: Sequence[EffectiveHold]) -> date | None:
    """Move a due date past every hold that covers it."""
    day: date | None = due_on
    for hold in sorted(holds, key=lambda h: h.from_date):
        if day is not None and hold.covers(day):
            day = hold.to_date
    return day


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
    for course in reversed(courses):
        ordered_g = ordered_dose_g(course, plans, weights)
        if ordered_g is None or 2 * course.dose_g >= ordered_g:
            return course
    return None


def next_course_of(
    record: PatientRecord, timeline: Timeline, *, today: date, grace_days: int
) -> NextCourse:
    """Return `next_course` for a whole patient record."""
    last = last_given_course(timeline.courses, record.plans, record.weights)
    return next_course(
        last_course_first_day=None if last is None else last.first_day,
        plan=plan_in_force(record.plans, today),
        holds=timeline.holds,
        today=today,
        grace_days=grace_days,
    )
