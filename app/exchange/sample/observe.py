"""From strength to what somebody writes down: scales, devices, rounding and scatter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

import numpy as np

from app.analysis.measures import MEASURES
from app.exchange.sample.people import STEADY, Body, Event, Item, Symptom, Waypoints
from app.exchange.sample.physiology import STEP_DAYS, Curves, FloatArray

# A rating falls further than the grip does, because the last movements count double in daily
# life (judgement).
FELT: Final = 1.4
FATIGUE_SD: Final = 1.5  # within-person SD of daily ratings, public daily diaries: 1.5-2 points
SYMPTOM_SD: Final = 0.9
RODS_SD: Final = 2.5  # centile points from week to week (judgement: 2-3)
TIMED_CV: Final = 0.06
ABILITY_SD: Final = 0.02
LEARNING_DAYS: Final = 10.0
COLD_LOSS: Final = 0.08  # a cold hand in MMN: 5-10 % on the day
SLUMP_DAYS: Final = 2.0
WALK_S: Final = 7.5  # ten metres at full strength
PEG_S: Final = 19.0  # nine holes at full strength
# The slowest times that need no confirmation (the catalogue's `unusual_above`).
SLOWEST_S: Final = {"walk_10m_s": 110.0, "nine_hole_peg_s": 280.0}
WEAKEST: Final = 0.02
NOTABLE_FALL: Final = 0.2  # the fall at which a symptom has gained its `late_gain`


def ar1(rng: np.random.Generator, n: int, *, rho: float) -> FloatArray:
    """Return n days of noise with unit variance and lag-one correlation `rho`."""
    fresh = rng.normal(size=n).tolist()
    innovation = float(np.sqrt(1 - rho * rho))
    series = [fresh[0]]
    for each in fresh[1:]:
        series.append(rho * series[-1] + innovation * each)
    return np.array(series)


def along(waypoints: Waypoints, days: FloatArray) -> FloatArray:
    """Return the straight-line path through waypoints at each day."""
    result: FloatArray = np.interp(
        days, [float(day) for day, _ in waypoints], [value for _, value in waypoints]
    )
    return result


def at(waypoints: Waypoints, day: float) -> float:
    """Return the straight-line path through waypoints at one day."""
    return waypoints[0][1] if len(waypoints) == 1 else float(along(waypoints, np.array([day]))[0])


def bounded(value: float, low: float, high: float) -> float:
    """Return the value, or the bound that it crosses."""
    return min(max(value, low), high)


@dataclass(frozen=True, slots=True)
class Reading:
    """The circumstances of one answer."""

    day: float
    cold: bool = False
    reads: float = 1.0
    days_of_practice: float = 0.0
    days_since_infusion: float = 99.0


@dataclass(slots=True)
class Observer:
    """Turns one person's curves into readings; keeps one noise series per measure and site."""

    body: Body
    curves: Curves
    dominant: str
    rng: np.random.Generator
    cycle_shift: FloatArray
    _first: float = field(init=False)
    _noise: dict[tuple[str, str], FloatArray] = field(default_factory=dict)
    _level: dict[str, FloatArray] = field(default_factory=dict)
    _fall: dict[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay out level and fall of every site."""
        self._first = float(self.curves.days[0])
        for site in self.body.sites:
            level = site.base * along(site.over_time, self.curves.days)
            level = level * self.curves.reserve * (1 + self.cycle_shift)
            for event in self.body.events:
                if not event.sites or site.name in event.sites:
                    level = level * (1 - event.size * self._during(event))
            self._level[site.name] = np.clip(level, WEAKEST, 1.0)
            self._fall[site.name] = site.share * self.curves.fall

    def _during(self, event: Event) -> FloatArray:
        days = self.curves.days
        return ((days >= event.from_day) & (days < event.from_day + event.days)).astype(float)

    def _at(self, day: float) -> int:
        index = round((day - self._first) / STEP_DAYS)
        return min(max(index, 0), len(self.curves.days) - 1)

    def fall_at(self, site: str, day: float) -> float:
        """Return the share of strength that the cycle takes at a site."""
        return float(self._fall.get(site, self._fall["global"])[self._at(day)])

    def strength(self, site: str, day: float, *, felt: float = 1.0) -> float:
        """Return strength as a share of what it was before the illness, 0-1."""
        name = site if site in self._level else "global"
        lost = min(felt * self.fall_at(name, day), 0.95)
        return bounded(float(self._level[name][self._at(day)]) * (1 - lost), WEAKEST, 1.0)

    def noise(self, item: Item, day: float) -> float:
        """Return the day's scatter for one measure and site, in standard deviations."""
        key = (item.measure, item.site)
        if key not in self._noise:
            count = int(-self._first) + 2
            self._noise[key] = ar1(self.rng, count, rho=self.body.noise.rho)
        return float(self._noise[key][int(day - self._first)])

    def read(self, item: Item, reading: Reading) -> float:
        """Return one value, rounded and inside the measure's range."""
        measure = MEASURES[item.measure]
        value = _READERS[item.measure](self, item, reading)
        highest = SLOWEST_S.get(item.measure, measure.high)
        return round(bounded(value, measure.low, highest), measure.decimals)


def _hand(observer: Observer, item: Item, reading: Reading) -> float:
    return observer.strength(item.site, reading.day) * (1 - COLD_LOSS * reading.cold)


def _grip(observer: Observer, item: Item, reading: Reading) -> float:
    body = observer.body
    full = body.full_grip_kpa if item.measure == "grip_kpa" else body.full_grip_kg
    unlearned = body.learning * np.exp(-reading.days_of_practice / LEARNING_DAYS)
    scatter = 1 + body.noise.grip_cv * observer.noise(item, reading.day)
    return float(full * _hand(observer, item, reading) * (1 - unlearned) * scatter * reading.reads)


def _rating(observer: Observer, item: Item, reading: Reading) -> float:
    body = observer.body
    felt = observer.strength(item.site, reading.day, felt=FELT)
    mood = at(body.rating_over_time, reading.day)
    slump = body.slump * (reading.days_since_infusion < SLUMP_DAYS)
    cold = COLD_LOSS * 10 * reading.cold * item.site.endswith("hand")
    scatter = body.noise.rating_sd * observer.noise(item, reading.day)
    return 10 * felt * mood - slump - cold + scatter


def _symptom(observer: Observer, item: Item, reading: Reading) -> float:
    known = (
        each
        for each in observer.body.symptoms
        if (each.measure, each.site) == (item.measure, item.site)
    )
    symptom = next(known, Symptom(item.measure, item.site, STEADY))
    level = at(symptom.over_time, reading.day)
    late = symptom.late_gain * observer.fall_at(item.site, reading.day) / NOTABLE_FALL
    return level + late + SYMPTOM_SD * observer.noise(item, reading.day)


def _fatigue(observer: Observer, item: Item, reading: Reading) -> float:
    weak = 1 - observer.strength("global", reading.day, felt=FELT)
    slump = 1.5 * observer.body.slump * (reading.days_since_infusion < SLUMP_DAYS)
    return 1 + 7 * weak + slump + FATIGUE_SD * observer.noise(item, reading.day)


def _ability(observer: Observer, item: Item, reading: Reading) -> float:
    sites = {
        "ability_writing": (f"{observer.dominant}_hand",),
        "ability_utensils": ("right_hand", "left_hand"),
        "ability_buttons": ("right_hand", "left_hand"),
        "ability_walking": ("right_foot", "left_foot"),
        "ability_stairs": ("right_leg", "left_leg"),
    }[item.measure]
    mean = fmean(observer.strength(site, reading.day) for site in sites)
    strength = mean + ABILITY_SD * observer.noise(item, reading.day)
    return float(strength >= observer.body.difficult_below) + float(
        strength >= observer.body.unable_below
    )


def _rods(observer: Observer, item: Item, reading: Reading) -> float:
    strength = observer.strength("global", reading.day)
    return float(round(25 + 70 * strength + RODS_SD * observer.noise(item, reading.day)))


def _incat(observer: Observer, _: Item, reading: Reading) -> float:
    return 6 * (1 - observer.strength("global", reading.day))


def _mrc_sum(observer: Observer, item: Item, reading: Reading) -> float:
    return 40 + 20 * observer.strength("global", reading.day) + observer.noise(item, reading.day)


def _timed(observer: Observer, item: Item, reading: Reading) -> float:
    walk = item.measure == "walk_10m_s"
    site = "right_foot" if walk else item.site
    full = WALK_S if walk else PEG_S
    scatter = 1 + TIMED_CV * observer.noise(item, reading.day)
    return full * scatter / observer.strength(site, reading.day)


_READERS: Final[dict[str, Callable[[Observer, Item, Reading], float]]] = {
    "strength_nrs": _rating,
    "grip_kpa": _grip,
    "grip_kg": _grip,
    "fasciculation_nrs": _symptom,
    "cramp_nrs": _symptom,
    "fatigue_nrs": _fatigue,
    "ability_writing": _ability,
    "ability_utensils": _ability,
    "ability_buttons": _ability,
    "ability_walking": _ability,
    "ability_stairs": _ability,
    "mmn_rods": _rods,
    "i_rods": _rods,
    "incat": _incat,
    "mrc_sum": _mrc_sum,
    "walk_10m_s": _timed,
    "nine_hole_peg_s": _timed,
}
