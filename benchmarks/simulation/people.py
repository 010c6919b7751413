"""Who the simulated patients are: schedules, sizes, noise; parameters from the clinical facts.

Figures are those of docs/clinical-facts.md (F3, F4, F9) or judgement; docs/methods/detection.md
lists them. Everything is drawn whatever the cell, so that a patient with another fall is the
same person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.simulation.cells import DAYS_BETWEEN, Cell, Density
from benchmarks.simulation.shapes import Courses, FloatArray, Power, Shape, Turnover

SITES: Final[dict[str, tuple[str, ...]]] = {
    "grip_kg": ("right_hand", "left_hand"),
    "strength_nrs": ("right_hand", "left_hand", "right_foot", "left_foot"),
}
SHORT_INTERVAL: Final = 10
_INTERVALS: Final = ((14, 0.1), (21, 0.2), (28, 0.5), (42, 0.2))
_LONGEST_COURSE: Final = {10: 1, 14: 2, 21: 5, 28: 5, 42: 5}
_COURSE_DAYS: Final = (0.4, 0.35, 0.1, 0.05, 0.1)  # for 1, 2 .. 5 days
_LATE: Final = 0.09  # share of courses that are 4-7 days late [F9]
_LITRES: Final = 6.48  # distribution volume of the turnover model
_ONE_SITE: Final = 0.5  # share of falling patients in whom one site falls, not all
_SLUMP: Final = 0.25  # share with a slump in the first four days after infusion
_HEAVY: Final = (0.25, 5.0)  # share with heavy tails, and their degrees of freedom
_HINGE, _POWER = 0.4, 0.7  # shares of the shapes, added up; the rest is the turnover model


@dataclass(frozen=True, slots=True)
class Facts:
    """One measure: its scale and the usual sizes on it, as shares of the level if `relative`."""

    relative: bool
    step: float
    low: float
    high: float
    threshold: float
    falls: tuple[float, float]
    noise: float
    noise_spread: float  # SD of the logarithm between patients
    shift: float  # SD of the level from cycle to cycle
    drift: tuple[float, float]  # mean and SD a year


FACTS: Final[dict[str, Facts]] = {
    "grip_kg": Facts(True, 0.1, 0.0, 90.0, 0.10, (0.15, 0.30), 0.06, 0.28, 0.02, (-0.01, 0.02)),
    "strength_nrs": Facts(False, 1.0, 0.0, 10.0, 2.0, (1.5, 3.0), 1.5, 0.22, 0.2, (-0.1, 0.3)),
}
NOISE_BETWEEN_SITES: Final = 0.12  # SD of the logarithm
WEAK_HAND: Final = 10.0  # kg
WEAK_HAND_NOISE: Final = 1.6  # times the usual CV: 8-15 % instead of 4-12 %
RHO: Final = (0.6, 2.0, 2.6)  # highest correlation a day apart, and its beta distribution
_CYCLE_SPREAD: Final = 0.25  # coefficient of variation of the fall from cycle to cycle


@dataclass(frozen=True, slots=True)
class Person:
    """One patient before any reading is taken; sizes are in the unit of `facts`.

    Attributes
    ----------
    level, sigma, drop : float array, shape (sites,)
    by_cycle : float array, shape (cycles,)
        What the fall of each cycle is multiplied by.
    shift : float array, shape (sites, cycles + 1)
    freedom : float or None
        Degrees of freedom of heavy tails.
    """

    facts: Facts
    sites: tuple[str, ...]
    courses: Courses
    shape: Shape
    level: FloatArray
    sigma: FloatArray
    drop: FloatArray
    by_cycle: FloatArray
    shift: FloatArray
    drift: FloatArray
    slump: float
    rho: float
    freedom: float | None
    missing: float

    @property
    def unit(self) -> FloatArray:
        """What one unit of the sizes is worth at each site, in the measure's own unit."""
        return self.level if self.facts.relative else np.ones_like(self.level)


