"""Safety: red flags, severe reactions and alarms, which outrank all that strength can say.

Nothing is estimated: somebody saw it and wrote it down. See docs/methods/safety.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from app.analysis.cycles import local_day
from app.analysis.records import SafetyEvent
from app.analysis.results import FindingDraft
from app.said import Said, say, say_many, sentences, term

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
        said=_said(shown, zone),
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
        "is_taken_back": event.is_taken_back,
    }


def _said(shown: Sequence[SafetyEvent], zone: str) -> Said:
    newest, before = shown[0], len(shown) - 1
    on = local_day(newest.at, zone)
    return sentences(
        _told(newest, on),
        say("No physician was noted as told.") if newest.physician_told is False else None,
        say_many("%(num)s more in the year before.", "%(num)s more in the year before.", before)
        if before
        else None,
    )


def _told(newest: SafetyEvent, on: date) -> Said:
    event = _event(newest)
    if newest.danger is not None:
        return say("Red flag on %(date)s: %(event)s.", date=on, event=event)
    if newest.source == "patient":
        return say("Alarm on %(date)s: %(event)s.", date=on, event=event)
    return say("Severe reaction on %(date)s: %(event)s.", date=on, event=event)


def _event(event: SafetyEvent) -> Said:
    """Say what it was, how grave, and when in the treatment."""
    what = term(event.what)
    if event.danger is not None:
        what = say("%(what)s (possible sign of: %(danger)s)", what=what, danger=term(event.danger))
    if event.grade is not None:
        what = say("%(what)s, grade %(grade)s", what=what, grade=event.grade)
    if event.source == "call":
        return say("%(what)s, told on a call", what=what)
    if event.is_taken_back:
        return say("%(what)s, told from home and taken back there", what=what)
    if event.source == "patient":
        return say("%(what)s, told from home", what=what)
    if event.is_delayed:
        return say("%(what)s, after the infusion", what=what)
    return say("%(what)s, during the infusion", what=what)
