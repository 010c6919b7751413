"""Write the simulated readings that R and this program are compared on.

``python tests/golden/make_data.py`` writes ``tests/golden/data/*.csv``, always the same ones on
one version of numpy. The files are committed: a test never makes them anew.

* ``{grip,rating}_{daily,twice,weekly}.csv``: six cycles of about 28 days, irregular times, missing
  days, a level of each cycle's own, a slow decline, a slump after the infusion and a fall before
  the next one; correlated noise. Rounded as a patient would enter it.
* ``break_*.csv``: strong falls from a known day on, six cycles, daily grip; for the break point.
* ``levels.csv``: levels of cycles with their sampling variance; for the trend.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

DATA: Final = Path(__file__).parent / "data"
CYCLES: Final = 6
INTERVAL: Final = 28
FIRST_DAY: Final = 4
MISSING: Final = 0.1
HOUR: Final = 1 / 24
# Days of the cycle on which somebody who reports as often as that does so.
DENSITIES: Final = {"daily": range(1, 40), "twice": range(1, 40, 3), "weekly": range(2, 40, 7)}
# Level, steps of the device, residual SD, fall at the planned end, slump, decline a year.
MEASURES: Final = {
    "grip": (40.0, 0.5, 2.6, 8.0, 3.0, 4.0),
    "rating": (7.0, 1.0, 1.2, 2.0, 1.0, 1.0),
}
# What `break_*.csv` have: onset day, fall at the planned end, residual SD, correlation.
BREAKS: Final = {
    "middle": (14.0, 12.0, 2.0, 0.0),
    "late": (20.0, 10.0, 1.6, 0.0),
    "correlated": (15.0, 12.0, 2.0, 0.3),
}


def main() -> None:
    DATA.mkdir(exist_ok=True)
    for number, measure in enumerate(MEASURES):
        for other, density in enumerate(DENSITIES):
            rng = np.random.default_rng([2026, number, other])
            times = reading_times(rng, DENSITIES[density])
            write(
                f"{measure}_{density}",
                ("cycle", "at", "day", "value"),
                readings(rng, measure, times),
            )
    for number, name in enumerate(BREAKS):
        rng = np.random.default_rng([2027, number])
        times = reading_times(rng, DENSITIES["daily"])
        write(f"break_{name}", ("cycle", "at", "day", "value"), broken(rng, name, times))
    write("levels", ("year", "level", "variance"), levels(np.random.default_rng(2028)))


def reading_times(rng: np.random.Generator, days: Sequence[int]) -> np.ndarray:
    """Give cycle, instant and day in the cycle of each reading, from the fourth day on.

    Infusions are two days late or early, readings come at about eight in the morning.
    """
    starts = INTERVAL * np.arange(CYCLES + 1) + np.append(0, rng.integers(-2, 3, CYCLES))
    rows = []
    for cycle, (start, end) in enumerate(pairwise(starts)):
        for day in days:
            # At least twelve hours apart, so the detector's limit on likeness does not bite.
            at = start + day + round(float(np.clip(8 + 2 * rng.normal(), 2, 14)) * 60) * HOUR / 60
            if at - start >= FIRST_DAY and at < end + 9 * HOUR and rng.random() > MISSING:
                rows.append((cycle, at, at - start))
    return np.array(rows)


def autocorrelated(rng: np.random.Generator, times: np.ndarray, phi: float) -> np.ndarray:
    """Give noise of unit variance: phi to the power of the days between neighbours in a cycle."""
    noise = rng.normal(size=len(times))
    for i in range(1, len(times)):
        if times[i, 0] == times[i - 1, 0]:
            alike = phi ** (times[i, 1] - times[i - 1, 1])
            noise[i] = alike * noise[i - 1] + np.sqrt(1 - alike**2) * noise[i]
    return noise


def readings(rng: np.random.Generator, measure: str, times: np.ndarray) -> list[list[float]]:
    level, step, sigma, fall, slump, decline = MEASURES[measure]
    cycle, at, day = times.T
    own_level = 0.9 * sigma * rng.normal(size=CYCLES)
    mean = level + own_level[cycle.astype(int)] - decline * at / 365.25
    mean -= fall * np.maximum(0, (day / INTERVAL - 0.6) / 0.4)
    mean -= slump * np.maximum(0, 1 - day / 10)
    value = mean + sigma * autocorrelated(rng, times, 0.3)
    return rows_of(times, step * np.round(value / step))


def broken(rng: np.random.Generator, name: str, times: np.ndarray) -> list[list[float]]:
    onset, fall, sigma, phi = BREAKS[name]
    hinge = np.maximum(0, (times[:, 2] - onset) / (INTERVAL - onset))
    value = 40 - fall * hinge + sigma * autocorrelated(rng, times, phi)
    return rows_of(times, np.round(value, 1))


def rows_of(times: np.ndarray, value: np.ndarray) -> list[list[float]]:
    return [
        [int(cycle), round(float(at), 5), round(float(day), 5), round(float(v), 1)]
        for (cycle, at, day), v in zip(times, value, strict=True)
    ]


def levels(rng: np.random.Generator) -> list[list[float]]:
    year = np.round(np.arange(8) * 28 / 365.25 + 0.01 * rng.normal(size=8), 4)
    variance = np.round(rng.uniform(0.05, 0.6, 8), 3)
    level = np.round(40 - 3 * year + np.sqrt(variance + 0.3) * rng.normal(size=8), 2)
    return [list(map(float, row)) for row in zip(year, level, variance, strict=True)]


def write(name: str, header: Sequence[str], rows: Sequence[Sequence[float]]) -> None:
    with (DATA / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
