"""Infusion days to courses, courses to cycles, cycles to epochs.

The one place where courses, cycles, epochs and their windows are computed; features call it.
A cycle is derived, never typed in, and obeys the plan version that was in force then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from app.analysis.records import (
    SECONDS_PER_DAY,
    CourseRules,
    Hold,
    Infusion,
    PatientRecord,
    PlanVersion,
    Therapy,
)

EpochReason = Literal["first_course", "dose", "interval", "product", "route", "hold", "therapy"]

FIRST_ANALYSIS_DAY: Final = 4.0  # days 0-3 carry infusion side effects [F4]
SHORTEST_ASSESSABLE_INTERVAL: Final = 11  # days; 10 or less has no late window [F7]
LONG_INTERVAL: Final = 21  # days; from here on the windows are the long ones [F7]
_LONG_WINDOWS: Final = (7.0, 9.0)  # late window, and the end of the reference before S, days
_SHORT_WINDOWS: Final = (4.0, 5.0)


@dataclass(frozen=True, slots=True)
class InfusionDay:
    """A local date on which immunoglobulin ran; two bags on a day are one infusion day."""

    day: date
    infusions: tuple[Infusion, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """Infusion days that together give one planned dose."""

    days: tuple[InfusionDay, ...]

    @property
    def infusions(self) -> tuple[Infusion, ...]:
        """Every infusion of the course in order of time."""
        return tuple(infusion for day in self.days for infusion in day.infusions)

    @property
    def first_day(self) -> date:
        """Local date of the first infusion: "day 1" for the patient."""
        return self.days[0].day

    @property
    def last_day(self) -> date:
        """Local date of the last infusion day, from whose midnight analysis days count."""
        # The maximum, not the last: a flight over the date line can turn the calendar back.
        return max(day.day for day in self.days)

    @property
    def started_at(self) -> datetime:
        """Instant at which the first infusion began."""
        return self.days[0].infusions[0].started_at

    @property
    def dose_g(self) -> float:
        """Grams that ran in all infusions together."""
        return sum(infusion.dose_g or 0.0 for infusion in self.infusions)


@dataclass(frozen=True, slots=True)
class EffectiveHold:
    """A hold as it worked out: an infusion inside it has ended it on that day.

    `from_date` <= day < `to_date`; `to_date` None while it is open. `ended_by_infusion` marks
    the contradiction between hold and infusion that a person should look at.
    """

    from_date: date
    to_date: date | None
    reason: str
    ended_by_infusion: bool = False

    def covers(self, day: date) -> bool:
        """Whether `day` lies in the hold."""
        return self.from_date <= day and (self.to_date is None or day < self.to_date)

    def overlaps(self, first: date, end: date | None) -> bool:
        """Whether the hold shares a day with first <= day < end; no end means for ever."""
        starts_before_end = end is None or self.from_date < end
        ends_after_first = self.to_date is None or first < self.to_date
        return starts_before_end and ends_after_first and self.to_date != self.from_date


@dataclass(frozen=True, slots=True)
class Windows:
    """Reference and late window of a closed cycle, in analysis days.

    A reading lies in the reference when ``reference_from <= day <= reference_to`` and
    ``day < late_from``, in the late window when ``late_from <= day < late_to``.
    """

    reference_from: float
    reference_to: float
    late_from: float
    late_to: float


@dataclass(frozen=True, slots=True)
class Cycle:
    """From the start of a course's first infusion to the start of the next course's first.

    Attributes
    ----------
    plan : PlanVersion or None
        The version in force on the course's first day.
    day_zero : datetime
        UTC instant of local midnight of the course's last infusion day; analysis days are
        elapsed days since then.
    on_hold : bool
        The cycle shares a local day with a hold.
    epoch : int
        Index into `Timeline.epochs`.
    """

    course: Course
    next_course: Course | None
    plan: PlanVersion | None
    day_zero: datetime
    on_hold: bool
    epoch: int

    @property
    def starts_at(self) -> datetime:
        """Instant at which the cycle's first infusion began."""
        return self.course.started_at

    @property
    def ends_at(self) -> datetime | None:
        """Instant at which the next course began; None while the cycle is open."""
        return None if self.next_course is None else self.next_course.started_at

    @property
    def planned_days(self) -> int | None:
        """Planned interval of the plan in force then, days."""
        return None if self.plan is None else self.plan.interval_days

    @property
    def actual_days(self) -> int | None:
        """Days from this course's first day to the next one's; None while open."""
        if self.next_course is None:
            return None
        return (self.next_course.first_day - self.course.first_day).days

    @property
    def planned_end(self) -> float | None:
        """S: the planned end in analysis days; the interval less the course's further days."""
        if self.plan is None:
            return None
        return float(self.plan.interval_days - (self.course.last_day - self.course.first_day).days)

    @property
    def actual_end(self) -> float | None:
        """The cycle's end in analysis days; None while open."""
        return None if self.ends_at is None else elapsed_days(self.day_zero, self.ends_at)

    @property
    def reference_to(self) -> float | None:
        """Last analysis day of the reference window by the plan, open cycle or not; or None."""
        planned, end = self.planned_days, self.planned_end
        if planned is None or end is None or planned < SHORTEST_ASSESSABLE_INTERVAL:
            return None
        reference_to = end - (_LONG_WINDOWS if planned >= LONG_INTERVAL else _SHORT_WINDOWS)[1]
        return reference_to if reference_to >= FIRST_ANALYSIS_DAY else None

    @property
    def windows(self) -> Windows | None:
        """Windows of a closed cycle; None where the contract leaves no reference window."""
        planned, reference_to, actual_end = self.planned_days, self.reference_to, self.actual_end
        if planned is None or reference_to is None or actual_end is None:
            return None
        late_from = actual_end - (_LONG_WINDOWS if planned >= LONG_INTERVAL else _SHORT_WINDOWS)[0]
        if late_from <= FIRST_ANALYSIS_DAY:
            return None
        return Windows(FIRST_ANALYSIS_DAY, reference_to, late_from, actual_end)


