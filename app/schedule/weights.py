"""Grams that follow from a weight tell the weight: they are for whoever may read weights."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.analysis.cycles import Course, plan_in_force
from app.analysis.next_due import ordered_dose_g
from app.kit.access import access_of
from app.schedule.calendars import OwnCalendar


def may_read_weights(session: Session) -> bool:
    """Say whether whoever uses the session may read weights; the system itself may."""
    access = access_of(session)
    return access is None or "weights.read" in access.principal.permissions


def ordered_as_shown(own: OwnCalendar, course: Course, *, shows_weights: bool) -> float | None:
    """Return what the plan ordered for a course that was given, g; None where it is not shown."""
    plan = plan_in_force(own.record.plans, course.first_day)
    if not shows_weights and (plan is None or plan.dose_g is None):
        return None
    return ordered_dose_g(course, own.record.plans, own.record.weights)
