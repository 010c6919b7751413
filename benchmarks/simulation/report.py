"""The page of results: what the sections measured, as tables and figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.simulation import pictures, words
from benchmarks.simulation.cells import DENSITIES, LOOKALIKES, MEASURES, Cell
from benchmarks.simulation.sections import EXTRA, FEW_CYCLES, MAIN, SECTIONS
from benchmarks.simulation.tables import name_of, percent, plain, short, table

Results = dict[str, dict[str, Any]]

# Goals: share of the matched filter's power, at least and aimed at.
GOALS: Final = {
    ("grip_kg", "daily"): (0.98, 0.985),
    ("grip_kg", "twice a week"): (0.95, 0.965),
    ("grip_kg", "weekly"): (0.92, 0.94),
    ("strength_nrs", "daily"): (0.95, 0.96),
    ("strength_nrs", "twice a week"): (0.89, 0.92),
    ("strength_nrs", "weekly"): (0.81, 0.84),
}
_STABLE_LIMIT: Final = 0.01
_LOOKALIKE_LIMIT: Final = 0.02


def write_page(out: Path) -> Path:
    """Write page and figures from the sections that have been measured; return the page."""
    folder = out / "detection"
    saved: Results = {
        section.name: json.loads((folder / f"{section.name}.json").read_text("utf-8"))
        for section in SECTIONS
        if (folder / f"{section.name}.json").exists()
    }
    parts = [words.HEAD, _terms(saved)]
    for name, write in _WRITERS.items():
        if name in saved:
            parts.append(write(saved))
            figure = pictures.draw(name, saved[name]["cells"], GOALS)
            if figure is not None:
                (folder / f"{name}.svg").write_text(figure, encoding="utf-8")
                parts.append(f"![{name}](detection/{name}.svg)\n")
    page = out / "detection-results.md"
    page.write_text("\n".join(parts), encoding="utf-8")
    return page


def _terms(saved: Results) -> str:
    rows = [
        [name, one["terms"]["method"], one["terms"]["version"], one["terms"]["seed"],
         one["terms"]["patients"]]
        for name, one in saved.items()
    ]  # fmt: skip
    return table(["section", "method", "version", "seed", "patients asked for"], rows)


def _power(saved: Results) -> str:
    cells = saved["power"]["cells"]
    oracle = saved.get("oracle", {}).get("cells", {})
    rows = [_power_row(cell, cells[cell.key], oracle) for cell in MAIN if cell.key in cells]
    more = [_power_row(cell, cells[cell.key], oracle) for cell in EXTRA if cell.key in cells]
    head = ["patients", "flat / falling", "filter", "detector", "share", "at least (aim)",
            "oracle", "filter on flat", "ms a patient"]  # fmt: skip
    return "\n".join(
        [
            words.POWER,
            table(head, rows),
            *(["Other patients:\n", table(head, more)] if more else []),
        ]
    )


def _power_row(cell: Cell, one: dict[str, Any], oracle: dict[str, Any]) -> list[str]:
    goal = GOALS.get((cell.measure, cell.density)) if cell in MAIN else None
    bound = oracle.get(cell.key) if cell in MAIN else None
    share = plain(one["share"], one["share_error"])
    return [
        name_of(cell),
        f"{one['flat']} / {one['falling']}",
        f"{one['filter_power']:.3f}",
        f"{one['power']:.3f}",
        share if goal is None or one["share"] >= goal[0] else f"**{share}**",
        "" if goal is None else f"{goal[0]:.3f} ({goal[1]:.3f})",
        "" if bound is None else plain(bound["oracle"], bound["oracle_error"]),
        percent(one["filter_false"]),
        f"{one['ms_mean']:.1f}",
    ]


def _lookalikes(saved: Results) -> str:
    cells = saved["lookalikes"]["cells"]
    head = ["truth", *(name_of(cell) for cell in MAIN)]
    parts = [words.LOOKALIKES]
    for word in ("present", "possible"):
        rows = [
            [truth, *(_called(cells.get(Cell(m, d, truth).key), word, truth)
                      for m in MEASURES for d in DENSITIES)]
            for truth in LOOKALIKES
        ]  # fmt: skip
        parts += [f"`{word}`:\n", table(head, rows)]
    few = [
        [f"{cell.truth}: {name_of(cell)}", percent(cells[cell.key]["present"]),
         percent(cells[cell.key]["possible"])]
        for cell in FEW_CYCLES if cell.key in cells
    ]  # fmt: skip
    parts += ["Three cycles only:\n", table(["patients", "present", "possible"], few)]
    return "\n".join(parts)


def _called(one: dict[str, Any] | None, word: str, truth: str) -> str:
    if one is None:
        return ""
    stable = truth == "flat"
    limit = _STABLE_LIMIT if stable else _LOOKALIKE_LIMIT
    if word == "possible":
        limit = 0.10 if stable else 1.0
    text = percent(one[word])
    return f"**{text}**" if one[word]["rate"] > limit else text


def _intervals(saved: Results) -> str:
    cells = saved["intervals"]["cells"]
    head = ["patients", "series", "drop", "drop in these cycles", "drop fraction", "onset",
            "not located", "onset error", "onset bias", "drop bias", "drop width"]  # fmt: skip
    parts = [words.INTERVALS]
    titles = {
        "all": "All series with a true fall:",
        "flagged": "Of these, those called `present` (chosen for being large):",
        "hinge": "Hinges:",
        "power": "Curved falls:",
        "turnover": "The turnover model:",
    }
    for group, title in titles.items():
        rows = [
            [name_of(cell), *_interval_row(cells[cell.key][group])]
            for cell in MAIN
            if group in cells.get(cell.key, {})
        ]
        parts += [f"{title}\n", table(head, rows)]
    return "\n".join(parts)


def _interval_row(one: dict[str, Any]) -> list[str]:
    pairs = ("drop", "drop_seen", "drop_fraction", "onset_day", "unlocated")
    rest = ("onset_error", "onset_bias", "drop_bias", "drop_width")
    return [
        str(one["series"]),
        *(percent(one[name]) for name in pairs),
        *("" if one[name] is None else f"{one[name]:.3f}" for name in rest),
    ]


def _growing(saved: Results) -> str:
    rows = []
    for key, one in saved["growing"]["cells"].items():
        later = one["median_later"]
        rows.append(
            [
                short(key),
                one["patients"],
                *(_cycles(one[n]) for n in ("filter_mean_power", "filter_median", "median_first")),
                "" if later is None else f"{later:g}",
                percent(one["never"]),
            ]
        )
    head = ["patients", "number", "filter: mean power 80 %", "filter: own power 80 %, median",
            "first `present`, median", "later by, median", "never in 12 cycles"]  # fmt: skip
    return "\n".join(
        [
            words.GROWING,
            table(head, rows),
        ]
    )


def _cycles(value: float | None) -> str:
    return "more than 12" if value is None else f"{value:g}"


def _repeated(saved: Results) -> str:
    cells = saved["repeated"]["cells"]
    rows = [
        [
            short(key),
            one["patients"],
            f"{one['years']:.0f}",
            one["looks"],
            *(_yearly(one[word]) for word in ("present", "possible")),
            percent(one["present"]["ever"]),
        ]
        for key, one in cells.items()
    ]
    head = ["flat patients", "number", "years", "looks", "first `present` a patient-year",
            "first `possible` a patient-year", "ever `present` in two years"]  # fmt: skip
    return "\n".join(
        [
            words.REPEATED,
            table(head, rows),
        ]
    )


def _yearly(one: dict[str, Any]) -> str:
    if one["per_year"] is None:
        return ""
    return f"{100 * one['per_year']:.1f} +- {100 * one['error']:.1f} %"


def _detectable(saved: Results) -> str:
    rows = [
        [short(key), one["series"], one["present"]["of"],
         percent(one["present"]),
         "" if one["median_said"] is None else f"{one['median_said']:.2g}"]
        for key, one in saved["detectable"]["cells"].items()
    ]  # fmt: skip
    head = ["patients", "series", "with a detectable drop", "called `present`", "median drop"]
    return "\n".join(
        [
            words.DETECTABLE,
            table(head, rows),
        ]
    )


def _rivals(saved: Results) -> str:
    parts = [words.RIVALS]
    head = ["method", "power", "false alarms", "power at 1 %", "coverage", "ms a patient"]
    for cell in MAIN:
        one = saved["rivals"]["cells"].get(cell.key)
        if one is None:
            continue
        methods = [name for name in one if isinstance(one[name], dict)]
        rows = [_rival_row(name, one[name]) for name in methods]
        title = f"{name_of(cell)}, {one['flat']} flat and {one['falling']} falling patients:\n"
        parts += [title, table(head, rows)]
    return "\n".join(parts)


def _rival_row(name: str, one: dict[str, Any]) -> Sequence[str]:
    given = [percent(one.get(key)) for key in ("power", "false", "power_at_1", "coverage")]
    return [name, *given, f"{one['ms']:.1f}" if "ms" in one else ""]


_WRITERS: Final = {
    "power": _power,
    "lookalikes": _lookalikes,
    "intervals": _intervals,
    "growing": _growing,
    "repeated": _repeated,
    "detectable": _detectable,
    "rivals": _rivals,
}
