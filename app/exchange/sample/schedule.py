"""From plans to infusions: due dates with their jitter, mishaps, doses, weights and lots."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.exchange.sample.people import LAST_DAY, Care, Mishap, Pause, PlanStep

# Days off the due date: two either way is usual, four or more late is seen in 8-10 % of courses
# (judgement from practice; missed courses are told as mishaps instead).
JITTER_DAYS: Final = (-2, -1, 0, 1, 2, 4, 5, 6)
JITTER_CHANCE: Final = (0.05, 0.15, 0.45, 0.16, 0.11, 0.04, 0.02, 0.02)
SHORT_INTERVAL_DAYS: Final = 10  # at or below it a course is a day early or late at most
LATEST_SHARE: Final = 0.25  # and at no interval by more than a quarter

VIAL_STEP_G: Final = 5.0
SUBCUTANEOUS_STEP_G: Final = 2.0
# 3 mL/kg/h of a 10 % product lies between the first and the highest rate of the labels;
# a 20 % product under the skin runs at 35 mL/h in each of four sites.
INTRAVENOUS_G_PER_KG_H: Final = 0.3
SUBCUTANEOUS_G_PER_H: Final = 28.0
HOURS: Final = (1.0, 9.0)
STOPPED_SHARE: Final = 0.4

WEIGHT_SD_KG: Final = 0.4
LOT_DAYS: Final = 45
GRAMS_PER_LOT: Final = 45.0
LOT_CODES: Final = {
    "gammagard-liquid": "GL",
    "kiovig": "KV",
    "privigen": "PV",
    "gamunex-c": "GX",
    "panzyga": "PZ",
    "octagam-10": "OC",
    "hizentra": "HZ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenInfusion:
    """One row of infusions.csv, in days and hours of the person's own calendar."""

    day: int
    hour: float
    hours: float
    status: str
    product: str
    dose_g: float = 0.0
    weight_kg: float | None = None
    lots: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """One row of weights.csv."""

    day: int
    hour: float
    weight_kg: float
    kind: str = "actual"


@dataclass(frozen=True, slots=True)
class GivenCourse:
    """A course with its first day and the plan that was in force then."""

    day: int
    plan: PlanStep
    mishap: Mishap | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """Everything that was given, in order."""

    courses: tuple[GivenCourse, ...]
    infusions: tuple[GivenInfusion, ...]
    weighings: tuple[Weighing, ...]


def plan_on(care: Care, day: int) -> PlanStep:
    """Return the plan version in force on a day."""
    return [step for step in care.plans if step.day <= day][-1]


def _pause_on(care: Care, day: int) -> Pause | None:
    for pause in care.pauses:
        if pause.from_day <= day and (pause.to_day is None or day < pause.to_day):
            return pause
    return None


def _jitter(interval_days: int, *, punctual: bool, rng: np.random.Generator) -> int:
    days = int(rng.choice(JITTER_DAYS, p=JITTER_CHANCE))
    bound = 1 if punctual or interval_days <= SHORT_INTERVAL_DAYS else interval_days * LATEST_SHARE
    return int(max(-bound, min(bound, days)))


def _next_day(care: Care, last: GivenCourse, rng: np.random.Generator) -> int:
    """Return the day of the course after `last`, before holds and mishaps."""
    jitter = _jitter(last.plan.interval_days, punctual=care.punctual, rng=rng)
    due = last.day + last.plan.interval_days
    day = due + jitter
    latest = LAST_DAY - (last.plan.course_days - 1)
    if due <= latest < day:
        day = due  # nobody is overdue today unless the story says so
    changed = plan_on(care, max(day, last.day))
    if changed is not last.plan:
        day = max(changed.day, last.day + changed.interval_days + jitter)
    return day


def _course_days(care: Care, rng: np.random.Generator) -> Iterator[GivenCourse]:
    waiting = list(care.mishaps)
    day = care.plans[0].day
    while True:
        pause = _pause_on(care, day)
        if pause is not None:
            if pause.to_day is None:
                return
            day = pause.to_day
        mishap = next((each for each in waiting if each.near_day <= day), None)
        if mishap is not None:
            waiting.remove(mishap)
            day += 0 if mishap.kind == "stopped" else mishap.days
        plan = plan_on(care, day)
        if day + plan.course_days - 1 > care.no_course_after:
            return
        course = GivenCourse(day, plan, mishap)
        yield course
        day = _next_day(care, course, rng)


def _weight_on(care: Care, day: int, rng: np.random.Generator) -> float:
    span = -care.plans[0].day
    gained = care.weight_gain_kg * (day + span) / span
    return float(np.round(care.weight_kg + gained + rng.normal(0, WEIGHT_SD_KG), 1))


