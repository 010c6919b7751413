"""What else can happen to strength: none of it falls before each infusion and comes back after.

`change` gives the mean's change in units of thresholds (10 % of grip, 2 points).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulation.people import Person, typical_noise
from benchmarks.simulation.shapes import FloatArray, Power

_ILLNESSES: Final = 3
_COLD_DAYS: Final = 0.1
_HALF: Final = 0.5  # one site or all; a bad cycle that falls or one that is low for a while


@dataclass(frozen=True, slots=True)
class Readings:
    """When reports are made: instants, analysis days and cycles, each of shape (n,)."""

    at: FloatArray
    day: FloatArray
    cycle: NDArray[np.int64]


def as_person(truth: str, person: Person, rng: np.random.Generator) -> Person:
    """Return the person as the lookalike has them: other noise, or another level."""
    if truth == "autocorrelation 0.6":
        return replace(person, rho=0.6)
    if truth == "heavy tails":
        return replace(person, freedom=3.0)
    if truth == "unequal noise":
        factor = np.where(np.arange(person.sigma.size) % 2 == rng.integers(2), 0.6, 1.7)
        return replace(person, sigma=person.sigma * factor)
    if truth in ("ceiling", "floor"):
        top = truth == "ceiling"
        if person.facts.relative:
            level = rng.uniform(80.0, 90.0) if top else rng.uniform(1.5, 4.0)
            # Very weak hands scatter more; the device has its steps and no value below 0.
            own = person.sigma / typical_noise(person.facts, person.level)
            sigma = own * person.facts.noise * (1.0 if top else 2.0)
        else:
            level, sigma = (9.6 if top else 0.6), person.sigma
        return replace(person, level=np.full_like(person.level, level), sigma=sigma)
    return person


def change(truth: str, person: Person, readings: Readings, rng: np.random.Generator) -> FloatArray:
    """Return the change of the mean in thresholds, shape (sites, n)."""
    if truth not in _CHANGES:
        return np.zeros((len(person.sites), readings.at.size))
    size = rng.uniform(0.0, 1.0, len(person.sites))[:, None]
    return _CHANGES[truth](_Scene(person, readings, size, rng))


@dataclass(frozen=True, slots=True)
class _Scene:
    """A person, when reports are made, and a number from 0 to 1 for each site."""

    person: Person
    readings: Readings
    size: FloatArray
    rng: np.random.Generator

    @property
    def span(self) -> float:
        """Days from the first to the closing course."""
        return float(self.person.courses.first[-1])


def _progression(scene: _Scene) -> FloatArray:
    return -(1.0 + 2.0 * scene.size) * scene.readings.at / scene.span


def _step_down(scene: _Scene) -> FloatArray:
    when = scene.rng.uniform(0.2, 0.8) * scene.span
    one = _one(scene)
    who = one if scene.rng.random() < _HALF else np.ones_like(one)
    return -who * (1.0 + 2.0 * scene.size) * (scene.readings.at >= when)


def _bad_cycle_of_one(scene: _Scene) -> FloatArray:
    return -_one(scene) * _bad_cycle(scene)


def _bad_cycle_of_all(scene: _Scene) -> FloatArray:
    return -_bad_cycle(scene)


def _slump(scene: _Scene) -> FloatArray:
    return -(1.0 + scene.size) * np.clip(1.0 - scene.readings.day / 5.0, 0.0, 1.0)


def _climb(scene: _Scene) -> FloatArray:
    days = scene.rng.uniform(8.0, 12.0)
    return -(1.0 + 0.5 * scene.size) * np.clip(1.0 - scene.readings.day / days, 0.0, 1.0)


def _weekly_rhythm(scene: _Scene) -> FloatArray:
    """Return half a threshold up and down; with intervals of whole weeks it keeps step."""
    phase = scene.rng.uniform(0.0, 2.0 * np.pi)
    wave = 0.5 * np.sin(2.0 * np.pi * scene.readings.at / 7.0 + phase)
    return np.broadcast_to(wave, (scene.size.size, wave.size))


def _learning(scene: _Scene) -> FloatArray:
    """Return 3-5 % (0.6-1 point) that is gained over the first one to two weeks."""
    weeks = scene.rng.uniform(7.0, 14.0)
    return (0.3 + 0.2 * scene.size) * np.minimum(scene.readings.at / weeks - 1.0, 0.0)


def _illness_and_cold(scene: _Scene) -> FloatArray:
    at, rng = scene.readings.at, scene.rng
    lost = rng.uniform(0.5, 1.0, at.size) * (rng.random(at.size) < _COLD_DAYS)
    for _ in range(_ILLNESSES):
        begin, length = rng.uniform(0.0, scene.span), rng.uniform(3.0, 7.0)
        lost += rng.uniform(0.5, 1.5) * ((at >= begin) & (at < begin + length))
    return np.broadcast_to(-lost, (scene.size.size, at.size))


_CHANGES: Final[dict[str, Callable[[_Scene], FloatArray]]] = {
    "progression": _progression,
    "step down": _step_down,
    "bad cycle, one site": _bad_cycle_of_one,
    "bad cycle, all sites": _bad_cycle_of_all,
    "slump after infusion": _slump,
    "climb after infusion": _climb,
    "weekly rhythm": _weekly_rhythm,
    "learning": _learning,
    "illness and cold": _illness_and_cold,
}


def report_odds(truth: str, bad: FloatArray, missing: float, *, when_bad: bool) -> FloatArray:
    """Return the chance of a report on each day; `bad` is minus the mean noise in SDs."""
    if truth == "reports on bad days":
        return 0.1 + 0.85 / (1.0 + np.exp(-2.0 * bad))
    if when_bad:  # the same share missing on an ordinary day, a third to two thirds on a bad one
        odds = missing / (1.0 - missing) * np.exp(bad)
        return 1.0 / (1.0 + odds)
    return np.full(bad.size, 1.0 - missing)


def _one(scene: _Scene) -> FloatArray:
    sites = scene.size.size
    return (np.arange(sites) == scene.rng.integers(sites)).astype(float)[:, None]


def _bad_cycle(scene: _Scene) -> FloatArray:
    """Return one cycle's loss: it fell as wearing-off would, or was low for one or two weeks."""
    person, readings, rng = scene.person, scene.readings, scene.rng
    in_cycle = readings.cycle == rng.integers(person.courses.first.size - 1)
    deep = 1.5 + 1.5 * scene.size if person.facts.relative else 1.0 + scene.size
    if rng.random() < _HALF:
        low = Power(float(rng.uniform(0.3, 0.7)), 1.0).fall(person.courses, readings.at)
    else:
        part = readings.day / person.courses.planned_end
        begin = rng.uniform(0.3, 0.6)
        low = (part >= begin) & (part < begin + rng.uniform(0.25, 0.5))
    return deep * in_cycle * low
