"""From the simulated lives to the rows and files of the bulk import format."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from app.exchange.sample.cast import CAST
from app.exchange.sample.diary import Habit, Report, Value, followed, visit_reports
from app.exchange.sample.observe import Observer, along
from app.exchange.sample.people import Person, PlanStep
from app.exchange.sample.physiology import (
    Courses,
    FloatArray,
    igg_rise_g_per_l,
    simulate,
)
from app.exchange.sample.schedule import Treatment, treat

Row = Mapping[str, str]

DEFAULT_SEED: Final = 20_240_229
DEPTH_CV: Final = 0.15  # how much the fall differs from cycle to cycle (judgement)
FAR_EAST: Final = timedelta(hours=14)  # today begins first at UTC+14
BIRTHDAY: Final = (3, 14)
BIRTHDAY_STEP_DAYS: Final = 83
DAYS_A_YEAR: Final = 365.25

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "patients": (
        "patient_id",
        "family_name",
        "given_name",
        "birth_date",
        "sex",
        "time_zone",
        "diagnosis",
        "diagnosed_on",
        "dominant_hand",
        "anti_gm1",
        "conduction_block",
        "followed",
    ),
    "weights": ("patient_id", "measured_at", "weight_kg", "kind"),
    "plans": (
        "patient_id",
        "effective_date",
        "interval_days",
        "interval_weeks",
        "course_days",
        "dose_g_per_kg",
        "dose_g",
        "product",
        "reason",
    ),
    "holds": ("patient_id", "from_date", "to_date", "reason", "note"),
    "infusions": (
        "patient_id",
        "started_at",
        "ended_at",
        "status",
        "product",
        "dose_g",
        "weight_kg",
        "lot_numbers",
        "note",
    ),
    "therapies": ("patient_id", "therapy", "status", "from_date", "to_date", "note"),
    "reports": (
        "patient_id",
        "reported_at",
        "measure",
        "site",
        "value",
        "source",
        "device",
        "context",
        "entry",
        "entered_at",
        "note",
    ),
}


def number(value: float | None) -> str:
    """Write a number as a plain decimal without needless digits; nothing stays empty."""
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Turns the cast's days into dates and instants."""

    today: date
    person: Person

    @property
    def horizon(self) -> datetime:
        """The instant at which today begins anywhere on earth; nothing is later."""
        return datetime.combine(self.today, time(), UTC) - FAR_EAST

    def date(self, day: int | None) -> str:
        """Return a day as an ISO date."""
        return "" if day is None else (self.today + timedelta(days=day)).isoformat()

    def instant(self, day: int, hour: float) -> datetime:
        """Return an hour of a day on the person's own clock, to the minute."""
        zone = ZoneInfo(self.person.who.zone_on(day))
        midnight = datetime.combine(self.today + timedelta(days=day), time(), zone)
        return midnight + timedelta(minutes=round(hour * 60))

    def text(self, instant: datetime, *, later_hours: float = 0.0) -> str:
        """Return an instant with its offset, some real hours later."""
        moved = instant.astimezone(UTC) + timedelta(minutes=round(later_hours * 60))
        return moved.astimezone(instant.tzinfo).isoformat()


def _patient_row(calendar: Calendar, number_in_cast: int) -> Row:
    person, today = calendar.person, calendar.today
    who = person.who
    born = date(today.year - who.age - 1, *BIRTHDAY) + timedelta(
        days=BIRTHDAY_STEP_DAYS * number_in_cast % 300
    )
    return {
        "patient_id": person.key,
        "family_name": who.family_name,
        "given_name": who.given_name,
        "birth_date": born.isoformat(),
        "sex": who.sex,
        "time_zone": who.time_zone,
        "diagnosis": who.diagnosis,
        "diagnosed_on": calendar.date(-round(who.diagnosed_years_ago * DAYS_A_YEAR)),
        "dominant_hand": who.dominant_hand,
        "anti_gm1": who.anti_gm1,
        "conduction_block": who.conduction_block,
        "followed": ";".join(f"{item.measure}@{item.site}" for item in followed(person)),
    }


def _plan_row(calendar: Calendar, step: PlanStep) -> Row:
    weeks = step.interval_days // 7 if step.in_weeks else None
    return {
        "effective_date": calendar.date(step.day),
        "interval_days": "" if step.in_weeks else number(step.interval_days),
        "interval_weeks": number(weeks),
        "course_days": number(step.course_days),
        "dose_g_per_kg": number(step.dose_g_per_kg),
        "dose_g": number(step.dose_g),
        "product": step.product,
        "reason": step.reason,
    }


def _care_rows(calendar: Calendar) -> Iterator[tuple[str, Row]]:
    care = calendar.person.care
    for step in care.plans:
        yield "plans", _plan_row(calendar, step)
    for pause in care.pauses:
        yield (
            "holds",
            {
                "from_date": calendar.date(pause.from_day),
                "to_date": calendar.date(pause.to_day),
                "reason": pause.reason,
                "note": pause.note,
            },
        )
    for therapy in care.therapies:
        yield (
            "therapies",
            {
                "therapy": therapy.therapy,
                "status": therapy.status,
                "from_date": calendar.date(therapy.from_day),
                "to_date": calendar.date(therapy.to_day),
                "note": therapy.note,
            },
        )


