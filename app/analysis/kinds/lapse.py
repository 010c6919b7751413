"""Lapse: a course that is overdue, missed or held now, and long gaps of the past.

For every gap it is said what was lost and when it was back, as plain means: a gap is one event,
and no test is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from app.analysis.cycles import (
    FIRST_ANALYSIS_DAY,
    Cycle,
    EffectiveHold,
    Timeline,
    plan_in_force,
)
from app.analysis.kinds.wording import day_words, likewise, series_words
from app.analysis.measures import MEASURES, Better
from app.analysis.next_due import NextCourse, last_given_course
from app.analysis.records import PatientRecord, Series
from app.analysis.results import FindingDraft, rounded
from app.analysis.series_epochs import days_since_1970
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings

_LAST_DAYS: Final = 28.0  # the end of a gap, days: judgement
_BACK_WITHIN: Final = 0.5  # of a fall that matters, to count as recovered: judgement


@dataclass(frozen=True, slots=True)
class Loss:
    """What one series lost over a gap; levels in the measure's unit and direction.

    `share` is the loss in falls that matter; `back_since` the first day of the first later
    course after which the level was back, None while it is not. `is_seen_since` says whether
    anybody has looked since the gap.
    """

    measure: str
    site: str
    before: float
    at_the_end: float
    share: float
    back_since: date | None
    is_seen_since: bool

    def to_dict(self) -> dict[str, object]:
        """Return the loss as JSON-able values."""
        return {
            "measure": self.measure,
            "site": self.site,
            "before": rounded(self.before),
            "at_the_end": rounded(self.at_the_end),
            "back_since": None if self.back_since is None else self.back_since.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """A closed cycle that was more than half an interval longer than planned."""

    cycle: Cycle
    hold: EffectiveHold | None
    losses: tuple[Loss, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the gap as JSON-able values."""
        following = self.cycle.next_course
        return {
            "from": self.cycle.course.first_day.isoformat(),
            "to": None if following is None else following.first_day.isoformat(),
            "actual_days": self.cycle.actual_days,
            "planned_days": self.cycle.planned_days,
            "hold": None if self.hold is None else self.hold.reason,
            "losses": [loss.to_dict() for loss in self.losses],
        }


def lapse(
    record: PatientRecord,
    timeline: Timeline,
    coming: NextCourse,
    *,
    settings: AnalysisSettings,
    today: date,
) -> FindingDraft | None:
    """Report a course that is late, missed or held today, and every long gap of the past."""
    now = _now(record, timeline, coming, today)
    gaps = past_gaps(record, timeline, settings)
    if now is None and not gaps:
        return None
    losses = gaps[-1].losses if gaps else ()
    return FindingDraft(
        kind="lapse",
        measure=None,
        sites=tuple(dict.fromkeys(loss.site for loss in losses)),
        evidence={
            "now": None if now is None else now[0],
            "past": [gap.to_dict() for gap in gaps],
        },
        sentence=" ".join([*([] if now is None else [now[1]]), *map(_gap_sentence, gaps[::-1])]),
        parameters={"grace_days": settings.rules.grace_days},
    )


def held_course_due_on(record: PatientRecord, timeline: Timeline, *, today: date) -> date | None:
    """Return when the course that a hold keeps back would have been due; None without hold."""
    plan = plan_in_force(record.plans, today)
    last = last_given_course(timeline.courses, record.plans, record.weights)
    if timeline.hold_on(today) is None or plan is None or last is None:
        return None
    return last.first_day + timedelta(days=plan.interval_days)


def _now(
    record: PatientRecord, timeline: Timeline, coming: NextCourse, today: date
) -> tuple[dict[str, object], str] | None:
    """Return evidence and sentence for today; neither names a count of days, which would change."""
    hold, held_on = timeline.hold_on(today), held_course_due_on(record, timeline, today=today)
    if hold is not None and held_on is not None and held_on <= today:
        evidence: dict[str, object] = {
            "state": "on_hold",
            "due_on": held_on.isoformat(),
            "hold": hold.reason,
        }
        reason = hold.reason.replace("_", " ")
        planned = day_words(held_on)
        return evidence, f"Infusions are on hold ({reason}); a course was planned for {planned}."
    if coming.due_on is None or coming.state not in ("overdue", "missed"):
        return None
    evidence = {"state": coming.state, "due_on": coming.due_on.isoformat()}
    return evidence, f"The course that was due on {day_words(coming.due_on)} is {coming.state}."


