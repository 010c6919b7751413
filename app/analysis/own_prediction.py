"""What a patient's own past predicts for a reading, and where readings leave that prediction.

One linear model of a series: a level that may drift, a level of each cycle's own, a slump after
the infusion, a fall before the next one, and noise that is alike from one day to the next.
Everything but the level has a prior of limited width, so a patient who is hardly known is
predicted with a wide margin, and the prediction needs no completed cycle. A lasting step at every
reading is then tested, all of them at once and in linear time. See docs/methods/acute-drop.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import stdtr, stdtrit

from app.analysis.placed import Placed
from app.analysis.records import FloatArray
from app.analysis.results import Interval
from app.analysis.settings import Threshold

# Prior widths of what the past may do, in falls that matter: judgement, checked by simulation.
_DRIFT_DAYS: Final = 14.0
_DRIFT: Final = 0.15  # in two weeks, beyond the trend
_TREND_DAYS: Final = 28.0
_TREND: Final = 0.2  # lasting drift in four weeks
_CYCLE_LEVEL: Final = 0.2
_SLUMP: Final = 1.5
_LATE: Final = 0.5  # in each week after the planned end [F9]
_FALL: Final = 1.0
_OWN_FALL: Final = 0.5  # how much more or less one cycle may fall than the others
_OWN_SHARE: Final = 0.5  # the same as a share of the usual fall, whichever is more
_STEP: Final = 10.0
_FALL_ONSETS: Final = np.array([0.3, 0.6])  # shares of the planned cycle [F4]
_FALL_STOPS: Final = 1.1  # planned cycles after the infusion
_SLUMP_DAYS: Final = 10.0
_SLUMP_SHARE: Final = 0.4
_DAYS_PER_WEEK: Final = 7.0
# Correlation of readings one day apart: 0.13-0.25 usual, 0.6 the extreme [F3]; wider on purpose,
# because a look is taken after every reading: judgement.
_CORRELATIONS: Final = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.75])
_CORRELATION_MEAN: Final = 0.3
_CORRELATION_SD: Final = 0.25
_MOST_ALIKE: Final = 0.8  # two readings of one hour are alike, not identical: judgement
_TAIL: Final = 0.05  # each side of a 90 % interval
_TINY: Final = 1e-9
# Outliers: where the past has more of them than chance gives, no reading counts for more than
# this many SD, or falls that matter in a calm patient. As many readings together are no outliers.
# Judgement, checked by simulation.
_MOST_SD: Final = 3.0
_MOST_FALLS: Final = 1.5
_NO_CHANCE: Final = 4
_NORMAL_KURTOSIS: Final = 3.0
_KURTOSIS_ERRORS: Final = 1.5  # standard errors of a normal sample's kurtosis


@dataclass(frozen=True, slots=True)
class Scatter:
    """What is known about the scatter before looking, in the unit of the readings.

    `usual` is worth `df` readings; `smallest` is that of rounding alone.
    """

    usual: float
    df: float
    smallest: float

    @classmethod
    def of(cls, threshold: Threshold, *, step: float) -> Scatter:
        """Return what the settings say of a measure whose scale has this step."""
        rounding = step / float(np.sqrt(12.0))
        # The SD of a log variance with df degrees of freedom is about the root of 2 / df.
        df = 0.5 / threshold.noise_spread**2
        return cls(float(np.hypot(threshold.noise_sd, rounding)), df, rounding)


@dataclass(frozen=True, slots=True)
class Noise:
    """Residual SD, and the correlation of two readings one day apart."""

    sigma: float
    correlation: float


@dataclass(frozen=True, slots=True)
class Model:
    """One series with what may explain its readings.

    Attributes
    ----------
    at, value : float array, shape (n,)
        Instants in days, and readings; higher is better.
    columns : float array, shape (n, columns)
        The first is the level.
    width : float array, shape (columns,)
        Prior SD of each coefficient, infinite for the level.
    falls, own_falls : slice
        Columns of the usual fall and of the newest cycles' own.
    """

    at: FloatArray
    value: FloatArray
    columns: FloatArray
    width: FloatArray
    scatter: Scatter
    threshold: float
    falls: slice
    own_falls: slice

    def with_step(self, place: int) -> Model:
        """Let the level have changed for good at a reading."""
        step = (np.arange(self.at.size) >= place).astype(np.float64)
        return replace(
            self,
            columns=np.column_stack([self.columns, step]),
            width=np.append(self.width, _STEP * self.threshold),
        )


def model_of(
    readings: Placed, value: FloatArray, *, threshold: float, scatter: Scatter, newest_days: float
) -> Model:
    """Set up the model.

    Parameters
    ----------
    value : float array, shape (n,)
        The readings in the unit of `threshold` and `scatter`; higher is better.
    newest_days : float
        Cycles with readings in so many days up to the newest one may fall by an amount of
        their own.
    """
    at, newest = readings.at, readings.at[-1]
    knots = np.arange(newest, at[0], -_DRIFT_DAYS)[1:]
    drift = np.clip((at[:, None] - knots) / _DRIFT_DAYS, 0.0, 1.0)
    cycles = np.equal.outer(readings.cycle, np.unique(readings.cycle))
    slump, late, fall = _shapes(readings)
    new = np.unique(readings.cycle[at > newest - newest_days])
    own = fall[:, -1:] * np.equal.outer(readings.cycle, new)
    trend = (at - newest) / _TREND_DAYS
    columns = [np.ones_like(at), trend, drift, cycles, slump, late, fall, own]
    widths: list[tuple[float, int]] = [
        (np.inf, 1),
        (_TREND, 1),
        (_DRIFT, knots.size),
        (_CYCLE_LEVEL, cycles.shape[1]),
        (_SLUMP, 1),
        (_LATE, 1),
        (_FALL, fall.shape[1]),
        (_OWN_FALL, new.size),
    ]
    end = sum(count for _, count in widths)
    first_own = end - new.size
    return Model(
        at=at,
        value=value,
        columns=np.column_stack(columns),
        width=threshold * np.repeat([w for w, _ in widths], [count for _, count in widths]),
        scatter=scatter,
        threshold=threshold,
        falls=slice(first_own - fall.shape[1], first_own),
        own_falls=slice(first_own, end),
    )


def _shapes(readings: Placed) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return slump, weeks after the planned end, and falls; 0 where no cycle is known."""
    known = np.isfinite(readings.planned_end) & np.isfinite(readings.day)
    end = np.where(known, np.maximum(readings.planned_end, 1.0), 1.0)
    day = np.where(known, readings.day, 0.0)
    length = np.minimum(_SLUMP_DAYS, _SLUMP_SHARE * end)
    slump = np.where(known, np.maximum(0.0, 1.0 - day / length), 0.0)
    late = np.maximum(0.0, day - end) / _DAYS_PER_WEEK
    onset = _FALL_ONSETS * end[:, None]
    fall = np.maximum(0.0, np.minimum(day, _FALL_STOPS * end)[:, None] - onset)
    return slump, late, fall / (end[:, None] - onset)


