"""The slow, obvious version of the model: dense matrices, plain loops, numerical integration.

Tests compare the fast one with it. It writes down the covariance of all readings, takes the
normal density of the readings with and without a fall, integrates over the size of the fall
numerically, and adds up everything else. It shares grids and constants with the fast version, and
no algebra. One measure only: measures are averaged in `scores`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from app.analysis.records import FloatArray
from app.analysis.series_epochs import Readings
from app.analysis.wearing_off import hierarchy, whitening
from app.analysis.wearing_off.equations import FALL_VARIANCES
from app.analysis.wearing_off.factors import FALL_SCALE
from app.analysis.wearing_off.model import SeriesInput
from app.analysis.wearing_off.scores import ALL_SITES, BAD_CYCLE
from app.analysis.wearing_off.shapes import SHAPES, fall_shapes
from app.analysis.wearing_off.whitening import SLUMP_SD, nuisance_columns

# Sizes of a fall in residual SDs for the integral, and their weights: Gauss-Legendre in panels.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_PANEL: Final = FALL_SCALE / 5.0
_SIZES: Final = _PANEL * (np.arange(40)[:, None] + 0.5 * (1.0 + _NODES)).ravel()
_WIDTHS: Final = 0.5 * _PANEL * np.tile(_WEIGHTS, 40)
_FIXED: Final = (whitening.ONES, whitening.TREND)
_FLAT, _FALL = -1, -2  # what may have happened in a series, beside the index of a bad cycle


class Structure(NamedTuple):
    """One structure of the noise: correlation of a day apart, and share of the cycle levels."""

    phi: float
    share: float
    log_prior: float


def structures() -> list[Structure]:
    """Return every structure of the grid, in the order of the fast version."""
    found = []
    for phi in whitening.ONE_DAY_CORRELATIONS:
        log_phi = -0.5 * ((phi - whitening.CORRELATION_MEAN) / whitening.CORRELATION_SD) ** 2
        for share, weight in zip(whitening.LEVEL_SHARES, whitening.LEVEL_WEIGHTS, strict=True):
            found.append(Structure(phi, share, log_phi + float(np.log(weight))))
    return found


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
            alike *= min(structure.phi**gap, whitening.MOST_ALIKE)
            chain[later, earlier] = chain[earlier, later] = alike
    same_cycle = readings.cycle[:, None] == readings.cycle[None, :]
    slump = nuisance_columns(readings)[:, whitening.SLUMP]
    return np.asarray(chain + structure.share * same_cycle + SLUMP_SD**2 * np.outer(slump, slump))


def without_level_and_trend(readings: Readings, cov: FloatArray) -> tuple[FloatArray, float]:
    """Return P and the log determinant that belong to readings of any level and trend."""
    fixed = nuisance_columns(readings)[:, _FIXED]
    weight = np.linalg.inv(cov)
    normal = fixed.T @ weight @ fixed
    projector = weight - weight @ fixed @ np.linalg.inv(normal) @ fixed.T @ weight
    log_det = np.linalg.slogdet(cov)[1] + np.linalg.slogdet(normal)[1]
    return projector.astype(np.float64), float(log_det)


def log_density(
    readings: Readings, cov: FloatArray, *, sigma: FloatArray, shape: FloatArray | None = None
) -> FloatArray:
    """Return the log density of the readings for every sigma, without or with a fall of a shape.

    The fall's size is half-normal, and is integrated over numerically.
    """
    projector, log_det = without_level_and_trend(readings, cov)
    value = readings.value
    base = -0.5 * log_det - (value.size - len(_FIXED)) * np.log(sigma)
    if shape is None:
        return np.asarray(base - 0.5 * float(value @ projector @ value) / sigma**2)
    # The exponent with the readings put back up by the fall: (y + d x)' P (y + d x).
    squares = (
        float(value @ projector @ value) / sigma[:, None] ** 2
        + 2.0 * _SIZES * float(value @ projector @ shape) / sigma[:, None]
        + _SIZES**2 * float(shape @ projector @ shape)
    )
    prior = np.sqrt(2.0 / np.pi) / FALL_SCALE * np.exp(-0.5 * (_SIZES / FALL_SCALE) ** 2)
    return base + _log_sum(np.log(_WIDTHS * prior) - 0.5 * squares)


def _log_sum(log_terms: FloatArray) -> FloatArray:
    return np.asarray(np.logaddexp.reduce(log_terms, axis=-1))


def log_recurrent(readings: Readings, cov: FloatArray, *, sigma: FloatArray) -> FloatArray:
    """Return the log density with a fall in every cycle, averaged over variances and shapes."""
    terms = []
    for weight, shape in zip(SHAPES.weight, fall_shapes(readings).T, strict=True):
        for variance in FALL_VARIANCES:
            varied = cov.copy()
            for cycle in range(readings.n_cycles):
                own = np.where(readings.cycle == cycle, shape, 0.0)
                varied += variance * np.outer(own, own)
            density = log_density(readings, varied, sigma=sigma, shape=shape)
            terms.append(np.log(weight / len(FALL_VARIANCES)) + density)
    return _log_sum(np.stack(terms, axis=-1))


def log_bad_cycle(
    readings: Readings, cov: FloatArray, *, sigma: FloatArray, cycle: int
) -> FloatArray:
    """Return the log density with a fall in one cycle alone, averaged over shapes."""
    few = range(0, SHAPES.number, hierarchy.BAD_CYCLE_EVERY)
    total = sum(SHAPES.weight[number] for number in few)
    terms = []
    for number in few:
        own = np.where(readings.cycle == cycle, fall_shapes(readings)[:, number], 0.0)
        density = log_density(readings, cov, sigma=sigma, shape=own)
        terms.append(np.log(SHAPES.weight[number] / total) + density)
    return _log_sum(np.stack(terms, axis=-1))


class ReferenceModel:
    """All series of one measure of a patient, each with its grid of evenly spaced log scatters."""

    def __init__(self, series: Sequence[SeriesInput], scatters: Sequence[FloatArray]) -> None:
        """Take the density of every series, structure and scatter: of no fall, one, a bad cycle."""
        self._prior = series[0].prior
        self._scatters = scatters
        self._cycles = [[int(c) for c in one.readings.timeline_cycle] for one in series]
        self._densities = [
            [_densities(one.readings, structure, sigma) for structure in structures()]
            for one, sigma in zip(series, scatters, strict=True)
        ]

    def scores(self) -> list[float]:
        """Return the score of every series, as `scores` describes it."""
        sites = range(len(self._scatters))
        every_cycle = sorted({cycle for cycles in self._cycles for cycle in cycles})
        none = self._total([_FLAT for _ in sites])
        fall = [self._total([_FALL if s == t else _FLAT for s in sites]) - none for t in sites]
        bad = []
        for t in sites:
            one = [self._total([c if s == t else _FLAT for s in sites]) for c in self._cycles[t]]
            bad.append(_log_sum(np.array(one)) - np.log(len(one)) - none)
        all_fall = self._total([_FALL for _ in sites]) - none
        one_cycle_in_all = [
            self._total([c if c in self._cycles[s] else _FLAT for s in sites]) for c in every_cycle
        ]
        all_bad = _log_sum(np.array(one_cycle_in_all)) - np.log(len(every_cycle)) - none
        h1 = (1.0 - ALL_SITES) * np.mean(np.exp(fall)) + ALL_SITES * np.exp(all_fall)
        h0 = 1.0 + BAD_CYCLE * np.mean(np.exp(bad)) + BAD_CYCLE * np.exp(all_bad)
        own = [fall[s] - np.log(1.0 + BAD_CYCLE * np.exp(bad[s])) for s in sites]
        return [float(np.log(h1 / h0) - (max(own) - one)) for one in own]

    def _total(self, happened: Sequence[int]) -> float:
        """Return the log density of all readings, given what happened in each series."""
        terms = []
        for number, structure in enumerate(structures()):
            for deviate in np.linspace(
                -hierarchy.USUAL_REACH, hierarchy.USUAL_REACH, hierarchy.USUAL_POINTS
            ):
                usual = self._prior.log_mean + self._prior.log_sd * deviate
                term = structure.log_prior - 0.5 * deviate**2
                for s, what in enumerate(happened):
                    log_sigma = np.log(self._scatters[s])
                    near = -0.5 * ((log_sigma - usual) / hierarchy.SITE_SPREAD) ** 2
                    term += _log_sum(self._densities[s][number][what] + near)
                terms.append(term)
        return float(_log_sum(np.array(terms)))


def _densities(
    readings: Readings, structure: Structure, sigma: FloatArray
) -> dict[int, FloatArray]:
    """Return the log densities by what happened: no fall, a fall, or a bad cycle by its index."""
    cov = covariance(readings, structure)
    found = {
        _FLAT: log_density(readings, cov, sigma=sigma),
        _FALL: log_recurrent(readings, cov, sigma=sigma),
    }
    for number, cycle in enumerate(readings.timeline_cycle):
        found[int(cycle)] = log_bad_cycle(readings, cov, sigma=sigma, cycle=number)
    return found
