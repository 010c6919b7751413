"""How many of the days on which a patient is asked have a report. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

SPAN_DAYS: Final = 28
"""Four weeks: long enough for a usual interval, short enough to show a change. A judgement."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """Days with a report, of the days on which somebody was asked: every day, as the app asks."""

    reported: int
    asked: int

    @property
    def share(self) -> float:
        """The part of the days that has a report, 0 to 1; 0 where nobody was asked."""
        return self.reported / self.asked if self.asked else 0.0


def completeness(
    days: Iterable[date], *, today: date, first: date | None, span: int = SPAN_DAYS
) -> Completeness:
    """Count the days with a report among the last `span` days, today included.

    Parameters
    ----------
    days : iterable of date
        Local dates of reports; several of one day count once.
    first : date or None
        The first day of which there is a report: nobody is counted as silent before it. None
        where there is none, which counts the whole span as silent.
    """
    begin = today - timedelta(days=span - 1)
    if first is not None:
        begin = max(begin, first)
    return Completeness(
        reported=len({day for day in days if begin <= day <= today}),
        asked=max((today - begin).days + 1, 0),
    )
