"""A visit and a call in order, and what breaks each rule about them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from app.errors import Fault
from app.visits.rules import SYMPTOMS, CallDraft, VisitDraft, VisitLinks, check_call, check_visit

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOON: Final = NOW + timedelta(minutes=11)
BIRTH: Final = date(1970, 5, 4)
UNBORN: Final = datetime(1970, 5, 3, tzinfo=UTC)
LONG_AGO: Final = datetime(1899, 12, 31, tzinfo=UTC)
START: Final = NOW - timedelta(days=3)
ID: Final = uuid.UUID(int=1)

VISIT: Final = VisitDraft(START.date(), arrived_at=START, left_at=START + timedelta(hours=6))
LINKS: Final = VisitLinks()
CALL: Final = CallDraft(ID, NOW, reached=True, symptoms=dict.fromkeys(SYMPTOMS, "no"))


def visits(links: VisitLinks = LINKS, **changes: Any) -> list[Fault]:
    return check_visit(replace(VISIT, **changes), now=NOW, birth_date=BIRTH, links=links)


def follow_up_calls(*, has_visit: bool = True, **changes: Any) -> list[Fault]:
    draft = replace(CALL, **changes)
    return check_call(draft, now=NOW, birth_date=BIRTH, has_visit=has_visit, started_at=START)


CHECKS: Final[dict[str, Callable[..., list[Fault]]]] = {
    "visits": visits,
    "follow_up_calls": follow_up_calls,
}
IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    "visits.planned_on.too-far-ahead": {"planned_on": date(2199, 1, 1)},
    "visits.planned_on.too-early": {"planned_on": LONG_AGO.date()},
    "visits.planned_on.before-birth": {"planned_on": UNBORN.date()},
    "visits.infusion_id.unknown": {
        "infusion_id": ID,
        "links": VisitLinks(has_infusion=False),
    },
    "visits.assignment_id.unknown": {
        "assignment_id": ID,
        "links": VisitLinks(has_assignment=False),
    },
    "visits.nurse_id.unknown": {"nurse_id": ID},
    "visits.plan_id.unknown": {"plan_id": ID, "plan_version": 1},
    "visits.plan_version.unknown": {"plan_version": 1},
    "visits.course_days": {"course_days": 11},
    "visits.course_day.outside": {"course_day": 2},
    "visits.ordered_g": {"ordered_g": 900},
    "visits.arrived_at.future": {"arrived_at": SOON},
    "visits.arrived_at.too-early": {"arrived_at": LONG_AGO},
    "visits.arrived_at.before-birth": {"arrived_at": UNBORN},
    "visits.left_at.future": {"left_at": SOON},
    "visits.left_at.too-early": {"left_at": LONG_AGO},
    "visits.left_at.before-birth": {"left_at": UNBORN},
    "visits.left_at.before-arrival": {"left_at": START - timedelta(minutes=1)},
    "visits.left_at.too-long": {"left_at": START + timedelta(hours=49)},
    "visits.outcome": {"outcome": "?"},
    "visits.outcome_reason": {"outcome_reason": "\x00"},
    "visits.no_trough_reason": {"no_trough_reason": "\x00"},
    "visits.note": {"note": "\x00"},
    "follow_up_calls.visit_id.unknown": {"has_visit": False},
    "follow_up_calls.called_at.future": {"called_at": SOON},
    "follow_up_calls.called_at.too-early": {"called_at": LONG_AGO},
    "follow_up_calls.called_at.before-birth": {"called_at": UNBORN},
    "follow_up_calls.called_at.before-visit": {"called_at": START - timedelta(minutes=1)},
    "follow_up_calls.symptoms.unknown": {"symptoms": {"?": "yes"}},
    "follow_up_calls.symptoms.answer": {"symptoms": {"rash": "?"}},
    "follow_up_calls.symptoms.not-reached": {"reached": False},
    "follow_up_calls.symptoms.nothing-asked": {"symptoms": {}},
    "follow_up_calls.advice": {"advice": "\x00"},
    "follow_up_calls.advice.needed": {"symptoms": {"jaundice": "yes"}},
    "follow_up_calls.note": {"note": "\x00"},
}
UNUSUAL: Final[dict[str, dict[str, Any]]] = {
    "visits.planned_on.far-ahead": {"planned_on": date(2028, 1, 1)},
    "visits.ordered_g": {"ordered_g": 241},
    "visits.left_at.long": {"left_at": START + timedelta(hours=17)},
}