@dataclass(frozen=True, slots=True)
class Scan:
    """A step at every reading, each beside the same model without one.

    Attributes
    ----------
    change : float array, shape (n,)
        Size of the step; negative is worse.
    error, t_value, sigma : float array, shape (n,)
        Its standard error, their ratio, and the residual SD beside it.
    df : float
        Degrees of freedom of the t values.
    log_evidence : float array, shape (n,)
        Of model, noise and step together, up to a constant.
    """

    model: Model
    change: FloatArray
    error: FloatArray
    t_value: FloatArray
    sigma: FloatArray
    df: float
    log_evidence: FloatArray
    _coefficient: FloatArray
    _per_change: FloatArray

    def coefficients(self, place: int) -> FloatArray:
        """Return the coefficients of the model beside a step at `place`."""
        return np.asarray(self._coefficient - self._per_change[place] * self.change[place])

    def predicted(self, place: int) -> FloatArray:
        """Return what the model says without the step at `place`, shape (n,)."""
        return np.asarray(self.model.columns @ self.coefficients(place))

    def interval(self, place: int) -> Interval:
        """Return the step at `place` with its 90 % interval."""
        change, error = float(self.change[place]), float(self.error[place])
        margin = -float(stdtrit(self.df, _TAIL)) * error
        return Interval(change, change - margin, change + margin)

    def p_value(self, place: int) -> float:
        """Return the one-sided p of the step at `place` in its own direction."""
        return float(stdtr(self.df, -abs(self.t_value[place])))


