"""How much the readings scatter, and what all sites of a patient say together.

Every series has its own residual SD, near the patient's usual one for that measure, which is near
what is usual among patients. Nothing is plugged in: every factor is an average over the posterior
of correlation and scatter, because 20 readings do not tell either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.analysis.records import FloatArray
from app.analysis.series_epochs import IntArray
from app.analysis.wearing_off.equations import FALL_VARIANCES, Equations
from app.analysis.wearing_off.factors import log_factor, log_sum, standardised
from app.analysis.wearing_off.shapes import SHAPES

# SD of a site's log scatter around the patient's: judgement; full pooling doubles the false
# alarms of patients whose sites truly differ (seen in simulation).
SITE_SPREAD: Final = 0.15
USUAL_POINTS: Final = 15
USUAL_REACH: Final = 3.0  # SDs of the prior of the patient's scatter that the grid covers
_REACH: Final = 3.5  # posterior SDs of a site's log scatter that its grid covers
_STEP: Final = 0.8  # posterior SDs between two points of it
_MOST_POINTS: Final = 40
# Structures and scatters that cannot add more than exp(-12) to a sum are left out of it.
_NEGLIGIBLE: Final = 12.0
_FAR: Final = -300.0  # a log weight whose exponential still leaves room below for products
_LOG_VARIANCE_WEIGHT: Final = -float(np.log(len(FALL_VARIANCES)))
BAD_CYCLE_EVERY: Final = 4  # every fourth shape is enough for one bad cycle


@dataclass(frozen=True, slots=True)
class NoisePrior:
    """What is usual among patients: log residual SD is normal, in the unit of the readings."""

    log_mean: float
    log_sd: float


@dataclass(frozen=True, slots=True)
class Site:
    """One series with its equations, and where its cycles lie in the patient's.

    `cycles` holds the index of each cycle in the timeline, shape (cycles,); `rounding` is the
    SD that rounding alone leaves, in the unit of the readings. `shapes` are those of the grid at
    every reading, shape (n, shapes).
    """

    equations: Equations
    column: int
    cycles: IntArray
    rounding: float
    shapes: FloatArray


@dataclass(frozen=True, slots=True)
class SiteFactors:
    """What one series says for every structure and scatter.

    Attributes
    ----------
    sigma : float array, shape (points,)
        Grid of residual SDs.
    log_flat : float array, shape (structures, points)
        Log likelihood without any fall, with the grid's step.
    log_shape_factor : float array, shape (structures, points, variances, shapes)
        Log BF of every shape with its prior weight; -inf where negligible.
    log_fall : float array, shape (structures, points)
        Log BF of a recurrent fall, averaged over shapes.
    log_bad : float array, shape (structures, points, cycles)
        Log BF of one bad cycle.
    """

    sigma: FloatArray
    log_flat: FloatArray
    log_shape_factor: FloatArray
    log_fall: FloatArray
    log_bad: FloatArray


@dataclass(frozen=True, slots=True)
class GroupFactors:
    """The series of one measure, averaged over correlation and scatter.

    Attributes
    ----------
    log_fall, log_bad : tuple of float, one a series
        Log BF of a recurrent fall; of one bad cycle, averaged over cycles.
    log_all_fall, log_all_bad : float
        The same of all series at once.
    log_weight : tuple of float array, one a series, shape (structures, points)
        Log posterior weight of structure and scatter without any fall.
    sites : tuple of SiteFactors
    """

    log_fall: tuple[float, ...]
    log_bad: tuple[float, ...]
    log_all_fall: float
    log_all_bad: float
    log_weight: tuple[FloatArray, ...]
    sites: tuple[SiteFactors, ...]


def group_factors(sites: Sequence[Site], prior: NoisePrior) -> GroupFactors:
    """Weigh falls and bad cycles in the series of one measure of one patient."""
    factors = [site_factors(site) for site in sites]
    usual, log_usual = _usual_scatter(prior)
    log_prior = sites[0].equations.log_prior[:, None] + log_usual  # (structures, usual)
    kernels = [_kernel(one.sigma, usual) for one in factors]
    flat = [_over_scatter(one.log_flat, k) for one, k in zip(factors, kernels, strict=True)]
    fall = [
        _over_scatter(one.log_flat + one.log_fall, k)
        for one, k in zip(factors, kernels, strict=True)
    ]
    together = log_prior + sum(flat)
    total = log_sum(together, axis=(0, 1))
    bad = [_bad_cycles(one, k) for one, k in zip(factors, kernels, strict=True)]
    others = [together - one for one in flat]
    return GroupFactors(
        log_fall=tuple(
            float(log_sum(rest + one, axis=(0, 1)) - total)
            for rest, one in zip(others, fall, strict=True)
        ),
        log_bad=tuple(
            float(_log_mean(log_sum(rest[..., None] + one, axis=(0, 1)) - total))
            for rest, one in zip(others, bad, strict=True)
        ),
        log_all_fall=float(log_sum(log_prior + sum(fall), axis=(0, 1)) - total),
        log_all_bad=float(_all_bad(sites, log_prior, flat, bad) - total),
        log_weight=tuple(
            one.log_flat + log_sum(rest[:, None, :] + kernel[None], axis=2)
            for one, rest, kernel in zip(factors, others, kernels, strict=True)
        ),
        sites=tuple(factors),
    )


def site_factors(site: Site) -> SiteFactors:
    """Weigh falls and bad cycles in one series for every structure and scatter."""
    equations, column = site.equations, site.column
    square = equations.square[:, column]
    common = equations.common
    information = common.information[..., :-1]  # the last shape is not one of the grid
    deviate = standardised(information, common.score[..., :-1, column])
    quadratic = common.quadratic[..., :-1, column]
    gain = deviate**2 * (deviate > 0.0) + quadratic
    own = equations.own_information[:, :, :-1:BAD_CYCLE_EVERY]
    own_deviate = standardised(own, equations.own_score[:, :, :-1:BAD_CYCLE_EVERY, column])
    sigma = _scatter_grid(equations, square, gain.max(axis=(1, 2)), site.rounding)
    step = np.log(sigma[1] / sigma[0])
    log_flat = (
        np.log(step)
        - 0.5 * equations.log_det[:, None]
        - (equations.readings - 2) * np.log(sigma)
        - 0.5 * square[:, None] / sigma**2
    )
    keep = _worth_looking(log_flat, gain.max(axis=(1, 2)), sigma)
    at = sigma[keep[1], None, None]
    factor = np.full((*log_flat.shape, *information.shape[1:]), -np.inf)
    factor[keep] = (
        log_factor(information[keep[0]], deviate[keep[0]], at)
        - 0.5 * common.log_det[keep[0]][..., :-1]
        + 0.5 * quadratic[keep[0]] / at**2
        + np.log(SHAPES.weight)
        + _LOG_VARIANCE_WEIGHT
    )
    bad_gain = (own_deviate**2 * (own_deviate > 0.0)).max(axis=(1, 2))
    keep = _worth_looking(log_flat, bad_gain, sigma)
    bad = np.full((*log_flat.shape, own.shape[1]), -np.inf)
    weight = SHAPES.weight[::BAD_CYCLE_EVERY]
    bad[keep] = log_sum(
        log_factor(own[keep[0]], own_deviate[keep[0]], sigma[keep[1], None, None])
        + np.log(weight / weight.sum()),
        axis=2,
    )
    return SiteFactors(sigma, log_flat, factor, log_sum(factor, axis=(2, 3)), bad)


def _scatter_grid(
    equations: Equations, square: FloatArray, gain: FloatArray, rounding: float
) -> FloatArray:
    """Return residual SDs that cover the posterior with and without a fall."""
    freedom = max(equations.readings - 2.0, 1.0)
    spread = 1.0 / np.sqrt(2.0 * freedom)
    least = np.log(rounding)
    high = 0.5 * np.log(np.maximum(square.max() / freedom, rounding**2))
    low = 0.5 * np.log(np.maximum((square - gain).min() / freedom, rounding**2))
    start = max(low - _REACH * spread, least)
    end = max(high + _REACH * spread, start + spread)
    points = min(int(np.ceil((end - start) / (_STEP * spread))) + 1, _MOST_POINTS)
    return np.asarray(np.exp(np.linspace(start, end, points)))


def _worth_looking(
    log_flat: FloatArray, gain: FloatArray, sigma: FloatArray
) -> tuple[IntArray, IntArray]:
    """Return structure and scatter of every pair that can count, with or without a fall."""
    best = log_flat + 0.5 * gain[:, None] / sigma**2
    keep = (best >= best.max() - _NEGLIGIBLE) | (log_flat >= log_flat.max() - _NEGLIGIBLE)
    structure, point = np.nonzero(keep)
    return structure, point


def _usual_scatter(prior: NoisePrior) -> tuple[FloatArray, FloatArray]:
    """Return the grid of the patient's usual log scatter, and its log weights."""
    deviate = np.linspace(-USUAL_REACH, USUAL_REACH, USUAL_POINTS)
    log_weight = -0.5 * deviate**2
    return prior.log_mean + prior.log_sd * deviate, log_weight - log_sum(log_weight, axis=0)


