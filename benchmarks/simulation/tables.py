"""Markdown tables, and numbers in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from benchmarks.simulation.cells import Cell

NAMES: Final = {"grip_kg": "grip", "strength_nrs": "0-10"}
USUAL: Final = Cell("grip_kg", "daily")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def name_of(cell: Cell) -> str:
    """Return what tables call a cell: measure, density and what is not usual about it."""
    parts = [f"{NAMES[cell.measure]} {cell.density}"]
    parts += [f"{cell.sites} sites"] if cell.sites != USUAL.sites else []
    parts += [f"{cell.cycles} cycles"] if cell.cycles != USUAL.cycles else []
    parts += ["more missing on bad days"] if cell.missing_when_bad else []
    return ", ".join(parts)


def short(key: str) -> str:
    """Return measure and density of the cell that `key` names."""
    measure, density = key.split(", ")[:2]
    return f"{NAMES[measure]} {density}"


def plain(value: float, error: float) -> str:
    """Return a value and its standard error."""
    return f"{value:.3f} +- {error:.3f}"


def percent(one: dict[str, Any] | None) -> str:
    """Return a rate of the results in per cent, with its standard error."""
    if one is None or one["rate"] is None:
        return ""
    return f"{100 * one['rate']:.1f} +- {100 * one['error']:.1f} %"
