"""How often messages on something new come by chance, and how soon they come when it is true.

``OPENBLAS_NUM_THREADS=1 python -m benchmarks.alarms [--patients 100] [--only PART ...]`` writes
``docs/methods/alarms.json``. Seeded: a patient is the same whatever else is run.

* `acute_drop_false`: two years without any sudden drop, looked at after every report;
* `acute_drop_found`: one hand drops on a random day and stays there;
* `new_site_false`: twelve limbs whose twitching and strength stay clear, with stray reports;
* `new_site_found`: one limb begins to twitch;
* `response_found`: a start after which one hand stays the same, rises soon, or rises slowly;
* `recovery`: days to recover after a restart, against the truth.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from app.analysis.cycles import Timeline, build_timeline
from app.analysis.kinds.acute_drop import acute_drops
from app.analysis.kinds.lapse import past_gaps
from app.analysis.kinds.new_site import new_site
from app.analysis.kinds.response import response
from app.analysis.measures import LIMB_SITES
from app.analysis.placed import Placed, place
from app.analysis.records import Infusion, PatientRecord, PlanVersion, Series
from app.analysis.settings import AnalysisSettings
from benchmarks.simulation.cells import FALLING, LOOKALIKES, Cell, Density, Measure
from benchmarks.simulation.cohort import START, START_DAYS, Simulated, simulate
from benchmarks.simulation.noise import chain
from benchmarks.simulation.people import FACTS

FloatArray = NDArray[np.float64]
Row = dict[str, Any]

RESULTS: Final = Path(__file__).parents[1] / "docs" / "methods" / "alarms.json"
SETTINGS: Final = AnalysisSettings()
CYCLES: Final = 26  # about two years
DAYS_PER_YEAR: Final = 365.25
SEED: Final = 20261121
DELAYS: Final = (3, 7, 14, 28)
STRAY: Final = (0.01, 0.03, 0.06)  # share of reports of a clear limb that show something
SPELL_DAYS: Final = 3.0
MISSING: Final = 0.1
NO_COURSES: Final = Timeline((), (), (), ())
SIZES: Final = {"grip_kg": (2.0, 3.0), "strength_nrs": (1.5, 2.0)}  # thresholds


def _series(measure: str, site: str, at: FloatArray, value: FloatArray) -> Series:
    fresh = np.ones(at.size, dtype=bool)
    return Series(measure, site, at, value.astype(float), fresh, (None,) * at.size)


def upto(one: Placed, count: int) -> Placed:
    """Return the series as it stood after its first `count` readings."""
    return one.where(np.arange(one.at.size) < count)


def openings(seen: Sequence[bool]) -> int:
    """Count how often a message came up that had not been there."""
    return sum(now and not before for before, now in pairwise([False, *seen]))


def placed_of(patient: Simulated, series: Sequence[Series]) -> tuple[Placed, ...]:
    timeline = build_timeline(patient.record, SETTINGS.rules)
    return place(series, timeline)


def acute_looks(placed: Sequence[Placed], first: int, last: int) -> Iterator[bool]:
    """Say after each report whether there is an acute drop; sites are reported together."""
    for count in range(first, last + 1):
        yield bool(acute_drops([upto(one, count) for one in placed], SETTINGS, zone="UTC"))


def acute_drop_false(patients: int) -> Iterator[Row]:
    """Look after every report of two years."""
    for measure in get_args(Measure):
        for density in get_args(Density):
            for truth in (FALLING, *LOOKALIKES):
                if truth in _TRUE_DROPS:
                    continue
                cell = Cell(measure, density, truth, cycles=CYCLES)
                years, came = 0.0, 0
                for index in _each(patients, f"{measure} {density} {truth}"):
                    patient = simulate(cell, index, seed=SEED)
                    placed = placed_of(patient, patient.record.series)
                    count = placed[0].at.size
                    came += openings(list(acute_looks(placed, 8, count)))
                    years += float(np.ptp(placed[0].at)) / DAYS_PER_YEAR
                yield _rate_row(cell, came, years)


_TRUE_DROPS: Final = ("step down", "bad cycle, one site", "bad cycle, all sites")


def _rate_row(cell: Cell, came: int, years: float) -> Row:
    return {
        "measure": cell.measure,
        "density": cell.density,
        "truth": cell.truth,
        "years": round(years, 1),
        "came": came,
        "per_year": round(came / years, 4),
    }


def acute_drop_found(patients: int) -> Iterator[Row]:
    """Let one hand drop for good, and say within how many days that was said."""
    for measure in get_args(Measure):
        for density in get_args(Density):
            for size in SIZES[measure]:
                for truth in ("flat", FALLING):
                    cell = Cell(measure, density, truth, cycles=CYCLES // 2)
                    delays = [
                        _delay(cell, index, size)
                        for index in _each(patients, f"{measure} {density} {truth} {size}")
                    ]
                    row: Row = {
                        "measure": measure,
                        "density": density,
                        "truth": truth,
                        "thresholds": size,
                        "patients": patients,
                    }
                    within = {f"within_{d}": float(np.mean(np.array(delays) <= d)) for d in DELAYS}
                    yield row | {key: round(share, 3) for key, share in within.items()}


def _delay(cell: Cell, index: int, size: float) -> float:
    """Return the days from the drop to the message about it; infinite after four weeks."""
    rng = np.random.default_rng([SEED, cell.entropy, index])
    patient = simulate(cell, index, seed=SEED)
    dropping, *others = patient.record.series
    begin, end = dropping.at_days[0] + 60.0, dropping.at_days[-1] - max(DELAYS)
    when = float(rng.uniform(begin, max(begin, end)))
    facts = FACTS[cell.measure]
    unit = float(np.median(dropping.value)) if facts.relative else 1.0
    lost = size * facts.threshold * unit * (dropping.at_days >= when)
    value = np.round(np.clip(dropping.value - lost, facts.low, facts.high), 1)
    placed = placed_of(patient, [replace(dropping, value=value), *others])
    at = placed[0].at
    first, last = np.searchsorted(at, when), np.searchsorted(at, when + max(DELAYS))
    for count, seen in enumerate(acute_looks(placed, int(first) + 1, int(last)), int(first)):
        if seen:
            return float(at[count] - when)
    return np.inf


def _limbs(rng: np.random.Generator, density: float, stray: float) -> list[Series]:
    """Return a year of clear limbs: full strength, no twitching, and stray reports otherwise."""
    days = np.floor(np.arange(0.0, 365.0, density)) + rng.uniform(0.3, 0.8)
    at = START_DAYS + days[rng.random(days.size) > MISSING]
    series = []
    for site in LIMB_SITES:
        # Every other stray report is one of a few bad days together.
        lonely = rng.random(at.size) < stray / 2.0
        spell = np.zeros(at.size, dtype=bool)
        for begin in rng.uniform(at[0], at[-1], rng.poisson(stray / 2.0 * 365.0 / SPELL_DAYS)):
            spell |= (at >= begin) & (at < begin + SPELL_DAYS)
        amount = rng.integers(1, 4, at.size) * (lonely | spell)
        strength = 10.0 - np.where(amount > 0, amount + 1, rng.integers(0, 2, at.size))
        for measure, value in (("fasciculation_nrs", amount), ("strength_nrs", strength)):
            series.append(_series(measure, site, at, value))
    return series


def new_site_false(patients: int) -> Iterator[Row]:
    """Look after every report at twelve limbs that stay clear but for stray reports."""
    for density in (1.0, 3.5, 7.0):
        for stray in STRAY:
            years, came = 0.0, 0
            for index in _each(patients, f"every {density} days, stray {stray}"):
                rng = np.random.default_rng([SEED, int(2 * density), int(1000 * stray), index])
                placed = place(_limbs(rng, density, stray), NO_COURSES)
                seen = [
                    new_site([upto(one, count) for one in placed], SETTINGS, zone="UTC") is not None
                    for count in range(6, placed[0].at.size + 1)
                ]
                came += openings(seen)
                years += 1.0
            yield {
                "every_days": density,
                "stray": stray,
                "years": years,
                "came": came,
                "per_year": round(came / years, 4),
            }


def new_site_found(patients: int) -> Iterator[Row]:
    """Let one limb begin to twitch on a day of the year: 1 to 4 points in most reports since."""
    for density in (1.0, 3.5, 7.0):
        for often in (0.7, 1.0):
            delays = []
            for index in _each(patients, f"every {density} days, in {often} of the reports"):
                rng = np.random.default_rng([SEED, int(2 * density), int(1000 * often), index, 1])
                first, *others = _limbs(rng, density, STRAY[0])
                when = first.at_days[0] + rng.uniform(90.0, 300.0)
                begun = (first.at_days >= when) & (rng.random(first.value.size) < often)
                value = np.where(begun, rng.integers(1, 5, first.value.size), first.value)
                placed = place([replace(first, value=value.astype(float)), *others], NO_COURSES)
                delays.append(_new_site_delay(placed, when))
            within = {f"within_{d}": float(np.mean(np.array(delays) <= d)) for d in DELAYS}
            yield {"every_days": density, "often": often, "patients": patients, **within}


def _new_site_delay(placed: Sequence[Placed], when: float) -> float:
    at, site = placed[0].at, placed[0].site
    first, last = np.searchsorted(at, when), np.searchsorted(at, when + max(DELAYS))
    for count in range(int(first) + 1, int(last) + 1):
        found = new_site([upto(one, count) for one in placed], SETTINGS, zone="UTC")
        if found is not None and site in found.sites:
            return float(at[count - 1] - when)
    return np.inf


def _infused(days: Sequence[float]) -> Timeline:
    midnight = datetime(START.year, START.month, START.day, 9, tzinfo=UTC)
    infusions = tuple(
        Infusion(midnight + timedelta(days=day), "UTC", "completed", "gamunex-c", 70.0, 70.0)
        for day in days
    )
    plan = PlanVersion(START, 28, 1, "gamunex-c", dose_g_per_kg=1.0)
    record = PatientRecord("UTC", infusions=infusions, plans=(plan,))
    return build_timeline(record, SETTINGS.rules)


def _ratings(
    rng: np.random.Generator,
    density: float,
    until: float,
    level: Callable[[FloatArray], FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Return days from -28 on and whole points around a level, with noise alike from day to day."""
    days = np.floor(np.arange(-28.0, until, density)) + 0.8
    days = days[rng.random(days.size) > MISSING]
    sigma = float(np.clip(1.4 * np.exp(0.3 * rng.standard_normal()), 0.7, 2.8))
    noise = sigma * chain(rng, days, rho=0.3, freedom=None, series=1)[0]
    shift = 0.2 * rng.standard_normal(60)[(np.floor(days / 28.0)).astype(int) + 1]
    return days, np.clip(np.round(level(days) + shift + noise), 0.0, 10.0)


