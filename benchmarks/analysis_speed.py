"""How fast the analysis is: against a mixed model, and as reports and patients grow.

``OPENBLAS_NUM_THREADS=1 python -m benchmarks.analysis_speed [--largest 10000] [--runs 5]`` measures
everything in one run and one process, and writes ``docs/methods/speed/``. Absolute times differ
from machine to machine, ratios much less.

* five years of daily reports at six series, through `analyse_patient`, against one statsmodels
  MixedLM fit per series on the same readings: a random level of each cycle with one fall for
  all, and a random level with a random fall;
* one patient with 1 to 10 years of daily reports: the time of a report must stay the same;
* 100 to 100,000 patients with six cycles, two hands, two reports a week, made one by one and
  forgotten: so must the time of a patient. ``--largest 100000`` takes some ten minutes or more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final
from xml.etree import ElementTree as ET

import numpy as np
import scipy
import statsmodels
from statsmodels.regression.mixed_linear_model import MixedLM

from app.analysis.analyse import AnalysisSettings, analyse_patient
from app.analysis.records import Infusion, PatientRecord, PlanVersion, Series
from app.web.charts.svg import add, add_text, polyline

FOLDER: Final = Path(__file__).parents[1] / "docs/methods/speed"
START: Final = date(2020, 1, 6)
MIDNIGHT: Final = datetime(2020, 1, 6, tzinfo=UTC)
MORNING: Final = 8 / 24
INTERVAL: Final = 28
ONSET: Final = 0.6
FIRST_DAY: Final = 4
MISSING: Final = 0.1
DAYS_A_YEAR: Final = 365.25
YEARS: Final = (1, 2, 3, 5, 7, 10)
COMPARED_YEARS: Final = 5
PATIENTS: Final = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
SIX: Final = (
    ("grip_kg", "right_hand"),
    ("grip_kg", "left_hand"),
    ("strength_nrs", "right_hand"),
    ("strength_nrs", "left_hand"),
    ("strength_nrs", "right_foot"),
    ("strength_nrs", "left_foot"),
)
# Level, step, residual SD, SD of the cycles' own levels, and the fall of a patient who falls.
SCALES: Final = {"grip_kg": (22.0, 0.1, 1.4, 0.7, 4.0), "strength_nrs": (7.0, 1.0, 1.2, 0.6, 2.5)}
SETTINGS: Final = AnalysisSettings()
GOAL: Final = 0.01
Model = Callable[[np.ndarray, np.ndarray, np.ndarray], Any]


def a_patient(
    seed: int,
    *,
    cycles: int,
    every: int,
    which: tuple[tuple[str, str], ...],
    steady: bool = False,
) -> PatientRecord:
    """Simulate a patient; two of five fall at the end of every cycle, one report in ten is missing.

    A steady patient has the same level and the same fall in every cycle. Reports come before
    breakfast and infusions later, so the reading of an infusion's morning is the ending cycle's
    last.
    """
    rng = np.random.default_rng([2026, seed])
    late = np.append(0, rng.integers(-2, 3, cycles))
    starts = INTERVAL * np.arange(cycles + 1) + late
    days = np.arange(1 + rng.integers(every), starts[-1] + 1, every)
    days = days[rng.random(days.size) > MISSING]
    cycle = np.searchsorted(starts, days) - 1
    day = days - starts[cycle]
    hinge = np.maximum(0.0, day / INTERVAL - ONSET) / (1.0 - ONSET)
    falls = seed % 5 < 2  # noqa: PLR2004 - two of five
    infusions = tuple(
        Infusion(MIDNIGHT + timedelta(days=int(d), hours=9), "UTC", "completed", "privigen", 70.0)
        for d in starts
    )
    first = MIDNIGHT.timestamp() / 86_400.0
    series = []
    for measure, site in which:
        level, step, sigma, shift, fall = SCALES[measure]
        own_level, own_fall = shift * rng.normal(size=cycles), rng.uniform(0.5, 1.5, cycles)
        if steady:
            own_level, own_fall = np.zeros(cycles), np.ones(cycles)
        value = level + own_level[cycle] - falls * fall * hinge * own_fall[cycle]
        value += sigma * rng.normal(size=days.size)
        value = np.clip(np.round(value / step) * step, 0.0, 10.0 if step == 1.0 else 90.0)
        at = first + days + MORNING
        fresh = np.ones(days.size, dtype=bool)
        series.append(Series(measure, site, at, value, fresh, (None,) * days.size))
    plan = PlanVersion(START, INTERVAL, 1, "privigen", dose_g=70.0)
    return PatientRecord("UTC", infusions, (plan,), series=tuple(series))


def analyse(record: PatientRecord) -> None:
    """Analyse a patient on the day after the last infusion."""
    found = analyse_patient(
        record, SETTINGS, now=record.infusions[-1].started_at + timedelta(days=1)
    )
    if any(one.score is None for one in found.series):
        sys.exit("a series was not analysed")


def seconds(work: Callable[[], object]) -> float:
    """Return how much time of the processor `work` takes, whatever else runs beside it."""
    start = time.process_time()
    work()
    return time.process_time() - start


def random_level(value: np.ndarray, design: np.ndarray, cycle: np.ndarray) -> MixedLM:
    """Return a model with a random level of each cycle and one fall for all."""
    return MixedLM(value, design, groups=cycle)


def random_fall(value: np.ndarray, design: np.ndarray, cycle: np.ndarray) -> MixedLM:
    """Return a model with a random level and a random fall of each cycle."""
    return MixedLM(value, design, groups=cycle, exog_re=design[:, [0, 2]])


def fit_each(record: PatientRecord, model: Model) -> None:
    """Fit one mixed model per series, on the readings that the analysis uses."""
    starts = np.array([i.started_at.timestamp() / 86_400.0 for i in record.infusions])
    for series in record.series:
        cycle = np.searchsorted(starts, series.at_days) - 1
        day = series.at_days - np.floor(starts[cycle])
        keep = day >= FIRST_DAY
        years = (series.at_days - series.at_days.mean()) / DAYS_A_YEAR
        hinge = np.maximum(0.0, day / INTERVAL - ONSET) / (1.0 - ONSET)
        design = np.column_stack([np.ones_like(years), years, hinge])[keep]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a variance on its boundary is no news here
            model(series.value[keep], design, cycle[keep]).fit()


def against_mixed_models(runs: int, *, steady: bool) -> dict[str, float]:
    """Return medians of seconds, ours and theirs, alternating in one process."""
    cycles = round(COMPARED_YEARS * DAYS_A_YEAR / INTERVAL)
    record = a_patient(1, cycles=cycles, every=1, which=SIX, steady=steady)
    work: dict[str, Callable[[], object]] = {
        "analyse_patient": lambda: analyse(record),
        "random level": lambda: fit_each(record, random_level),
        "random level and fall": lambda: fit_each(record, random_fall),
    }
    analyse(record)  # the first call pays for what is loaded lazily
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs):
        for name, each in work.items():
            taken[name].append(seconds(each))
    found = {name: median(each) for name, each in taken.items()}
    for name, took in found.items():
        ratio = found["analyse_patient"] / took
        print(f"{name:>22} {1000 * took:9.1f} ms   ratio {ratio:.4f}  steady: {steady}")
    return found


def by_years(runs: int) -> list[dict[str, float]]:
    """Return seconds for one patient with more and more years of daily reports."""
    found = []
    for years in YEARS:
        cycles = round(years * DAYS_A_YEAR / INTERVAL)
        record = a_patient(1, cycles=cycles, every=1, which=SIX)
        analyse(record)
        taken = median(seconds(lambda record=record: analyse(record)) for _ in range(runs))
        found.append({"years": years, "reports": record.series[0].at_days.size, "seconds": taken})
    return found


def by_patients(largest: int) -> Iterator[dict[str, float]]:
    """Yield seconds of analysis and memory after more and more patients of one stream."""
    total = 0.0
    marks = [mark for mark in PATIENTS if mark <= largest]
    for number in range(1, marks[-1] + 1):
        record = a_patient(number, cycles=6, every=3, which=SIX[:2])
        total += seconds(lambda record=record: analyse(record))
        if number in marks:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            yield {"patients": number, "seconds": total, "peak_mb": memory}


def straight(points: list[dict[str, float]], size: str) -> dict[str, float]:
    """Return the line through time over size, and how far off it the points lie.

    The line is the one with the least relative deviations: small sizes count like large ones.
    """
    sizes, times = (np.array([point[key] for point in points]) for key in (size, "seconds"))
    design = np.column_stack([1.0 / times, sizes / times])
    fixed, each = np.linalg.lstsq(design, np.ones(times.size))[0]
    worst = float(np.abs((fixed + each * sizes) / times - 1.0).max())
    return {"fixed_s": float(fixed), "each_s": float(each), "worst_deviation": worst}


def curve(points: list[dict[str, float]], *, size: str, title: str, log: bool) -> str:
    """Draw time over size as dots, beside the straight line through them."""
    wide, high, margin = 440.0, 280.0, 48.0
    line = straight(points, size)
    sizes = np.linspace(points[0][size], points[-1][size], 200)
    shown = np.log10 if log else np.asarray
    x, y = shown(sizes), shown(line["fixed_s"] + line["each_s"] * sizes)
    low, span = x[0], x[-1] - x[0]
    floor = y[0] if log else 0.0

    def at(east: float, north: float) -> tuple[float, float]:
        return (
            float(margin + (shown(east) - low) / span * (wide - 2.0 * margin)),
            float(high - 1.5 * margin - (shown(north) - floor) / (y[-1] - floor) * 150.0),
        )

    root = ET.Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {wide:.0f} {high:.0f}"
    )
    add(root, "rect", width="100%", height="100%", fill="#fff")
    text: dict[str, str | float] = {"font_family": "sans-serif", "font_size": 12.0, "fill": "#333"}
    scale = "both axes logarithmic" if log else "from 0"
    add_text(root, f"{title}: seconds, {scale}", x=margin, y=24.0, **text)
    ends = zip(sizes, line["fixed_s"] + line["each_s"] * sizes, strict=True)
    add(root, "polyline", points=polyline(at(*end) for end in ends), stroke="#999", fill="none")
    for point in points:
        east, north = at(point[size], point["seconds"])
        add(root, "circle", cx=east, cy=north, r=3.5, fill="#0b6b8a")
        middle = {**text, "text_anchor": "middle", "x": east}
        add_text(root, f"{point['seconds']:.3g}", y=north - 9.0, **middle)
        add_text(root, f"{point[size]:,.0f}", y=high - margin, **middle)
    add_text(root, f"{size}; grey: a straight line", x=margin, y=high - 16.0, **text)
    return ET.tostring(root, encoding="unicode") + "\n"


def compared(times: dict[str, float]) -> str:
    """Return the rows of a table."""
    ours = times["analyse_patient"]
    return "".join(
        f"| {name} | {1000 * took:,.0f} ms | {ours / took:.4f} |\n" for name, took in times.items()
    )


def page(found: dict[str, Any]) -> str:
    """Return the page that shows the figures."""
    machine = ", ".join(f"{name} {value}" for name, value in found["made_with"].items())
    last, reports = found["patients"][-1], found["reports_line"]
    return f"""# Speed

