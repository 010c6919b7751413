"""What is measured on one patient: each function gives a small dictionary for one index.

They run in worker processes, so everything goes in and out by value. The detector is used only
through `analyse_patient`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from scipy.special import ndtr, ndtri

from app.analysis.analyse import AnalysisSettings, analyse_patient
from app.analysis.results import Interval, SeriesResult
from benchmarks.simulation.cells import Cell
from benchmarks.simulation.cohort import Simulated, SiteTruth, cut, simulate
from benchmarks.simulation.matched import matched_filter
from benchmarks.simulation.oracle import oracle_score
from benchmarks.simulation.rivals import RIVALS, chart_of
from benchmarks.simulation.scoring import ERROR

Row = dict[str, Any]
NONE: Final = float("-inf")  # the score of a series that has none
FEWEST: Final = 2  # cycles at the first look
YEAR: Final = 365.25
LONGEST: Final = 2.0 * YEAR
_SETTINGS: Final = AnalysisSettings()


def detect(patient: Simulated) -> tuple[tuple[SeriesResult, ...], float]:
    """Return the detector's results, and the milliseconds that they took."""
    begin = time.perf_counter()
    found = analyse_patient(patient.record, _SETTINGS, now=patient.now)
    return found.series, 1000.0 * (time.perf_counter() - begin)


def verdict(results: Sequence[SeriesResult]) -> str:
    """Return the word for the patient: the strongest one of all series."""
    words = {result.verdict for result in results}
    return next((word for word in ("present", "possible") if word in words), "neither")


def power(cell: Cell, index: int, seed: int) -> Row:
    """Score of the detector, and the filter's deviate less its cut, which fires above 0."""
    patient = simulate(cell, index, seed=seed)
    results, spent = detect(patient)
    return {
        "score": _score(results),
        "filter": _filter(patient),
        "verdict": verdict(results),
        "ms": spent,
    }


def verdicts(cell: Cell, index: int, seed: int) -> Row:
    """Return the word that the shipped thresholds give."""
    return {"verdict": verdict(detect(simulate(cell, index, seed=seed))[0])}


def intervals(cell: Cell, index: int, seed: int) -> Row:
    """Estimates and truth of every series that falls."""
    patient = simulate(cell, index, seed=seed)
    results = _by_site(detect(patient)[0])
    series = []
    for truth in patient.truth:
        result = results.get(truth.site)
        if truth.drop > 0.0 and result is not None:
            series.append(
                {
                    "verdict": result.verdict,
                    "shape": patient.shape,
                    "interval": patient.interval,
                    "drop": _pair(result.drop, truth.drop),
                    "drop_seen": _pair(result.drop, truth.drop_seen),
                    "drop_fraction": _pair(result.drop_fraction, truth.fraction),
                    "onset_day": _pair(result.onset_day, truth.onset_day),
                }
            )
    return {"series": series}


def oracle(cell: Cell, index: int, seed: int) -> Row:
    """Scores of the oracle and of the detector, and the filter's deviate less its cut."""
    patient = simulate(cell, index, seed=seed)
    return {
        "oracle": oracle_score(patient.truth),
        "score": _score(detect(patient)[0]),
        "filter": _filter(patient),
    }


def growing(cell: Cell, index: int, seed: int) -> Row:
    """Look after every cycle: the first `present`, and the filter's expected power."""
    patient = simulate(cell, index, seed=seed)
    first, powers = None, []
    for cycles in range(FEWEST, cell.cycles + 1):
        so_far = cut(patient, cycles)
        powers.append(_expected_power(so_far.truth))
        if first is None and verdict(detect(so_far)[0]) == "present":
            first = cycles
    return {"first": first, "powers": powers}


def repeated(cell: Cell, index: int, seed: int) -> Row:
    """Look after every cycle for two years: the first word of each kind, in years."""
    patient = simulate(cell, index, seed=seed)
    days = len(patient.record.infusions) // (cell.cycles + 1)
    begin = patient.record.infusions[0].started_at
    first: dict[str, float | None] = {"present": None, "possible": None}
    years, looks, calls = 0.0, 0, 0
    for cycles in range(FEWEST, cell.cycles + 1):
        closed_at = patient.record.infusions[cycles * days].started_at
        since = (closed_at - begin).total_seconds() / 86_400.0
        if since > LONGEST:
            break
        word, years, looks = verdict(detect(cut(patient, cycles))[0]), since / YEAR, looks + 1
        calls += word == "present"
        if word in first and first[word] is None:
            first[word] = years
    return {**first, "years": years, "looks": looks, "calls": calls}


def detectable(cell: Cell, index: int, seed: int) -> Row:
    """Give each site the drop that the detector said it would see: how often is it `present`."""
    flat = simulate(cell, index, seed=seed)
    said = {r.site: r.detectable_drop for r in detect(flat)[0] if r.detectable_drop is not None}
    called = []
    for site, drop in said.items():
        again = simulate(cell, index, seed=seed, drops={site: drop}, again=1)
        results = _by_site(detect(again)[0])
        if site in results:
            called.append(results[site].verdict == "present")
    return {"called": called, "said": list(said.values()), "sites": len(flat.truth)}


def rivals(cell: Cell, index: int, seed: int) -> Row:
    """Everything that each method says, the detector and the filter included."""
    patient = simulate(cell, index, seed=seed)
    results, spent = detect(patient)
    by_site = _by_site(results)
    falling = [t for t in patient.truth if t.drop > 0.0 and t.site in by_site]
    detector = {
        "score": _score(results),
        "fires": verdict(results) == "present",
        "drops": [_pair(by_site[truth.site].drop, truth.drop) for truth in falling],
        "ms": spent,
    }
    row: Row = {"this detector": detector, "filter": _filter(patient)}
    for name, rival in RIVALS.items():
        begin = time.perf_counter()
        said = [
            rival(chart_of(t, interval=patient.interval, sites=len(patient.truth)))
            for t in patient.truth
        ]
        row[name] = {
            "score": max(one.score for one in said),
            "fires": any(one.fires for one in said),
            "drops": [
                {"truth": t.drop, "estimate": one.drop[0], "low": one.drop[1], "high": one.drop[2]}
                for t, one in zip(patient.truth, said, strict=True)
                if t.drop > 0.0 and one.drop is not None
            ],
            "ms": 1000.0 * (time.perf_counter() - begin),
        }
    return row


def _score(results: Sequence[SeriesResult]) -> float:
    return max((r.score for r in results if r.score is not None), default=NONE)


def _by_site(results: Sequence[SeriesResult]) -> dict[str, SeriesResult]:
    return {result.site: result for result in results}


def _filter(patient: Simulated) -> float:
    """Return how far the largest deviate of the filter lies above its cut."""
    return max(matched_filter(truth).z for truth in patient.truth) - _filter_cut(patient.truth)


def _filter_cut(truths: Sequence[SiteTruth]) -> float:
    return -float(ndtri(ERROR / len(truths)))


def _expected_power(truths: Sequence[SiteTruth]) -> float:
    """Return the chance that the filter fires in any site, over the noise."""
    cut_off, silent = _filter_cut(truths), 1.0
    for truth in truths:
        silent *= float(ndtr(cut_off - truth.drop * matched_filter(truth).gain))
    return 1.0 - silent


def _pair(found: Interval | None, truth: float | None) -> Row | None:
    if found is None or truth is None:
        return None
    return {"truth": truth, "estimate": found.estimate, "low": found.low, "high": found.high}
