"""Reporting gap: which readings are missing to answer whether strength wears off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from app.analysis.cycles import LONG_INTERVAL, Timeline, local_day, plan_in_force
from app.analysis.kinds.history import SeriesKey, series_key_of
from app.analysis.kinds.wording import quantity, series_words
from app.analysis.measures import GLOBAL
from app.analysis.records import PatientRecord
from app.analysis.results import FindingDraft, rounded
from app.analysis.series_epochs import SeriesEpoch, WindowMeans, instant_of
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings
from app.analysis.verdicts import ABSENT_WITHIN, Judged
from app.said import Said, say, say_many, sentences

_LOOK_BACK_CYCLES: Final = 4  # three evaluable are needed, one may fail: judgement
_NEEDED_CYCLES: Final = 3
# Intervals after which scatter is a gap and not only a short record: judgement, as four to six
# are the norm [F5].
_NOISY_FROM: Final = 6
# Readings in the last days of an interval, by the length of that window, below which they are
# few: judgement on [F12].
_FEW_LATE: Final = {7: 3, 4: 2}
_MIDDLE_ENDS: Final = {7: 9, 4: 5}  # days before the planned end, likewise [F7]
# Measures of the strength itself; the others are reported weekly or less.
_DIRECT: Final = frozenset({"strength_nrs", "grip_kpa", "grip_kg"})


@dataclass(frozen=True, slots=True)
class Silence:
    """No report since `since`; it counts as a gap from `from_date` on."""

    since: date
    from_date: date
    ever_reported: bool


@dataclass(frozen=True, slots=True)
class _Missing:
    """One series that cannot answer: what its last intervals lack, and how near it is."""

    key: SeriesKey
    evidence: dict[str, object]
    nearness: tuple[int, float]
    said: Said

    @property
    def name(self) -> Said:
        return series_words(*self.key)


def silence(
    record: PatientRecord, timeline: Timeline, settings: AnalysisSettings, *, today: date
) -> Silence | None:
    """Say since when nothing was reported; None for a patient who is not under treatment."""
    if not timeline.courses or plan_in_force(record.plans, today) is None:
        return None
    last = max((float(s.at_days[-1]) for s in record.series if s.at_days.size), default=None)
    since = (
        timeline.courses[0].first_day
        if last is None
        else local_day(instant_of(last), record.time_zone)
    )
    first_gap_day = since + timedelta(days=settings.report_gap_days + 1)
    return Silence(since, first_gap_day, ever_reported=last is not None)


def reporting_gap(
    judged: Sequence[Judged],
    followed: Sequence[SeriesKey],
    quiet: Silence | None,
    *,
    settings: AnalysisSettings,
    today: date,
) -> FindingDraft | None:
    """Report silence, and what keeps a series from answering.

    Parameters
    ----------
    judged : sequence of Judged
        The current epoch of every series.
    followed : sequence of (measure, site)
        What the patient is asked to report; see `_questions`.
    """
    evidence: dict[str, object] = {}
    parts: list[Said | None] = []
    if quiet is not None and today >= quiet.from_date:
        evidence["silent_since"] = quiet.since.isoformat()
        parts.append(_silence_sentence(quiet))
    missing = _unanswered(judged, followed)
    if missing:
        first, others = missing[0], missing[1:]
        evidence["series"] = [
            {"measure": one.key[0], "site": one.key[1], **one.evidence} for one in missing
        ]
        parts += [first.said, _likewise_unjudged([one.name for one in others])]
    if not parts:
        return None
    return FindingDraft(
        kind="reporting_gap",
        measure=missing[0].key[0] if missing else None,
        sites=tuple(dict.fromkeys(one.key[1] for one in missing)),
        evidence=evidence,
        said=sentences(*parts),
        parameters={
            "report_gap_days": settings.report_gap_days,
            "look_back_cycles": _LOOK_BACK_CYCLES,
            "needed_cycles": _NEEDED_CYCLES,
            "noisy_from": _NOISY_FROM,
        },
    )


def _silence_sentence(quiet: Silence) -> Said:
    if quiet.ever_reported:
        return say("The last report is of %(date)s.", date=quiet.since)
    return say("There is no report since the first infusion on %(date)s.", date=quiet.since)


def _likewise_unjudged(names: Sequence[Said]) -> Said | None:
    return say("Likewise %(names)s cannot be judged.", names=names) if names else None


def _unanswered(judged: Sequence[Judged], followed: Sequence[SeriesKey]) -> list[_Missing]:
    """Return what is missing, the site nearest to an answer first; one series a site."""
    strength = [one for one in judged if one.result.measure not in SYMPTOM_MEASURES]
    found = [_missing_of(strength, keys) for keys in _questions(strength, followed)]
    missing = [one for one in found if one is not None]
    return sorted(missing, key=lambda one: one.nearness, reverse=True)


def _questions(
    strength: Sequence[Judged], followed: Sequence[SeriesKey]
) -> list[tuple[SeriesKey, ...]]:
    """Return groups of series, each of which needs one answer.

    Where limbs are followed by ratings or grip, every limb is a question of its own [F10], and
    abilities and questionnaires stand beside them. Where nothing is followed, one answer of all
    is enough.
    """
    direct = [key for key in followed if key[0] in _DIRECT]
    limbs = [key for key in direct if key[1] != GLOBAL]
    others = [key for key in followed if key[0] not in SYMPTOM_MEASURES]
    if limbs:
        sites = dict.fromkeys(site for _, site in limbs)
        return [tuple(key for key in limbs if key[1] == site) for site in sites]
    return [tuple(direct or others or [series_key_of(one) for one in strength])]


def _missing_of(strength: Sequence[Judged], keys: Sequence[SeriesKey]) -> _Missing | None:
    """Return what keeps a group from answering, from the series that is nearest to it.

    A series that no reading can help does not count: on hold, under the skin, at the floor of
    its scale, or with an interval too short to judge.
    """
    mine = [one for one in strength if series_key_of(one) in keys]
    if keys and not mine:
        return _unread(strength, keys[0])
    open_to = [one for one in mine if one.result.verdict != "not_assessable"]
    missing = [_missing_windows(one) or _too_noisy(one) for one in open_to]
    lacking = [one for one in missing if one is not None]
    if len(lacking) < len(missing):
        return None
    return max(lacking, key=lambda one: one.nearness, default=None)


def _unread(strength: Sequence[Judged], key: SeriesKey) -> _Missing | None:
    """Say that a followed series has no reading, where others show for how many intervals."""
    looked_at = max((len(_recent(one.assessment.epoch)) for one in strength), default=0)
    if looked_at < _NEEDED_CYCLES:
        return None
    return _Missing(
        key,
        {"looked_at": looked_at, "without_late": looked_at, "without_reference": looked_at},
        (-1, 0.0),
        say(
            "In the last %(n)s intervals there is no reading of %(series)s.",
            n=looked_at,
            series=series_words(*key),
        ),
    )


def _nearness(one: Judged) -> tuple[int, float]:
    """Order by intervals that count, then by the fall that would have been seen."""
    seen = one.result.detectable_drop
    matters = one.assessment.threshold * one.assessment.scale
    return _recent_evaluable(one.assessment.epoch), -(seen or np.inf) / matters


def _recent(epoch: SeriesEpoch) -> list[WindowMeans]:
    """Return the last closed cycles that have windows."""
    last = epoch.windows[-_LOOK_BACK_CYCLES:]
    return [window for window in last if epoch.cycles[window.index].windows is not None]


def _recent_evaluable(epoch: SeriesEpoch) -> int:
    return sum(1 for window in _recent(epoch) if window.is_evaluable)


def _missing_windows(one: Judged) -> _Missing | None:
    epoch = one.assessment.epoch
    recent = _recent(epoch)
    if len(recent) < _NEEDED_CYCLES or _recent_evaluable(epoch) >= _NEEDED_CYCLES:
        return None
    late = sum(1 for window in recent if window.late is None)
    reference = sum(1 for window in recent if window.reference is None)
    days = _late_days(epoch)
    empty = [
        say_many(
            "%(num)s has no reading in the last %(days)s days before the next infusion",
            "%(num)s have no reading in the last %(days)s days before the next infusion",
            late,
            days=days,
        ),
        say_many(
            "%(num)s has no reading from day 4 on until %(days)s days before the planned date",
            "%(num)s have no reading from day 4 on until %(days)s days before the planned date",
            reference,
            days=_MIDDLE_ENDS[days],
        ),
    ]
    parts = [one for one, count in zip(empty, (late, reference), strict=True) if count]
    return _Missing(
        series_key_of(one),
        {"looked_at": len(recent), "without_late": late, "without_reference": reference},
        _nearness(one),
        say(
            "Of the last %(n)s intervals, %(parts)s, so %(series)s cannot show whether it falls "
            "before an infusion.",
            n=len(recent),
            parts=parts,
            series=series_words(*series_key_of(one)),
        ),
    )


def _late_days(epoch: SeriesEpoch) -> int:
    long = epoch.planned_days is not None and epoch.planned_days >= LONG_INTERVAL
    return 7 if long else 4


def _too_noisy(one: Judged) -> _Missing | None:
    """Say what was seen of a series whose readings before infusions are too few for its scatter.

    Where they are not few, nothing is missing: more intervals will tell, or nothing will.
    """
    result, readings = one.result, one.assessment.epoch.readings
    seen, days = result.detectable_drop, _late_days(one.assessment.epoch)
    late = int(np.count_nonzero(readings.day >= readings.planned_end - days))
    if seen is None or result.reason != "too_noisy" or result.cycles_evaluable < _NOISY_FROM:
        return None
    if late >= _FEW_LATE[days] * readings.n_cycles:
        return None
    needed = ABSENT_WITHIN * one.assessment.threshold * one.assessment.scale
    unit = one.assessment.epoch.measure.unit
    return _Missing(
        series_key_of(one),
        {
            "intervals": readings.n_cycles,
            "readings": int(readings.at.size),
            "late_readings": late,
            "detectable_drop": rounded(seen),
            "needed_drop": rounded(needed),
        },
        _nearness(one),
        say(
            "Of the %(readings)s readings of %(series)s in %(n)s intervals %(late)s lie in the "
            "last %(days)s days, and they scatter: a loss before infusions would have been seen "
            "from %(seen)s on, while to rule one out %(needed)s must show.",
            readings=int(readings.at.size),
            series=series_words(*series_key_of(one)),
            n=readings.n_cycles,
            late=late,
            days=days,
            seen=quantity(seen, unit),
            needed=quantity(needed, unit),
        ),
    )
