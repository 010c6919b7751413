"""What the readings say about the falls of the cycles, after level, trend and slump.

With A = [A_1 .. A_K], minus the shape restricted to cycle k, everything that is known about the
falls is the information G = A'PA and the score r = A'Py, where P takes out level, trend and slump
under the covariance. G is a diagonal less a matrix of rank three, so all that is needed of it
costs a few operations a cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.analysis.records import FloatArray
from app.analysis.wearing_off.whitening import N_NUISANCE, SLUMP, SLUMP_SD, Products

# Variance of the cycles' falls around their mean, in residual variances: none, or a fall of two
# scatters that varies by a quarter: judgement.
FALL_VARIANCES: Final = (0.0, 0.25)
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Common:
    """One fall shared by all cycles, up to a variance of its own in each.

    Every field has shape (structures, variances, shapes) or, with a last axis, (.., series).

    Attributes
    ----------
    information : float array
        1'G1.
    log_det : float array
        Log determinant of I + variance G.
    score : float array with series
        1'r.
    quadratic : float array with series
        What the cycles' own deviations explain: variance r'(I + variance G)^-1 r.
    """

    information: FloatArray
    log_det: FloatArray
    score: FloatArray
    quadratic: FloatArray


@dataclass(frozen=True, slots=True)
class Equations:
    """The projected equations of the series that were read at the same times.

    Attributes
    ----------
    readings : int
        Number of readings of each series.
    log_prior, log_det : float array, shape (structures,)
        Log prior weight; log determinants of covariance and nuisance together.
    square : float array, shape (structures, series)
        y'Py.
    own_information : float array, shape (structures, cycles, shapes)
        Diagonal of G.
    own_score : float array, shape (structures, cycles, shapes, series)
        r.
    """

    readings: int
    log_prior: FloatArray
    log_det: FloatArray
    square: FloatArray
    own_information: FloatArray
    own_score: FloatArray
    common: Common


def equations(products: Sequence[Products], readings: int) -> Equations:
    """Project level, trend and slump out of the products of every structure."""
    normal = np.stack([one.nuisance.sum(axis=0) for one in products])
    normal[:, SLUMP, SLUMP] += SLUMP_SD**-2
    normal += _TINY * np.eye(N_NUISANCE)  # readings of one instant have no trend
    inverse = np.linalg.inv(normal)
    value = np.stack([one.nuisance_value.sum(axis=0) for one in products])
    fitted = inverse @ value  # (structures, 3, series)
    own = np.stack([one.shape_square for one in products])
    link = np.stack([one.nuisance_shape for one in products])  # (structures, cycles, 3, shapes)
    explained = np.einsum("tkaj,tas->tkjs", link, fitted)
    # A fall lowers the value, so the columns of the design are the shapes, negated.
    score = explained - np.stack([one.shape_value for one in products])
    square = np.stack([one.value_square for one in products]) - (value * fitted).sum(axis=1)
    total = np.einsum("tkaj,tab->tkbj", link, inverse)
    log_normal = np.linalg.slogdet(normal)[1]
    return Equations(
        readings=readings,
        log_prior=np.array([one.log_prior for one in products]),
        log_det=np.array([one.log_det for one in products]) + log_normal,
        square=np.maximum(square, 0.0),
        own_information=np.maximum(own - (total * link).sum(axis=2), 0.0),
        own_score=score,
        common=_common(own, link, normal, score),
    )


def _common(own: FloatArray, link: FloatArray, normal: FloatArray, score: FloatArray) -> Common:
    parts = [
        _without_variance(own, link, normal, score)
        if variance == 0.0
        else _with_variance(own, link, normal, score, variance=variance)
        for variance in FALL_VARIANCES
    ]
    return Common(*(np.stack(field, axis=1) for field in zip(*parts, strict=True)))


def _without_variance(
    own: FloatArray, link: FloatArray, normal: FloatArray, score: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    total = link.sum(axis=1)
    lost = (np.linalg.solve(normal, total) * total).sum(axis=1)
    together = score.sum(axis=1)
    information = np.maximum(own.sum(axis=1) - lost, 0.0)
    return information, np.zeros_like(information), together, np.zeros_like(together)


def _with_variance(
    own: FloatArray, link: FloatArray, normal: FloatArray, score: FloatArray, *, variance: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Let each cycle's fall vary around the common one: G becomes G (I + variance G)^-1.

    I + variance G is a diagonal less a matrix of rank three (Woodbury).
    """
    damped = 1.0 / (1.0 + variance * own)  # (structures, cycles, shapes)
    weighted = link * damped[:, :, None, :]
    inner = normal[:, None] / variance - np.einsum("tkaj,tkbj->tjab", weighted, link)
    inverse = np.linalg.inv(inner)  # (structures, shapes, 3, 3)
    ones = weighted.sum(axis=1)  # (structures, 3, shapes)
    scored = np.einsum("tkaj,tkjs->tajs", weighted, score)
    carried = np.einsum("tjab,tbj->taj", inverse, ones)
    information = (own * damped).sum(axis=1) - (ones * carried).sum(axis=1) / variance
    together = (damped[..., None] * score).sum(axis=1) + np.einsum("taj,tajs->tjs", carried, scored)
    quadratic = (damped[..., None] * score**2).sum(axis=1) + np.einsum(
        "tajs,tjab,tbjs->tjs", scored, inverse, scored
    )
    log_det = (
        np.log1p(variance * own).sum(axis=1)
        + np.linalg.slogdet(inner)[1]
        + N_NUISANCE * np.log(variance)
        - np.linalg.slogdet(normal)[1][:, None]
    )
    return np.maximum(information, 0.0), log_det, together, variance * quadratic