def scan(model: Model, noise: Noise) -> Scan:
    """Test a step at every reading, in time linear in the readings.

    Notes
    -----
    The whitened step is `head` at its first reading, `tail` at every later one and 0 before: sums
    of products over it are running sums from the end. The residual variance of each place is the
    one beside its step, moderated by what is known of the measure.
    """
    near = _neighbours(model.at, noise.correlation)
    scale = np.sqrt(1.0 - near**2)
    white = np.column_stack([model.columns, model.value])
    white[1:] -= near[1:, None] * white[:-1].copy()
    white /= scale[:, None]
    head, tail = 1.0 / scale, (1.0 - near) / scale
    gram = white.T @ white
    known = (noise.sigma / model.width) ** 2
    precision = gram[:-1, :-1] + np.diag(known)
    inverse = np.linalg.inv(precision)
    coefficient = inverse @ gram[:-1, -1]
    cross = head[:, None] * white + _after(tail[:, None] * white)
    per_change = cross[:, :-1] @ inverse
    information = head**2 + _after(tail**2) - np.einsum("ij,ij->i", per_change, cross[:, :-1])
    information = np.maximum(information, _TINY)
    score = cross[:, -1] - cross[:, :-1] @ coefficient
    rest = gram[-1, -1] - gram[:-1, -1] @ coefficient - score**2 / information
    rest = np.maximum(rest, 0.0) + model.scatter.df * model.scatter.usual**2
    df = model.scatter.df + model.at.size - 2.0
    sigma = np.sqrt(np.maximum(rest / df, model.scatter.smallest**2))
    error = sigma / np.sqrt(information)
    change = score / information
    widths = np.log(known[known > 0.0]).sum() - np.linalg.slogdet(precision)[1]
    log_evidence = 0.5 * (widths - np.log(information) - df * np.log(rest)) - np.log(scale).sum()
    return Scan(
        model, change, error, change / error, sigma, df, log_evidence, coefficient, per_change
    )


def _after(values: FloatArray) -> FloatArray:
    """Return for each row the sum of the rows after it."""
    return np.asarray(np.cumsum(values[::-1], axis=0)[::-1] - values)


def _neighbours(at: FloatArray, correlation: float) -> FloatArray:
    """Return each reading's correlation with the one before it, 0 for the first."""
    near = np.zeros(at.size)
    near[1:] = np.minimum(correlation ** np.diff(at), _MOST_ALIKE)
    return near


def first_look(model: Model) -> Scan:
    """Scan under the usual noise."""
    return scan(model, Noise(model.scatter.usual, _CORRELATION_MEAN))


def noise_beside(look: Scan, place: int) -> Noise:
    """Estimate the noise beside a step, which may be what one looks for.

    Means over the posterior of the correlation: residuals of one fit would make the noise too
    small and too little alike, because the model's drift takes up part of it.
    """
    first = float(look.sigma[place])
    looks = [scan(look.model, Noise(first, float(phi))) for phi in _CORRELATIONS]
    fit = np.array([one.log_evidence[place] for one in looks])
    fit -= 0.5 * ((_CORRELATIONS - _CORRELATION_MEAN) / _CORRELATION_SD) ** 2
    weight = np.exp(fit - fit.max())
    weight /= weight.sum()
    sigma = np.array([one.sigma[place] for one in looks])
    return Noise(float(weight @ sigma), float(weight @ _CORRELATIONS))


def with_own_falls(look: Scan, place: int) -> Model:
    """Let single cycles fall more or less than usual by a share of the usual fall."""
    model = look.model
    usual = abs(float(look.coefficients(place)[model.falls].sum()))
    width = model.width.copy()
    width[model.own_falls] = np.maximum(_OWN_FALL * model.threshold, _OWN_SHARE * usual)
    return replace(model, width=width)


def without_outliers(look: Scan, place: int) -> Model:
    """Cut off what is far from the prediction where the past had more outliers than chance.

    Of four readings since the step or more, nothing is cut that two in three of them reach.
    """
    model = look.model
    predicted = look.predicted(place)
    rest = model.value - predicted
    before = rest[:place] ** 2
    kurtosis = float((before**2).mean() / before.mean() ** 2) if before.any() else 0.0
    usual = _NORMAL_KURTOSIS + _KURTOSIS_ERRORS * float(np.sqrt(24.0 / place))
    if kurtosis <= usual:
        return model
    since = np.sort(np.abs(rest[place:]))
    most = max(_MOST_SD * float(look.sigma[place]), _MOST_FALLS * model.threshold)
    if since.size >= _NO_CHANCE:
        most = max(most, float(since[(since.size - 1) // 3]))
    return replace(model, value=predicted + np.clip(rest, -most, most))