@dataclass(frozen=True, slots=True)
class Epoch:
    """A run of courses under one plan, without hold and without change of other therapy."""

    index: int
    from_date: date
    started_at: datetime
    reasons: tuple[EpochReason, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a patient's infusions, plans, holds and therapies mean together.

    `cycles` holds one cycle a course; the last one is open. `holds` are the effective ones;
    those with `ended_by_infusion` are shown for review.
    """

    courses: tuple[Course, ...]
    cycles: tuple[Cycle, ...]
    epochs: tuple[Epoch, ...]
    holds: tuple[EffectiveHold, ...]

    def hold_on(self, day: date) -> EffectiveHold | None:
        """Return the hold that covers `day`, if any."""
        return next((hold for hold in self.holds if hold.covers(day)), None)


def local_day(instant: datetime, zone: str) -> date:
    """Return the calendar date of `instant` in the IANA zone `zone`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def local_midnight(day: date, zone: str) -> datetime:
    """Return the UTC instant at which `day` begins in `zone`.

    Where a clock change skips midnight (or the whole day) this is the instant of the change;
    where it repeats midnight, the first of the two.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return midnight.astimezone(UTC)


def elapsed_days(start: datetime, end: datetime) -> float:
    """Return the real time between two instants, in days of 24 hours."""
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() / SECONDS_PER_DAY


def infusion_days(infusions: Iterable[Infusion]) -> tuple[InfusionDay, ...]:
    """Group infusions that ran (completed or stopped, dose above 0) by local start date."""
    ran = (i for i in infusions if i.status in ("completed", "stopped") and (i.dose_g or 0.0) > 0.0)
    days: list[InfusionDay] = []
    for infusion in sorted(ran, key=lambda i: i.started_at):
        day = local_day(infusion.started_at, infusion.time_zone)
        if days and days[-1].day == day:
            days[-1] = InfusionDay(day, (*days[-1].infusions, infusion))
        else:
            days.append(InfusionDay(day, (infusion,)))
    return tuple(days)


def plan_in_force(plans: Iterable[PlanVersion], day: date) -> PlanVersion | None:
    """Return the version with the latest effective date on or before `day`."""
    begun = [plan for plan in plans if plan.effective_date <= day]
    return max(begun, key=lambda plan: plan.effective_date, default=None)


def group_courses(
    days: Sequence[InfusionDay], plans: Sequence[PlanVersion], rules: CourseRules
) -> tuple[Course, ...]:
    """Join infusion days to courses.

    A day joins the course before it when it is at most `rules.join_gap_days` after the previous
    infusion day, at most `rules.join_span_days` after the course's first day, and at most half
    the interval of the plan in force on that day (where there is one) after the previous day.
    """
    groups: list[list[InfusionDay]] = []
    for day in days:
        if groups and _joins(day.day, groups[-1], plans, rules):
            groups[-1].append(day)
        else:
            groups.append([day])
    return tuple(Course(tuple(group)) for group in groups)


def _joins(
    day: date, group: Sequence[InfusionDay], plans: Sequence[PlanVersion], rules: CourseRules
) -> bool:
    gap = (day - group[-1].day).days
    span = (day - group[0].day).days
    plan = plan_in_force(plans, day)
    within_half = plan is None or 2 * gap <= plan.interval_days
    return gap <= rules.join_gap_days and span <= rules.join_span_days and within_half


def effective_holds(holds: Iterable[Hold], days: Iterable[date]) -> tuple[EffectiveHold, ...]:
    """Cut every hold at the first infusion day inside it.

    A hold that an infusion ends on its own first day lasts no day at all.
    """
    ordered = sorted(days)
    effective = []
    for hold in sorted(holds, key=lambda h: h.from_date):
        planned = EffectiveHold(hold.from_date, hold.to_date, hold.reason)
        broken = next((day for day in ordered if planned.covers(day)), None)
        if broken is not None:
            planned = EffectiveHold(hold.from_date, broken, hold.reason, ended_by_infusion=True)
        effective.append(planned)
    return tuple(effective)


def build_timeline(record: PatientRecord, rules: CourseRules) -> Timeline:
    """Derive courses, cycles and epochs from what was recorded.

    Returns
    -------
    Timeline
        Courses and cycles in order of time; cycles tile the time from the first infusion on,
        and the last one is open.
    """
    days = infusion_days(record.infusions)
    courses = group_courses(days, record.plans, rules)
    holds = effective_holds(record.holds, (day.day for day in days))
    epochs, epoch_of = _epochs(courses, record, holds)
    cycles = []
    for index, course in enumerate(courses):
        following = courses[index + 1] if index + 1 < len(courses) else None
        end = None if following is None else following.first_day
        cycles.append(
            Cycle(
                course=course,
                next_course=following,
                plan=plan_in_force(record.plans, course.first_day),
                day_zero=local_midnight(course.last_day, course.infusions[-1].time_zone),
                on_hold=any(hold.overlaps(course.first_day, end) for hold in holds),
                epoch=epoch_of[index],
            )
        )
    return Timeline(courses, tuple(cycles), epochs, holds)


def _epochs(
    courses: Sequence[Course], record: PatientRecord, holds: Sequence[EffectiveHold]
) -> tuple[tuple[Epoch, ...], list[int]]:
    """Return the epochs, and for every course the index of its epoch."""
    events = _epoch_events(record.therapies, holds)
    epochs: list[Epoch] = []
    epoch_of: list[int] = []
    previous: Course | None = None
    for course in courses:
        reasons = _new_epoch_reasons(previous, course, record.plans, events)
        if reasons:
            epochs.append(Epoch(len(epochs), course.first_day, course.started_at, reasons))
        epoch_of.append(len(epochs) - 1)
        previous = course
    return tuple(epochs), epoch_of


def _epoch_events(
    therapies: Iterable[Therapy], holds: Iterable[EffectiveHold]
) -> list[tuple[date, EpochReason]]:
    """Return the dates on or after which the next course begins an epoch."""
    events: list[tuple[date, EpochReason]] = [
        (hold.to_date, "hold")
        for hold in holds
        if hold.to_date is not None and hold.to_date != hold.from_date
    ]
    for therapy in therapies:
        if therapy.status in ("started", "stopped"):
            # A stopped row with both dates tells the start too, so both begin an epoch.
            dates = (therapy.from_date, therapy.to_date)
            events.extend((day, "therapy") for day in dates if day is not None)
    return events


def _new_epoch_reasons(
    previous: Course | None,
    course: Course,
    plans: Sequence[PlanVersion],
    events: Iterable[tuple[date, EpochReason]],
) -> tuple[EpochReason, ...]:
    if previous is None:
        return ("first_course",)
    before = plan_in_force(plans, previous.first_day)
    reasons = _plan_changes(before, plan_in_force(plans, course.first_day))
    # An event counts for the first course that starts on or after its date.
    found = {why for day, why in events if previous.first_day < day <= course.first_day}
    return (*reasons, *sorted(found))


def _plan_changes(before: PlanVersion | None, after: PlanVersion | None) -> tuple[EpochReason, ...]:
    """Name what changed; doses are compared as they were written, g/kg and g apart."""
    if after is None:
        return ()  # no version is ever in force before an earlier one was
    if before is None:
        return ("dose", "interval", "product", "route")
    changes: list[tuple[EpochReason, bool]] = [
        ("dose", (before.dose_g_per_kg, before.dose_g) != (after.dose_g_per_kg, after.dose_g)),
        ("interval", before.interval_days != after.interval_days),
        ("product", before.product != after.product),
        ("route", before.route != after.route),
    ]
    return tuple(reason for reason, changed in changes if changed)