def past_gaps(
    record: PatientRecord, timeline: Timeline, settings: AnalysisSettings
) -> tuple[Gap, ...]:
    """Return the closed cycles that were more than half an interval over the plan."""
    gaps = []
    for index, cycle in enumerate(timeline.cycles):
        planned, actual = cycle.planned_days, cycle.actual_days
        if planned is None or actual is None or 2 * (actual - planned) <= planned:
            continue
        following = timeline.courses[index + 1].first_day
        overlapping = (h for h in timeline.holds if h.overlaps(cycle.course.first_day, following))
        losses = _losses(record, timeline, index, settings)
        gaps.append(Gap(cycle, next(overlapping, None), losses))
    return tuple(gaps)


def _losses(
    record: PatientRecord, timeline: Timeline, index: int, settings: AnalysisSettings
) -> tuple[Loss, ...]:
    found = [
        _loss(series, timeline, index, settings)
        for series in record.series
        if series.measure not in SYMPTOM_MEASURES
    ]
    losses = [loss for loss in found if loss is not None and loss.share >= 1.0]
    return tuple(sorted(losses, key=lambda loss: -loss.share))


def _loss(
    series: Series, timeline: Timeline, index: int, settings: AnalysisSettings
) -> Loss | None:
    """Compare the weeks up to the planned end with the last four weeks of the gap."""
    cycle, later = timeline.cycles[index], timeline.cycles[index + 1 :]
    before = _restored_level(series, cycle)
    end = days_since_1970(timeline.courses[index + 1].started_at)
    planned_end = days_since_1970(cycle.day_zero) + (cycle.planned_end or 0.0)
    at_the_end = _mean_between(series, max(planned_end, end - _LAST_DAYS), end)
    if before is None or at_the_end is None:
        return None
    threshold = settings.thresholds[series.measure]
    matters = threshold.value * (abs(before) if threshold.relative else 1.0)
    if matters == 0.0:
        return None
    sign = 1.0 if MEASURES[series.measure].better is Better.HIGHER else -1.0
    levels = [(one.course.first_day, _restored_level(series, one)) for one in later]
    seen = [(day, level) for day, level in levels if level is not None]
    back = (day for day, level in seen if sign * (before - level) <= _BACK_WITHIN * matters)
    return Loss(
        measure=series.measure,
        site=series.site,
        before=before,
        at_the_end=at_the_end,
        share=sign * (before - at_the_end) / matters,
        back_since=next(back, None),
        is_seen_since=bool(seen),
    )


def _restored_level(series: Series, cycle: Cycle) -> float | None:
    """Return the mean from analysis day 4 to the planned end."""
    zero = days_since_1970(cycle.day_zero)
    return _mean_between(series, zero + FIRST_ANALYSIS_DAY, zero + (cycle.planned_end or 0.0))


def _mean_between(series: Series, start: float, end: float) -> float | None:
    keep = series.fresh & (series.at_days >= start) & (series.at_days < end)
    return float(np.mean(series.value[keep])) if keep.any() else None


def _gap_sentence(gap: Gap) -> str:
    following = gap.cycle.next_course
    until = "" if following is None else f" and {day_words(following.first_day)}"
    why = "" if gap.hold is None else f", with a hold ({gap.hold.reason.replace('_', ' ')})"
    sentence = (
        f"Between the courses of {day_words(gap.cycle.course.first_day)}{until} lay "
        f"{gap.cycle.actual_days} days instead of {gap.cycle.planned_days}{why}."
    )
    if not gap.losses:
        return sentence
    others = [series_words(loss.measure, loss.site) for loss in gap.losses[1:]]
    return f"{sentence} {_loss_sentence(gap.losses[0])}{likewise(others, ending=' got worse')}"


def _loss_sentence(loss: Loss) -> str:
    name = series_words(loss.measure, loss.site)
    unit = MEASURES[loss.measure].unit
    change = f"from {loss.before:.1f} to {loss.at_the_end:.1f} {unit}"
    back = ""
    if loss.back_since is not None:
        back = f" and was back after the course of {day_words(loss.back_since)}"
    elif loss.is_seen_since:
        back = " and was not back since"
    return f"Meanwhile {name} went {change}{back}."