def _kernel(sigma: FloatArray, usual: FloatArray) -> FloatArray:
    """Return log density of each scatter given the patient's, shape (points, usual)."""
    deviate = (np.log(sigma)[:, None] - usual) / SITE_SPREAD
    return np.asarray(-0.5 * deviate**2)


def _over_scatter(log_terms: FloatArray, kernel: FloatArray) -> FloatArray:
    """Sum over a site's scatter: (structures, points, ..) gives (structures, usual, ..).

    A log of sums of exponentials is a product of matrices once the largest term is taken out,
    unless the readings scatter so unlike other patients' that the kernel itself underflows.
    """
    if kernel.min() < _FAR:
        spread = kernel.reshape(*kernel.shape, *(1,) * (log_terms.ndim - 2))
        return log_sum(log_terms[:, :, None] + spread, axis=1)
    top = log_terms.max(axis=1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    sums = np.tensordot(np.exp(log_terms - top), np.exp(kernel), axes=(1, 0))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.moveaxis(sums, -1, 1)) + top)


def _bad_cycles(factors: SiteFactors, kernel: FloatArray) -> FloatArray:
    """Sum the bad cycles over the site's scatter, shape (structures, usual, cycles)."""
    return _over_scatter(factors.log_flat[:, :, None] + factors.log_bad, kernel)


def _log_mean(log_terms: FloatArray) -> FloatArray:
    return log_sum(log_terms, axis=-1) - float(np.log(log_terms.shape[-1]))


def _all_bad(
    sites: Sequence[Site], log_prior: FloatArray, flat: list[FloatArray], bad: list[FloatArray]
) -> FloatArray:
    """Weigh that one cycle was bad in every series that has readings in it."""
    every = np.unique(np.concatenate([site.cycles for site in sites]))
    total = np.broadcast_to(log_prior[..., None], (*log_prior.shape, every.size)).copy()
    for site, without, one in zip(sites, flat, bad, strict=True):
        filled = np.broadcast_to(without[..., None], total.shape).copy()
        filled[..., np.searchsorted(every, site.cycles)] = one
        total += filled
    return _log_mean(log_sum(total, axis=(0, 1)))
