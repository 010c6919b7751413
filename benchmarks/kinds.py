"""How often findings on a change of plan, discordance and sparse reports are right and wrong.

``OPENBLAS_NUM_THREADS=1 python -m benchmarks.kinds [--patients 1000] [--only PART ...]`` simulates
patients with known truth, looks at each through `analyse_patient`, and writes
``docs/methods/kinds.json``. Seeded: a patient is the same whatever else is run.

* `interval_effect`: six cycles before and six after a change of the plan, two hands; the fall of
  one hand stays, shrinks, grows, or was never there;
* `discordance`: twenty cycles of ratings and abilities; each side sinks, rises or stays level;
* `reporting_gap`: six cycles without a fall, by how many readings an interval has.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from app.analysis.analyse import AnalysisSettings, PatientAnalysis, analyse_patient
from app.analysis.records import Infusion, PatientRecord, PlanVersion, Series
from app.analysis.results import METHOD, VERSION, FindingDraft

FloatArray = NDArray[np.float64]
Row = dict[str, Any]

RESULTS: Final = Path(__file__).parents[1] / "docs" / "methods" / "kinds.json"
START: Final = date(2025, 1, 6)
MIDNIGHT: Final = datetime(2025, 1, 6, tzinfo=UTC)
START_DAYS: Final = float((START - date(1970, 1, 1)).days)
SETTINGS: Final = AnalysisSettings()
CYCLES: Final = 6
LONG: Final = 20
RHO: Final = 0.3  # from day to day [F3]
MISSING: Final = 0.1
ONSET: Final = 0.6
FALLS: Final[Mapping[str, tuple[float, float]]] = {  # thresholds before and after
    "no fall": (0.0, 0.0),
    "fall stays": (1.5, 1.5),
    "fall halves": (2.0, 1.0),
    "fall goes": (1.5, 0.0),
    "fall begins": (0.0, 1.5),
}
DENSITIES: Final[Mapping[str, float]] = {"daily": 1.0, "twice a week": 3.5, "weekly": 7.0}
DRIFTS: Final[Mapping[str, tuple[float, float]]] = {  # points in the time: overall, right hand
    "all level": (0.0, 0.0),
    "overall rises": (2.0, 0.0),
    "a hand sinks": (0.0, -2.0),
    "both": (2.0, -2.0),
    "small both": (1.0, -1.5),
}
PLACES: Final = (("late", "middle"), (1, 1), (2, 2), (3, 3), (7, 12))


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as it is simulated: CV 6 % of grip, SD 1.2 of a rating [F3, F6]."""

    key: str
    level: float
    threshold: float
    scatter: float
    step: float
    top: float


GRIP: Final = Measure("grip_kg", 20.0, 2.0, 1.2, 0.1, 90.0)
RATING: Final = Measure("strength_nrs", 6.0, 2.0, 1.2, 1.0, 10.0)
MEASURES: Final = (GRIP, RATING)


def generator(cell: str, index: int) -> np.random.Generator:
    """Give a patient chance of their own."""
    return np.random.default_rng([zlib.crc32(cell.encode()), index])


def readings(
    rng: np.random.Generator, measure: Measure, at: FloatArray, mean: FloatArray, course: FloatArray
) -> FloatArray:
    """Add noise that is alike from day to day and from cycle to cycle, and round to the scale."""
    noise = rng.normal(size=at.size)
    for later in range(1, at.size):
        alike = RHO ** (at[later] - at[later - 1])
        noise[later] = alike * noise[later - 1] + np.sqrt(1.0 - alike**2) * noise[later]
    own = rng.normal(size=course.size) / 3.0  # cycles differ by a third of the scatter: judgement
    scatter = measure.scatter * np.exp(0.2 * rng.normal())
    cycle = np.searchsorted(course, at, side="right") - 1
    values = mean + scatter * (noise + own[cycle])
    return np.clip(np.round(values / measure.step) * measure.step, 0.0, measure.top)


def report_days(rng: np.random.Generator, end: float, every: float) -> FloatArray:
    """Give reports every so many days, a tenth of them missing."""
    days = np.arange(rng.uniform(0.0, every), end, every)
    return days[rng.uniform(size=days.size) > MISSING]


