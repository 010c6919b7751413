"""Acute drop: the newest readings lie far below what the patient's own past predicts.

The fast message: it needs no completed cycle and looks at the open one. A usual fall before an
infusion, a slow decline and a slump after an infusion are part of the prediction, so they are
not acute. See docs/methods/acute-drop.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from app.analysis.cycles import FIRST_ANALYSIS_DAY, local_day
from app.analysis.kinds.wording import amount, likewise, series_words
from app.analysis.own_prediction import (
    Model,
    Scan,
    Scatter,
    first_look,
    model_of,
    noise_beside,
    scan,
    with_own_falls,
    without_outliers,
)
from app.analysis.placed import Placed
from app.analysis.records import FloatArray
from app.analysis.results import FindingDraft, Interval, rounded
from app.analysis.series_epochs import instant_of
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings
from app.said import say, sentences

LOOK_BACK_DAYS: Final = 180.0  # six monthly cycles tell what is usual: judgement
NEWEST_DAYS: Final = 28  # of readings; after them it is not acute, but a level: judgement
FEWEST_BEFORE: Final = 6  # readings, and
SHORTEST_BEFORE_DAYS: Final = 14.0  # days of them before the drop: judgement
SILENT_DAYS: Final = 365  # an answer is not waited for any longer: judgement
LONGEST_SILENCE_DAYS: Final = 28.0  # over a longer one nobody knows that it was sudden: judgement
# Drops that chance may bring in a year and patient, if every look at every place were a test of
# its own. Neighbouring ones hardly differ, so the rate seen in simulation is a fifth of it.
YEARLY_ERROR: Final = 0.2
FEWEST_DAYS: Final = 2  # on which readings are a fall that matters below
BACK_WITHIN: Final = 0.5  # of a fall that matters, to be back: as in `lapse`
_DAYS_PER_YEAR: Final = 365.25
_LEAST_GAP_DAYS: Final = 0.5
_LARGEST_GAP_DAYS: Final = 7.0
_EARLY_SHARE: Final = 0.25  # of a short cycle that counts as "just after the infusion"
_WORTH_A_LOOK: Final = 3.0  # t of any step at a first look, far below every cut
_MOST_STEPS: Final = 5  # that the level may have had in the time looked back at: judgement


@dataclass(frozen=True, slots=True)
class AcuteDrop:
    """A drop of one series, in the measure's unit.

    Attributes
    ----------
    since, newest, until : date
        First day of the drop, day of the newest reading, and the day from which the drop is no
        longer told if nobody reports anything more.
    drop : Interval
        Positive is worse.
    share : float
        The drop in falls that matter.
    predicted : float
        Mean of what was expected of the readings since, in the measure's direction.
    """

    measure: str
    site: str
    unit: str
    since: date
    newest: date
    until: date
    drop: Interval
    share: float
    predicted: float
    readings: int
    readings_before: int
    noise_sd: float
    t_value: float
    p_value: float

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-able values."""
        return {
            "measure": self.measure,
            "site": self.site,
            "since": self.since.isoformat(),
            "newest": self.newest.isoformat(),
            "until": self.until.isoformat(),
            "drop": self.drop.to_dict(),
            "predicted": rounded(self.predicted),
            "readings": self.readings,
            "readings_before": self.readings_before,
            "noise_sd": rounded(self.noise_sd),
            "t_value": rounded(self.t_value),
            "p_value": rounded(self.p_value),
        }


def acute_drops(
    series: Sequence[Placed], settings: AnalysisSettings, *, zone: str
) -> tuple[AcuteDrop, ...]:
    """Return the strength-like series whose newest readings dropped, largest drop first.

    The answer depends on the record alone; `AcuteDrop.until` says how long it stands.
    """
    strength = [one for one in series if one.measure.key not in SYMPTOM_MEASURES]
    # A series that the patient has given up, while others go on, says nothing about now.
    newest = max((one.at[-1] for one in series), default=0.0)
    looks = (
        _look(one, settings, n_series=len(strength), zone=zone)
        for one in strength
        if one.at[-1] > newest - NEWEST_DAYS
    )
    found = [drop for drop in looks if drop is not None]
    return tuple(sorted(found, key=lambda drop: -drop.share))


def acute_drop(drops: Sequence[AcuteDrop], *, today: date) -> FindingDraft | None:
    """Report the drops that are still told of today.

    They end by what is reported: readings that come back, or four weeks of them. Silence alone
    ends them only after a year, because a patient who falls silent is not a patient who is well.
    """
    now = [drop for drop in drops if today < drop.until]
    if not now:
        return None
    first = now[0]
    others = [series_words(drop.measure, drop.site) for drop in now[1:]]
    return FindingDraft(
        kind="acute_drop",
        measure=first.measure,
        sites=tuple(dict.fromkeys(drop.site for drop in now)),
        evidence={"series": [drop.to_dict() for drop in now]},
        said=sentences(
            say(
                "From %(since)s to the newest reading on %(newest)s, %(series)s was worse by "
                "%(amount)s than this patient's own earlier readings at the same place in the "
                "interval.",
                since=first.since,
                newest=first.newest,
                series=series_words(first.measure, first.site),
                amount=amount(first.drop, first.unit),
            ),
            likewise(others),
        ),
        parameters={
            "yearly_error": YEARLY_ERROR,
            "look_back_days": LOOK_BACK_DAYS,
            "newest_days": NEWEST_DAYS,
            "fewest_before": FEWEST_BEFORE,
            "shortest_before_days": SHORTEST_BEFORE_DAYS,
            "longest_silence_days": LONGEST_SILENCE_DAYS,
            "silent_days": SILENT_DAYS,
            "fewest_days": FEWEST_DAYS,
            "back_within": BACK_WITHIN,
        },
    )


