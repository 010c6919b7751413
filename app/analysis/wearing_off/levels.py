"""Levels and falls cycle by cycle, under the structure of the noise that fits best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.analysis.records import FloatArray
from app.analysis.series_epochs import Readings
from app.analysis.wearing_off.factors import log_sum
from app.analysis.wearing_off.hierarchy import SiteFactors
from app.analysis.wearing_off.whitening import (
    DAYS_PER_YEAR,
    LEVEL_SHARES,
    N_NUISANCE,
    ONE_DAY_CORRELATIONS,
    ONES,
    SLUMP,
    SLUMP_SD,
    cycle_starts,
    neighbour_correlations,
    nuisance_columns,
    whiten,
)

# Least sum of squared shape values for a cycle to tell of its fall: one reading on the last
# tenth of the way from the onset to the planned end would have 1, one just after the onset 0.
TELLING: Final = 0.01
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Levels:
    """Level in the middle of the epoch, residual SD, and what each cycle shows."""

    level: float
    sigma: float
    falls: FloatArray
    cycle_level: FloatArray
    cycle_variance: FloatArray
    cycle_year: FloatArray


def levels(
    readings: Readings, shape: FloatArray, *, factors: SiteFactors, log_weight: FloatArray
) -> Levels:
    """Estimate levels without slump and fall, and each cycle's own fall of the given shape."""
    joint = log_weight + factors.log_fall
    by_structure = log_sum(joint, axis=1)
    best = int(np.argmax(by_structure))
    weight = np.exp(joint[best] - by_structure[best])
    sigma = float(weight @ factors.sigma)
    phi = ONE_DAY_CORRELATIONS[best // len(LEVEL_SHARES)]
    share = LEVEL_SHARES[best % len(LEVEL_SHARES)]
    columns = np.column_stack([nuisance_columns(readings), shape, readings.value])
    white, _ = whiten(columns, neighbour_correlations(readings, phi))
    cross = np.add.reduceat(white[:, :, None] * white[:, None, :], cycle_starts(readings.cycle))
    ones = cross[:, ONES, :]
    with_levels = cross - (
        ones[:, :, None] * ones[:, None, :] / (1.0 / share + ones[:, ONES])[:, None, None]
    )
    common = _common_fit(with_levels)
    in_cycle = ones / ones[:, ONES, None]
    explained = common[SLUMP] * in_cycle[:, SLUMP] + common[N_NUISANCE] * in_cycle[:, N_NUISANCE]
    return Levels(
        level=float(common[ONES]),
        sigma=sigma,
        falls=_falls(with_levels),
        cycle_level=in_cycle[:, -1] - explained,
        cycle_variance=sigma**2 / ones[:, ONES],
        cycle_year=in_cycle[:, 1] + readings.at.mean() / DAYS_PER_YEAR,
    )


def _common_fit(cross: FloatArray) -> FloatArray:
    """Return level, trend, slump and (negative) fall by generalised least squares."""
    total = cross.sum(axis=0)
    normal = total[:-1, :-1] + _TINY * np.eye(N_NUISANCE + 1)
    normal[SLUMP, SLUMP] += SLUMP_SD**-2
    return np.asarray(np.linalg.solve(normal, total[:-1, -1]))


def _falls(cross: FloatArray) -> FloatArray:
    """Return each cycle's own fall, estimated apart; nan where its readings do not tell."""
    total = cross.sum(axis=0)
    normal = total[:N_NUISANCE, :N_NUISANCE] + _TINY * np.eye(N_NUISANCE)
    normal[SLUMP, SLUMP] += SLUMP_SD**-2
    own = cross[:, N_NUISANCE, N_NUISANCE]
    link = cross[:, N_NUISANCE, :N_NUISANCE]
    inverse = np.linalg.inv(normal)
    right = link @ inverse @ total[:N_NUISANCE, -1] - cross[:, N_NUISANCE, -1]
    # Inverse of a diagonal less a matrix of rank three (Woodbury).
    diagonal = 1.0 / (own + _TINY)
    scaled = diagonal[:, None] * link
    inner = normal - link.T @ scaled + _TINY * np.eye(N_NUISANCE)
    falls = diagonal * right + scaled @ np.linalg.solve(inner, scaled.T @ right)
    return np.asarray(np.where(own > TELLING, falls, np.nan))