def series(measure: str, site: str, at: FloatArray, values: FloatArray) -> Series:
    fresh = np.ones(at.size, dtype=bool)
    return Series(measure, site, START_DAYS + at + 0.3, values, fresh, (None,) * at.size)


def patient(
    course: FloatArray, plans: tuple[PlanVersion, ...], found: list[Series]
) -> PatientAnalysis:
    """Analyse a patient on the day after the last course."""
    infusions = tuple(
        Infusion(MIDNIGHT + timedelta(days=float(day)), "UTC", "completed", "gamunex-c", 70.0, 70.0)
        for day in course
    )
    record = PatientRecord("UTC", infusions, plans, series=tuple(found))
    now = MIDNIGHT + timedelta(days=float(course[-1]) + 1.0)
    return analyse_patient(record, SETTINGS, now=now)


def plan(day: float, interval: int, dose: float) -> PlanVersion:
    start = START + timedelta(days=day)
    return PlanVersion(start, interval, 1, "gamunex-c", dose_g_per_kg=dose)


def finding(analysis: PatientAnalysis, kind: str) -> FindingDraft | None:
    return next((one for one in analysis.findings if one.kind == kind), None)


def fall(day: FloatArray, interval: float) -> FloatArray:
    return np.maximum(0.0, day / interval - ONSET) / (1.0 - ONSET)


def look_at_change(cell: str, measure: Measure, every: float, name: str, index: int) -> Row:
    """Look at a patient whose plan changes from four weeks to three, or by dose alone."""
    rng = generator(cell, index)
    after, dose = (21, 1.0) if ", interval," in cell else (28, 1.4)
    gaps = np.repeat([28.0, float(after)], CYCLES)
    course = np.concatenate([[0.0], np.cumsum(gaps)])
    course[1:] += rng.integers(-2, 3, gaps.size)
    change = course[CYCLES]
    interval = np.where(np.arange(course.size) < CYCLES, 28.0, float(after))
    sizes = np.where(np.arange(course.size) < CYCLES, *FALLS[name])
    at = report_days(rng, course[-1], every)
    cycle = np.searchsorted(course, at, side="right") - 1
    lost = measure.threshold * sizes[cycle] * fall(at - course[cycle], interval[cycle])
    found = [
        series(measure.key, site, at, readings(rng, measure, at, measure.level - part, course))
        for site, part in (("right_hand", lost), ("left_hand", 0.0 * lost))
    ]
    plans = (plan(0.0, 28, 1.0), plan(change, after, dose))
    told = finding(patient(course, plans, found), "interval_effect")
    row: Row = {"told": told is not None}
    truth = measure.threshold * (FALLS[name][1] - FALLS[name][0])
    for one in told.evidence["series"] if told else []:  # type: ignore[attr-defined]
        size = one["drop_difference"]
        is_right = one["site"] == "right_hand"
        true = truth if is_right else 0.0
        wrong = one["direction"] is not None and (
            true == 0.0 or (one["direction"] == "larger") != (true > 0.0)
        )
        row["clear and wrong"] = row.get("clear and wrong", False) or (wrong and one["is_clear"])
        row["perhaps and wrong"] = row.get("perhaps and wrong", False) or wrong
        if is_right and true != 0.0:
            row["clear and right"] = one["is_clear"] and not wrong
            row["perhaps and right"] = one["direction"] is not None and not wrong
        if is_right:
            row["held"] = size["low"] <= true <= size["high"]
            level = one["level_difference"]
            row["level held"] = level is None or level["low"] <= 0.0 <= level["high"]
    return row


