"""Generalised least squares, break point and trend against what R says of the same readings.

`tests/golden/golden.json` holds the answers of `nlme`, `segmented` and `lm`, with the versions
that gave them; docs/development.md says how to make it anew. Nothing here runs R.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize_scalar

from app.analysis.analyse import AnalysisSettings, SeriesResult, analyse_patient
from app.analysis.records import FloatArray, PatientRecord
from app.analysis.series_epochs import Readings
from app.analysis.trend import level_trend
from app.analysis.wearing_off.reference import Structure, covariance
from app.analysis.wearing_off.whitening import (
    SLUMP,
    SLUMP_SD,
    _products,
    _with_cycle_levels,
    cycle_starts,
    neighbour_correlations,
    nuisance_columns,
    whiten,
)
from tests.analysis.builders import START, a_plan, a_series, an_infusion, at

FOLDER = Path(__file__).parents[1] / "golden"
GOLDEN: dict[str, Any] = json.loads((FOLDER / "golden.json").read_text("utf-8"))
NAMES = ("(Intercept)", "year", "slump", "hinge")
GLS = [
    pytest.param(name, method, number, id=f"{name}-{method}-{number}")
    for name, fits in GOLDEN["series"].items()
    for method in ("ML", "REML")
    for number in range(len(fits["gls"][method]))
]
LME = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name, fits in GOLDEN["series"].items()
    for number in range(len(fits["lme"]))
]


@dataclass(frozen=True)
class Fit:
    coefficients: FloatArray
    errors: FloatArray
    sigma: float
    log_likelihood: float


def columns_of(name: str) -> dict[str, FloatArray]:
    with (FOLDER / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


def readings_of(name: str) -> Readings:
    data = columns_of(name)
    cycle = data["cycle"].astype(np.int64)
    return Readings(
        at=data["at"],
        day=data["day"],
        value=data["value"],
        cycle=cycle,
        planned_end=np.full(cycle.size, 28.0),
        timeline_cycle=np.unique(cycle),
    )


def design(readings: Readings) -> FloatArray:
    """Give the columns of golden.R, whatever the detector's own shapes are."""
    years = (readings.at - readings.at.mean()) / 365.25
    slump = np.maximum(0.0, 1.0 - readings.day / 10.0)
    hinge = np.maximum(0.0, np.minimum(readings.day / 28.0, 1.1) - 0.6) / 0.4
    return np.column_stack([np.ones_like(years), years, slump, hinge, readings.value])


def fitted(gram: FloatArray, n: int, *, log_det: float, method: str) -> Fit:
    """Solve the normal equations of white columns, of which the value is the last."""
    normal, right = gram[:-1, :-1], gram[:-1, -1]
    coefficients = np.linalg.solve(normal, right)
    squares = gram[-1, -1] - right @ coefficients
    free = n - right.size
    # nlme: of n readings, or of those that the design leaves free.
    count = n if method == "ML" else free
    sigma = float(np.sqrt(squares / count))
    determinants = log_det + (np.linalg.slogdet(normal)[1] if method == "REML" else 0.0)
    return Fit(
        coefficients=coefficients,
        errors=np.sqrt(np.diag(np.linalg.inv(normal)) * squares / free),
        sigma=sigma,
        log_likelihood=-0.5 * (count * (np.log(2 * np.pi * sigma**2) + 1) + determinants),
    )


def fast(readings: Readings, phi: float, *, share: float = 0.0, method: str) -> Fit:
    """Fit as the detector does: white columns, products per cycle, levels by rank one."""
    columns = design(readings)[:, [0, 1, 2, 4, 3]]  # the shape comes after the value
    white, log_det = whiten(columns, neighbour_correlations(readings, phi))
    products = _products(white, cycle_starts(readings.cycle), 1, log_det)
    if share:
        products = _with_cycle_levels(products, share, 0.0)
    gram = np.zeros((5, 5))
    gram[:3, :3] = products.nuisance.sum(axis=0)
    gram[:3, 3:] = np.hstack(
        [products.nuisance_shape.sum(axis=0), products.nuisance_value.sum(axis=0)]
    )
    gram[3, 3] = products.shape_square.sum()
    gram[3, 4] = products.shape_value.sum()
    gram[4, 4] = products.value_square.sum()
    gram = np.triu(gram) + np.triu(gram, 1).T
    return fitted(gram, readings.at.size, log_det=products.log_det, method=method)


def dense(readings: Readings, phi: float, *, share: float = 0.0, method: str) -> Fit:
    """Fit with the covariance of the slow version, and its Cholesky factor."""
    every = covariance(readings, Structure(phi, share, 0.0))
    slump = nuisance_columns(readings)[:, SLUMP]  # random there, a column of the design here
    root = cholesky(every - SLUMP_SD**2 * np.outer(slump, slump), lower=True)
    white = solve_triangular(root, design(readings), lower=True)
    log_det = 2.0 * float(np.log(np.diag(root)).sum())
    return fitted(white.T @ white, readings.at.size, log_det=log_det, method=method)


