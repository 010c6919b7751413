"""Dose drift: has the dose a kilogram moved although nobody changed the plan.

Either the weight moved while grams stayed what they were, or the last courses gave less than was
ordered. The finding says what was given; what to give is for the prescriber.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from app.analysis.cycles import Course, Timeline, local_day, local_midnight, plan_in_force
from app.analysis.next_due import ordered_dose_g
from app.analysis.records import CourseRules, Infusion, PatientRecord, PlanVersion, Weight
from app.analysis.results import FindingDraft, rounded
from app.said import Said, figure, say, sentences

# 10 % either way: judgement; rounding to whole vials moves a usual course by less than half of
# that, and two scales and a meal differ by 2 kg in 70.
DRIFT_SHARE: Final = 0.10
GIVEN_SHARE: Final = 0.90  # of the ordered grams, the same 10 %: judgement
SINGLE_SHARE: Final = 0.50  # one such course is enough: it does not count as given either
LAST_COURSES: Final = 3
REPEATED: Final = 2  # of them: once may be a broken vial
# An actual weight this near to a dosing weight is the one that it was set by: judgement.
_BESIDE: Final = timedelta(days=30)
_EXACT: Final = 1e-9  # 63 kg for 70 kg is 10 %, whatever the division rounds to


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A weight in kg and the local date on which it was taken."""

    at: datetime
    day: date
    kg: float


@dataclass(frozen=True, slots=True)
class _WeightDrift:
    """Grams that were fixed at one weight, and what they are at another.

    `dose_g` is None where the plan names a dose a kilogram.
    """

    then: _Weighed
    now: _Weighed
    g_per_kg_then: float
    dose_g: float | None

    @property
    def g_per_kg_now(self) -> float:
        return self.g_per_kg_then * self.then.kg / self.now.kg

    @property
    def matters(self) -> bool:
        return abs(self.then.kg / self.now.kg - 1.0) >= DRIFT_SHARE - _EXACT

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-able values."""
        return {
            "weight_then_kg": rounded(self.then.kg),
            "weighed_then_on": self.then.day.isoformat(),
            "weight_now_kg": rounded(self.now.kg),
            "weighed_now_on": self.now.day.isoformat(),
            "dose_g": self.dose_g,
            "g_per_kg_then": rounded(self.g_per_kg_then),
            "g_per_kg_now": rounded(self.g_per_kg_now),
            "change": rounded(self.then.kg / self.now.kg - 1.0),
        }


@dataclass(frozen=True, slots=True)
class _Given:
    """A course that is over, with what was ordered for it."""

    first_day: date
    given_g: float
    ordered_g: float

    @property
    def share(self) -> float:
        return self.given_g / self.ordered_g

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-able values."""
        return {
            "first_day": self.first_day.isoformat(),
            "given_g": rounded(self.given_g),
            "ordered_g": rounded(self.ordered_g),
            "share": rounded(self.share),
        }


def dose_drift(
    record: PatientRecord, timeline: Timeline, rules: CourseRules, *, today: date
) -> FindingDraft | None:
    """Report a dose a kilogram that moved by 10 % or more, and courses that gave too little.

    Parameters
    ----------
    today : date
        The patient's local date: which plan is in force, and whether the newest course is over.

    References
    ----------
    The 10 % are a judgement; no guideline names a number.
    """
    drift = _weight_drift(record, timeline, today)
    short = _short_courses(record, timeline, rules, today)
    if drift is None and not short:
        return None
    return FindingDraft(
        kind="dose_drift",
        measure=None,
        sites=(),
        evidence={
            "weight": None if drift is None else drift.to_dict(),
            "short_courses": [one.to_dict() for one in short],
        },
        said=sentences(
            None if drift is None else _drift_words(drift),
            _short_words(short) if short else None,
        ),
        parameters={
            "drift_share": DRIFT_SHARE,
            "given_share": GIVEN_SHARE,
            "single_share": SINGLE_SHARE,
            "last_courses": LAST_COURSES,
            "repeated": REPEATED,
        },
    )


