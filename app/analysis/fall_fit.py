"""Fit falls of cycles under one correlation structure, from sums of products alone.

Everything is relative to the residual SD of the structure unless it says otherwise. The falls of
the cycles are estimated apart and then combined; their scatter is what the mean is judged by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.analysis.noise import (
    FIRST_SHAPE,
    N_NUISANCE,
    ONES,
    SLUMP,
    SLUMP_SD,
    TREND,
    VALUE,
    NoisePrior,
    Products,
)
from app.analysis.records import BoolArray, FloatArray

# Cycles truly differ in their falls by about a quarter of a fall that matters: judgement.
FALL_SPREAD: Final = 0.25
# How many cycles' worth of trust the scatter inside cycles gets against the scatter between
# cycles: judgement, checked by simulation (docs/methods/end-of-interval-weakness.md).
PRIOR_CYCLES: Final = 4.0
# Least sum of squared shape values for a cycle to tell of its fall: one reading on the last
# tenth of the way from the onset to the planned end would have 1, one just after the onset 0.
TELLING: Final = 0.01
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class MeanFall:
    """The mean fall of the cycles, in the unit of the readings.

    `standard_error` is moderated: the scatter between cycles, held towards what the scatter
    inside them predicts; `df` are its degrees of freedom. `t_value` is 0 with an infinite error
    where no reading tells.
    """

    fall: float
    standard_error: float
    t_value: float
    df: float


@dataclass(frozen=True, slots=True)
class Fit:
    """One structure of the grid, fitted.

    Attributes
    ----------
    log_weight : float
        Log posterior weight of the structure, up to a constant.
    sigma : float
        Residual SD, unit of the readings.
    residual : (float, float)
        Sum of squares inside cycles and its degrees of freedom.
    mean, without_strongest : MeanFall
        Of all cycles, and without the one that contributes most.
    falls : float array, shape (cycles,)
        Each cycle's own fall; nan where its readings do not reach the onset.
    level : float
        Fitted level in the middle of the epoch, before any fall.
    cycle_level, cycle_variance, cycle_year : float array, shape (cycles,)
        Level of each cycle without slump and fall, its sampling variance, its mean time.
    information, score : float array, shape (shapes,)
        Of one common fall for every shape: 1'G1 and 1'r.
    """

    log_weight: float
    sigma: float
    residual: tuple[float, float]
    mean: MeanFall
    without_strongest: MeanFall
    falls: FloatArray
    level: float
    cycle_level: FloatArray
    cycle_variance: FloatArray
    cycle_year: FloatArray
    information: FloatArray
    score: FloatArray


@dataclass(frozen=True, slots=True)
class _Gram:
    """G, the information on the cycles' own falls: diagonal `own` less a matrix of rank three.

    Its products and inverses cost a few operations a cycle. `link` (cycles, 3) ties every fall
    to level, trend and slump, whose normal matrix is `normal` with `inverse`.
    """

    own: FloatArray
    link: FloatArray
    normal: FloatArray
    inverse: FloatArray

    @property
    def telling(self) -> BoolArray:
        """Which cycles have readings that tell of their fall."""
        return np.asarray(self.own > TELLING)

    def diagonal(self) -> FloatArray:
        """Return the diagonal of G."""
        return np.asarray(self.own - ((self.link @ self.inverse) * self.link).sum(axis=1))

    def times(self, vector: FloatArray) -> FloatArray:
        """Return G v."""
        return np.asarray(self.own * vector - self.link @ (self.inverse @ (self.link.T @ vector)))

    def solve(self, vector: FloatArray) -> FloatArray:
        """Return inverse(G) v; a cycle that does not tell has a row of zeros and gets 0."""
        return self._corrected(1.0 / (self.own + _TINY), self.normal, vector)

    def damped(self, spread: float, vector: FloatArray) -> FloatArray:
        """Return inverse(I + spread G) v."""
        return self._corrected(1.0 / (1.0 + spread * self.own), self.normal / spread, vector)

    def _corrected(
        self, diagonal: FloatArray, normal: FloatArray, vector: FloatArray
    ) -> FloatArray:
        """Correct the inverse of a diagonal for the matrix of rank three (Woodbury)."""
        scaled = diagonal[:, None] * self.link
        inner = normal - self.link.T @ scaled + _TINY * np.eye(N_NUISANCE)
        return np.asarray(diagonal * vector + scaled @ np.linalg.solve(inner, scaled.T @ vector))


@dataclass(frozen=True, slots=True)
class _Projected:
    """Normal equations with level, trend and slump projected out.

    `gram` and `right` (cycles,) belong to the cycles' own falls under the last shape;
    `information` and `score` (shapes,) to one common fall.
    """

    log_det: float
    square: float
    information: FloatArray
    score: FloatArray
    gram: _Gram
    right: FloatArray


def fit(products: Products, n: int, *, threshold: float, prior: NoisePrior) -> Fit:
    """Fit one structure; the last shape is the one that is tested.

    Parameters
    ----------
    n : int
        Number of readings.
    threshold : float
        The fall that matters, unit of the readings.
    """
    equations = _project(products)
    gram, right = equations.gram, equations.right
    falls = gram.solve(right)
    inside = max(equations.square - float(right @ falls), 0.0)
    df_inside = max(float(n - N_NUISANCE - np.count_nonzero(gram.telling)), 0.0)
    variance = (prior.readings * prior.variance + inside) / (prior.readings + df_inside)
    scatter = _Scatter(
        variance=variance,
        df=prior.readings + df_inside,
        spread=(FALL_SPREAD * threshold) ** 2 / variance,
    )
    mean = _mean_fall(gram, right, scatter)
    rest = _project(_without(products, int(np.argmax(falls * gram.diagonal()))))
    levels = _levels(products, equations, mean.fall)
    return Fit(
        log_weight=_log_weight(products, equations, n, prior),
        sigma=float(np.sqrt(variance)),
        residual=(inside, df_inside),
        mean=mean,
        without_strongest=_mean_fall(rest.gram, rest.right, scatter),
        falls=np.where(gram.telling, falls, np.nan),
        level=levels[0],
        cycle_level=levels[1],
        cycle_variance=variance / products.cross[:, ONES, ONES],
        cycle_year=products.cross[:, ONES, TREND] / products.cross[:, ONES, ONES],
        information=equations.information,
        score=equations.score,
    )


def _project(products: Products) -> _Projected:
    total = products.cross.sum(axis=0)
    normal = total[:N_NUISANCE, :N_NUISANCE].copy()
    normal[SLUMP, SLUMP] += SLUMP_SD**-2
    normal += _TINY * np.eye(N_NUISANCE)  # readings of one instant have no trend
    inverse = np.linalg.inv(normal)
    value = total[:N_NUISANCE, VALUE]
    shape = total[:N_NUISANCE, FIRST_SHAPE:]
    fitted = inverse @ value
    per_cycle = products.cross[:, :N_NUISANCE, -1]
    return _Projected(
        log_det=float(np.linalg.slogdet(normal)[1]),
        square=float(total[VALUE, VALUE] - value @ fitted),
        information=products.square.sum(axis=0) - ((inverse @ shape) * shape).sum(axis=0),
        # A fall lowers the value, so the columns of the design are the shapes, negated.
        score=shape.T @ fitted - total[VALUE, FIRST_SHAPE:],
        gram=_Gram(products.square[:, -1], per_cycle, normal, inverse),
        right=per_cycle @ fitted - products.cross[:, VALUE, -1],
    )


@dataclass(frozen=True, slots=True)
class _Scatter:
    """Residual variance, its degrees of freedom, and the true falls' variance relative to it."""

    variance: float
    df: float
    spread: float


