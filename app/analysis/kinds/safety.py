"""Safety: red flags and severe reactions, which outrank everything that strength can say.

Nothing is estimated: somebody saw it and wrote it down. See docs/methods/safety.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from app.analysis.cycles import local_day
from app.analysis.kinds.wording import day_words
from app.analysis.records import SafetyEvent
from app.analysis.results import FindingDraft

SHOWN_DAYS: Final = 365
"""After which an event is history; judgement: a year of courses has passed by then."""


def safety(events: Sequence[SafetyEvent], *, zone: str, today: date) -> FindingDraft | None:
    """Return the red flags and severe reactions of the last year; None without any.

    Parameters
    ----------
    events : sequence of SafetyEvent
        In any order.
    zone : str
        The patient's time zone.
    today : date
        The patient's local date.
    """
    shown = sorted(
        (event for event in events if today < _until(event, zone)),
        key=lambda event: (event.at, event.key),
        reverse=True,
    )
    if not shown:
        return None
    return FindingDraft(
        kind="safety",
        measure=None,
        sites=(),
        evidence={"events": [_numbers(event, zone) for event in shown]},
        sentence=_sentence(shown, zone),
        parameters={"shown_days": SHOWN_DAYS},
    )


def safety_ends(events: Sequence[SafetyEvent], *, zone: str) -> list[date]:
    """Return the local dates from which each event is no longer told."""
    return [_until(event, zone) for event in events]


def _until(event: SafetyEvent, zone: str) -> date:
    return local_day(event.at, zone) + timedelta(days=SHOWN_DAYS)


def _numbers(event: SafetyEvent, zone: str) -> dict[str, object]:
    return {
        "key": event.key,
        "on": local_day(event.at, zone).isoformat(),
        "source": event.source,
        "what": event.what,
        "danger": event.danger,
        "grade": event.grade,
        "is_delayed": event.is_delayed,
        "physician_told": event.physician_told,
    }


def _sentence(shown: Sequence[SafetyEvent], zone: str) -> str:
    newest, before = shown[0], len(shown) - 1
    label = "Severe reaction" if newest.danger is None else "Red flag"
    danger = "" if newest.danger is None else f" ({newest.danger})"
    grade = "" if newest.grade is None else f", grade {newest.grade}"
    told = "" if newest.physician_told is not False else " No physician was noted as told."
    more = f" {before} more in the year before." if before else ""
    return (
        f"{label} on {day_words(local_day(newest.at, zone))}: {newest.what}{danger}{grade},"
        f" {_when(newest)}.{told}{more}"
    )


def _when(event: SafetyEvent) -> str:
    if event.source == "call":
        return "told on a call"
    return "after the infusion" if event.is_delayed else "during the infusion"
