"""A decision and an assignment in order, and what breaks each rule about them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from app.errors import Fault
from app.schedule.rules import (
    Around,
    AssignmentDraft,
    ExceptionDraft,
    Visitor,
    check_assignment,
    check_exception,
)

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BIRTH: Final = date(1970, 5, 4)
UNBORN: Final = date(1970, 5, 3)
LONG_AGO: Final = date(1899, 12, 31)
FAR: Final = date(2028, 1, 1)
TOO_FAR: Final = date(2199, 1, 1)
SLOT: Final = date(2026, 11, 30)

AROUND: Final = Around(
    slots={SLOT, date(2026, 12, 28)},
    taken={date(2026, 12, 3)},
    last_done=date(2026, 11, 3),
    interval_days=28,
)
NOTHING_DONE: Final = replace(AROUND, last_done=None, taken=())
MOVED: Final = ExceptionDraft("moved", SLOT, date(2026, 12, 2), "holiday")
ADDED: Final = {"kind": "added", "slot_date": None}
ASSIGNED: Final = AssignmentDraft(
    uuid.UUID(int=1), date(2026, 12, 2), datetime(2026, 12, 3, 3, 0, tzinfo=UTC)
)


def course_exceptions(around: Around = AROUND, **changes: Any) -> list[Fault]:
    draft = replace(MOVED, **changes)
    return check_exception(draft, now=NOW, birth_date=BIRTH, around=around)


def visit_assignments(visitor: Visitor = Visitor("nurse"), **changes: Any) -> list[Fault]:  # noqa: B008 - frozen
    draft = replace(ASSIGNED, **changes)
    return check_assignment(
        draft, now=NOW, birth_date=BIRTH, time_zone="America/New_York", visitor=visitor
    )


CHECKS: Final[dict[str, Callable[..., list[Fault]]]] = {
    "course_exceptions": course_exceptions,
    "visit_assignments": visit_assignments,
}
IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    "plans.calendar": {"calendar": "lunar"},
    "plans.rounding_tolerance_percent": {"rounding_tolerance_percent": 51},
    "course_exceptions.kind": {"kind": "?"},
    "course_exceptions.slot_date.needed": {"slot_date": None},
    "course_exceptions.slot_date.not-planned": {"slot_date": date(2026, 12, 1)},
    "course_exceptions.slot_date.done": {"slot_date": date(2026, 11, 3)},
    "course_exceptions.new_date.needed": {"new_date": None},
    "course_exceptions.new_date.before-done": {"new_date": date(2026, 11, 3)},
    "course_exceptions.new_date.taken": {"new_date": date(2026, 12, 3)},
    "course_exceptions.new_date.not-moved": {"new_date": SLOT},
    "course_exceptions.new_date.too-early": {
        **ADDED,
        "around": NOTHING_DONE,
        "new_date": LONG_AGO,
    },
    "course_exceptions.new_date.before-birth": {
        **ADDED,
        "around": NOTHING_DONE,
        "new_date": UNBORN,
    },
    "course_exceptions.new_date.too-far-ahead": {**ADDED, "new_date": TOO_FAR},
    "course_exceptions.reason": {"reason": "?"},
    "course_exceptions.note": {"note": "\x00"},
    "visit_assignments.account_id.unknown": {"visitor": Visitor(None)},
    "visit_assignments.account_id.role": {"visitor": Visitor("patient")},
    "visit_assignments.account_id.disabled": {"visitor": Visitor("nurse", is_active=False)},
    "visit_assignments.on_date.too-early": {"on_date": LONG_AGO, "planned_at": None},
    "visit_assignments.on_date.before-birth": {"on_date": UNBORN, "planned_at": None},
    "visit_assignments.on_date.too-far-ahead": {"on_date": TOO_FAR, "planned_at": None},
    "visit_assignments.planned_at.other-day": {"planned_at": NOW},
    "visit_assignments.note": {"note": "\x00"},
}
UNUSUAL: Final[dict[str, dict[str, Any]]] = {
    "plans.rounding_tolerance_percent": {"rounding_tolerance_percent": 10.5},
    "course_exceptions.new_date.far-ahead": {**ADDED, "new_date": FAR},
    "course_exceptions.new_date.far": {"new_date": date(2026, 12, 15)},
    "visit_assignments.on_date.far-ahead": {"on_date": FAR, "planned_at": None},
    "visit_assignments.on_date.past": {"on_date": date(2026, 11, 19), "planned_at": None},
}
