"""Size and onset of the fall, with 90 % intervals, from the same grid as the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from app.analysis.records import FloatArray
from app.analysis.results import Interval
from app.analysis.wearing_off.equations import Equations
from app.analysis.wearing_off.factors import log_sum
from app.analysis.wearing_off.hierarchy import SiteFactors
from app.analysis.wearing_off.shapes import SHAPES

# A prior so wide, in residual SDs, that it matters only where no reading tells of a fall.
_WIDEST_FALL: Final = 8.0
# Tails of the posterior that leave 90 % of the true values inside over simulated patients: the
# priors are broader than the patients (docs/methods/detection-results.md).
_TAIL: Final = 0.06
_ONSET_TAIL: Final = 0.07
_HALVINGS: Final = 24
_NEGLIGIBLE: Final = 1e-4  # of a posterior weight
_TINY: Final = 1e-12
_LITTLE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class FallPosterior:
    """A mixture of normal distributions of the drop, and the weight of every shape.

    Attributes
    ----------
    weight, centre, error : float array, shape (components,)
    shape_weight : float array, shape (shapes,)
    """

    weight: FloatArray
    centre: FloatArray
    error: FloatArray
    shape_weight: FloatArray

    @classmethod
    def of(
        cls, equations: Equations, column: int, *, factors: SiteFactors, log_weight: FloatArray
    ) -> FallPosterior:
        """Weigh every structure, scatter, variance and shape by how well it explains."""
        joint = log_weight[:, :, None, None] + factors.log_shape_factor
        weight = np.exp(joint - joint.max())
        weight /= weight.sum()
        by_structure = weight.sum(axis=1)  # (structures, variances, shapes)
        common = equations.common
        precision = common.information[..., :-1] + _WIDEST_FALL**-2
        centre = common.score[..., :-1, column] / precision
        variance = np.einsum("tgvj,g->tvj", weight, factors.sigma**2) / precision
        # Structures and scatters hardly differ in their answer: their mean and variance will do.
        mass = by_structure.sum(axis=0)
        keep = mass > _NEGLIGIBLE
        mean = (by_structure * centre).sum(axis=0)[keep] / mass[keep]
        square = (variance + by_structure * centre**2).sum(axis=0)[keep] / mass[keep]
        return cls(
            weight=mass[keep] / mass[keep].sum(),
            centre=mean,
            error=np.sqrt(np.maximum(square - mean**2, _TINY)),
            shape_weight=mass.sum(axis=0),
        )

    def drop(self) -> Interval:
        """Return the median drop and its 90 % interval."""
        share = np.array([_TAIL, 0.5, 1.0 - _TAIL])
        spread = self.error * ndtri(1.0 - _TAIL)
        low = np.full(3, float((self.centre - spread).min()))
        high = np.full(3, float((self.centre + spread).max()))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            below = self.weight @ ndtr((middle - self.centre[:, None]) / self.error[:, None])
            low, high = np.where(below < share, middle, low), np.where(below < share, high, middle)
        found = ((low + high) / 2.0).tolist()
        return Interval(found[1], found[0], found[2])

    def onset_day(self, planned_end: float, planned_days: float) -> Interval | None:
        """Return where the fall begins, analysis days; None when it cannot be located."""
        order = np.argsort(SHAPES.begins, kind="stable")
        begins = SHAPES.begins[order]
        weight = self.shape_weight[order]
        # Each shape stands for the times around it: half of its weight lies before it.
        cumulative = np.cumsum(weight) - 0.5 * weight
        found = np.interp([_ONSET_TAIL, 0.5, 1.0 - _ONSET_TAIL], cumulative, begins) * planned_end
        low, middle, high = found.tolist()
        if high - low > planned_days / 2.0:
            return None
        return Interval(middle, low, high)


def p_value(
    equations: Equations, column: int, *, factors: SiteFactors, log_weight: FloatArray
) -> tuple[float, float]:
    """Return the one-sided p of a fall of the usual shape, and its standard error.

    The last shape of the equations is the prior mean of all; the residual is what is left after
    such a fall. With few readings the average over the scatter gives the tails of a t.
    """
    common = equations.common
    information = common.information[..., -1]  # (structures, variances)
    score = common.score[..., -1, column]
    sigma = factors.sigma
    safe = np.maximum(information, _LITTLE)
    explained = score**2 / safe + common.quadratic[..., -1, column]
    log_joint = (
        log_weight[:, :, None]
        + 0.5 * explained[:, None] / sigma[:, None] ** 2
        + np.log(sigma)[:, None]  # one degree of freedom went to the fall
        - 0.5 * (np.log(safe) + common.log_det[..., -1])[:, None]
    )
    weight = np.exp(log_joint - log_joint.max())
    weight /= weight.sum()
    deviate = (score / np.sqrt(safe))[:, None] / sigma[:, None]
    error = (1.0 / np.sqrt(safe))[:, None] * sigma[:, None]
    log_tail = log_sum((np.log(np.maximum(weight, 1e-300)) + log_ndtr(-deviate)).ravel(), axis=0)
    return float(np.exp(log_tail)), float((weight * error).sum())
