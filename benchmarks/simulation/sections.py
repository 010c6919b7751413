"""The sections of the benchmark: which cells each measures, and what it makes of the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from benchmarks.simulation import looks
from benchmarks.simulation.cells import DENSITIES, FALLING, LOOKALIKES, MEASURES, Cell
from benchmarks.simulation.estimates import coverage
from benchmarks.simulation.running import Crew, Row
from benchmarks.simulation.scoring import cut_at, rate, share_of_filter

Numbers = dict[str, Any]
_CYCLES_TO_GROW: Final = 12
_OVER_THRESHOLD: Final = 1.25
_TWO_YEARS_OF_FORTNIGHTS: Final = 53
_ENOUGH: Final = 0.8  # power at which the filter "sees" a fall

MAIN: Final = tuple(Cell(m, d) for m in MEASURES for d in DENSITIES)
EXTRA: Final = (
    Cell("strength_nrs", "daily", sites=4),
    Cell("grip_kg", "twice a week", missing_when_bad=True),
    Cell("strength_nrs", "twice a week", missing_when_bad=True),
    Cell("grip_kg", "daily", cycles=3),
    Cell("strength_nrs", "daily", cycles=3),
)
FEW_CYCLES: Final = tuple(
    Cell(m, d, truth, cycles=3)
    for m in MEASURES
    for d in ("daily", "weekly")
    for truth in ("flat", "bad cycle, one site")
)


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the benchmark.

    Attributes
    ----------
    share : float
        Patients of each kind per patient asked for (the flat ones of the section on power).
    """

    name: str
    cells: tuple[Cell, ...]
    share: float
    measure: Callable[[Crew, Cell, int], Numbers]