def _mean_fall(gram: _Gram, right: FloatArray, scatter: _Scatter) -> MeanFall:
    """Combine the cycles' falls; their scatter beyond the expected widens the error.

    With falls d ~ N(mean, variance (inverse(G) + spread I)) the inverse covariance is
    G inverse(I + spread G), which needs no inverse of G, singular where a cycle does not tell.
    """
    between = max(np.count_nonzero(gram.telling) - 1.0, 0.0)
    df = _satterthwaite(between, scatter.df)
    information = float(gram.times(gram.damped(scatter.spread, np.ones_like(right))).sum())
    if information < _TINY:
        return MeanFall(0.0, np.inf, 0.0, df)
    damped = gram.damped(scatter.spread, right)
    fall = float(damped.sum()) / information
    raw = float(right @ gram.solve(right)) - scatter.spread * float(right @ damped)
    excess = max(raw - fall**2 * information, 0.0) / scatter.variance
    moderated = (PRIOR_CYCLES + excess) / (PRIOR_CYCLES + between)
    error = float(np.sqrt(scatter.variance * moderated / information))
    return MeanFall(fall, error, fall / error, df)


def _satterthwaite(between: float, inside: float) -> float:
    """Return the degrees of freedom of the moderated variance.

    Relative variances of independent factors add up: 2 / inside for the residual variance, and
    2 between / (prior + between)^2 for the mean of the prior and the scatter between cycles.
    """
    return 1.0 / (1.0 / inside + between / (PRIOR_CYCLES + between) ** 2)


def _without(products: Products, cycle: int) -> Products:
    """Leave one cycle out."""
    return replace(
        products,
        cross=np.delete(products.cross, cycle, axis=0),
        square=np.delete(products.square, cycle, axis=0),
    )


def _levels(products: Products, equations: _Projected, fall: float) -> tuple[float, FloatArray]:
    """Return the level in the middle of the epoch, and of each cycle, without slump and fall."""
    total = products.cross.sum(axis=0)[:N_NUISANCE]
    coefficients = equations.gram.inverse @ (total[:, VALUE] + fall * total[:, -1])
    ones = products.cross[:, ONES, :]
    cycle_level = (
        ones[:, VALUE] - coefficients[SLUMP] * ones[:, SLUMP] + fall * ones[:, -1]
    ) / ones[:, ONES]
    return float(coefficients[ONES]), cycle_level


def _log_weight(products: Products, equations: _Projected, n: int, prior: NoisePrior) -> float:
    """Return the log marginal likelihood with a common fall, the variance integrated out."""
    information = max(float(equations.information[-1]), _TINY)
    residual = max(equations.square - float(equations.score[-1]) ** 2 / information, 0.0)
    scale = prior.readings * prior.variance + residual
    determinants = products.log_det + equations.log_det + np.log(information)
    freedom = prior.readings + n - N_NUISANCE
    return float(products.log_prior - 0.5 * (determinants + freedom * np.log(scale)))
