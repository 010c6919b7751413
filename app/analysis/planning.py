"""Planning ahead: which courses follow from what was given, the plan and what people decided.

What was given is read, never written: a course that was done can be neither moved nor cancelled
here, nor planned again. All dates are the patient's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from app.analysis.cycles import plan_in_force
from app.analysis.planned import (
    CourseCalendar,
    Facts,
    PlannedCourse,
    after_holds,
    standing,
)
from app.analysis.records import CourseException, PlanVersion

_FIRST: Final = timedelta(days=7)
"""How near the first course of all is to the added one that it serves for; a judgement."""


def plan_courses(facts: Facts, *, today: date, until: date) -> CourseCalendar:
    """Derive the planned courses.

    Parameters
    ----------
    facts : Facts
        What is known.
    today : date
        The patient's local date: its plan version decides about the next course.
    until : date
        No regular course planned later is listed, unless it is the next one.

    Notes
    -----
    *Rolling*: a course is planned one interval after the one before it was given or, further
    ahead, is planned. *Fixed*: courses stand every interval from the effective date on, whatever
    was given when. An exception applies to the course nearest to the day that it names, less than
    half an interval away. A course that was given serves for the planned one that it is nearest
    to; a rolling calendar counts on from the last one, whatever it served for.
    """
    plan = plan_in_force(facts.plans, today)
    if plan is not None and plan.calendar == "fixed":
        regular, used = _fixed(facts, plan, today=today, until=until)
    else:
        regular, used = _rolling(facts, plan, today=today, until=until)
    added = [
        _added(facts, index, plan) for index in _indices(facts, is_added=True) if index not in used
    ]
    planned = sorted([*regular, *added], key=_place)
    everything = range(len(facts.exceptions))
    applied = {course.exception for course in planned}
    unmatched = frozenset(i for i in everything if i not in used and i not in applied)
    return CourseCalendar(tuple(planned), frozenset(used), unmatched)


def next_planned(calendar: CourseCalendar, *, today: date) -> PlannedCourse | None:
    """Return the course to give next: the earliest that can still be given.

    On a fixed calendar a course that was not given makes room for the next one on its day; an
    added course does when it is missed. Where no course has a date, one without is returned.
    """
    regular = [c for c in calendar.planned if c.slot_date is not None and c.is_open]
    begun = [c for c in regular if c.planned_on is not None and c.planned_on <= today]
    ahead = [c for c in regular if c not in begun]
    added = [
        course
        for course in calendar.planned
        if course.slot_date is None and course.is_open and not _is_missed(course, today)
    ]
    return min([*begun[-1:], *ahead[:1], *added], key=_place, default=None)


def _is_missed(course: PlannedCourse, today: date) -> bool:
    day, interval = course.planned_on or date.max, course.interval_days
    return standing(day, today=today, interval_days=interval, grace_days=0) == "missed"


def _place(course: PlannedCourse) -> tuple[date, bool]:
    return course.planned_on or date.max, course.slot_date is None


# --- exceptions ----------------------------------------------------------------------------------


def _indices(facts: Facts, *, is_added: bool) -> list[int]:
    return [i for i, one in enumerate(facts.exceptions) if (one.kind == "added") is is_added]


def _added(facts: Facts, index: int, plan: PlanVersion | None) -> PlannedCourse:
    day = _new_date(facts.exceptions[index])
    return PlannedCourse(None, day, plan, index, is_held=any(h.covers(day) for h in facts.holds))


def _new_date(exception: CourseException) -> date:
    return exception.new_date or date.max  # given for every exception but a cancelled course


def _applying(
    facts: Facts, slot: date, *, interval_days: int, before: date, without: Iterable[int]
) -> int | None:
    """Return the exception for a slot: the nearest, then the last decided one.

    None moves a course to or before the day of the course `before` it.
    """
    best: tuple[int, int] | None = None
    for index in _indices(facts, is_added=False):
        one = facts.exceptions[index]
        distance = abs(((one.slot_date or date.min) - slot).days)  # only added ones have none
        is_backwards = one.new_date is not None and one.new_date <= before
        if index in without or is_backwards or 2 * distance >= interval_days:
            continue
        if best is None or (distance, -index) < best:
            best = (distance, -index)
    return None if best is None else -best[1]


# --- rolling -------------------------------------------------------------------------------------


def _rolling(
    facts: Facts, plan: PlanVersion | None, *, today: date, until: date
) -> tuple[list[PlannedCourse], set[int]]:
    last, used = _last_counted(facts)
    if plan is None or last is None:
        return [], used
    courses: list[PlannedCourse] = []
    has_next = False
    for course in _from(facts, last, plan, used=used):
        day = course.planned_on
        if has_next and (day is None or day > until):
            break
        # Only one course can be late: the ones after it count from the day on which it is given.
        if course.is_cancelled or not has_next or (day is not None and day > today):
            courses.append(course)
        has_next = has_next or not course.is_cancelled
    return courses, used


def _from(
    facts: Facts, last: date, plan: PlanVersion, *, used: Iterable[int]
) -> Iterator[PlannedCourse]:
    """Yield the courses after one that began on `last`, without an end."""
    taken = set(used)
    before = last
    slot = last + timedelta(days=plan.interval_days)
    while True:
        index = _applying(
            facts, slot, interval_days=plan.interval_days, before=before, without=taken
        )
        taken |= {index} if index is not None else set()
        course = _regular(facts, slot, plan, index)
        if course.is_cancelled:
            before = slot
        else:
            moved = after_holds(course.planned_on or slot, facts.holds)
            course = replace(course, planned_on=moved)
        yield course
        if course.planned_on is None:
            return
        before = course.planned_on
        plan = _plan_after(facts, before, plan)
        slot = before + timedelta(days=plan.interval_days)


def _plan_after(facts: Facts, day: date, plan: PlanVersion) -> PlanVersion:
    """Return the version that counts on from a planned course."""
    following = plan_in_force(facts.plans, day)
    if following is None or following.effective_date < plan.effective_date:
        return plan
    return following


def _regular(facts: Facts, slot: date, plan: PlanVersion, index: int | None) -> PlannedCourse:
    if index is None:
        return PlannedCourse(slot, slot, plan)
    one = facts.exceptions[index]
    if one.kind == "cancelled":
        return PlannedCourse(slot, slot, plan, index, is_cancelled=True)
    return PlannedCourse(slot, _new_date(one), plan, index)


def _last_counted(facts: Facts) -> tuple[date | None, set[int]]:
    """Return the last given course, and the exceptions of the past.

    A given course serves for what it is nearest to: a planned course, an added one, or none,
    where it is nearest to the course before it. What was planned up to its day is past.
    """
    used: set[int] = set()
    last: date | None = None
    for day in facts.given:
        if facts.exceptions:
            used |= _served(facts, last, day, used) | _added_until(facts, day)
        last = day
    return last, used


def _served(facts: Facts, last: date | None, day: date, used: set[int]) -> set[int]:
    """Return the exceptions that become history with a given course."""
    best = _FIRST if last is None else abs(day - last)
    passed: set[int] = set()
    behind: set[int] = set()
    seen: set[int] = set()
    plan = plan_in_force(facts.plans, day)
    courses = iter(()) if plan is None or last is None else _from(facts, last, plan, used=used)
    for course in courses:
        seen |= set() if course.exception is None else {course.exception}
        if course.planned_on is None:
            break
        if abs(day - course.planned_on) <= best:
            best, passed = abs(day - course.planned_on), set(seen)
        if course.planned_on <= day:
            behind = set(seen)
        elif course.is_open:
            break
    added = _nearest_added(facts, day, within=best.days, without=used)
    return passed if added is None else {added} | behind


def _nearest_added(facts: Facts, day: date, *, within: int, without: set[int]) -> int | None:
    """Return the added course that a given one serves for: nearer than anything regular."""
    near = [
        (abs((day - _new_date(facts.exceptions[index])).days), index)
        for index in _indices(facts, is_added=True)
        if index not in without
    ]
    distance, index = min(near, default=(within, -1))
    return index if distance < within else None


def _added_until(facts: Facts, day: date) -> set[int]:
    added = _indices(facts, is_added=True)
    return {index for index in added if _new_date(facts.exceptions[index]) <= day}


# --- fixed ---------------------------------------------------------------------------------------


def _fixed(
    facts: Facts, plan: PlanVersion, *, today: date, until: date
) -> tuple[list[PlannedCourse], set[int]]:
    slots = _fixed_slots(facts, plan, today=today, until=until)
    used: set[int] = set()
    past: set[int] = set()
    for day in facts.given:
        near = [
            (abs((day - (slot.planned_on or day)).days), number)
            for number, slot in enumerate(slots)
            if not slot.is_cancelled
        ]
        distance, number = min(near, default=(plan.interval_days, -1))
        added = _nearest_added(facts, day, within=distance, without=used)
        if added is None and 2 * distance <= plan.interval_days:
            past.add(number)
        used |= _added_until(facts, day) | (set() if added is None else {added})
        past |= {n for n, slot in enumerate(slots) if (slot.planned_on or day) <= day}
    applied = {slots[number].exception for number in past}
    used |= {index for index in applied if index is not None}
    return [slot for number, slot in enumerate(slots) if number not in past], used


def _fixed_slots(
    facts: Facts, plan: PlanVersion, *, today: date, until: date
) -> list[PlannedCourse]:
    """Return every course of a fixed calendar, given or not, up to the first beyond `until`."""
    slots: list[PlannedCourse] = []
    taken: set[int] = set()
    slot = _anchor(facts.plans, plan)
    before = slot - timedelta(days=plan.interval_days)
    has_next = False
    while not (has_next and slot > until):
        index = _applying(
            facts, slot, interval_days=plan.interval_days, before=before, without=taken
        )
        taken |= {index} if index is not None else set()
        course = _regular(facts, slot, plan, index)
        day = course.planned_on or slot
        slots.append(replace(course, is_held=any(hold.covers(day) for hold in facts.holds)))
        before = day
        has_next = has_next or (day > today and slots[-1].is_open) or slot > until + _FURTHER
        slot += timedelta(days=plan.interval_days)
    return slots


_FURTHER: Final = timedelta(days=731)
"""How far beyond what is asked for the next course is looked for; behind a hold without an end
there is none."""


def _anchor(plans: Sequence[PlanVersion], plan: PlanVersion) -> date:
    """Return the day from which a fixed calendar counts: unchanged by a change of dose alone."""
    first = plan
    for earlier in sorted(plans, key=lambda one: one.effective_date, reverse=True):
        if earlier.effective_date >= first.effective_date:
            continue
        if (earlier.calendar, earlier.interval_days) != ("fixed", plan.interval_days):
            break
        first = earlier
    return first.effective_date
