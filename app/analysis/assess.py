"""Run the estimates for all series of one patient in one epoch.

The series are looked at together because the scatter of one site tells about the scatter of the
others, and because the chance of a false alarm is held for the patient, not for the series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.analysis.rebound import Rebound, rebound
from app.analysis.series_epochs import Readings, SeriesEpoch
from app.analysis.settings import AnalysisSettings, Threshold
from app.analysis.trend import Trend, level_trend
from app.analysis.wearing_off.hierarchy import NoisePrior
from app.analysis.wearing_off.model import Evidence, SeriesInput, look

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

    def for_model(self, planned_days: float) -> SeriesInput:
        """Return what the model is told."""
        rounding = self.epoch.measure.step / self.scale / 12.0**0.5
        usual = float(np.hypot(self.threshold.noise_sd, rounding))
        return SeriesInput(
            measure=self.epoch.measure.key,
            readings=self.readings,
            prior=NoisePrior(float(np.log(usual)), self.threshold.noise_spread),
            rounding=rounding,
            planned_days=planned_days,
        )


def assess(epochs: Sequence[SeriesEpoch], settings: AnalysisSettings) -> tuple[Assessment, ...]:
    """Assess all series of one patient in one epoch, in the order given."""
    scaled = [_scaled(epoch, settings) for epoch in epochs]
    inputs = {
        index: one.for_model(one.epoch.planned_days)
        for index, one in enumerate(scaled)
        if one.readings.n_cycles >= CYCLES_FOR_A_SCORE and one.epoch.planned_days is not None
    }
    found = dict(zip(inputs, look(list(inputs.values())), strict=True)) if inputs else {}
    return tuple(_assessment(one, found.get(index)) for index, one in enumerate(scaled))


def _scaled(epoch: SeriesEpoch, settings: AnalysisSettings) -> _Scaled:
    threshold = settings.thresholds[epoch.measure.key]
    readings = epoch.readings
    scale = 1.0
    if threshold.relative and readings.value.size:
        # A median of 0 (no grip at all) leaves nothing to be relative to: see `floor`.
        scale = float(np.median(np.abs(readings.value))) or 1.0
        readings = replace(readings, value=readings.value / scale)
    return _Scaled(epoch, threshold, scale, readings)


def _assessment(scaled: _Scaled, found: Evidence | None) -> Assessment:
    epoch = scaled.epoch
    trend = None
    if found is not None:
        trend = level_trend(found.cycle_level, found.cycle_variance, found.cycle_year)
    return Assessment(
        epoch=epoch,
        scale=scaled.scale,
        threshold=scaled.threshold.value,
        typical=float(np.median(np.abs(epoch.readings.value))) if epoch.readings.at.size else None,
        found=found,
        rebound=rebound(epoch),
        trend=trend,
    )