Written by `OPENBLAS_NUM_THREADS=1 python -m benchmarks.analysis_speed`; the figures are in
[speed.json](speed.json). Times are the processor's, all measured in one process; ratios are of
medians of {found["runs"]} runs ({machine}).

**Against a mixed model.** One patient, {COMPARED_YEARS} years of daily reports, six series: the
whole analysis (every finding included), and one statsmodels MixedLM fit per series on the same
readings, which has no autocorrelation and one given onset. Goal: a ratio of at most {GOAL}.

Levels and falls that differ from cycle to cycle, as the mixed model expects:

| | time | analysis / this |
|---|---|---|
{compared(found["varying_cycles"])}
The same level and fall in every cycle, where its variance ends at 0 and it tries several
optimisers:

| | time | analysis / this |
|---|---|---|
{compared(found["steady_cycles"])}
**As reports grow.** {1000 * reports["fixed_s"]:.0f} ms and {1e6 * reports["each_s"]:.0f} us for
every report of six values; no point is further than {reports["worst_deviation"]:.0%} from that
straight line.

![time over reports](reports.svg)

**As patients grow.** Six cycles, two hands, two reports a week; patients are made one by one and
forgotten. {1000 * last["seconds"] / last["patients"]:.1f} ms a patient over {last["patients"]:,}
patients, at most {last["peak_mb"]:.0f} MB for the whole process; no point is further than
{found["patients_line"]["worst_deviation"]:.0%} from a straight line.

