"""End-of-interval weakness: does strength fall before infusions, repeatedly, and rise after.

One model a series and epoch: level, calendar trend, a level of each cycle's own, a slump after
the infusion, and a fall of each cycle's own before the next one. The fall is a hinge in days
since the infusion and is zero again after the next: rebound is part of the model. The cycle is
the unit: the test asks whether the mean of the cycles' falls stands out from their scatter.
See docs/methods/end-of-interval-weakness.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import log_ndtr, ndtri, stdtr, stdtrit

from app.analysis.cycles import FIRST_ANALYSIS_DAY
from app.analysis.fall_fit import Fit, MeanFall, fit
from app.analysis.noise import (
    DAYS_PER_YEAR,
    NoisePrior,
    all_products,
    nuisance_columns,
    usual_products,
)
from app.analysis.records import FloatArray
from app.analysis.results import Interval
from app.analysis.series_epochs import Readings

# Onset of the fall as a share of the planned cycle. The test uses one fixed onset, because the
# best of several is not a t statistic any more; 0.6 is a judgement on F4.
TEST_ONSET: Final = 0.6
_ONSET_STEP: Final = 0.05
ONSETS: Final = tuple(round(0.15 + _ONSET_STEP * i, 2) for i in range(15))
# Past the planned end the fall goes on for a tenth of the cycle, then stays: judgement.
_FALL_STOPS: Final = 1.1
# Falls expected before looking, as a multiple of a fall that matters; only for the onset.
_EXPECTED_FALL: Final = 1.5
# A prior so wide on the drop that it only matters where an onset has no reading after it.
_WIDEST_FALL: Final = 2.5
_TAIL: Final = 0.05  # each side of a 90 % interval
_POWER: Final = 0.8
_SMALLEST_TAIL: Final = float(np.finfo(float).tiny)
_HALVINGS: Final = 40


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one series says about a recurring, rebounding fall, in the unit of the readings.

    Attributes
    ----------
    p_value : float
        One-sided: chance of at least this evidence without a fall.
    score : float
        The normal deviate of `p_value`: 1.6 for 0.05, 2.3 for 0.01; higher is more evidence.
    p_without_strongest : float
        `p_value` with the cycle of the largest contribution left out.
    standard_error, df : float
        Of the mean fall at the fixed onset: what `detectable_fall` needs.
    drop, onset_day : Interval or None
        None where no reading tells; the onset also where it cannot be located.
    level, sigma : float
        Fitted level in the middle of the epoch before any fall, and residual SD.
    falls, cycle_level, cycle_variance, cycle_year : float array, shape (cycles,)
        Of each cycle: fall, level without it, sampling variance of that level, and its mean time
        in years since 1970.
    """

    p_value: float
    score: float
    p_without_strongest: float
    standard_error: float
    df: float
    drop: Interval | None
    onset_day: Interval | None
    level: float
    sigma: float
    falls: FloatArray
    cycle_level: FloatArray
    cycle_variance: FloatArray
    cycle_year: FloatArray


def fall_shapes(readings: Readings) -> FloatArray:
    """Return the hinge of every onset: 0 until the onset, 1 at the planned end.

    Returns
    -------
    float array, shape (n, len(ONSETS) + 1)
        The last column is the fixed onset of the test.
    """
    end = np.maximum(readings.planned_end, FIRST_ANALYSIS_DAY + 1.0)[:, None]
    onset = np.array([*ONSETS, TEST_ONSET]) * end
    day = np.minimum(readings.day[:, None], _FALL_STOPS * end)
    return np.asarray(np.maximum(0.0, day - onset) / (end - onset))


def design(readings: Readings) -> FloatArray:
    """Return ones, trend, slump, value and all shapes, shape (n, 4 + shapes)."""
    return np.column_stack([nuisance_columns(readings), readings.value, fall_shapes(readings)])


def residual(readings: Readings, *, threshold: float, prior: NoisePrior) -> tuple[float, float]:
    """Return the sum of squares inside cycles and its degrees of freedom, at a first look."""
    products = usual_products(readings, design(readings))
    return fit(products, readings.at.size, threshold=threshold, prior=prior).residual


def evidence(
    readings: Readings, *, threshold: float, prior: NoisePrior, planned_days: float
) -> Evidence:
    """Test for a recurring fall, and estimate its size and its onset.

    Parameters
    ----------
    readings : Readings
        At least one reading; values in the unit of `threshold`.
    threshold : float
        The fall that matters; sets the spread between cycles and the prior of the onset.
    planned_days : float
        An onset whose interval is wider than half of it is not given.

    Returns
    -------
    Evidence
        Averaged over correlation and level share by their posterior weights. Where no reading
        lies after the onset there is no evidence: p 0.5, score 0, no drop.

    References
    ----------
    The cycle as the unit: Chen 2014 [F5]. An onset that is fixed for the test: Muggeo 2016.
    No source was read for the moderated variance; simulation checks it.
    """
    fits = [
        fit(products, readings.at.size, threshold=threshold, prior=prior)
        for products in all_products(readings, design(readings))
    ]
    weights = _normalised(np.array([one.log_weight for one in fits]))
    p_value, score = _p_and_score(weights, [one.mean for one in fits])
    errors = np.array([one.mean.standard_error for one in fits])
    drop, onset_day = None, None
    if np.isfinite(errors).all():
        posterior = _FallPosterior.of(fits, weights, threshold)
        drop = posterior.drop()
        # As far as the shapes go: a fall is never placed before the first day that is read.
        planned_end = max(float(np.median(readings.planned_end)), FIRST_ANALYSIS_DAY + 1.0)
        onset_day = posterior.onset_day(planned_end, planned_days)
    return Evidence(
        p_value=p_value,
        score=score,
        p_without_strongest=_p_and_score(weights, [one.without_strongest for one in fits])[0],
        standard_error=float(weights @ errors),
        df=fits[0].mean.df,
        drop=drop,
        onset_day=onset_day,
        level=float(weights @ [one.level for one in fits]),
        sigma=float(weights @ [one.sigma for one in fits]),
        falls=weights @ np.array([one.falls for one in fits]),
        cycle_level=weights @ np.array([one.cycle_level for one in fits]),
        cycle_variance=weights @ np.array([one.cycle_variance for one in fits]),
        cycle_year=weights @ np.array([one.cycle_year for one in fits])
        + readings.at.mean() / DAYS_PER_YEAR,
    )


