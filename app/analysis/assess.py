"""Run the estimates for all series of one patient in one epoch.

The series are looked at together because the scatter of one site tells about the scatter of the
others, and because the chance of a false alarm is held for the patient, not for the series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.analysis.noise import NoisePrior, pooled_prior
from app.analysis.rebound import Rebound, rebound
from app.analysis.series_epochs import Readings, SeriesEpoch
from app.analysis.settings import AnalysisSettings, Threshold
from app.analysis.trend import Trend, level_trend
from app.analysis.wear_off import Evidence, evidence, residual

CYCLES_FOR_A_SCORE: Final = 3  # closed, outside holds, with readings from day 4 on


@dataclass(frozen=True, slots=True)
class Assessment:
    """The estimates for one series in one epoch.

    Attributes
    ----------
    scale : float
        The measure's unit per unit of the estimates: the patient's own median for relative
        measures, else 1.
    threshold : float
        The fall that matters, in the unit of the estimates.
    typical : float or None
        Median of the readings in the measure's own unit and direction.
    found, trend : Evidence or None, Trend or None
        None for fewer than three cycles with readings.
    """

    epoch: SeriesEpoch
    scale: float
    threshold: float
    typical: float | None
    found: Evidence | None
    rebound: Rebound
    trend: Trend | None


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A series ready for the model."""

    epoch: SeriesEpoch
    threshold: Threshold
    scale: float
    readings: Readings

    @property
    def rounding_variance(self) -> float:
        """Variance of rounding to the steps of the scale: step squared over 12."""
        return (self.epoch.measure.step / self.scale) ** 2 / 12.0

    @property
    def prior(self) -> NoisePrior:
        """The usual scatter of the measure, rounding included."""
        return NoisePrior(self.threshold.noise_sd**2 + self.rounding_variance)


def assess(epochs: Sequence[SeriesEpoch], settings: AnalysisSettings) -> tuple[Assessment, ...]:
    """Assess all series of one patient in one epoch, in the order given."""
    scaled = [_scaled(epoch, settings) for epoch in epochs]
    testable = [s for s in scaled if s.readings.n_cycles >= CYCLES_FOR_A_SCORE]
    residuals = {
        (s.epoch.measure.key, s.epoch.site): residual(
            s.readings, threshold=s.threshold.value, prior=s.prior
        )
        for s in testable
    }
    return tuple(_assess_one(s, residuals) for s in scaled)


def _scaled(epoch: SeriesEpoch, settings: AnalysisSettings) -> _Scaled:
    threshold = settings.thresholds[epoch.measure.key]
    readings = epoch.readings
    scale = 1.0
    if threshold.relative and readings.value.size:
        # A median of 0 (no grip at all) leaves nothing to be relative to: see `floor`.
        scale = float(np.median(np.abs(readings.value))) or 1.0
        readings = replace(readings, value=readings.value / scale)
    return _Scaled(epoch, threshold, scale, readings)


def _assess_one(
    scaled: _Scaled, residuals: dict[tuple[str, str], tuple[float, float]]
) -> Assessment:
    epoch, readings = scaled.epoch, scaled.readings
    key = (epoch.measure.key, epoch.site)
    found, trend = None, None
    if key in residuals and epoch.planned_days is not None:
        others = [r for other, r in residuals.items() if other[0] == key[0] and other != key]
        found = evidence(
            readings,
            threshold=scaled.threshold.value,
            prior=pooled_prior(scaled.prior, others, rounding_variance=scaled.rounding_variance),
            planned_days=epoch.planned_days,
        )
        trend = level_trend(found.cycle_level, found.cycle_variance, found.cycle_year)
    size = readings.value.size
    return Assessment(
        epoch=epoch,
        scale=scaled.scale,
        threshold=scaled.threshold.value,
        typical=float(np.median(np.abs(epoch.readings.value))) if size else None,
        found=found,
        rebound=rebound(epoch),
        trend=trend,
    )
