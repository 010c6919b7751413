"""What a calendar of planned courses is made of, and how a due date stands.

Nothing of it is stored but what people decided (`CourseException`); `app.analysis.planning`
derives the rest. All dates are the patient's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from app.analysis.cycles import EffectiveHold
from app.analysis.records import CourseException, PlanVersion

Standing = Literal["not_due", "due", "overdue", "missed"]

UNPLANNED_INTERVAL: Final = 28
"""Days after half of which an added course counts as missed where no plan is in force: four weeks
are the usual interval (EFNS/PNS 2-8 weeks); a judgement."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the calendar of one patient is derived from.

    Attributes
    ----------
    given : tuple of date
        First days of the courses that gave at least half of what was ordered, in order of time.
    exceptions : tuple of CourseException
        In the order in which they were decided.
    """

    given: tuple[date, ...]
    plans: tuple[PlanVersion, ...]
    holds: tuple[EffectiveHold, ...] = ()
    exceptions: tuple[CourseException, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedCourse:
    """A course that is not given yet.

    Attributes
    ----------
    slot_date : date or None
        The day by which exceptions name it: where the calendar has it before any exception and
        before any hold. None for an added course.
    planned_on : date or None
        First day as planned now; None inside a hold without an end.
    plan : PlanVersion or None
        The version that plans it; None for an added course without a plan in force.
    exception : int or None
        Index of the exception that applies to it.
    is_held : bool
        It stands on a day of a hold and does not move: of a fixed calendar, or added.
    """

    slot_date: date | None
    planned_on: date | None
    plan: PlanVersion | None
    exception: int | None = None
    is_cancelled: bool = False
    is_held: bool = False

    @property
    def interval_days(self) -> int:
        """The interval of the plan that plans it."""
        return UNPLANNED_INTERVAL if self.plan is None else self.plan.interval_days

    @property
    def days(self) -> tuple[date, ...]:
        """Every day on which it is planned: one after the other, as many as the plan says."""
        if self.planned_on is None:
            return ()
        count = 1 if self.plan is None else self.plan.course_days
        return tuple(self.planned_on + timedelta(days=number) for number in range(count))

    @property
    def is_open(self) -> bool:
        """Whether it is to be given at all."""
        return not (self.is_cancelled or self.is_held)


@dataclass(frozen=True, slots=True)
class CourseCalendar:
    """Courses that are planned and not given yet, by date.

    `used` are the indices of exceptions that are history, because their course was given;
    `unmatched` those of exceptions that name no course of the calendar as it is now.
    """

    planned: tuple[PlannedCourse, ...]
    used: frozenset[int]
    unmatched: frozenset[int]


def standing(due_on: date, *, today: date, interval_days: int, grace_days: int) -> Standing:
    """Say where a planned course stands; missed is more than half an interval late."""
    late = (today - due_on).days
    if late < 0:
        return "not_due"
    if 2 * late > interval_days:
        return "missed"
    return "due" if late <= grace_days else "overdue"


def after_holds(due_on: date, holds: Iterable[EffectiveHold]) -> date | None:
    """Move a due date past every hold that covers it; None inside one without an end."""
    day: date | None = due_on
    for hold in sorted(holds, key=lambda h: h.from_date):
        if day is not None and hold.covers(day):
            day = hold.to_date
    return day
