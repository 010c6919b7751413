"""One simulated patient: the record that the detector sees, and the truth that it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.analysis.records import Infusion, PatientRecord, PlanVersion, Series
from benchmarks.simulation import lookalikes
from benchmarks.simulation.cells import FALLING, Cell
from benchmarks.simulation.noise import chain
from benchmarks.simulation.people import Person, draw, reporting_days
from benchmarks.simulation.shapes import FloatArray

START: Final = date(2025, 1, 6)
START_DAYS: Final = float((START - date(1970, 1, 1)).days)
FIRST_ANALYSIS_DAY: Final = 4.0


@dataclass(frozen=True, slots=True)
class SiteTruth:
    """What is true of one series; arrays hold its readings from day 4 on of closed cycles.

    Attributes
    ----------
    at : float array, shape (n,)
        Days since the start.
    day, cycle : float array, int array, shape (n,)
    ends_at : float array, shape (n,)
        Analysis day on which each reading's cycle ended.
    value, mean : float array, shape (n,)
        Reading, and its mean without noise, rounding and limits of the scale; the shifts of the
        level from cycle to cycle are in it.
    pattern : float array, shape (n,)
        Expected fall at each reading for a drop of 1, whether or not this series falls.
    sigma, rho, step, shift : float
        SD of the noise, its correlation a day apart, step of the scale and SD of the level from
        cycle to cycle; in the measure's unit.
    drop, fraction : float
        Expected fall at the planned end, in the measure's unit and of the level before the
        fall; 0 where strength does not fall.
    drop_seen : float
        The same fall averaged over these cycles, which differ.
    onset_day : float or None
        Analysis day on which the fall begins; None where there is none.
    """

    measure: str
    site: str
    at: FloatArray
    day: FloatArray
    cycle: NDArray[np.int64]
    ends_at: FloatArray
    value: FloatArray
    mean: FloatArray
    pattern: FloatArray
    planned_end: float
    sigma: float
    rho: float
    step: float
    shift: float
    drop: float
    drop_seen: float
    fraction: float
    onset_day: float | None


@dataclass(frozen=True, slots=True)
class Simulated:
    """One patient: what was recorded until `now`, and what is true."""

    cell: Cell
    index: int
    record: PatientRecord
    now: datetime
    truth: tuple[SiteTruth, ...]
    interval: int
    shape: str
    falls: bool


def simulate(
    cell: Cell,
    index: int,
    *,
    seed: int = 0,
    noise: float = 1.0,
    drops: Mapping[str, float] | None = None,
    again: int = 0,
) -> Simulated:
    """Make patient number `index` of `cell`, the same one every time.

    Parameters
    ----------
    noise : float
        Multiplies noise and shifts of the level; at 0 nothing is rounded or cut off either.
    drops : mapping or None
        Drops by site, in the measure's unit, instead of the person's own.
    again : int
        Another number gives the same person other noise, at the same times.
    """
    source = np.random.SeedSequence([seed, cell.entropy, index])
    rngs = [np.random.default_rng(child) for child in source.spawn(4 + again)]
    person = draw(cell, rngs[0])
    person = lookalikes.as_person(cell.truth, person, rngs[1])
    if drops is not None:
        own = [drops.get(site, 0.0) for site in person.sites]
        person = replace(person, drop=np.array(own) / person.unit)
    elif cell.truth != FALLING:
        person = replace(person, drop=np.zeros(len(person.sites)))
    readings = _readings(cell, person, rngs[2])
    mean, pattern = _mean(cell, person, readings, rngs[1])
    sites = len(person.sites)
    drawn = chain(rngs[-1], readings.at, rho=person.rho, freedom=person.freedom, series=sites + 1)
    scatter = noise * drawn[:sites]
    if cell.truth == "shared days":  # the whole patient has good and bad days
        scatter = np.sqrt(0.5) * (scatter + noise * drawn[sites])
    keep = _kept(cell, person, mean, scatter, rngs[2])
    shift = noise * person.shift[:, np.maximum(readings.cycle, 0)]
    mean = mean + person.unit[:, None] * shift
    value = mean + (person.unit * person.sigma)[:, None] * scatter
    if noise > 0.0:
        facts = person.facts
        value = np.clip(np.round(value / facts.step) * facts.step, facts.low, facts.high)
        value = np.round(value, 1)
    return _as_recorded(cell, index, person, _Drawn(readings, keep, value, mean, pattern))


@dataclass(frozen=True, slots=True)
class _Drawn:
    readings: lookalikes.Readings
    keep: NDArray[np.bool_]
    value: FloatArray
    mean: FloatArray
    pattern: FloatArray


def _readings(cell: Cell, person: Person, rng: np.random.Generator) -> lookalikes.Readings:
    """Return when a report was meant to be made, up to the morning of the closing course."""
    days = reporting_days(cell.density, int(person.courses.first[-1]), rng)
    hour = rng.uniform(7.0, 21.0) + 0.5 * rng.standard_normal(days.size)
    at = np.sort(days + np.clip(hour, 6.0, 22.0) / 24.0)
    at = at[at < person.courses.first[-1] + person.courses.hour]
    cycle = person.courses.cycle(at)
    return lookalikes.Readings(at, person.courses.analysis_day(at), cycle)


def _mean(
    cell: Cell, person: Person, readings: lookalikes.Readings, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return the mean, shape (sites, n), and the pattern of the fall, shape (n,)."""
    facts = person.facts
    begun = readings.cycle >= 0
    pattern = person.shape.fall(person.courses, readings.at) * begun
    fall = person.drop[:, None] * pattern * person.by_cycle[readings.cycle]
    slump = person.slump * np.clip(1.0 - readings.day / FIRST_ANALYSIS_DAY, 0.0, 1.0) * begun
    drift = person.drift[:, None] * readings.at / 365.25
    other = facts.threshold * lookalikes.change(cell.truth, person, readings, rng)
    relative = drift - slump - fall + other
    return person.level[:, None] + person.unit[:, None] * relative, pattern


