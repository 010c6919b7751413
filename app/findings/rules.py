"""What the team may say of a finding, and what becomes of its status. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from app.errors import Fault
from app.kit.limits import Rule, Spec
from app.said import Said, say

Status = Literal["new", "acknowledged", "snoozed", "closed"]
Review = Literal["acknowledged", "disagreed", "snoozed", "reopened"]

LONGEST_SNOOZE: Final = timedelta(days=366)
"""Whoever wants silence for longer acknowledges, which says so; judgement."""

STATUS_AFTER: Final[Mapping[Review, Status]] = {
    "acknowledged": "acknowledged",
    # Who disagrees has seen it, and the import format knows four statuses: what was said of it
    # stands beside the status.
    "disagreed": "acknowledged",
    "snoozed": "snoozed",
    "reopened": "new",
}


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """What somebody says of a finding; `snoozed_until` is the first date on which it is new."""

    review: Review
    snoozed_until: date | None = None


_TOO_EARLY: Final = Rule(
    "findings", "snoozed_until", "not-ahead", "not after the patient's own date today"
)
_TOO_LATE: Final = Rule(
    "findings", "snoozed_until", "too-far-ahead", f"more than {LONGEST_SNOOZE.days} days ahead"
)
SPECS: Final[tuple[Spec, ...]] = (_TOO_EARLY, _TOO_LATE)


def check_review(draft: ReviewDraft, *, today: date) -> list[Fault]:
    """Return the faults of a review.

    Parameters
    ----------
    draft : ReviewDraft
        The review.
    today : date
        The patient's local date.
    """
    until = draft.snoozed_until
    if until is None:
        return []
    if until <= today:
        reason = say("%(day)s is not after today, %(today)s", day=str(until), today=str(today))
        return [_TOO_EARLY.fault(until, reason)]
    if until - today > LONGEST_SNOOZE:
        reason = say(
            "%(day)s is more than %(most)s days ahead", day=str(until), most=LONGEST_SNOOZE.days
        )
        return [_TOO_LATE.fault(until, reason)]
    return []


def review_refusal(status: Status, review: Review) -> Said | None:
    """Say why a finding of this status cannot be reviewed so; None where it can."""
    if status == "closed":
        return say("it is closed; if it recurs, that is a new finding")
    if review == "reopened" and status == "new":
        return say("it is new already")
    return None


def has_new_event(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Say whether the evidence of a finding names an event that is new, or graver than it was.

    Only evidence of `safety` names events: what somebody acknowledged was what stood there then.
    """
    known = {event["key"]: _gravity(event) for event in before.get("events", ())}
    return any(
        event["key"] not in known or _gravity(event) > known[event["key"]]
        for event in after.get("events", ())
    )


def _gravity(event: Mapping[str, Any]) -> tuple[bool, int]:
    return event["danger"] is not None, event["grade"] or 0


def has_woken(status: Status, snoozed_until: date | None, *, today: date) -> bool:
    """Say whether a snooze is over on the patient's local date."""
    return status == "snoozed" and snoozed_until is not None and snoozed_until <= today
