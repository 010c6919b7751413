"""How good the detector is: power, false alarms, intervals, against the limit and against rivals.

``python -m benchmarks.detection`` simulates patients with known truth and measures the shipped
detector on them, in sections that can be run alone (`--only`), cell by cell (`--cells`), and
continued (`--resume`). Results go to docs/methods: one JSON file a section, figures, and a page.
`--quick` takes about a minute and writes elsewhere. docs/methods/detection.md explains it all.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, Final

from app.analysis.results import METHOD, VERSION
from benchmarks.simulation.report import write_page
from benchmarks.simulation.running import Crew, crew
from benchmarks.simulation.sections import SECTIONS, Section

PATIENTS: Final = 5000
QUICK: Final = 50
FEWEST: Final = 4
DOCS: Final = Path(__file__).parents[1] / "docs" / "methods"


def main() -> None:
    """Measure, save after every cell, and write the page."""
    arguments = _arguments()
    out = arguments.out or (Path(tempfile.gettempdir()) / "detection" if arguments.quick else DOCS)
    patients = arguments.patients or (QUICK if arguments.quick else PATIENTS)
    folder = out / "detection"
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [s for s in SECTIONS if not arguments.only or s.name in arguments.only]
    with crew(arguments.workers, arguments.seed) as workers:
        for section in chosen:
            _run(section, workers, folder, patients, arguments)
    print(write_page(out))


def _run(
    section: Section, workers: Crew, folder: Path, patients: int, arguments: argparse.Namespace
) -> None:
    path = folder / f"{section.name}.json"
    asked = max(round(section.share * patients), FEWEST)
    terms = {"method": METHOD, "version": VERSION, "seed": workers.seed, "patients": asked}
    saved: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    same = saved.get("terms") == terms
    # Cells that are not asked for stay as they were, if they were measured on the same terms.
    keep = saved["cells"] if same and (arguments.resume or arguments.cells) else {}
    for cell in section.cells:
        if arguments.cells and not any(text in cell.key for text in arguments.cells):
            continue
        if arguments.resume and cell.key in keep:
            continue
        keep[cell.key] = section.measure(workers, cell, asked)
        order = [c.key for c in section.cells if c.key in keep]
        result = {"terms": terms, "cells": {key: _short(keep[key]) for key in order}}
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _short(value: Any) -> Any:
    """Return numbers with six digits, and none where there is no finite one."""
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if abs(value) < float("inf") else None
    return value


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=[s.name for s in SECTIONS])
    parser.add_argument("--cells", nargs="+", metavar="TEXT", help="cells whose name holds a TEXT")
    parser.add_argument("--patients", type=int, help="flat patients of a power cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="folder of the page; docs/methods")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--resume", action="store_true", help="measure only what is missing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