def short_course_is_over_on(
    record: PatientRecord, timeline: Timeline, rules: CourseRules
) -> date | None:
    """Return the day from which a newest course that gave too little so far counts as over."""
    for course in timeline.courses[-1:]:
        ordered_g = ordered_dose_g(course, record.plans, record.weights)
        if ordered_g and course.dose_g < (GIVEN_SHARE - _EXACT) * ordered_g:
            return _over_on(course, record.plans, rules)
    return None


def _over_on(course: Course, plans: Sequence[PlanVersion], rules: CourseRules) -> date:
    """Return the first day on which no further infusion can belong to a course."""
    plan = plan_in_force(plans, course.first_day)
    planned = 1 if plan is None else plan.course_days
    return max(
        course.last_day + timedelta(days=rules.join_gap_days + 1),
        course.first_day + timedelta(days=planned),
    )


def _weight_drift(record: PatientRecord, timeline: Timeline, today: date) -> _WeightDrift | None:
    plan = plan_in_force(record.plans, today)
    measured = _measured(record)
    if plan is None or not measured:
        return None
    drift = None
    if plan.dose_g is not None:
        fixed = _fixed_on(record.plans, plan)
        then = _nearest(measured, local_midnight(fixed, record.time_zone))
        drift = _WeightDrift(then, measured[-1], plan.dose_g / then.kg, plan.dose_g)
    elif plan.dose_g_per_kg is not None:
        counted = _counted_weight(record, timeline, measured)
        drift = _WeightDrift(counted, measured[-1], plan.dose_g_per_kg, None)
    return None if drift is None or not drift.matters else drift


def _measured(record: PatientRecord) -> list[_Weighed]:
    """Return weights that a scale showed, in order of time.

    A weight written at an infusion counts, unless it only repeats the dosing weight.
    """
    weights = record.weights
    found = [
        _Weighed(one.measured_at, local_day(one.measured_at, record.time_zone), one.weight_kg)
        for one in weights
        if one.kind == "actual"
    ]
    for infusion in record.infusions:
        at, kg = infusion.started_at, infusion.weight_kg
        dosing = _newest([one for one in weights if one.kind == "dosing" and one.measured_at <= at])
        if kg is not None and (dosing is None or dosing.weight_kg != kg):
            found.append(_written(infusion))
    return sorted(found, key=lambda one: one.at)


def _newest(weights: Sequence[Weight]) -> Weight | None:
    return max(weights, key=lambda weight: weight.measured_at, default=None)


def _nearest(measured: Sequence[_Weighed], at: datetime) -> _Weighed:
    return min(measured, key=lambda one: abs(one.at - at))


def _fixed_on(plans: Sequence[PlanVersion], plan: PlanVersion) -> date:
    """Return since when the grams are what they are: a new interval alone fixes none."""
    begun = [one for one in plans if one.effective_date <= plan.effective_date]
    fixed = plan.effective_date
    for one in sorted(begun, key=lambda version: version.effective_date, reverse=True):
        if one.dose_g != plan.dose_g:
            break
        fixed = one.effective_date
    return fixed


def _counted_weight(
    record: PatientRecord, timeline: Timeline, measured: Sequence[_Weighed]
) -> _Weighed:
    """Return the weight for which the grams of a plan in g/kg were last counted.

    It is looked for as `next_due.ordered_dose_g` does: written at the course, else the dosing
    weight, else the actual one. A dosing weight may differ from the actual one on purpose, so the
    actual weight of about the day on which it was set stands for it.
    """
    courses = timeline.courses[-1:]
    infusions = [infusion for course in courses for infusion in course.infusions]
    written = [_written(infusion) for infusion in infusions if infusion.weight_kg is not None]
    dosing = _newest([weight for weight in record.weights if weight.kind == "dosing"])
    # A dosing weight that was set since then is what the next grams will be counted for.
    if dosing is not None and (not written or written[0].at < dosing.measured_at):
        return _beside(dosing, measured, record.time_zone)
    if dosing is not None and dosing.weight_kg == written[0].kg:
        return _beside(dosing, measured, record.time_zone)
    if written:
        return written[0]
    before = [one for one in measured if all(one.at <= course.started_at for course in courses)]
    return (before or measured[:1])[-1]


