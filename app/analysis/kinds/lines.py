"""Recovered levels of a series through its epochs, and straight lines through them.

An epoch begins with every change of the plan. What happens slowly is seen only across them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from app.analysis.assess import Assessment
from app.analysis.cycles import Timeline
from app.analysis.kinds.wording import amount, series_words
from app.analysis.measures import Better
from app.analysis.records import FloatArray
from app.analysis.results import Interval, rounded
from app.analysis.series_epochs import IntArray
from app.analysis.trend import Trend, level_trend
from app.said import Said, say

FEWEST_CYCLES: Final = 4  # a line through three cycles has one degree of freedom: judgement
# What a line gains or loses in the time looked at matters from half of a fall that matters on:
# judgement.
SHARE_OF_THRESHOLD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Levels:
    """One level a cycle, in the measure's unit; higher is better.

    Attributes
    ----------
    assessment : Assessment
        Of the newest epoch among them.
    cycle : int array, shape (cycles,)
        Index into `Timeline.cycles`, increasing.
    level, variance, year : float array, shape (cycles,)
        As in `Evidence`.
    """

    assessment: Assessment
    cycle: IntArray
    level: FloatArray
    variance: FloatArray
    year: FloatArray


@dataclass(frozen=True, slots=True)
class Line:
    """A line through recovered levels of one series, in the measure's unit."""

    assessment: Assessment
    trend: Trend
    since: date
    cycles: int

    @property
    def key(self) -> tuple[str, str]:
        """Measure and site."""
        return self.assessment.epoch.measure.key, self.assessment.epoch.site

    @property
    def matters(self) -> float:
        """The smallest change over the time looked at that is told."""
        return SHARE_OF_THRESHOLD * self.assessment.threshold * self.assessment.scale

    def falls(self, error: float) -> bool:
        """Whether it goes down: beyond chance `error`, its 90 % interval, and what matters."""
        trend = self.trend
        certain = trend.per_year.high < 0.0 and trend.p_decline <= error
        return certain and trend.loss >= self.matters

    def rises(self, error: float) -> bool:
        """Whether it goes up, in the same sense."""
        trend = self.trend
        certain = trend.per_year.low > 0.0 and 1.0 - trend.p_decline <= error
        return certain and -trend.loss >= self.matters

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-able values; `p_value` is for a decline."""
        measure, site = self.key
        return {
            "measure": measure,
            "site": site,
            "since": self.since.isoformat(),
            "cycles": self.cycles,
            "trend_per_year": self.trend.per_year.to_dict(),
            "p_value": rounded(self.trend.p_decline),
            "loss": rounded(self.trend.loss),
        }


def since_last_hold(
    one: Assessment, earlier: Sequence[Sequence[Assessment]], timeline: Timeline
) -> list[Assessment]:
    """Return a series in every epoch since the last hold that used the same device, oldest first.

    Recovery after a hold starts from a low level, which would look like a decline before it.
    """
    after_hold = [epoch.index for epoch in timeline.epochs if "hold" in epoch.reasons]
    first = max(after_hold, default=0)
    before = [
        piece
        for epoch in earlier
        for piece in epoch
        if piece.epoch.measure.key == one.epoch.measure.key
        and piece.epoch.site == one.epoch.site
        and piece.epoch.device == one.epoch.device
        and piece.epoch.number >= first
    ]
    return [*before, one]


def recovered_levels(pieces: Sequence[Assessment]) -> Levels | None:
    """Join the levels of a series' epochs; None where no epoch has any."""
    fitted = [(one, one.found) for one in pieces if one.found is not None]
    if not fitted:
        return None
    return Levels(
        assessment=pieces[-1],
        cycle=np.concatenate([one.epoch.readings.timeline_cycle for one, _ in fitted]),
        level=np.concatenate([one.scale * found.cycle_level for one, found in fitted]),
        variance=np.concatenate([one.scale**2 * found.cycle_variance for one, found in fitted]),
        year=np.concatenate([found.cycle_year for _, found in fitted]),
    )


def cycle_means(pieces: Sequence[Assessment]) -> Levels | None:
    """Return what `recovered_levels` does, with the plain mean of each cycle as its level.

    How somebody fares over a whole interval is its good and its bad days together.
    """
    levels = recovered_levels(pieces)
    if levels is None:
        return None
    readings = [one.epoch.readings for one in pieces if one.found is not None]
    means = [np.bincount(r.cycle, weights=r.value) / np.bincount(r.cycle) for r in readings]
    return replace(levels, level=np.concatenate(means))


def line(
    levels: Levels | None, timeline: Timeline, *, within: tuple[int, int] | None = None
) -> Line | None:
    """Fit a line through the levels; None for fewer than four cycles.

    Parameters
    ----------
    within : (int, int) or None
        First and last cycle to use, indices into `Timeline.cycles`.
    """
    if levels is None:
        return None
    first, last = (0, len(timeline.cycles)) if within is None else within
    keep = (levels.cycle >= first) & (levels.cycle <= last)
    cycles = levels.cycle[keep]
    trend = level_trend(levels.level[keep], levels.variance[keep], levels.year[keep])
    if trend is None or cycles.size < FEWEST_CYCLES:
        return None
    since = timeline.cycles[int(cycles[0])].course.first_day
    return Line(levels.assessment, trend, since, int(cycles.size))


def common_cycles(one: Levels, other: Levels) -> tuple[int, int]:
    """Return the first and the last cycle of the time over which both series were read."""
    first = max(int(one.cycle[0]), int(other.cycle[0]))
    return first, min(int(one.cycle[-1]), int(other.cycle[-1]))


def change_words(one: Line) -> Said:
    """Say what changed: "grip lost 1.2 kPa (0.9 to 1.5) a year"; a score of disability rises."""
    measure, trend = one.assessment.epoch.measure, one.trend.per_year
    gained = trend.estimate > 0.0
    size = trend if gained else Interval(-trend.estimate, -trend.high, -trend.low)
    name, by = series_words(*one.key), amount(size, measure.unit)
    if measure.better is Better.HIGHER:
        if gained:
            return say("%(series)s gained %(amount)s a year", series=name, amount=by)
        return say("%(series)s lost %(amount)s a year", series=name, amount=by)
    if gained:
        return say("%(series)s fell by %(amount)s a year", series=name, amount=by)
    return say("%(series)s rose by %(amount)s a year", series=name, amount=by)