def _risen(day: FloatArray, *, rise: float, within: float) -> FloatArray:
    return 5.0 + rise * np.clip(day / within, 0.0, 1.0)


def _lost(day: FloatArray, *, days_to_e: float) -> FloatArray:
    """Return 8 points, 4 of which go in a month after day 28 and come back from day 100 on."""
    going = np.clip((day - 28.0) / 30.0, 0.0, 1.0)
    coming = np.exp(-np.maximum(day - 100.0, 0.0) / days_to_e)
    return 8.0 - 4.0 * going * coming


def response_found(patients: int) -> Iterator[Row]:
    """Start treatment on day 0: strength of one hand stays, or rises within a week or slowly."""
    timeline = _infused((0, 28, 56))
    for density in (1.0, 3.5, 7.0):
        for rise, days_to_rise in ((0.0, 1.0), (2.0, 7.0), (3.0, 7.0), (3.0, 60.0)):
            after: list[int | None] = []
            for index in _each(patients, f"every {density} days, {rise} in {days_to_rise} days"):
                rng = np.random.default_rng([SEED, int(2 * density), int(rise), index, 2])
                hands = []
                for site, own in (("right_hand", rise), ("left_hand", 0.0)):
                    level = partial(_risen, rise=own, within=days_to_rise)
                    days, value = _ratings(rng, density, 84.0, level)
                    hands.append(_series("strength_nrs", site, START_DAYS + days, value))
                found = response(place(hands, timeline), timeline, SETTINGS, zone="UTC")
                first: Any = None if found is None else found.evidence["series"]
                after.append(None if first is None else first[0]["responded_after"])
            yield {
                "every_days": density,
                "rise": rise,
                "days_to_rise": days_to_rise,
                "patients": patients,
                **{f"after_{k}": round(after.count(k) / patients, 3) for k in (1, 2, 3)},
            }