def look_at_sides(cell: str, every: float, name: str, index: int) -> Row:
    """Look at a patient whose overall rating and right hand drift, and five more that do not."""
    rng = generator(cell, index)
    course = 28.0 * np.arange(LONG + 1)
    course[1:] += rng.integers(-2, 3, LONG)
    overall, hand = DRIFTS[name]
    at = report_days(rng, course[-1], every)
    share = at / course[-1]
    wander = RATING.scatter / 3.0 if "wandering" in cell else 0.0
    ability = Measure("ability_writing", 1.6, 0.5, 0.35, 1.0, 2.0)
    listed = [
        (RATING, "strength_nrs", "global", 5.5 + overall * (share - 0.5)),
        (RATING, "fatigue_nrs", "global", 4.0 + 0.0 * share),
        (RATING, "strength_nrs", "right_hand", 6.0 + hand * (share - 0.5)),
        (RATING, "strength_nrs", "left_hand", 6.0 + 0.0 * share),
        (RATING, "strength_nrs", "right_leg", 6.0 + 0.0 * share),
        (ability, "ability_writing", "global", 1.6 + 0.0 * share),
        (ability, "ability_buttons", "global", 1.6 + 0.0 * share),
    ]
    found = []
    for measure, key, site, mean in listed:
        cycle = np.searchsorted(course, at, side="right") - 1
        level = wander * np.sqrt(1.0 - 0.5**2) * rng.normal(size=course.size)
        for later in range(1, course.size):  # levels that drift from cycle to cycle and back
            level[later] += 0.5 * level[later - 1]
        values = readings(rng, measure, at, mean + level[cycle], course)
        found.append(series(key, site, at, values))
    told = finding(patient(course, (plan(0.0, 28, 1.0),), found), "discordance")
    return {"told": told is not None}


def look_at_density(cell: str, measure: Measure, late: int, middle: int, index: int) -> Row:
    """Look at a flat patient with so many readings in the last week and before it."""
    rng = generator(cell, index)
    course = 28.0 * np.arange(CYCLES + 1)
    days = []
    for first in course[:-1]:
        ends = rng.choice(np.arange(21.0, 28.0), late, replace=False)
        before = rng.choice(np.arange(4.0, 20.0), middle, replace=False)
        days += [first + before, first + ends]
    at = np.sort(np.concatenate(days))
    found = [
        series(measure.key, site, at, readings(rng, measure, at, measure.level + 0.0 * at, course))
        for site in ("right_hand", "left_hand")
    ]
    analysis = patient(course, (plan(0.0, 28, 1.0),), found)
    answers = [one.verdict != "insufficient_data" for one in analysis.series]
    return {"a hand answers": any(answers), "both answer": all(answers)}


def cells() -> dict[str, Callable[[int], Row]]:
    """Name every cell; the name seeds it."""
    looks: dict[str, Callable[[int], Row]] = {}
    for what in ("interval", "dose"):
        for measure in MEASURES:
            for density in ("daily", "twice a week"):
                for name in FALLS:
                    cell = f"interval_effect, {what}, {measure.key}, {density}, {name}"
                    looks[cell] = _bound(look_at_change, cell, measure, DENSITIES[density], name)
    for wandering in ("", ", wandering"):
        for density in ("daily", "twice a week", "weekly"):
            for name in DRIFTS:
                cell = f"discordance{wandering}, {density}, {name}"
                looks[cell] = _bound(look_at_sides, cell, DENSITIES[density], name)
    for measure in MEASURES:
        for late, middle in PLACES[1:]:
            cell = f"reporting_gap, {measure.key}, {late} late and {middle} before"
            looks[cell] = _bound(look_at_density, cell, measure, late, middle)
    return looks


def _bound(look: Callable[..., Row], *what: object) -> Callable[[int], Row]:
    return lambda index: look(*what, index)


def rates(rows: list[Row]) -> dict[str, Any]:
    """Return shares of patients in percent; of intervals that hold the truth, among those told."""
    names = sorted({name for row in rows for name in row})
    shares: dict[str, Any] = {"patients": len(rows)}
    for name in names:
        known = [row[name] for row in rows if name in row] if "held" in name else None
        among = known if known is not None else [row.get(name, False) for row in rows]
        shares[name] = round(100.0 * sum(among) / len(among), 2)
    return shares


def main() -> None:
    """Measure every chosen cell, saving after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--only", nargs="+", default=[""], help="cells whose name holds this")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    saved = json.loads(asked.out.read_text("utf-8")) if asked.out.exists() else {}
    terms = {"method": METHOD, "version": VERSION, "cells": {}}
    result = saved if saved.get("version") == VERSION and saved.get("method") == METHOD else terms
    for cell, look in cells().items():
        if any(text in cell for text in asked.only):
            rows = [look(index) for index in track(range(asked.patients), description=cell)]
            result["cells"][cell] = rates(rows)
            asked.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
            print(cell, result["cells"][cell])


if __name__ == "__main__":
    main()