![time over patients](patients.svg)
"""


def measured(runs: int, largest: int) -> dict[str, Any]:
    """Measure everything, and print it as it comes."""
    varying, steady = (against_mixed_models(runs, steady=steady) for steady in (False, True))
    years = by_years(runs)
    for point in years:
        each = 1e6 * point["seconds"] / point["reports"]
        print(f"{point['years']:>16} years {1000 * point['seconds']:9.1f} ms   {each:.0f} us each")
    patients = []
    for point in by_patients(largest):
        patients.append(point)
        each = 1000 * point["seconds"] / point["patients"]
        print(f"{point['patients']:>13} patients {point['seconds']:9.1f} s    {each:.2f} ms each")
    return {
        "runs": runs,
        "varying_cycles": varying,
        "steady_cycles": steady,
        "reports": years,
        "reports_line": straight(years, "reports"),
        "patients": patients,
        "patients_line": straight(patients, "patients"),
    }


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=10_000, choices=PATIENTS[1:])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    made_with = {
        "Python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
        "BLAS threads": os.environ.get("OPENBLAS_NUM_THREADS", "all"),
    }
    found = {"made_with": made_with, **measured(arguments.runs, arguments.largest)}
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "speed.json": json.dumps(found, indent=2) + "\n",
        "reports.svg": curve(
            found["reports"], size="reports", title="One patient, six series", log=False
        ),
        "patients.svg": curve(
            found["patients"], size="patients", title="Six cycles, two hands", log=True
        ),
        "README.md": page(found),
    }.items():
        (arguments.folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
