"""The finding on progressive decline: levels that infusions no longer bring back.

Looked at in the current epoch, and over the record since the last hold: a decline that goes on
through every change of the plan would be invisible if each change began the count anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from app.analysis.assess import Assessment
from app.analysis.cycles import Timeline
from app.analysis.kinds.wording import amount, day_words, likewise, series_words
from app.analysis.measures import Better
from app.analysis.results import FindingDraft, Interval, rounded
from app.analysis.settings import SYMPTOM_MEASURES
from app.analysis.trend import Trend, level_trend

# Chance that a patient with a steady level is reported in any series: judgement, between the
# errors of the verdicts, because a decline is looked at by a person and not acted on.
DECLINE_ERROR: Final = 0.02
# The loss over the time looked at must be at least half of a fall that matters: judgement.
SHARE_OF_THRESHOLD: Final = 0.5
_FEWEST_CYCLES: Final = 4  # a line through three cycles has one degree of freedom: judgement
_LOOKS: Final = 2  # the current epoch and the record since the last hold


@dataclass(frozen=True, slots=True)
class Decline:
    """A line through recovered levels of one series, in the measure's unit."""

    assessment: Assessment
    trend: Trend
    since: date
    cycles: int

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-able values."""
        return {
            "measure": self.assessment.epoch.measure.key,
            "site": self.assessment.epoch.site,
            "since": self.since.isoformat(),
            "cycles": self.cycles,
            "trend_per_year": self.trend.per_year.to_dict(),
            "p_value": rounded(self.trend.p_decline),
            "loss": rounded(self.trend.loss),
        }


def progressive_decline(
    earlier: Sequence[Sequence[Assessment]], current: Sequence[Assessment], timeline: Timeline
) -> FindingDraft | None:
    """Report strength-like series whose recovered level sinks across cycles.

    Needs a 90 % interval of the trend below 0, evidence that holds `DECLINE_ERROR` over both
    looks at all series of the patient together (Bonferroni), and a loss that matters.
    """
    strength = [one for one in current if one.epoch.measure.key not in SYMPTOM_MEASURES]
    looks = [
        decline
        for one in strength
        for decline in (
            _line([one]),
            _line([*_same_series(one, earlier, timeline), one]),
        )
        if decline is not None
    ]
    error = DECLINE_ERROR / (_LOOKS * max(len(strength), 1))
    best: dict[tuple[str, str], Decline] = {}
    for look in sorted(looks, key=lambda decline: decline.trend.p_decline):
        if _declines(look, error):
            best.setdefault((look.assessment.epoch.measure.key, look.assessment.epoch.site), look)
    return _finding(list(best.values())) if best else None


def _same_series(
    one: Assessment, earlier: Sequence[Sequence[Assessment]], timeline: Timeline
) -> list[Assessment]:
    """Return the series' earlier epochs since the last hold that used the same device.

    Recovery after a hold starts from a low level, which would look like a decline before it.
    """
    after_hold = [epoch.index for epoch in timeline.epochs if "hold" in epoch.reasons]
    first = max(after_hold, default=0)
    return [
        before
        for epoch in earlier
        for before in epoch
        if before.epoch.measure.key == one.epoch.measure.key
        and before.epoch.site == one.epoch.site
        and before.epoch.device == one.epoch.device
        and before.epoch.number >= first
    ]


def _line(pieces: Sequence[Assessment]) -> Decline | None:
    """Fit one line through the cycles of all pieces, in the measure's own unit."""
    fitted = [(one.scale, one.found) for one in pieces if one.found is not None]
    if not fitted:
        return None
    level = np.concatenate([scale * found.cycle_level for scale, found in fitted])
    variance = np.concatenate([scale**2 * found.cycle_variance for scale, found in fitted])
    year = np.concatenate([found.cycle_year for _, found in fitted])
    trend = level_trend(level, variance, year)
    if trend is None or level.size < _FEWEST_CYCLES:
        return None
    first = next(one for one in pieces if one.found is not None)
    since = first.epoch.cycles[0].course.first_day
    return Decline(pieces[-1], trend, since, int(level.size))


def _declines(look: Decline, error: float) -> bool:
    matters = SHARE_OF_THRESHOLD * look.assessment.threshold * look.assessment.scale
    trend = look.trend
    return trend.per_year.high < 0.0 and trend.p_decline <= error and trend.loss >= matters


def _finding(declines: Sequence[Decline]) -> FindingDraft:
    return FindingDraft(
        kind="progressive_decline",
        measure=declines[0].assessment.epoch.measure.key,
        sites=tuple(dict.fromkeys(one.assessment.epoch.site for one in declines)),
        evidence={"series": [one.to_dict() for one in declines]},
        sentence=(
            "From interval to interval, less came back after the infusion: "
            f"{_words(declines[0])}.{likewise([_name(one) for one in declines[1:]])}"
        ),
        parameters={
            "decline_error": DECLINE_ERROR,
            "share_of_threshold": SHARE_OF_THRESHOLD,
            "fewest_cycles": _FEWEST_CYCLES,
        },
    )


def _words(one: Decline) -> str:
    epoch, trend = one.assessment.epoch, one.trend.per_year
    loss = Interval(-trend.estimate, -trend.high, -trend.low)
    verb = "lost" if epoch.measure.better is Better.HIGHER else "rose by"
    size = amount(loss, epoch.measure.unit)
    return f"{_name(one)} {verb} {size} a year since {day_words(one.since)}"


def _name(one: Decline) -> str:
    epoch = one.assessment.epoch
    return series_words(epoch.measure.key, epoch.site)
