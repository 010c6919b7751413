"""What may be decided about planned courses, and who may be sent on a visit. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.analysis.cycles import local_day
from app.errors import Fault, Severity
from app.kit.fields import Choice, PlannedDate, TextField
from app.kit.limits import Rule, Spec, found
from app.said import Said, say

MOVED: Final = "moved"
CANCELLED: Final = "cancelled"
ADDED: Final = "added"

_ZONES_APART: Final = 2
"""Days; no two places are further apart by their dates."""

VISITORS: Final = frozenset({"nurse", "physician"})
"""Roles of who can be sent on a visit."""


@dataclass(frozen=True, slots=True)
class ExceptionDraft:
    """One planned course moved, cancelled or added.

    `slot_date` is the day by which the calendar names the course, `new_date` the day on which it
    is to begin.
    """

    kind: str
    slot_date: date | None
    new_date: date | None
    reason: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """The calendar that a decision is judged by, as it is without that decision.

    Attributes
    ----------
    slots : collection of date
        Names of the courses that are planned and not given.
    taken : collection of date
        First days of the other planned courses.
    last_done : date or None
        The last day on which immunoglobulin ran.
    interval_days : int or None
        Of the plan in force; None without one.
    """

    slots: Collection[date]
    taken: Collection[date]
    last_done: date | None
    interval_days: int | None


@dataclass(frozen=True, slots=True)
class AssignmentDraft:
    """Somebody is to visit on a day of the patient; `planned_at` is when, if that is agreed."""

    account_id: uuid.UUID
    on_date: date
    planned_at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is known of an account; `role` is None where the clinic has no such account."""

    role: str | None
    is_active: bool = True


_KIND: Final = Choice("course_exceptions", "kind", (MOVED, CANCELLED, ADDED))
_SLOT_NEEDED: Final = Rule(
    "course_exceptions",
    "slot_date",
    "needed",
    "missing although a course is moved or cancelled, or given although one is added",
)
_NOT_PLANNED: Final = Rule(
    "course_exceptions", "slot_date", "not-planned", "a day on which no course is planned"
)
_DONE: Final = Rule(
    "course_exceptions",
    "slot_date",
    "done",
    "on or before the last infusion day: what was done is neither moved nor cancelled",
)
_NEW_NEEDED: Final = Rule(
    "course_exceptions",
    "new_date",
    "needed",
    "missing although a course is moved or added, or given although one is cancelled",
)
_NEW_DATE: Final = PlannedDate("course_exceptions", "new_date")
_NEW_DONE: Final = Rule(
    "course_exceptions",
    "new_date",
    "before-done",
    "on or before the last infusion day: a course is not planned into the past",
)
_TAKEN: Final = Rule(
    "course_exceptions", "new_date", "taken", "the first day of another planned course"
)
_NOT_MOVED: Final = Rule("course_exceptions", "new_date", "not-moved", "the same as slot_date")
_FAR: Final = Rule(
    "course_exceptions",
    "new_date",
    "far",
    "more than half an interval from slot_date",
    Severity.UNUSUAL,
)
_REASON: Final = Choice(
    "course_exceptions",
    "reason",
    (
        *("patient", "clinic", "nurse", "supply", "illness", "travel", "holiday", "insurance"),
        *("response", "other"),
    ),
)
_NOTE: Final = TextField("course_exceptions", "note", 2000, has_lines=True)

_ACCOUNT: Final = Rule("visit_assignments", "account_id", "unknown", "not an account of the clinic")
_ROLE: Final = Rule(
    "visit_assignments", "account_id", "role", "an account of neither a nurse nor a physician"
)
_DISABLED: Final = Rule(
    "visit_assignments", "account_id", "disabled", "an account that cannot be used any more"
)
_ON_DATE: Final = PlannedDate("visit_assignments", "on_date")
_PAST: Final = Rule(
    "visit_assignments", "on_date", "past", "before the patient's date today", Severity.UNUSUAL
)
_OTHER_DAY: Final = Rule(
    "visit_assignments", "planned_at", "other-day", "on another day of the patient than on_date"
)
_VISIT_NOTE: Final = TextField("visit_assignments", "note", 2000, has_lines=True)

SPECS: Final[tuple[Spec, ...]] = (
    *(_KIND, _SLOT_NEEDED, _NOT_PLANNED, _DONE, _NEW_NEEDED, _NEW_DATE, _NEW_DONE, _TAKEN),
    *(_NOT_MOVED, _FAR, _REASON, _NOTE),
    *(_ACCOUNT, _ROLE, _DISABLED, _ON_DATE, _PAST, _OTHER_DAY, _VISIT_NOTE),
)


def check_exception(
    draft: ExceptionDraft, *, now: datetime, birth_date: date | None, around: Around
) -> list[Fault]:
    """Return every fault of a decision about a planned course.

    Parameters
    ----------
    draft : ExceptionDraft
        The decision.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    around : Around
        The calendar without the decision.
    """
    return [
        *found(
            _KIND.check(draft.kind),
            _slot_fault(draft, around),
            _new_fault(draft, around),
            _REASON.check(draft.reason),
            _NOTE.check(draft.note),
        ),
        *_NEW_DATE.check(draft.new_date, now=now, birth_date=birth_date),
    ]


