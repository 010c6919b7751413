"""Lapse: a course that is overdue, missed or held now, and long gaps of the past.

For every gap it is said what was lost, when it was back, and how long that took. A gap is one
event: sizes have an interval, but no test is made of it. See docs/methods/lapse.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from app.analysis.cycles import (
    LONG_INTERVAL,
    Cycle,
    EffectiveHold,
    Timeline,
    local_day,
    plan_in_force,
)
from app.analysis.kinds.wording import likewise_worse, series_words, unit_words
from app.analysis.level_change import levels_in
from app.analysis.long_gaps import TOLD_DAYS, end_of_gap, long_gaps, newest_entry, restored
from app.analysis.measures import MEASURES
from app.analysis.next_due import NextCourse, last_given_course
from app.analysis.placed import Placed
from app.analysis.records import FloatArray, PatientRecord
from app.analysis.results import FindingDraft, Interval, rounded
from app.analysis.series_epochs import IntArray, days_since_1970, instant_of
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings
from app.said import Said, figure, say, say_many, sentences, term

_BACK_WITHIN: Final = 0.5  # of a fall that matters, to count as recovered: judgement
_BACK_DAYS: Final = 7.0  # over which the mean must be back, or two readings: judgement
_BACK_READINGS: Final = 2
_LATE_DAYS: Final = (7.0, 4.0)  # before the planned end, where a usual fall is no news [F7]


@dataclass(frozen=True, slots=True)
class Loss:
    """What one series lost over a gap; levels in the measure's unit and direction.

    Attributes
    ----------
    size : Interval
        The loss, positive is worse.
    share : float
        The loss in falls that matter.
    back_since : date or None
        First day of the first later course after which the cycle's level was back.
    back_on : date or None
        First day after the restart from which readings stayed at the level of before.
    days_to_recover : int or None
        Days from the first day of the restarted course to `back_on`.
    is_seen_since : bool
        Whether anybody has looked since the gap.
    """

    measure: str
    site: str
    before: float
    at_the_end: float
    size: Interval
    share: float
    back_since: date | None
    back_on: date | None
    days_to_recover: int | None
    is_seen_since: bool

    @property
    def is_back(self) -> bool:
        """Whether the level of before was reached again."""
        return self.back_on is not None or self.back_since is not None

    def to_dict(self) -> dict[str, object]:
        """Return the loss as JSON-able values."""
        return {
            "measure": self.measure,
            "site": self.site,
            "before": rounded(self.before),
            "at_the_end": rounded(self.at_the_end),
            "loss": self.size.to_dict(),
            "back_since": None if self.back_since is None else self.back_since.isoformat(),
            "back_on": None if self.back_on is None else self.back_on.isoformat(),
            "days_to_recover": self.days_to_recover,
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """A closed cycle that was more than half an interval longer than planned."""

    cycle: Cycle
    hold: EffectiveHold | None
    losses: tuple[Loss, ...]

    def is_told(self, newest: date) -> bool:
        """Whether it ended less than a year before the newest entry, or left a loss."""
        following = self.cycle.next_course
        back = [day for loss in self.losses for day in (loss.back_on, loss.back_since) if day]
        ended = [] if following is None else [following.first_day]
        open_loss = any(loss.is_seen_since and not loss.is_back for loss in self.losses)
        return open_loss or max([*ended, *back]) >= newest - timedelta(days=TOLD_DAYS)

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
    series: Sequence[Placed],
    settings: AnalysisSettings,
    today: date,
) -> FindingDraft | None:
    """Report a course that is late, missed or held today, and the long gaps of the past.

    A past gap is told of until the record has gone on for a year after everything was back; the
    record's own newest entry counts, not today, so that time alone changes nothing.
    """
    now = _now(record, timeline, coming, today)
    newest = newest_entry(series, timeline, record.time_zone)
    gaps = [
        gap
        for gap in past_gaps(series, timeline, settings, zone=record.time_zone)
        if newest is not None and gap.is_told(newest)
    ]
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
        said=sentences(None if now is None else now[1], *map(_gap_sentence, gaps[::-1])),
        parameters={
            "grace_days": settings.rules.grace_days,
            "back_within": _BACK_WITHIN,
            "told_days": TOLD_DAYS,
        },
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
) -> tuple[dict[str, object], Said] | None:
    """Return evidence and sentence for today; neither names a count of days, which would change."""
    hold, held_on = timeline.hold_on(today), held_course_due_on(record, timeline, today=today)
    if hold is not None and held_on is not None and held_on <= today:
        evidence: dict[str, object] = {
            "state": "on_hold",
            "due_on": held_on.isoformat(),
            "hold": hold.reason,
        }
        return evidence, say(
            "Infusions are on hold (%(reason)s); a course was planned for %(date)s.",
            reason=_reason(hold),
            date=held_on,
        )
    if coming.due_on is None or coming.state not in ("overdue", "missed"):
        return None
    evidence = {"state": coming.state, "due_on": coming.due_on.isoformat()}
    overdue = say("The course that was due on %(date)s is overdue.", date=coming.due_on)
    missed = say("The course that was due on %(date)s is missed.", date=coming.due_on)
    return evidence, overdue if coming.state == "overdue" else missed


def _reason(hold: EffectiveHold) -> Said:
    return term(hold.reason.replace("_", " "))


def past_gaps(
    series: Sequence[Placed], timeline: Timeline, settings: AnalysisSettings, *, zone: str
) -> tuple[Gap, ...]:
    """Return the closed cycles that were more than half an interval over the plan."""
    strength = [one for one in series if one.measure.key not in SYMPTOM_MEASURES]
    gaps = []
    for index in long_gaps(timeline):
        cycle = timeline.cycles[index]
        following = timeline.courses[index + 1].first_day
        overlapping = (h for h in timeline.holds if h.overlaps(cycle.course.first_day, following))
        found = (_loss(one, timeline, index, settings, zone=zone) for one in strength)
        losses = sorted(
            (loss for loss in found if loss is not None and loss.share >= 1.0),
            key=lambda loss: -loss.share,
        )
        gaps.append(Gap(cycle, next(overlapping, None), tuple(losses)))
    return tuple(gaps)


def _loss(
    one: Placed, timeline: Timeline, index: int, settings: AnalysisSettings, *, zone: str
) -> Loss | None:
    """Compare the weeks up to the planned end with the last four weeks of the gap."""
    before, later = restored(one, timeline.cycles[index]), timeline.cycles[index + 1 :]
    threshold = settings.thresholds[one.measure.key]
    levels = levels_in(one, [before, end_of_gap(one, timeline, index)], threshold)
    if levels is None or not levels.count.all():
        return None
    level = float(levels.mean[0])
    matters = threshold.value * (abs(level) if threshold.relative else 1.0)
    if matters == 0.0:
        return None
    lowest = level - _BACK_WITHIN * matters
    same = one.where(one.device == one.device[np.flatnonzero(before)[-1]])
    seen = [(cycle.course.first_day, restored(same, cycle)) for cycle in later]
    back = (day for day, mask in seen if mask.any() and same.value[mask].mean() >= lowest)
    back_at = _back_at(same, timeline, index, lowest=lowest)
    back_on = None if back_at is None else local_day(instant_of(back_at), zone)
    change = levels.change(1)
    return Loss(
        measure=one.measure.key,
        site=one.site,
        before=one.plain(level),
        at_the_end=one.plain(float(levels.mean[1])),
        size=Interval(-change.estimate, -change.high, -change.low),
        share=-change.estimate / matters,
        back_since=next(back, None),
        back_on=back_on,
        days_to_recover=None if back_on is None else (back_on - later[0].course.first_day).days,
        is_seen_since=any(mask.any() for _, mask in seen),
    )


def _back_at(one: Placed, timeline: Timeline, index: int, *, lowest: float) -> float | None:
    """Return the first reading since the restart from which the level stays.

    It, the mean of a week from it on (or of two readings), that of the next week, and that of
    one planned interval must reach `lowest`. The last days before a planned end are left out.
    """
    restart = days_since_1970(timeline.courses[index + 1].started_at)
    planned = timeline.cycles[index].planned_days or 0
    late = np.where(one.planned_end >= LONG_INTERVAL, *_LATE_DAYS)
    after = one.where((one.at >= restart) & (one.day < one.planned_end - late))
    n = after.at.size
    if n < _BACK_READINGS:
        return None
    week = np.searchsorted(after.at, after.at + _BACK_DAYS)
    week = np.maximum(week, np.arange(n) + _BACK_READINGS)
    long = np.maximum(np.searchsorted(after.at, after.at + planned), week)
    in_band = _means(after.value, week) >= lowest
    stays = (after.value >= lowest) & (week <= n) & in_band & (_means(after.value, long) >= lowest)
    stays &= (week >= n) | in_band[np.minimum(week, n - 1)]
    return float(after.at[np.argmax(stays)]) if stays.any() else None


def _means(value: FloatArray, end: IntArray) -> FloatArray:
    """Return for each reading the mean of those from it up to `end`, or the last one."""
    total = np.concatenate([[0.0], np.cumsum(value)])
    begin = np.arange(value.size)
    end = np.minimum(end, value.size)
    return np.asarray((total[end] - total[begin]) / (end - begin))


def _gap_sentence(gap: Gap) -> Said:
    losses = gap.losses
    others = [series_words(loss.measure, loss.site) for loss in losses[1:]]
    return sentences(
        _length_sentence(gap),
        _loss_sentence(losses[0]) if losses else None,
        likewise_worse(others),
    )


def _length_sentence(gap: Gap) -> Said:
    days = say(
        "%(actual)s days instead of %(planned)s",
        actual=gap.cycle.actual_days or 0,
        planned=gap.cycle.planned_days or 0,
    )
    if gap.hold is not None:
        days = say("%(days)s, with a hold (%(reason)s)", days=days, reason=_reason(gap.hold))
    following = gap.cycle.next_course or gap.cycle.course
    return say(
        "Between the courses of %(first)s and %(second)s lay %(days)s.",
        first=gap.cycle.course.first_day,
        second=following.first_day,
        days=days,
    )


def _loss_sentence(loss: Loss) -> Said:
    went = say(
        "%(series)s went from %(before)s to %(now)s %(unit)s",
        series=series_words(loss.measure, loss.site),
        before=figure(f"{loss.before:.1f}"),
        now=figure(f"{loss.at_the_end:.1f}"),
        unit=unit_words(MEASURES[loss.measure].unit),
    )
    if loss.back_on is not None:
        return say(
            "Meanwhile %(change)s and was back from %(date)s on, %(after)s.",
            change=went,
            date=loss.back_on,
            after=_after(loss.days_to_recover),
        )
    if loss.back_since is not None:
        return say(
            "Meanwhile %(change)s and was back after the course of %(date)s.",
            change=went,
            date=loss.back_since,
        )
    if loss.is_seen_since:
        return say("Meanwhile %(change)s and was not back since.", change=went)
    return say("Meanwhile %(change)s.", change=went)


def _after(days: int | None) -> Said:
    if not days:
        return say("the day of the restart")
    return say_many("%(num)s day after the restart", "%(num)s days after the restart", days)
