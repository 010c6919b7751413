"""Small patients for the tests of the model, with readings at irregular times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.analysis.records import FloatArray
from app.analysis.series_epochs import Readings
from app.analysis.wearing_off.hierarchy import NoisePrior, Site
from app.analysis.wearing_off.model import SeriesInput, _sites

INTERVAL = 28.0
ROUNDING = 0.1
PRIOR = NoisePrior(log_mean=0.0, log_sd=0.4)


def times(
    rng: np.random.Generator, *, cycles: Sequence[int] = (0, 1, 2, 3), each: int = 7
) -> Readings:
    """Give readings of nought at random times of the cycles with these indices."""
    day = np.sort(rng.uniform(4.0, INTERVAL + 1.0, (len(cycles), each)), axis=1)
    start = 20_000.0 + INTERVAL * np.asarray(cycles, dtype=np.float64)
    return Readings(
        at=(start[:, None] + day).ravel(),
        day=day.ravel(),
        value=np.zeros(day.size),
        cycle=np.repeat(np.arange(len(cycles)), each),
        planned_end=np.full(day.size, INTERVAL),
        timeline_cycle=np.asarray(cycles),
    )


def with_values(readings: Readings, value: FloatArray) -> Readings:
    return Readings(
        at=readings.at,
        day=readings.day,
        value=np.asarray(value, dtype=np.float64),
        cycle=readings.cycle,
        planned_end=readings.planned_end,
        timeline_cycle=readings.timeline_cycle,
    )


def falling(
    readings: Readings, rng: np.random.Generator, *, drop: float, onset: float = 0.6
) -> Readings:
    """Give a level of 6, a straight fall to `drop` at the planned end, and noise of SD 1."""
    fall = np.maximum(0.0, readings.day / INTERVAL - onset) / (1.0 - onset)
    return with_values(readings, 6.0 - drop * fall + rng.normal(size=fall.size))


def an_input(
    readings: Readings, *, measure: str = "strength_nrs", rounding: float = ROUNDING
) -> SeriesInput:
    return SeriesInput(measure, readings, PRIOR, rounding, INTERVAL)


def a_site(readings: Readings) -> Site:
    return _sites([an_input(readings)])[0]
