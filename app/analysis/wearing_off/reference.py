"""The slow, obvious version of the model: dense matrices, plain loops, numerical integration.

Tests compare the fast one with it. It writes down the covariance of all readings, takes the
normal density of the readings with and without a fall, integrates over the size of the fall
numerically, and adds up everything else. It shares grids and constants with the fast version, and
no algebra. One measure only: measures are averaged in `scores`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy.special import logsumexp

from app.analysis.records import FloatArray
from app.analysis.series_epochs import Readings
from app.analysis.wearing_off.equations import FALL_VARIANCES
from app.analysis.wearing_off.factors import FALL_SCALE
from app.analysis.wearing_off.hierarchy import (
    BAD_CYCLE_EVERY,
    SITE_SPREAD,
    USUAL_POINTS,
    USUAL_REACH,
)
from app.analysis.wearing_off.model import SeriesInput
from app.analysis.wearing_off.scores import ALL_SITES, BAD_CYCLE
from app.analysis.wearing_off.shapes import SHAPES, fall_shapes
from app.analysis.wearing_off.whitening import (
    CORRELATION_MEAN,
    CORRELATION_SD,
    LEVEL_SHARES,
    LEVEL_WEIGHTS,
    MOST_ALIKE,
    ONE_DAY_CORRELATIONS,
    ONES,
    SLUMP,
    SLUMP_SD,
    TREND,
    nuisance_columns,
)

_LARGEST_FALL: Final = 10.0 * FALL_SCALE  # residual SDs, in the integral over the fall
_PANELS: Final = 80  # of the integral, each with a Gauss-Legendre rule of 8 points
_FIXED: Final = (ONES, TREND)


@dataclass(frozen=True, slots=True)
class Structure:
    """One structure of the noise: correlation of a day apart, and share of the cycle levels."""

    phi: float
    share: float
    log_prior: float


def structures() -> list[Structure]:
    """Return every structure of the grid, in the order of the fast version."""
    return [
        Structure(phi, share, -0.5 * ((phi - CORRELATION_MEAN) / CORRELATION_SD) ** 2 + np.log(w))
        for phi in ONE_DAY_CORRELATIONS
        for share, w in zip(LEVEL_SHARES, LEVEL_WEIGHTS, strict=True)
    ]


def covariance(readings: Readings, structure: Structure) -> FloatArray:
    """Return the covariance of all readings in units of sigma squared, shape (n, n).

    A chain of neighbours inside each cycle, a level of each cycle's own, and the slump after the
    infusion as a random effect that all cycles share.
    """
    n = readings.at.size
    chain = np.eye(n)
    for later in range(n):
        alike = 1.0
        for earlier in reversed(range(later)):
            if readings.cycle[earlier] != readings.cycle[later]:
                break
            gap = readings.at[earlier + 1] - readings.at[earlier]
            alike *= min(structure.phi**gap, MOST_ALIKE)
            chain[later, earlier] = chain[earlier, later] = alike
    same_cycle = readings.cycle[:, None] == readings.cycle[None, :]
    slump = nuisance_columns(readings)[:, SLUMP]
    return np.asarray(chain + structure.share * same_cycle + SLUMP_SD**2 * np.outer(slump, slump))


def without_level_and_trend(
    readings: Readings, cov: FloatArray
) -> tuple[FloatArray, float]:
    """Return P and the log determinant that belong to readings of any level and trend."""
    fixed = nuisance_columns(readings)[:, _FIXED]
    weight = np.linalg.inv(cov)
    normal = fixed.T @ weight @ fixed
    projector = weight - weight @ fixed @ np.linalg.inv(normal) @ fixed.T @ weight
    return projector, float(np.linalg.slogdet(cov)[1] + np.linalg.slogdet(normal)[1])


def log_density(
    readings: Readings, cov: FloatArray, *, sigma: FloatArray, shape: FloatArray | None = None
) -> FloatArray:
    """Return the log density of the readings for every sigma, without or with a fall of a shape.

    The fall's size is half-normal, and is integrated over numerically.
    """
    projector, log_det = without_level_and_trend(readings, cov)
    freedom = readings.at.size - len(_FIXED)
    value = readings.value
    base = -0.5 * log_det - freedom * np.log(sigma)
    if shape is None:
        return np.asarray(base - 0.5 * float(value @ projector @ value) / sigma**2)
    size, weight = _falls()
    # The exponent with the readings put back up by the fall: (y + d x)' P (y + d x).
    squares = (
        float(value @ projector @ value) / sigma[:, None] ** 2
        + 2.0 * size * float(value @ projector @ shape) / sigma[:, None]
        + size**2 * float(shape @ projector @ shape)
    )
    prior = np.sqrt(2.0 / np.pi) / FALL_SCALE * np.exp(-0.5 * (size / FALL_SCALE) ** 2)
    return np.asarray(base + logsumexp(-0.5 * squares, axis=1, b=weight * prior))


def _falls() -> tuple[FloatArray, FloatArray]:
    """Return sizes of a fall in residual SDs, and the weights of the integral over them."""
    node, weight = np.polynomial.legendre.leggauss(8)
    width = _LARGEST_FALL / _PANELS
    size = np.concatenate([width * (panel + 0.5 * (1.0 + node)) for panel in range(_PANELS)])
    return size, np.tile(0.5 * width * weight, _PANELS)


def log_recurrent(readings: Readings, structure: Structure, *, sigma: FloatArray) -> FloatArray:
    """Return the log density with a fall in every cycle, averaged over variances and shapes."""
    shapes = fall_shapes(readings)
    terms = []
    for variance, number in product(FALL_VARIANCES, range(SHAPES.number)):
        shape = shapes[:, number]
        cov = covariance(readings, structure)
        for cycle in range(readings.n_cycles):
            own = np.where(readings.cycle == cycle, shape, 0.0)
            cov = cov + variance * np.outer(own, own)
        log_weight = np.log(SHAPES.weight[number] / len(FALL_VARIANCES))
        terms.append(log_weight + log_density(readings, cov, sigma=sigma, shape=shape))
    return np.asarray(logsumexp(terms, axis=0))


def log_bad_cycle(
    readings: Readings, structure: Structure, *, sigma: FloatArray, cycle: int
) -> FloatArray:
    """Return the log density with a fall in one cycle alone, averaged over shapes."""
    shapes = fall_shapes(readings)
    numbers = range(0, SHAPES.number, BAD_CYCLE_EVERY)
    cov = covariance(readings, structure)
    weight = SHAPES.weight[list(numbers)] / SHAPES.weight[list(numbers)].sum()
    terms = []
    for share, number in zip(weight, numbers, strict=True):
        own = np.where(readings.cycle == cycle, shapes[:, number], 0.0)
        terms.append(np.log(share) + log_density(readings, cov, sigma=sigma, shape=own))
    return np.asarray(logsumexp(terms, axis=0))


def reference_scores(
    series: Sequence[SeriesInput], scatters: Sequence[FloatArray]
) -> list[float]:
    """Return the score of every series of one measure of a patient.

    Parameters
    ----------
    scatters : sequence of float array
        Grid of residual SDs for each series, evenly spaced in their logarithm.
    """
    usual = np.linspace(-USUAL_REACH, USUAL_REACH, USUAL_POINTS)
    prior = series[0].prior
    fall: list[list[float]] = [[] for _ in series]
    bad: list[dict[int, list[float]]] = [
        {int(c): [] for c in one.readings.timeline_cycle} for one in series
    ]
    patient_cycles = sorted(set().union(*bad))
    all_bad: dict[int, list[float]] = {cycle: [] for cycle in patient_cycles}
    none, all_fall = [], []
    for structure in structures():
        sites = [
            _Densities.of(one.readings, structure, sigma)
            for one, sigma in zip(series, scatters, strict=True)
        ]
        for deviate in usual:
            log_prior = structure.log_prior - 0.5 * deviate**2
            centre = prior.log_mean + prior.log_sd * deviate
            flat = [site.over_scatter(site.flat, centre) for site in sites]
            falls = [site.over_scatter(site.fall, centre) for site in sites]
            none.append(log_prior + sum(flat))
            all_fall.append(log_prior + sum(falls))
            for s, site in enumerate(sites):
                others = log_prior + sum(flat) - flat[s]
                fall[s].append(others + falls[s])
                for cycle in bad[s]:
                    bad[s][cycle].append(others + site.over_scatter(site.bad[cycle], centre))
            for cycle in patient_cycles:
                terms = [
                    site.over_scatter(site.bad[cycle], centre) if cycle in site.bad else flat[s]
                    for s, site in enumerate(sites)
                ]
                all_bad[cycle].append(log_prior + sum(terms))
