"""Response: did strength rise after the first one to three courses of a start or a restart.

See docs/methods/response.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from app.analysis.cycles import Timeline
from app.analysis.kinds.wording import amount, likewise, series_words
from app.analysis.level_change import Levels, levels_in
from app.analysis.long_gaps import (
    LAST_DAYS,
    TOLD_DAYS,
    between,
    end_of_gap,
    long_gaps,
    mid_cycle,
    newest_entry,
)
from app.analysis.placed import Placed
from app.analysis.records import BoolArray
from app.analysis.results import FindingDraft, Interval, rounded
from app.analysis.series_epochs import days_since_1970
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings, Threshold
from app.said import Said, say, sentences

COURSES: Final = 3  # improvement may take one to three of them [F15]
FEWEST_BEFORE: Final = 3  # readings, over at least
SHORTEST_BEFORE_DAYS: Final = 7.0  # days: judgement
FEWEST_AFTER: Final = 2  # readings of one course: judgement
# Chance that a patient whose level stays is reported in any series after any of the courses:
# judgement; nobody is harmed by good news that chance brought.
RESPONSE_ERROR: Final = 0.05

_BETTER: Final = (
    lambda **parts: say(
        "after the first course %(series)s was better by %(amount)s than in the weeks before it",
        **parts,
    ),
    lambda **parts: say(
        "after the second course %(series)s was better by %(amount)s than in the weeks before it",
        **parts,
    ),
    lambda **parts: say(
        "after the third course %(series)s was better by %(amount)s than in the weeks before it",
        **parts,
    ),
)
_AFTER: Final = (
    lambda **parts: say("%(series)s after the first", **parts),
    lambda **parts: say("%(series)s after the second", **parts),
    lambda **parts: say("%(series)s after the third", **parts),
)


@dataclass(frozen=True, slots=True)
class CourseResponse:
    """The level in the middle of one cycle against the one before; positive is better.

    `p_value` is one-sided, of this cycle alone or of all from it on, whichever tells more.
    """

    number: int
    on: date
    change: Interval
    readings: int
    p_value: float

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-able values."""
        return {
            "course": self.number,
            "on": self.on.isoformat(),
            "change": self.change.to_dict(),
            "readings": self.readings,
            "p_value": rounded(self.p_value),
        }