def _treatment_rows(calendar: Calendar, treatment: Treatment) -> Iterator[tuple[str, Row]]:
    for weighing in treatment.weighings:
        yield (
            "weights",
            {
                "measured_at": calendar.text(calendar.instant(weighing.day, weighing.hour)),
                "weight_kg": number(weighing.weight_kg),
                "kind": weighing.kind,
            },
        )
    for given in treatment.infusions:
        started = calendar.instant(given.day, given.hour)
        ran = given.status != "not_done"
        yield (
            "infusions",
            {
                "started_at": calendar.text(started),
                "ended_at": calendar.text(started, later_hours=given.hours) if ran else "",
                "status": given.status,
                "product": given.product,
                "dose_g": number(given.dose_g) if ran else "",
                "weight_kg": number(given.weight_kg),
                "lot_numbers": ";".join(given.lots),
                "note": given.note,
            },
        )


def _entered_at(calendar: Calendar, report: Report, reported: datetime) -> str:
    if report.entered_day is not None:
        return calendar.text(calendar.instant(report.entered_day, 15.0))
    if report.entry_delay_hours is None:
        return ""
    later = reported.astimezone(UTC) + timedelta(hours=report.entry_delay_hours)
    if later > calendar.horizon:
        return ""
    return calendar.text(reported, later_hours=report.entry_delay_hours)


def _entry(value: Value, report: Report) -> str:
    if report.source == "":
        return ""
    return "repeated" if value.repeated else "fresh"


def _report_rows(calendar: Calendar, report: Report) -> Iterator[tuple[str, Row]]:
    """Yield one row a value; the context stands on each, the note on the first."""
    reported = calendar.instant(report.day, report.hour)
    if reported.astimezone(UTC) > calendar.horizon:
        return
    shared = {
        "reported_at": calendar.text(reported),
        "source": report.source,
        "context": ";".join(report.context),
        "entered_at": _entered_at(calendar, report, reported),
    }
    for place, value in enumerate(report.values):
        yield (
            "reports",
            {
                **shared,
                "measure": value.item.measure,
                "site": value.item.site,
                "value": number(value.value),
                "device": value.device,
                "entry": _entry(value, report),
                "note": report.note if place == 0 else "",
            },
        )


def _courses(person: Person, treatment: Treatment) -> Courses:
    given = [each for each in treatment.infusions if each.dose_g > 0]
    route_share = 0.7  # about this much of a subcutaneous dose arrives: labels say 66-82 %
    rises = [
        igg_rise_g_per_l(each.dose_g, weight_kg=each.weight_kg or person.care.weight_kg)
        * (route_share if each.product == "hizentra" else 1.0)
        for each in given
    ]
    return Courses(
        np.array([each.day + person.care.start_hour / 24 for each in treatment.courses]),
        np.array([float(each.plan.interval_days) for each in treatment.courses]),
        np.array([each.day + each.hour / 24 for each in given]),
        np.array(rises),
    )


def _observer(person: Person, treatment: Treatment, rng: np.random.Generator) -> Observer:
    courses = _courses(person, treatment)
    wearing_off = person.body.wearing_off
    varied = np.clip(1 + DEPTH_CV * rng.normal(size=len(courses.start)), 0.5, 1.5)
    depth = wearing_off.hinge * along(wearing_off.over_time, courses.start) * varied
    curves = simulate(
        person.first_day - 1,
        courses,
        wearing_off=wearing_off,
        depth=depth,
        reserve=person.body.reserve,
    )
    shifts = person.body.noise.cycle_cv * rng.normal(size=len(courses.start) + 1)
    cycle: FloatArray = shifts[np.searchsorted(courses.start, curves.days, side="right")]
    dominant = "left" if person.who.dominant_hand == "left" else "right"
    return Observer(person.body, curves, dominant, rng, cycle)


def _person_rows(
    calendar: Calendar, number_in_cast: int, *, rng: np.random.Generator
) -> Iterator[tuple[str, Row]]:
    person = calendar.person
    treatment = treat(person.care, rng=rng)
    observer = _observer(person, treatment, rng)
    yield "patients", _patient_row(calendar, number_in_cast)
    yield from _care_rows(calendar)
    yield from _treatment_rows(calendar, treatment)
    days = tuple(each.day for each in treatment.infusions if each.dose_g > 0)
    for diary in person.diaries:
        for report in Habit(person, diary, observer, days, rng).reports():
            yield from _report_rows(calendar, report)
    for report in visit_reports(person, treatment, observer):
        yield from _report_rows(calendar, report)


def sample_rows(*, today: date, seed: int = DEFAULT_SEED) -> dict[str, list[Row]]:
    """Return the rows of every file; each person has a random stream of their own."""
    rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    for place, person in enumerate(CAST):
        rng = np.random.default_rng([seed, place])
        for table, row in _person_rows(Calendar(today, person), place, rng=rng):
            rows[table].append({"patient_id": person.key, **row})
    return rows


def write_sample_clinic(folder: Path, *, today: date, seed: int = DEFAULT_SEED) -> None:
    """Write the simulated clinic as a folder that `ivig import` reads.

    Everything lies before the moment at which `today` begins at UTC+14, so that no reader's
    clock finds it in the future. The same `today` and `seed` give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in sample_rows(today=today, seed=seed).items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[table], restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