def detectable_fall(found: Evidence, *, error: float, threshold: float) -> float | None:
    """Return the smallest fall that these data would have called `present` with 80 % chance.

    Such a fall must pass the test at level `error` and be estimated at `threshold` or more.
    """
    if not np.isfinite(found.standard_error):
        return None
    margin = float(stdtrit(found.df, _POWER))
    needed = -float(stdtrit(found.df, error)) * found.standard_error
    return max(needed, threshold) + margin * found.standard_error


def _normalised(log_weights: FloatArray) -> FloatArray:
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def _p_and_score(weights: FloatArray, means: Sequence[MeanFall]) -> tuple[float, float]:
    """Return the one-sided p and its normal deviate, which stays finite however far out."""
    if all(mean.t_value == 0.0 for mean in means):
        return 0.5, 0.0  # exactly, whatever the weights round to
    upper = float(weights @ [stdtr(mean.df, -mean.t_value) for mean in means])
    lower = float(weights @ [stdtr(mean.df, mean.t_value) for mean in means])
    # From the smaller tail: 1 less the other one would round to 1, whose deviate is infinite.
    deviate = float(ndtri(max(min(upper, lower), _SMALLEST_TAIL)))
    score = -deviate if upper <= lower else deviate
    return min(upper, 1.0), score


@dataclass(frozen=True, slots=True)
class _FallPosterior:
    """A mixture over onsets: weight, centre and error of the drop under each.

    `weight` has shape (onsets,) and sums to 1; `kept` are the weights above 0, to which `centre`
    and `error` belong.
    """

    weight: FloatArray
    kept: FloatArray
    centre: FloatArray
    error: FloatArray
    df: float

    @classmethod
    def of(cls, fits: Sequence[Fit], weights: FloatArray, threshold: float) -> _FallPosterior:
        """Weigh every onset by the Bayes factor of a fall of the expected size."""
        sigma = np.array([one.sigma for one in fits])[:, None]
        information = np.array([one.information[:-1] for one in fits])
        score = np.array([one.score[:-1] for one in fits])
        precision = (sigma / (_EXPECTED_FALL * threshold)) ** 2
        deviate = score / (sigma * np.sqrt(information + precision))
        log_factor = 0.5 * (
            np.log(precision) - np.log(information + precision) + deviate**2
        ) + log_ndtr(deviate)
        joint = _normalised(np.log(weights + np.finfo(float).tiny)[:, None] + log_factor)
        ridge = (sigma / (_WIDEST_FALL * threshold)) ** 2
        centre = score / (information + ridge)
        error = _inflation(fits)[:, None] * sigma / np.sqrt(information + ridge)
        # The structures hardly differ in their answer, so their mean and variance will do.
        weight = joint.sum(axis=0)
        # The clearer the fall, the more onsets have no weight at all; they say nothing of it.
        keep = weight > 0.0
        joint, centre, error, kept = joint[:, keep], centre[:, keep], error[:, keep], weight[keep]
        mean = (joint * centre).sum(axis=0) / kept
        variance = (joint * (error**2 + (centre - mean) ** 2)).sum(axis=0) / kept
        return cls(
            weight=weight, kept=kept, centre=mean, error=np.sqrt(variance), df=fits[0].mean.df
        )

    def drop(self) -> Interval:
        """Return the median drop and its 90 % interval."""
        low, middle, high = (self._quantile(p) for p in (_TAIL, 0.5, 1.0 - _TAIL))
        return Interval(middle, low, high)

    def _quantile(self, share: float) -> float:
        """Find a quantile of the mixture by halving; it lies between those of its parts."""
        parts = self.centre + self.error * stdtrit(self.df, share)
        low, high = float(parts.min()), float(parts.max())
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            below = (self.kept * stdtr(self.df, (middle - self.centre) / self.error)).sum()
            low, high = (middle, high) if below < share else (low, middle)
        return (low + high) / 2.0

    def onset_day(self, planned_end: float, planned_days: float) -> Interval | None:
        """Return where the fall begins, analysis days; None when it cannot be located."""
        edges = np.array([*ONSETS, ONSETS[-1] + _ONSET_STEP]) - _ONSET_STEP / 2.0
        cumulative = np.concatenate([[0.0], np.cumsum(self.weight)])
        quantiles = np.interp([_TAIL, 0.5, 1.0 - _TAIL], cumulative, edges) * planned_end
        low, middle, high = quantiles.tolist()
        if high - low > planned_days / 2.0:
            return None
        return Interval(middle, low, high)


def _inflation(fits: Sequence[Fit]) -> FloatArray:
    """Return how much the scatter between cycles widens the error, per structure."""
    plain = np.array([one.sigma / np.sqrt(one.information[-1]) for one in fits])
    moderated = np.array([one.mean.standard_error for one in fits])
    return np.asarray(moderated / plain)