def _look(
    placed: Placed, settings: AnalysisSettings, *, n_series: int, zone: str
) -> AcuteDrop | None:
    readings = _newest(placed)
    if readings.at.size < FEWEST_BEFORE + 2:
        return None
    threshold = settings.thresholds[placed.measure.key]
    scale = float(np.median(np.abs(readings.value))) if threshold.relative else 1.0
    if scale == 0.0:
        return None  # No grip at all: nothing can drop.
    scatter = Scatter.of(threshold, step=placed.measure.step / scale)
    model = model_of(
        readings,
        readings.value / scale,
        threshold=threshold.value,
        scatter=scatter,
        newest_days=float(NEWEST_DAYS),
    )
    found = _newest_drop(model, error=_error(readings.at) / n_series, zone=zone)
    return None if found is None else _drop(found, readings, scale=scale, zone=zone)


def _newest(placed: Placed) -> Placed:
    """Keep the newest device's readings of the time looked back at, without the slump days."""
    early = np.fmin(FIRST_ANALYSIS_DAY, _EARLY_SHARE * placed.planned_end)
    recent = placed.at >= placed.at[-1] - LOOK_BACK_DAYS
    return placed.where(recent & (placed.device == placed.device[-1]) & ~(placed.day < early))


def _error(at: FloatArray) -> float:
    """Return the error of one look at one place.

    With a reading every g days there are 365 / g looks a year at 28 / g places each.
    """
    gap = float(at[-1] - at[0]) / (at.size - 1)
    gap = min(max(gap, _LEAST_GAP_DAYS), _LARGEST_GAP_DAYS)
    return YEARLY_ERROR * gap**2 / (_DAYS_PER_YEAR * NEWEST_DAYS)


def _newest_drop(model: Model, *, error: float, zone: str) -> tuple[Scan, int] | None:
    """Return the scan and the place of a drop; older steps of the level are taken as they are."""
    look = first_look(model)
    place = _largest(look)
    if abs(look.t_value[place]) < _WORTH_A_LOOK:
        return None
    noise, model = noise_beside(look, place), with_own_falls(look, place)
    for _ in range(_MOST_STEPS):
        look = scan(model, noise)
        place = _largest(look)
        if look.p_value(place) > error:
            return None
        if _is_drop(look, place, zone):
            plain = scan(without_outliers(look, place), noise)
            certain = plain.t_value[place] < 0.0 and plain.p_value(place) <= error
            return (look, place) if certain else None
        model = model.with_step(place)
    return None


def _largest(look: Scan) -> int:
    """Return the most striking step that has a reading before it and one after its first."""
    return 1 + int(np.argmax(np.abs(look.t_value[1:-1])))


def _is_drop(look: Scan, place: int, zone: str) -> bool:
    """Whether a step is new, large, seen on two days, not back, and after a known past."""
    at, threshold = look.model.at, look.model.threshold
    if look.change[place] > -threshold or at[place] <= at[-1] - NEWEST_DAYS:
        return False
    short = place < FEWEST_BEFORE or at[place - 1] - at[0] < SHORTEST_BEFORE_DAYS
    if short or at[place] - at[place - 1] > LONGEST_SILENCE_DAYS:
        return False
    beyond = look.model.value[place:] - look.predicted(place)[place:]
    days = [local_day(instant_of(float(one)), zone).toordinal() for one in at[place:]]
    _, first, count = np.unique(days, return_index=True, return_counts=True)
    daily = np.add.reduceat(beyond, first) / count
    is_back = daily[-2:].mean() > -BACK_WITHIN * threshold
    return bool(np.count_nonzero(daily <= -threshold) >= FEWEST_DAYS and not is_back)


def _drop(found: tuple[Scan, int], readings: Placed, *, scale: float, zone: str) -> AcuteDrop:
    look, place = found
    change = look.interval(place)
    newest = local_day(instant_of(float(readings.at[-1])), zone)
    predicted = float(look.predicted(place)[place:].mean()) * scale
    return AcuteDrop(
        measure=readings.measure.key,
        site=readings.site,
        unit=readings.measure.unit,
        since=local_day(instant_of(float(readings.at[place])), zone),
        newest=newest,
        until=newest + timedelta(days=SILENT_DAYS),
        drop=Interval(-change.estimate * scale, -change.high * scale, -change.low * scale),
        share=-change.estimate / look.model.threshold,
        predicted=readings.plain(predicted),
        readings=readings.at.size - place,
        readings_before=place,
        noise_sd=float(look.sigma[place]) * scale,
        t_value=float(look.t_value[place]),
        p_value=look.p_value(place),
    )
