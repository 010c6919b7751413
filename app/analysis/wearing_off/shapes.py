"""The shapes that a fall before the next infusion may have.

A fall is 0 until its onset, 1 at the planned end, goes on for a tenth of the cycle, then stays. It
is 0 again after the next infusion: rebound is part of every shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.analysis.cycles import FIRST_ANALYSIS_DAY
from app.analysis.records import FloatArray
from app.analysis.series_epochs import Readings

# Onset as a share of the planned cycle. Published model curves leave 95 % of the peak on day
# 11-15 of 21-28 [F4]; patients notice the last 3-10 days: broad, judgement.
_FIRST_ONSET: Final = 0.15
_ONSET_STEP: Final = 0.05
_ONSETS: Final = 16
_USUAL_ONSET: Final = 0.5
_ONSET_SPREAD: Final = 0.25
# Power of the way from the onset to the planned end: slowing, straight, speeding up: judgement.
_CURVATURES: Final = (0.6, 1.0, 1.8)
_CURVATURE_WEIGHTS: Final = (0.25, 0.5, 0.25)
# Past the planned end the fall goes on for a tenth of the cycle, then stays: judgement.
_FALL_STOPS: Final = 1.1
# Of a curved fall the onset is the time by which a tenth has happened; of a straight one its kink.
_BEGUN: Final = 0.1


@dataclass(frozen=True, slots=True)
class Shapes:
    """The grid of shapes, in the same order in every field.

    Attributes
    ----------
    onset, curvature, weight : float array, shape (shapes,)
        Onset as a share of the planned cycle, power of the fall, prior weight (sum 1).
    begins : float array, shape (shapes,)
        Where the fall is said to begin, as a share of the planned cycle.
    """

    onset: FloatArray
    curvature: FloatArray
    weight: FloatArray
    begins: FloatArray

    @property
    def number(self) -> int:
        """How many shapes there are."""
        return int(self.onset.size)


def _grid() -> Shapes:
    steps = _FIRST_ONSET + _ONSET_STEP * np.arange(_ONSETS)
    onset = np.repeat(steps, len(_CURVATURES))
    curvature = np.tile(np.array(_CURVATURES), _ONSETS)
    prior = np.exp(-0.5 * ((onset - _USUAL_ONSET) / _ONSET_SPREAD) ** 2)
    weight = prior * np.tile(np.array(_CURVATURE_WEIGHTS), _ONSETS)
    begun = np.where(curvature == 1.0, 0.0, _BEGUN ** (1.0 / curvature))
    return Shapes(onset, curvature, weight / weight.sum(), onset + (1.0 - onset) * begun)


SHAPES: Final = _grid()


def planned_end(readings: Readings) -> FloatArray:
    """Return S of every reading's cycle, at least a day after the first analysis day."""
    return np.maximum(readings.planned_end, FIRST_ANALYSIS_DAY + 1.0)


def fall_shapes(readings: Readings) -> FloatArray:
    """Return every shape at every reading: 0 until the onset, 1 at the planned end.

    Returns
    -------
    float array, shape (n, shapes)
    """
    end = planned_end(readings)[:, None]
    way = np.minimum(readings.day[:, None] / end, _FALL_STOPS)
    onset = SHAPES.onset[:: len(_CURVATURES)]
    share = np.maximum(0.0, (way - onset) / (1.0 - onset))
    curved = [share if power == 1.0 else share**power for power in _CURVATURES]
    return np.stack(curved, axis=2).reshape(way.shape[0], SHAPES.number)