def course_dose_g(plan: PlanStep, weight_kg: float) -> float:
    """Return what is ordered for one course, in whole vials."""
    step = SUBCUTANEOUS_STEP_G if plan.subcutaneous else VIAL_STEP_G
    wanted = plan.dose_g if plan.dose_g is not None else (plan.dose_g_per_kg or 0.0) * weight_kg
    return max(step, step * round(wanted / step))


def _split_g(total_g: float, *, days: int, step_g: float) -> list[float]:
    """Spread a dose over days in whole vials, the larger parts first."""
    vials = round(total_g / step_g)
    return [step_g * (vials // days + (day < vials % days)) for day in range(days)]


def _lots(product: str, day: int, *, dose_g: float, rng: np.random.Generator) -> tuple[str, ...]:
    """Return the lots that a dose came from; people treated in the same weeks share them."""
    code, batch = LOT_CODES[product], (10_000 + day) // LOT_DAYS
    wanted = max(1, math.ceil(dose_g / GRAMS_PER_LOT))
    first = int(rng.integers(0, 2))
    return tuple(
        f"SIM{code}{batch + (first + n) // 3:03d}{'ABC'[(first + n) % 3]}" for n in range(wanted)
    )


def _hours(plan: PlanStep, dose_g: float, *, weight_kg: float) -> float:
    rate = SUBCUTANEOUS_G_PER_H if plan.subcutaneous else INTRAVENOUS_G_PER_KG_H * weight_kg
    return min(HOURS[1], max(HOURS[0], dose_g / rate))


def _infusion(  # noqa: PLR0913  one row has this many independent facts
    care: Care,
    plan: PlanStep,
    *,
    day: int,
    dose_g: float,
    weight_kg: float,
    rng: np.random.Generator,
    status: str = "completed",
    note: str = "",
) -> GivenInfusion:
    return GivenInfusion(
        day=day,
        hour=care.start_hour + float(rng.integers(-4, 9)) * 0.25,
        hours=_hours(plan, dose_g, weight_kg=weight_kg),
        status=status,
        product=plan.product,
        dose_g=dose_g,
        weight_kg=weight_kg,
        lots=_lots(plan.product, day, dose_g=dose_g, rng=rng),
        note=note,
    )


def _course_infusions(
    care: Care, course: GivenCourse, *, weight_kg: float, rng: np.random.Generator
) -> list[GivenInfusion]:
    plan, mishap = course.plan, course.mishap
    step = SUBCUTANEOUS_STEP_G if plan.subcutaneous else VIAL_STEP_G
    doses = _split_g(course_dose_g(plan, weight_kg), days=plan.course_days, step_g=step)
    given = [
        _infusion(care, plan, day=course.day + n, dose_g=dose, weight_kg=weight_kg, rng=rng)
        for n, dose in enumerate(doses)
    ]
    if mishap is None or mishap.kind == "late":
        return given
    if mishap.kind == "not_done":
        planned = GivenInfusion(
            day=course.day - mishap.days,
            hour=care.start_hour,
            hours=0.0,
            status="not_done",
            product=plan.product,
            note=mishap.note,
        )
        return [planned, *given]
    part = step * max(1, round(doses[0] * STOPPED_SHARE / step))
    stopped = _infusion(
        care,
        plan,
        day=course.day,
        dose_g=part,
        weight_kg=weight_kg,
        rng=rng,
        status="stopped",
        note=mishap.note,
    )
    rest = _infusion(
        care,
        plan,
        day=course.day + mishap.days,
        dose_g=sum(doses) - part,
        weight_kg=weight_kg,
        rng=rng,
        note="The rest of the stopped course, at half the rate; no reaction.",
    )
    return [stopped, rest]


def _weigh(
    care: Care, course: GivenCourse, rng: np.random.Generator
) -> tuple[float, list[Weighing]]:
    """Return the weight that the dose is computed from, and the rows that record it."""
    actual = _weight_on(care, course.day, rng)
    hour = care.start_hour - 2.0
    rows = [Weighing(day=course.day, hour=hour, weight_kg=actual)]
    if care.adjusted_weight is None:
        return actual, rows
    dosing = round(actual * care.adjusted_weight, 1)
    return dosing, [*rows, Weighing(day=course.day, hour=hour, weight_kg=dosing, kind="dosing")]


def treat(care: Care, *, rng: np.random.Generator) -> Treatment:
    """Return the courses, infusions and weighings of one person up to `LAST_DAY`."""
    courses, infusions, weighings = [], [], []
    weight_kg, weighed_on = 0.0, -math.inf
    for course in _course_days(care, rng):
        if course.day - weighed_on >= 40:  # noqa: PLR2004  every second monthly course
            weight_kg, rows = _weigh(care, course, rng)
            weighed_on = course.day
            weighings += rows
        courses.append(course)
        infusions += _course_infusions(care, course, weight_kg=weight_kg, rng=rng)
    return Treatment(tuple(courses), tuple(infusions), tuple(weighings))