def assert_agrees(found: Fit, golden: dict[str, Any], *, within: float) -> None:
    expected = [golden["coefficients"][name] for name in NAMES]
    errors = np.array([golden["standard_errors"][name] for name in NAMES])
    # As exact as its standard error makes sense.
    assert np.abs((found.coefficients - expected) / errors).max() < within
    assert found.errors == pytest.approx(errors, rel=within)
    assert found.sigma == pytest.approx(golden["sigma"], rel=within)
    assert found.log_likelihood == pytest.approx(golden["log_likelihood"], abs=within)


@pytest.mark.parametrize("name", GOLDEN["md5"])
def test_the_answers_belong_to_these_readings(name: str) -> None:
    content = (FOLDER / "data" / f"{name}.csv").read_bytes()
    assert hashlib.md5(content, usedforsecurity=False).hexdigest() == GOLDEN["md5"][name]


class TestLeastSquares:
    @pytest.mark.parametrize("ours", [fast, dense])
    @pytest.mark.parametrize(("name", "method", "number"), GLS)
    def test_agrees_with_gls(self, name: str, method: str, number: int, ours: Any) -> None:
        golden = GOLDEN["series"][name]["gls"][method][number]
        found = ours(readings_of(name), golden["phi"], method=method)
        assert_agrees(found, golden, within=1e-7)

    @pytest.mark.parametrize("ours", [fast, dense])
    @pytest.mark.parametrize(("name", "number"), LME)
    def test_agrees_with_lme_where_cycles_have_levels_of_their_own(
        self, name: str, number: int, ours: Any
    ) -> None:
        golden = GOLDEN["series"][name]["lme"][number]
        share = golden["level_variance"] / golden["sigma"] ** 2
        found = ours(readings_of(name), golden["phi"], share=share, method="REML")
        assert_agrees(found, golden, within=1e-6)

    @pytest.mark.parametrize("method", ["ML", "REML"])
    @pytest.mark.parametrize("name", ["grip_daily", "rating_daily"])
    def test_the_likeliest_correlation_is_that_of_gls(self, name: str, method: str) -> None:
        readings = readings_of(name)
        best = minimize_scalar(
            lambda phi: -fast(readings, phi, method=method).log_likelihood,
            bounds=(0.05, 0.7),
            method="bounded",
            options={"xatol": 1e-8},
        )
        golden = GOLDEN["series"][name]["gls"][method][-1]
        assert best.x == pytest.approx(golden["phi"], abs=1e-4)


def analysed(name: str) -> SeriesResult:
    """Analyse the readings as those of a patient whose plan is 28 days."""
    data = columns_of(name)
    starts = sorted({round(start) for start in data["at"] - data["day"]})
    days = [*starts, int(data["at"].max()) + 1]
    midnight = at(START, hour=0, zone="UTC").timestamp() / 86_400.0
    series = a_series(data["at"].tolist(), data["value"].tolist(), measure="grip_kg")
    record = PatientRecord(
        time_zone="UTC",
        infusions=tuple(an_infusion(START + timedelta(days=day), zone="UTC") for day in days),
        plans=(a_plan(interval_days=28),),
        series=(replace(series, at_days=midnight + data["at"]),),
    )
    now = at(START + timedelta(days=days[-1] + 1), zone="UTC")
    (result,) = analyse_patient(record, AnalysisSettings(), now=now).series
    return result


@pytest.mark.parametrize("name", GOLDEN["breaks"])
class TestBreakPoint:
    def test_the_day_is_that_of_segmented(self, name: str) -> None:
        golden, found = GOLDEN["breaks"][name], analysed(name).onset_day
        assert found is not None
        assert found.low <= golden["onset_day"] <= found.high
        assert golden["low"] <= found.estimate <= golden["high"]

    def test_the_drop_is_that_of_segmented(self, name: str) -> None:
        golden, found = GOLDEN["breaks"][name], analysed(name).drop
        assert found is not None
        fall = golden["fall_a_day"] * (28.0 - golden["onset_day"])
        assert found.low <= fall <= found.high
        assert found.estimate == pytest.approx(fall, rel=0.1)


def test_the_trend_is_that_of_a_weighted_line() -> None:
    data, golden = columns_of("levels"), GOLDEN["levels"]
    found = level_trend(data["level"], data["variance"], data["year"])
    assert found is not None
    assert found.per_year.to_dict() == pytest.approx(
        {"estimate": golden["per_year"], "low": golden["low"], "high": golden["high"]}, rel=1e-5
    )
    assert found.p_decline == pytest.approx(golden["p_decline"], rel=1e-6)