def draw(cell: Cell, rng: np.random.Generator) -> Person:
    """Draw a patient of `cell`; whether the drops apply is for the cell to say."""
    facts = FACTS[cell.measure]
    sites = SITES[cell.measure][: cell.sites]
    courses = _courses(cell, rng)
    shape = _shape(cell, courses, rng)
    count = len(sites)
    level = _level(facts, count, rng)
    sigma = _noise(facts, level, rng)
    drop = rng.uniform(*facts.falls, count)
    if cell.thresholds is not None:
        drop[:] = cell.thresholds * facts.threshold
    only = rng.integers(count)
    if rng.random() < _ONE_SITE:
        drop[np.arange(count) != only] = 0.0
    return Person(
        facts=facts,
        sites=sites,
        courses=courses,
        shape=shape,
        level=level,
        sigma=sigma,
        drop=drop,
        by_cycle=np.maximum(1.0 + _CYCLE_SPREAD * rng.standard_normal(cell.cycles + 1), 0.0),
        shift=facts.shift * rng.standard_normal((count, cell.cycles + 1)),
        drift=facts.drift[0] + facts.drift[1] * rng.standard_normal(count),
        slump=float(rng.uniform(0.5, 1.5)) * facts.threshold * (rng.random() < _SLUMP),
        rho=float(RHO[0] * rng.beta(*RHO[1:])),
        freedom=_HEAVY[1] if rng.random() < _HEAVY[0] else None,
        missing=float(rng.uniform(0.1, 0.4)),
    )


def reporting_days(density: Density, until: int, rng: np.random.Generator) -> FloatArray:
    """Return distinct days on which a report was meant to be made, 0 to `until`."""
    between = DAYS_BETWEEN[density]
    slots = rng.uniform(0.0, between) + between * np.arange(int(until / between) + 1)
    jitter = rng.integers(-1, 2, slots.size) if density != "daily" else 0
    days = np.unique(np.floor(slots) + jitter)
    return days[(days >= 0) & (days <= until)]


def _courses(cell: Cell, rng: np.random.Generator) -> Courses:
    planned, weights = zip(*_INTERVALS, strict=True)
    drawn = int(rng.choice(planned, p=weights))
    interval = cell.interval or (SHORT_INTERVAL if cell.truth == "short interval" else drawn)
    course_days = 1 + int(rng.choice(5, p=_COURSE_DAYS))
    late = rng.random(cell.cycles) < _LATE
    off = np.where(late, rng.integers(4, 8, cell.cycles), rng.integers(-2, 3, cell.cycles))
    first = np.concatenate(([0], np.cumsum(interval + off)))
    hour = float(rng.uniform(9.0, 14.0)) / 24.0
    return Courses(first, interval, min(course_days, _LONGEST_COURSE[interval]), hour)


def _shape(cell: Cell, courses: Courses, rng: np.random.Generator) -> Shape:
    start, kind = float(rng.uniform(0.45, 0.8)), rng.random()
    curve = float(np.exp(rng.uniform(np.log(0.5), np.log(2.0))))
    spread = np.exp(rng.standard_normal(4) * (0.3, 0.2, 0.3, 0.2))
    grams = float(rng.uniform(40.0, 160.0))  # 0.5-2 g/kg for 80 kg
    shape = cell.shape
    if shape == "mixed":
        shape = "hinge" if kind < _HINGE else "power" if kind < _POWER else "turnover"
    if shape == "turnover":
        rise = grams / (_LITRES * spread[3]) / courses.course_days
        return Turnover(rise, kout=0.552 * spread[0], kel=0.0583 * spread[1], c50=9.41 * spread[2])
    return Power(start, 1.0 if shape == "hinge" else curve)


def _level(facts: Facts, count: int, rng: np.random.Generator) -> FloatArray:
    """Return levels: grip as in treated hands with MMN, ratings with room for a fall."""
    hands = np.clip(16.0 * np.exp(0.5 * rng.standard_normal(count)), 4.0, 60.0)
    return hands if facts.relative else rng.uniform(5.0, 8.0, count)


def _noise(facts: Facts, level: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return the SD of the noise; weak hands scatter more for their strength."""
    between = facts.noise_spread * rng.standard_normal()
    within = NOISE_BETWEEN_SITES * rng.standard_normal(level.size)
    return typical_noise(facts, level) * np.exp(between + within)


def typical_noise(facts: Facts, level: FloatArray) -> FloatArray:
    """Return the median SD of the noise at a level."""
    weak = facts.relative & (level < WEAK_HAND)
    return facts.noise * np.where(weak, WEAK_HAND_NOISE, 1.0)