def _kept(
    cell: Cell, person: Person, mean: FloatArray, scatter: FloatArray, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return which of the intended reports were made; a report holds every site."""
    sigma = (person.unit * person.sigma)[:, None]
    bad = -((mean - person.level[:, None]) / sigma + scatter).mean(axis=0)
    odds = lookalikes.report_odds(cell.truth, bad, person.missing, when_bad=cell.missing_when_bad)
    return rng.random(bad.size) < odds


def _as_recorded(cell: Cell, index: int, person: Person, drawn: _Drawn) -> Simulated:
    keep, readings = drawn.keep, drawn.readings
    at = readings.at[keep]
    series = tuple(
        Series(
            cell.measure,
            site,
            START_DAYS + at,
            drawn.value[row, keep],
            np.ones(at.size, dtype=bool),
            (None,) * at.size,
        )
        for row, site in enumerate(person.sites)
    )
    courses = person.courses
    days = (courses.first[:, None] + np.arange(courses.course_days)).ravel()
    midnight = datetime(START.year, START.month, START.day, tzinfo=UTC)
    infusions = tuple(
        Infusion(
            midnight + timedelta(days=float(day) + courses.hour),
            "UTC",
            "completed",
            "gamunex-c",
            70.0 / courses.course_days,
            70.0,
        )
        for day in days
    )
    plan = PlanVersion(START, courses.interval, courses.course_days, "gamunex-c", dose_g_per_kg=1.0)
    record = PatientRecord("UTC", infusions=infusions, plans=(plan,), series=series)
    used = keep & (readings.day >= FIRST_ANALYSIS_DAY) & (readings.cycle >= 0)
    truth = tuple(
        _site_truth(cell, person, replace(drawn, keep=used), row)
        for row in range(len(person.sites))
    )
    now = midnight + timedelta(days=float(days[-1]) + 1.5)
    falls = bool((person.drop > 0.0).any())
    return Simulated(cell, index, record, now, truth, courses.interval, person.shape.name, falls)


def _site_truth(cell: Cell, person: Person, drawn: _Drawn, row: int) -> SiteTruth:
    facts, keep, readings = person.facts, drawn.keep, drawn.readings
    unit, drop = float(person.unit[row]), float(person.drop[row])
    return SiteTruth(
        measure=cell.measure,
        site=person.sites[row],
        at=readings.at[keep],
        day=readings.day[keep],
        cycle=readings.cycle[keep],
        ends_at=person.courses.ends_at[readings.cycle[keep]],
        value=drawn.value[row, keep],
        mean=drawn.mean[row, keep],
        pattern=drawn.pattern[keep],
        planned_end=person.courses.planned_end,
        sigma=unit * float(person.sigma[row]),
        rho=person.rho,
        step=facts.step,
        shift=unit * facts.shift,
        drop=unit * drop,
        drop_seen=unit * drop * float(person.by_cycle[: cell.cycles].mean()),
        fraction=unit * drop / float(person.level[row]),
        onset_day=person.shape.onset(person.courses) if drop > 0.0 else None,
    )


def cut(patient: Simulated, cycles: int) -> Simulated:
    """Return the patient as the record stood when the course came that closed `cycles` cycles."""
    days = len(patient.record.infusions) // (patient.cell.cycles + 1)
    infusions = patient.record.infusions[: days * (cycles + 1)]
    last = infusions[cycles * days].started_at.timestamp() / 86_400.0
    series = tuple(
        replace(
            one,
            at_days=one.at_days[one.at_days < last],
            value=one.value[one.at_days < last],
            fresh=one.fresh[one.at_days < last],
            device=one.device[: int((one.at_days < last).sum())],
        )
        for one in patient.record.series
    )
    truth = tuple(
        replace(
            site,
            **{
                name: getattr(site, name)[site.cycle < cycles]
                for name in ("at", "day", "cycle", "ends_at", "value", "mean", "pattern")
            },
        )
        for site in patient.truth
    )
    record = replace(patient.record, infusions=infusions, series=series)
    now = infusions[-1].started_at + timedelta(days=1)
    return replace(patient, record=record, now=now, truth=truth)
