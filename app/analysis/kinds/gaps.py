"""Reporting gap: which readings are missing to answer whether strength wears off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.analysis.cycles import LONG_INTERVAL, Timeline, local_day, plan_in_force
from app.analysis.kinds.wording import day_words, in_words
from app.analysis.records import PatientRecord
from app.analysis.results import FindingDraft
from app.analysis.series_epochs import SeriesEpoch, instant_of
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings

_LOOK_BACK_CYCLES: Final = 4  # three evaluable are needed, one may fail: judgement
_NEEDED_CYCLES: Final = 3


@dataclass(frozen=True, slots=True)
class Silence:
    """No report since `since`; it counts as a gap from `from_date` on."""

    since: date
    from_date: date
    ever_reported: bool


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
    epochs: Sequence[SeriesEpoch],
    quiet: Silence | None,
    settings: AnalysisSettings,
    *,
    today: date,
) -> FindingDraft | None:
    """Report silence, and windows without readings in the series that has most of them.

    Parameters
    ----------
    epochs : sequence of SeriesEpoch
        The current epoch of every series.
    """
    evidence: dict[str, object] = {}
    sentences = []
    if quiet is not None and today >= quiet.from_date:
        evidence["silent_since"] = quiet.since.isoformat()
        sentences.append(
            f"The last report is of {day_words(quiet.since)}."
            if quiet.ever_reported
            else f"There is no report since the first infusion on {day_words(quiet.since)}."
        )
    fullest = _fullest(epochs)
    if fullest is not None:
        evidence |= _missing_windows(fullest)
        if "looked_at" in evidence:
            sentences.append(_windows_sentence(fullest, evidence))
    if not sentences:
        return None
    return FindingDraft(
        kind="reporting_gap",
        measure=None,
        sites=(),
        evidence=evidence,
        sentence=" ".join(sentences),
        parameters={"report_gap_days": settings.report_gap_days},
    )


def _fullest(epochs: Sequence[SeriesEpoch]) -> SeriesEpoch | None:
    """Return the strength-like series with most evaluable cycles among its last ones."""
    strength = [e for e in epochs if e.measure.key not in SYMPTOM_MEASURES]
    return max(strength, key=_recent_evaluable, default=None)


def _recent_evaluable(epoch: SeriesEpoch) -> int:
    return sum(1 for window in epoch.windows[-_LOOK_BACK_CYCLES:] if window.is_evaluable)


def _missing_windows(epoch: SeriesEpoch) -> dict[str, object]:
    recent = [
        window
        for window in epoch.windows[-_LOOK_BACK_CYCLES:]
        if epoch.cycles[window.index].windows is not None
    ]
    if len(recent) < _NEEDED_CYCLES or _recent_evaluable(epoch) >= _NEEDED_CYCLES:
        return {}
    return {
        "looked_at": len(recent),
        "without_late": sum(1 for window in recent if window.late is None),
        "without_reference": sum(1 for window in recent if window.reference is None),
    }


def _windows_sentence(epoch: SeriesEpoch, evidence: dict[str, object]) -> str:
    long = epoch.planned_days is not None and epoch.planned_days >= LONG_INTERVAL
    days = 7 if long else 4
    late, reference = evidence["without_late"], evidence["without_reference"]
    missing = [
        (late, f"{late} have no reading in the last {days} days before the infusion"),
        (reference, f"{reference} have none between day 4 after the last infusion and then"),
    ]
    parts = in_words([words for count, words in missing if count])
    return (
        f"Of the last {evidence['looked_at']} intervals, {parts}, so they cannot show whether "
        "strength falls before an infusion."
    )
