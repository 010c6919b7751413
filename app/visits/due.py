"""Which calls are due after an infusion, and which calls count. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from app.clinics.care_settings import CareSettings
from app.visits.rules import NOT_ASKED

CALL_GRACE: Final = timedelta(hours=4)
"""How much too early a call may come and still count; a judgement: calls are made by day."""

CallKind = Literal["first", "late"]
CallState = Literal["waiting", "due", "overdue", "missed", "done"]

LATE_CALL_WINDOW: Final = timedelta(days=3)
"""How long before its last day the late call is due; a judgement: haemolysis must have time."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An infusion that ran: when it ended, the course's g/kg, and when the next one began.

    `g_per_kg` is None where it is not known; then the dose counts as a high one.
    """

    ended_at: datetime
    g_per_kg: float | None
    next_seen_at: datetime | None


FIRST_ASKS: Final = frozenset(
    {"headache_stiff_neck", "chest_pain_or_breathless", "leg_swelling", "one_sided_weakness"}
)
"""Without these answers a first call asked for neither aseptic meningitis nor thrombosis [F16]."""

LATE_ASKS: Final = frozenset({"dark_urine", "jaundice", "pallor"})
"""Without these answers a late call did not ask for haemolysis [F16]."""

OVERDUE_FOR: Final = timedelta(days=7)
"""How long after its last moment a call is overdue; then it was missed; a judgement."""


@dataclass(frozen=True, slots=True)
class CallMade:
    """A call, whether somebody was reached, and which symptoms were asked for."""

    called_at: datetime
    reached: bool
    asked: frozenset[str]

    def answers(self, kind: CallKind) -> bool:
        """Say whether a call of that kind is done with it; otherwise it is an attempt."""
        return self.reached and self.asked >= (FIRST_ASKS if kind == "first" else LATE_ASKS)


def asked_in(answers: Mapping[str, str]) -> frozenset[str]:
    """Return the symptoms that were asked for."""
    return frozenset(name for name, answer in answers.items() if answer != NOT_ASKED)


@dataclass(frozen=True, slots=True)
class CallDue:
    """A call that belongs to a visit: when it is due, how it stands, when it was made.

    `missed` is an overdue call that nobody made within `OVERDUE_FOR`; made later it is done.
    """

    kind: CallKind
    due_from: datetime
    due_until: datetime
    state: CallState
    done_at: datetime | None
    attempts: int


def calls_due(
    ended: Ended, calls: Iterable[CallMade], *, now: datetime, settings: CareSettings
) -> list[CallDue]:
    """Return the calls after one infusion.

    A first call asks for aseptic meningitis and thrombosis, a late one for haemolysis after a high
    dose. No call is due where the patient is seen again before it would be over: a nurse asks
    on the second day of a course, and nobody calls for the first.

    Parameters
    ----------
    ended : Ended
        The infusion; doses are compared to a tenth of a g/kg, because vials round them.
    calls : iterable of CallMade
        Every call to this patient since; one that did not ask what it is for is an attempt.
    now : datetime
        Timezone-aware.
    settings : CareSettings
        `calls.*` and `late_call.*` of the clinic.
    """
    end = ended.ended_at
    first = (
        end + timedelta(hours=settings.calls_from_hours),
        end + timedelta(hours=settings.calls_until_hours),
    )
    windows: list[tuple[CallKind, datetime, datetime]] = [("first", *first)]
    is_high = ended.g_per_kg is None or round(ended.g_per_kg, 1) >= settings.late_call_from_g_per_kg
    last_day = end + timedelta(days=settings.late_call_until_days)
    if is_high and last_day > first[1]:
        windows.append(("late", max(last_day - LATE_CALL_WINDOW, first[1]), last_day))
    made = sorted(calls, key=lambda call: call.called_at)
    return [
        _call_due(kind, since, until, made=made, now=now)
        for kind, since, until in windows
        if ended.next_seen_at is None or ended.next_seen_at > until
    ]


def _call_due(
    kind: CallKind,
    since: datetime,
    until: datetime,
    *,
    made: Sequence[CallMade],
    now: datetime,
) -> CallDue:
    counted = [call for call in made if call.called_at >= since - CALL_GRACE]
    done_at = next((call.called_at for call in counted if call.answers(kind)), None)
    state = "done" if done_at is not None else _state_on(now, since, until)
    return CallDue(kind, since, until, state, done_at, len(counted))


def _state_on(now: datetime, since: datetime, until: datetime) -> CallState:
    if now < since:
        return "waiting"
    if now <= until:
        return "due"
    return "overdue" if now <= until + OVERDUE_FOR else "missed"