def _beside(dosing: Weight, measured: Sequence[_Weighed], zone: str) -> _Weighed:
    """Return the actual weight beside which a dosing weight was set, else itself."""
    beside = _nearest(measured, dosing.measured_at)
    if abs(beside.at - dosing.measured_at) <= _BESIDE:
        return beside
    return _Weighed(dosing.measured_at, local_day(dosing.measured_at, zone), dosing.weight_kg)


def _written(infusion: Infusion) -> _Weighed:
    day = local_day(infusion.started_at, infusion.time_zone)
    return _Weighed(infusion.started_at, day, infusion.weight_kg or 0.0)


def _short_courses(
    record: PatientRecord, timeline: Timeline, rules: CourseRules, today: date
) -> list[_Given]:
    """Return the short ones of the last courses; none where a single one is hardly short."""
    last = _given(record, timeline, rules, today)[-LAST_COURSES:]
    short = [one for one in last if one.share < GIVEN_SHARE - _EXACT]
    far_short = any(one.share < SINGLE_SHARE - _EXACT for one in short)
    return short if far_short or len(short) >= REPEATED else []


def _given(
    record: PatientRecord, timeline: Timeline, rules: CourseRules, today: date
) -> list[_Given]:
    """Return the courses that are over and whose order is known, oldest first.

    A course less than half an interval after the one before completes it: the rest of an
    infusion that was stopped, or an extra one.
    """
    given: list[_Given] = []
    for course in timeline.courses:
        plan = plan_in_force(record.plans, course.first_day)
        gap = None if not given else (course.first_day - given[-1].first_day).days
        if gap is not None and plan is not None and 2 * gap < plan.interval_days:
            given[-1] = replace(given[-1], given_g=given[-1].given_g + course.dose_g)
            continue
        ordered_g = ordered_dose_g(course, record.plans, record.weights)
        if ordered_g:
            given.append(_Given(course.first_day, course.dose_g, ordered_g))
    running = {
        c.first_day for c in timeline.courses[-1:] if today < _over_on(c, record.plans, rules)
    }
    return [one for one in given if one.first_day not in running]


def _drift_words(drift: _WeightDrift) -> Said:
    then, now = (
        say("%(weight)s kg (%(date)s)", weight=one.kg, date=one.day)
        for one in (drift.then, drift.now)
    )
    was, is_now = (
        say("%(dose)s g/kg", dose=figure(f"{dose:.2g}"))
        for dose in (drift.g_per_kg_then, drift.g_per_kg_now)
    )
    if drift.dose_g is not None:
        return say(
            "The planned %(grams)s g a course were %(was)s at %(then)s and are %(is_now)s at "
            "%(now)s.",
            grams=drift.dose_g,
            was=was,
            then=then,
            is_now=is_now,
            now=now,
        )
    return say(
        "The planned %(was)s were last counted for %(then)s; at %(now)s the same grams are "
        "%(is_now)s.",
        was=was,
        then=then,
        now=now,
        is_now=is_now,
    )


def _short_words(short: Sequence[_Given]) -> Said:
    """Say what the short courses gave, the newest first."""
    each = [
        say(
            "%(given)s of %(ordered)s g in the course of %(date)s",
            given=one.given_g,
            ordered=figure(f"{one.ordered_g:.3g}"),
            date=one.first_day,
        )
        for one in reversed(short)
    ]
    return say(
        "Less than %(share)s %% of the ordered grams ran: %(courses)s.",
        share=100 * GIVEN_SHARE,
        courses=each,
    )