def recovery(patients: int) -> Iterator[Row]:
    """Restart after a gap of 100 days; what was lost comes back exponentially."""
    timeline = _infused((0, *range(100, 350, 28)))
    for density in (1.0, 3.5, 7.0):
        for days_to_e in (4.0, 15.0, 40.0):
            found = []
            for index in _each(patients, f"every {density} days, {days_to_e} days"):
                rng = np.random.default_rng([SEED, int(2 * density), int(days_to_e), index, 3])
                days, value = _ratings(rng, density, 330.0, partial(_lost, days_to_e=days_to_e))
                series = _series("strength_nrs", "right_hand", START_DAYS + days, value)
                (gap,) = past_gaps(place([series], timeline), timeline, SETTINGS, zone="UTC")
                if gap.losses and gap.losses[0].days_to_recover is not None:
                    found.append(gap.losses[0].days_to_recover)
            low, middle, high = np.quantile(found, (0.1, 0.5, 0.9))
            yield {
                "every_days": density,
                "truth_days": round(days_to_e * float(np.log(4.0)), 1),
                "patients": patients,
                "told": round(len(found) / patients, 3),
                "p10": low,
                "median": middle,
                "p90": high,
            }


def _each(patients: int, what: str) -> Iterable[int]:
    return track(range(patients), description=what)


PARTS: Final[dict[str, Callable[[int], Iterator[Row]]]] = {
    "acute_drop_false": acute_drop_false,
    "acute_drop_found": acute_drop_found,
    "new_site_false": new_site_false,
    "new_site_found": new_site_found,
    "response_found": response_found,
    "recovery": recovery,
}


def main() -> None:
    """Run the parts that are asked for, and keep the results of the others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=100)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args()
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for part in asked.only:
        results[part] = []
        for row in PARTS[part](asked.patients):
            results[part].append(row)
            RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