def _power(crew: Crew, cell: Cell, patients: int) -> Numbers:
    """Measure power as a share of the filter's; two falling patients for five flat ones."""
    if cell not in MAIN:
        patients = max(patients // 2, 1)
    flat = crew.gather(looks.power, replace(cell, truth="flat"), patients)
    falling = crew.gather(looks.power, cell, max(2 * patients // 5, 1))
    found = share_of_filter(
        _column(flat, "score"), _column(falling, "score"), _column(falling, "filter") > 0.0
    )
    spent = _column([*flat, *falling], "ms")
    return {
        "flat": len(flat),
        "falling": len(falling),
        "power": found.power,
        "filter_power": found.filter_power,
        "share": found.share,
        "share_error": found.share_error,
        "cut": found.cut,
        "filter_false": rate(float((_column(flat, "filter") > 0.0).sum()), len(flat)),
        "present": _words(falling, "present"),
        "possible": _words(falling, "possible"),
        "present_flat": _words(flat, "present"),
        "possible_flat": _words(flat, "possible"),
        "ms_mean": float(spent.mean()),
        "ms_median": float(np.median(spent)),
    }


def _lookalikes(crew: Crew, cell: Cell, patients: int) -> Numbers:
    rows = crew.gather(looks.verdicts, cell, 3 * patients if cell.truth == "flat" else patients)
    return {
        "patients": len(rows),
        "present": _words(rows, "present"),
        "possible": _words(rows, "possible"),
    }


def _intervals(crew: Crew, cell: Cell, patients: int) -> Numbers:
    rows = crew.gather(looks.intervals, cell, patients)
    series = [one for row in rows for one in row["series"]]
    flagged = [one for one in series if one["verdict"] == "present"]
    shapes = sorted({one["shape"] for one in series})
    return {
        "patients": len(rows),
        "all": coverage(series),
        "flagged": coverage(flagged),
        **{shape: coverage([s for s in series if s["shape"] == shape]) for shape in shapes},
    }


def _oracle(crew: Crew, cell: Cell, patients: int) -> Numbers:
    flat = crew.gather(looks.oracle, replace(cell, truth="flat"), patients)
    falling = crew.gather(looks.oracle, cell, max(2 * patients // 5, 1))
    fires = _column(falling, "filter") > 0.0
    numbers: Numbers = {"flat": len(flat), "falling": len(falling)}
    for name in ("oracle", "score"):
        found = share_of_filter(_column(flat, name), _column(falling, name), fires)
        numbers |= {name: found.share, f"{name}_error": found.share_error}
    return numbers


def _growing(crew: Crew, cell: Cell, patients: int) -> Numbers:
    rows = crew.gather(looks.growing, cell, patients)
    cycles = np.arange(looks.FEWEST, cell.cycles + 1)
    powers = np.array([row["powers"] for row in rows])
    never = float(cell.cycles + 1)
    first = np.array([row["first"] or never for row in rows], dtype=float)
    enough = powers >= _ENOUGH
    own = np.where(enough.any(axis=1), cycles[enough.argmax(axis=1)], never)
    mean = powers.mean(axis=0)
    reached = np.flatnonzero(mean >= _ENOUGH)
    both = (own < never) | (first < never)
    return {
        "patients": len(rows),
        "cycles": cycles.tolist(),
        "filter_power": mean.tolist(),
        "present_by": [float((first <= k).mean()) for k in cycles],
        "median_first": _or_none(float(np.median(first)), never),
        "filter_median": _or_none(float(np.median(own)), never),
        "filter_mean_power": int(cycles[reached[0]]) if reached.size else None,
        "median_later": float(np.median((first - own)[both])) if both.any() else None,
        "never": rate(float((first == never).sum()), len(rows)),
    }


def _repeated(crew: Crew, cell: Cell, patients: int) -> Numbers:
    rows = crew.gather(looks.repeated, cell, patients)
    years = sum(row["years"] for row in rows)
    numbers: Numbers = {
        "patients": len(rows),
        "years": years,
        "looks": sum(row["looks"] for row in rows),
        "calls": sum(row["calls"] for row in rows),
    }
    for word in ("present", "possible"):
        # Years at risk end with the first time; patients who were never called are at risk on.
        risk = sum(row["years"] if row[word] is None else row[word] for row in rows)
        events = sum(row[word] is not None for row in rows)
        numbers[word] = {
            "events": events,
            "per_year": events / risk if risk else None,
            "error": events**0.5 / risk if risk else None,
            "ever": rate(events, len(rows)),
        }
    return numbers


def _detectable(crew: Crew, cell: Cell, patients: int) -> Numbers:
    rows = crew.gather(looks.detectable, replace(cell, truth="flat"), patients)
    called = [one for row in rows for one in row["called"]]
    said = [one for row in rows for one in row["said"]]
    return {
        "patients": len(rows),
        "series": sum(row["sites"] for row in rows),
        "present": rate(sum(called), len(called)),
        "median_said": float(np.median(said)) if said else None,
    }


def _rivals(crew: Crew, cell: Cell, patients: int) -> Numbers:
    """Compare methods at their own rule, and cut at 1 % of the same flat patients."""
    flat = crew.gather(looks.rivals, replace(cell, truth="flat"), patients)
    falling = crew.gather(looks.rivals, cell, max(patients // 2, 1))
    fires = _column(falling, "filter") > 0.0
    numbers: Numbers = {
        "flat": len(flat),
        "falling": len(falling),
        "matched filter": {
            "power": rate(float(fires.sum()), len(falling)),
            "false": rate(float((_column(flat, "filter") > 0.0).sum()), len(flat)),
        },
    }
    for name in (key for key in flat[0] if key != "filter"):
        mine = [row[name] for row in falling]
        own = [row[name] for row in flat]
        cut = cut_at(_column(own, "score"))
        drops = [one for row in mine for one in row["drops"] if one is not None]
        covered = sum(one["low"] <= one["truth"] <= one["high"] for one in drops)
        numbers[name] = {
            "power": rate(sum(row["fires"] for row in mine), len(mine)),
            "false": rate(sum(row["fires"] for row in own), len(own)),
            "power_at_1": rate(float((_column(mine, "score") > cut).sum()), len(mine)),
            "coverage": rate(covered, len(drops)) if drops else None,
            "ms": float(np.mean([row["ms"] for row in (*mine, *own)])),
        }
    return numbers


def _column(rows: Sequence[Row], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows], dtype=float)


def _words(rows: Sequence[Row], word: str) -> dict[str, float]:
    return rate(sum(row["verdict"] == word for row in rows), len(rows))


def _or_none(value: float, never: float) -> float | None:
    return None if value >= never else value


def _with(**changes: Any) -> tuple[Cell, ...]:
    return tuple(replace(cell, **changes) for cell in MAIN)


SECTIONS: Final = (
    Section("power", (*MAIN, *EXTRA), 1.0, _power),
    Section(
        "lookalikes",
        (*(replace(cell, truth=truth) for truth in LOOKALIKES for cell in MAIN), *FEW_CYCLES),
        0.2,
        _lookalikes,
    ),
    Section("intervals", MAIN, 0.4, _intervals),
    Section(
        "growing",
        _with(truth=FALLING, cycles=_CYCLES_TO_GROW, thresholds=_OVER_THRESHOLD),
        0.03,
        _growing,
    ),
    Section("repeated", _with(truth="flat", cycles=_TWO_YEARS_OF_FORTNIGHTS), 0.03, _repeated),
    Section("detectable", MAIN, 0.04, _detectable),
    Section("oracle", MAIN, 0.3, _oracle),
    Section("rivals", MAIN, 0.1, _rivals),
)
