"""What the plan orders for a visit: which version, and how many grams of which course."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy.orm import Session

from app.analysis.cycles import (
    Course,
    group_courses,
    infusion_days,
    local_day,
    local_midnight,
)
from app.analysis.next_due import ordered_dose_g
from app.analysis.records import Infusion, PlanVersion, Weight
from app.infusions.repository import infusion as infusion_of
from app.infusions.repository import infusions_of
from app.infusions.tables import InfusionRow
from app.kit import history
from app.kit.base import Json
from app.patients.repository import weights_of
from app.patients.service import zone_of
from app.patients.settings import settings_of
from app.patients.tables import PatientRow
from app.plans.repository import plan_version, plans_of
from app.plans.rules import DEFAULT_TOLERANCE
from app.plans.tables import PlanRow
from app.visits.recorded import NamedPlan, PlanOrder
from app.visits.tables import VisitRow

_TRACE_G: Final = 1e-9
"""Given of an infusion that has no grams yet, so that it has its place in a course."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """How a visit stands to the plan: what it names, and what that orders."""

    plan: NamedPlan
    order: PlanOrder | None
    tolerance_percent: float
    has_earlier_day: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """An infusion in its course; `number` is that of its day."""

    course: Course
    number: int
    others_g: float


def plan_on(session: Session, patient: PatientRow, day: date) -> PlanRow | None:
    """Return the plan that was in force on a day; None before the first one."""
    begun = [row for row in plans_of(session, patient.id) if row.effective_date <= day]
    return begun[-1] if begun else None


def ordered_of(
    session: Session, visit: VisitRow, infusion: InfusionRow | None, *, now: datetime
) -> Ordered:
    """Return what the plan orders for a visit; courses are joined by the settings of `now`."""
    patient = session.get_one(PatientRow, visit.patient_id)
    place = None if infusion is None else _place_of(session, patient, infusion, now=now)
    day = visit.planned_on if infusion is None else infusion.local_date
    days = {day} if place is None else {day, place.course.first_day}
    named = _named(session, visit)
    tolerance = None if named is None else named["rounding_tolerance_percent"]
    return Ordered(
        plan=_plan_state(session, patient, visit, days=days),
        order=None if named is None or place is None else _order(session, patient, named, place),
        tolerance_percent=DEFAULT_TOLERANCE if tolerance is None else float(tolerance),
        has_earlier_day=place is not None and place.number > 1,
    )


def _plan_state(
    session: Session, patient: PatientRow, visit: VisitRow, *, days: set[date]
) -> NamedPlan:
    """Say whether the visit names the plan of its day, or of the day on which its course began."""
    plans = [plan_on(session, patient, day) for day in days]
    in_force = {plan.id for plan in plans if plan is not None}
    if visit.plan_id is None:
        return "unnamed" if in_force else "none"
    return "named" if visit.plan_id in in_force or not in_force else "other"


def _named(session: Session, visit: VisitRow) -> Json | None:
    """Return the version of the plan that a visit names."""
    plan = None if visit.plan_id is None else session.get(PlanRow, visit.plan_id)
    if plan is None:
        return None
    versions = {v["version"]: v for v in history.history_of(session, plan)}
    return versions.get(visit.plan_version)


def _place_of(
    session: Session, patient: PatientRow, infusion: InfusionRow, *, now: datetime
) -> _Place:
    own = _as_given(infusion_of(infusion))
    rows = infusions_of(session, patient.id)
    others = [infusion_of(row) for row in rows if row.id != infusion.id]
    plans = [plan_version(row) for row in plans_of(session, patient.id)]
    rules = settings_of(session, patient, now=now).rules
    for course in group_courses(infusion_days([*others, own]), plans, rules):
        for number, day in enumerate(course.days, 1):
            if any(each is own for each in day.infusions):
                given_g = sum(each.dose_g or 0 for each in course.infusions if each is not own)
                return _Place(course, number, given_g)
    raise AssertionError(infusion.id)  # what is given is in a course


@dataclass(frozen=True, slots=True)
class Standing:
    """Which day of its course a planned day would be, and what the others gave, g.

    `ahead` counts the other days of the course on which nothing ran yet.
    """

    day: int
    others_g: float
    ahead: int


def standing_on(
    session: Session, patient: PatientRow, day: date, *, planned: Collection[date], now: datetime
) -> Standing:
    """Return where a day stands in its course, were it and the `planned` days before it done.

    Planned days before today on which nothing ran do not count.
    """
    zone = zone_of(patient, now)
    today = local_day(now, zone)
    rows = [infusion_of(row) for row in infusions_of(session, patient.id)]
    days = {one.day for one in infusion_days(rows)}
    ahead = {one for one in planned if today <= one <= day} | {day}
    traces = [_trace(one, zone) for one in ahead - days]
    plans = [plan_version(row) for row in plans_of(session, patient.id)]
    rules = settings_of(session, patient, now=now).rules
    for course in group_courses(infusion_days([*rows, *traces]), plans, rules):
        for number, each in enumerate(course.days, 1):
            if each.day == day:
                others = [i for other in course.days if other is not each for i in other.infusions]
                given = [i.dose_g or 0 for i in others if i not in traces]
                to_come = sum(i in traces for i in others)
                return Standing(number, sum(given), to_come)
    raise AssertionError(day)  # what is given is in a course


def _trace(day: date, zone: str) -> Infusion:
    noon = local_midnight(day, zone) + timedelta(hours=12)
    return Infusion(
        started_at=noon, time_zone=zone, status="completed", product=None, dose_g=_TRACE_G
    )


def _as_given(infusion: Infusion) -> Infusion:
    return replace(infusion, status="completed", dose_g=infusion.dose_g or _TRACE_G)


def _order(session: Session, patient: PatientRow, named: Json, place: _Place) -> PlanOrder:
    weights = [
        Weight(row.measured_at, row.weight_kg, cast("Any", row.kind))
        for row in weights_of(session, patient.id)
    ]
    # The version that is named is the order, whenever it began.
    plan = PlanVersion(
        effective_date=place.course.first_day,
        interval_days=named["interval_days"],
        course_days=named["course_days"],
        product=named["product"],
        dose_g_per_kg=named["dose_g_per_kg"],
        dose_g=named["dose_g"],
    )
    return PlanOrder(
        course_g=ordered_dose_g(place.course, [plan], weights),
        others_g=place.others_g,
        course_days=named["course_days"],
        day=place.number,
    )