@dataclass(frozen=True, slots=True)
class SeriesResponse:
    """One series after a start.

    Attributes
    ----------
    before : float
        Level before the start, in the measure's unit and direction.
    matters : float
        The change that matters, in the same unit.
    after : int or None
        The number of the course after which the rise was there, from 1; None without one.
    """

    measure: str
    site: str
    unit: str
    before: float
    matters: float
    readings_before: int
    courses: tuple[CourseResponse, ...]
    after: int | None

    @property
    def first(self) -> CourseResponse:
        """The course after which the rise was there; the last one without a rise."""
        return next((one for one in self.courses if one.number == self.after), self.courses[-1])

    @property
    def is_ruled_out(self) -> bool:
        """Whether all courses have come, and none of them can have brought what matters."""
        return len(self.courses) == COURSES and all(
            one.change.high < self.matters for one in self.courses
        )

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-able values."""
        return {
            "measure": self.measure,
            "site": self.site,
            "before": rounded(self.before),
            "readings_before": self.readings_before,
            "responded_after": self.after,
            "courses": [one.to_dict() for one in self.courses],
        }


def response(
    series: Sequence[Placed], timeline: Timeline, settings: AnalysisSettings, *, zone: str
) -> FindingDraft | None:
    """Report the strength-like series that rose after the newest start or restart.

    Leaves the finding when the record has gone on for a year after the start.
    """
    if not timeline.cycles:
        return None
    start = max((index + 1 for index in long_gaps(timeline)), default=0)
    on = timeline.courses[start].first_day
    newest = newest_entry(series, timeline, zone)
    if newest is None or newest > on + timedelta(days=TOLD_DAYS):
        return None
    strength = [one for one in series if one.measure.key not in SYMPTOM_MEASURES]
    error = RESPONSE_ERROR / (COURSES * max(len(strength), 1))
    looks = [
        _look(one, timeline, start, threshold=settings.thresholds[one.measure.key], error=error)
        for one in strength
    ]
    seen = [look for look in looks if look is not None]
    rose = sorted(
        (one for one in seen if one.after is not None),
        key=lambda one: -one.first.change.estimate / one.matters,
    )
    if not rose:
        return None
    return FindingDraft(
        kind="response",
        measure=rose[0].measure,
        sites=tuple(dict.fromkeys(one.site for one in rose)),
        evidence={
            "start": "restart" if start else "first_course",
            "on": on.isoformat(),
            "series": [one.to_dict() for one in rose],
            "ruled_out": [one.to_dict() for one in seen if one.after is None and one.is_ruled_out],
        },
        said=_said(rose, seen, on, is_restart=start > 0),
        parameters={
            "response_error": RESPONSE_ERROR,
            "courses": COURSES,
            "days_before": LAST_DAYS,
            "fewest_before": FEWEST_BEFORE,
            "fewest_after": FEWEST_AFTER,
            "told_days": TOLD_DAYS,
        },
    )


def _look(
    one: Placed, timeline: Timeline, start: int, *, threshold: Threshold, error: float
) -> SeriesResponse | None:
    before = _before(one, timeline, start)
    cycles = timeline.cycles[start : start + COURSES]
    levels = levels_in(one, [before, *(mid_cycle(one, cycle) for cycle in cycles)], threshold)
    if levels is None or levels.count[0] < FEWEST_BEFORE:
        return None
    if np.ptp(one.at[before]) < SHORTEST_BEFORE_DAYS:
        return None
    courses = tuple(
        CourseResponse(
            number=number,
            on=cycle.course.first_day,
            change=levels.change(number),
            readings=int(levels.count[number]),
            p_value=min(levels.p_value(number), levels.from_on(number).p_value(1)),
        )
        for number, cycle in enumerate(cycles, start=1)
        if levels.count[number] >= FEWEST_AFTER
    )
    if not courses:
        return None
    matters = threshold.value * (_highest(levels) if threshold.relative else 1.0)
    risen = (c.number for c in courses if c.change.estimate >= matters and c.p_value <= error)
    return SeriesResponse(
        measure=one.measure.key,
        site=one.site,
        unit=one.measure.unit,
        before=one.plain(float(levels.mean[0])),
        matters=matters,
        readings_before=int(levels.count[0]),
        courses=courses,
        after=next(risen, None),
    )


def _before(one: Placed, timeline: Timeline, start: int) -> BoolArray:
    """Mark the last four weeks before a start."""
    if start > 0:
        return end_of_gap(one, timeline, start - 1)
    begins = days_since_1970(timeline.courses[0].started_at)
    return between(one, begins - LAST_DAYS, begins)


def _highest(levels: Levels) -> float:
    """Return the largest level, which a change in per cent is one of."""
    return float(np.nanmax(np.abs(levels.mean)))


def _said(
    rose: Sequence[SeriesResponse], seen: Sequence[SeriesResponse], on: date, *, is_restart: bool
) -> Said:
    first = rose[0]
    better = _BETTER[first.first.number - 1](
        series=series_words(first.measure, first.site),
        amount=amount(first.first.change, first.unit),
    )
    begun = (
        say("Infusions began again on %(date)s; %(better)s.", date=on, better=better)
        if is_restart
        else say("Infusions began in this record on %(date)s; %(better)s.", date=on, better=better)
    )
    others = [
        _AFTER[one.first.number - 1](series=series_words(one.measure, one.site)) for one in rose[1:]
    ]
    without = [series_words(one.measure, one.site) for one in seen if one.is_ruled_out]
    none_seen = (
        say("No rise that matters is seen in %(names)s.", names=without) if without else None
    )
    return sentences(begun, likewise(others), none_seen)
