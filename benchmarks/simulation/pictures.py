"""Which numbers of a section are drawn, and how."""

from __future__ import annotations

from typing import Any

from benchmarks.simulation.cells import DENSITIES, LOOKALIKES, MEASURES, Cell
from benchmarks.simulation.sections import MAIN
from benchmarks.simulation.svg import Axis, Dot, Panel, dots, panels
from benchmarks.simulation.tables import name_of, short

Cells = dict[str, dict[str, Any]]
Goals = dict[tuple[str, str], tuple[float, float]]


def draw(name: str, cells: Cells, goals: Goals) -> str | None:
    """Return the figure of a section; None where tables say it better."""
    if name == "power":
        return _power(cells, goals)
    if name == "lookalikes":
        return _lookalikes(cells)
    if name == "growing":
        return _growing(cells)
    return _rivals(cells) if name == "rivals" else None


def _power(cells: Cells, goals: Goals) -> str:
    shown = [cell for cell in MAIN if cell.key in cells]
    rows = [
        (name_of(cell), [Dot(one["share"], 0, one["share_error"])])
        for cell in shown
        for one in (cells[cell.key],)
    ]
    marks = [(goals[cell.measure, cell.density][0],) for cell in shown]
    ticks = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1)
    axis = Axis(0.6, 1.1, ticks, "share of the matched filter's power; stroke: goal")
    return dots(rows, axis, ["detector, +- one standard error"], marks=marks)


def _lookalikes(cells: Cells) -> str:
    rows = []
    for truth in LOOKALIKES:
        found = [
            Dot(100.0 * cells[key]["present"]["rate"], number)
            for number, key in enumerate(Cell(m, d, truth).key for m in MEASURES for d in DENSITIES)
            if key in cells
        ]
        rows.append((truth, found))
    marks = [(1.0 if truth == "flat" else 2.0,) for truth in LOOKALIKES]
    axis = Axis(0.0, 5.0, (0, 1, 2, 3, 4, 5), "% of patients called present; stroke: limit")
    return dots(rows, axis, [name_of(cell) for cell in MAIN], marks=marks)


def _growing(cells: Cells) -> str:
    drawn = []
    for key, one in cells.items():
        lines = (one["filter_power"], one["present_by"])
        drawn.append(Panel(short(key), one["cycles"], lines))
    names = ["matched filter's power", "called present by then"]
    return panels(drawn, names, label="closed cycles")


def _rivals(cells: Cells) -> str:
    shown = [cell for cell in MAIN if cell.key in cells]
    methods = [n for n, one in cells[shown[0].key].items() if isinstance(one, dict)]
    rows = []
    for cell in shown:
        one = cells[cell.key]
        found = [
            Dot(one[name].get("power_at_1", one[name]["power"])["rate"], number)
            for number, name in enumerate(methods)
        ]
        rows.append((name_of(cell), found))
    axis = Axis(0.0, 1.0, (0, 0.2, 0.4, 0.6, 0.8, 1.0), "power at 1 % false alarms a patient")
    return dots(rows, axis, methods)