def _slot_fault(draft: ExceptionDraft, around: Around) -> Fault | None:
    slot = draft.slot_date
    if draft.kind == ADDED:
        reason = say("an added course has no day on which it was planned")
        return None if slot is None else _SLOT_NEEDED.fault(slot, reason)
    if slot is None:
        reason = say("it is missing: say which planned course this is about")
        return _SLOT_NEEDED.fault(None, reason)
    if slot in around.slots:
        return None
    if around.last_done is not None and slot <= around.last_done:
        reason = _not_after_done(slot, around.last_done)
        kept = say("%(reason)s; what was done is not changed", reason=reason)
        return _DONE.fault(slot, kept)
    reason = say("no course is planned on %(day)s", day=str(slot))
    nearest = min(around.slots, key=lambda day: abs(day - slot), default=None)
    if nearest is not None:
        hint = {"reason": reason, "nearest": str(nearest)}
        reason = say("%(reason)s; the nearest is planned on %(nearest)s", **hint)
    return _NOT_PLANNED.fault(slot, reason)


def _not_after_done(day: date, last_done: date) -> Said:
    days = {"day": str(day), "last": str(last_done)}
    return say("%(day)s is not after the last infusion day %(last)s", **days)


def _new_fault(draft: ExceptionDraft, around: Around) -> Fault | None:
    day = draft.new_date
    if draft.kind == CANCELLED:
        reason = say("a cancelled course begins on no day")
        return None if day is None else _NEW_NEEDED.fault(day, reason)
    if day is None:
        reason = say("it is missing: say on which day the course is to begin")
        return _NEW_NEEDED.fault(None, reason)
    if around.last_done is not None and day <= around.last_done:
        return _NEW_DONE.fault(day, _not_after_done(day, around.last_done))
    if day == draft.slot_date:
        reason = say("%(day)s is where the course is planned already", day=str(day))
        return _NOT_MOVED.fault(day, reason)
    if day in around.taken:
        return _TAKEN.fault(day, say("another course is planned on %(day)s", day=str(day)))
    return _far_fault(day, draft.slot_date, around.interval_days)


def _far_fault(day: date, slot: date | None, interval_days: int | None) -> Fault | None:
    if slot is None or interval_days is None:
        return None
    moved = abs((day - slot).days)
    if 2 * moved <= interval_days:
        return None
    reason = say(
        "%(day)s is %(moved)s days from %(slot)s, of an interval of %(interval)s",
        day=str(day),
        moved=moved,
        slot=str(slot),
        interval=interval_days,
    )
    return _FAR.fault(day, reason)


def check_assignment(
    draft: AssignmentDraft,
    *,
    now: datetime,
    birth_date: date | None,
    time_zone: str,
    visitor: Visitor,
) -> list[Fault]:
    """Return every fault of an assignment.

    Parameters
    ----------
    draft : AssignmentDraft
        The assignment.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    time_zone : str
        The patient's IANA zone on the day of the visit.
    visitor : Visitor
        What is known of the account.
    """
    past = None
    if draft.on_date < local_day(now, time_zone):
        past = _PAST.fault(draft.on_date, say("%(day)s has passed", day=str(draft.on_date)))
    return [
        *found(_account_fault(draft, visitor), past, _time_fault(draft, time_zone)),
        *_ON_DATE.check(draft.on_date, now=now, birth_date=birth_date),
        *found(_VISIT_NOTE.check(draft.note)),
    ]


def _account_fault(draft: AssignmentDraft, visitor: Visitor) -> Fault | None:
    if visitor.role is None:
        return _ACCOUNT.fault(draft.account_id, say("the clinic has no such account"))
    if visitor.role not in VISITORS:
        reason = say("a %(role)s is not sent on a visit", role=visitor.role)
        return _ROLE.fault(draft.account_id, reason)
    if not visitor.is_active:
        return _DISABLED.fault(draft.account_id, say("the account is disabled"))
    return None


def _time_fault(draft: AssignmentDraft, time_zone: str) -> Fault | None:
    if draft.planned_at is None:
        return None
    # Far off, its own date says enough, and at the edge of the calendar there is no other.
    is_near = abs((draft.planned_at.date() - draft.on_date).days) <= _ZONES_APART
    day = local_day(draft.planned_at, time_zone) if is_near else draft.planned_at.date()
    if day == draft.on_date:
        return None
    reason = say(
        "%(at)s is on %(day)s in %(zone)s, not on %(wanted)s",
        at=draft.planned_at.isoformat(),
        day=str(day),
        zone=time_zone,
        wanted=str(draft.on_date),
    )
    return _OTHER_DAY.fault(draft.planned_at, reason)
