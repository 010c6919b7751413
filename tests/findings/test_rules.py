from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.findings.rules import (
    LONGEST_SNOOZE,
    STATUS_AFTER,
    Review,
    ReviewDraft,
    Status,
    check_review,
    has_new_event,
    has_woken,
    review_refusal,
)

TODAY = date(2026, 6, 1)
TOMORROW = TODAY + timedelta(days=1)


def test_whoever_disagrees_has_seen_it() -> None:
    assert STATUS_AFTER["disagreed"] == STATUS_AFTER["acknowledged"] == "acknowledged"


@pytest.mark.parametrize(
    ("until", "is_possible"),
    [
        (TODAY - timedelta(days=1), False),
        (TODAY, False),
        (TOMORROW, True),
        (TODAY + LONGEST_SNOOZE, True),
        (TODAY + LONGEST_SNOOZE + timedelta(days=1), False),
    ],
)
def test_a_snooze_ends_on_a_day_ahead(until: date, is_possible: bool) -> None:
    faults = check_review(ReviewDraft("snoozed", until), today=TODAY)
    assert [fault.field for fault in faults] == ([] if is_possible else ["snoozed_until"])


def test_only_a_snooze_has_a_date() -> None:
    assert check_review(ReviewDraft("acknowledged"), today=TODAY) == []


@pytest.mark.parametrize("review", STATUS_AFTER)
def test_a_closed_finding_is_not_reviewed(review: Review) -> None:
    assert review_refusal("closed", review) is not None


@pytest.mark.parametrize("status", ["new", "acknowledged", "snoozed"])
def test_an_open_finding_can_be_reviewed_again(status: Status) -> None:
    possible = {review for review in STATUS_AFTER if review_refusal(status, review) is None}
    expected = set(STATUS_AFTER) - ({"reopened"} if status == "new" else set())
    assert possible == expected


@pytest.mark.parametrize(("until", "woken"), [(TODAY, True), (TOMORROW, False), (None, False)])
def test_a_snooze_is_over_on_its_date(until: date | None, woken: bool) -> None:
    assert has_woken("snoozed", until, today=TODAY) is woken
    assert not has_woken("acknowledged", until, today=TODAY)


def an_event(key: str, *, grade: int | None = None, danger: str | None = None) -> dict[str, object]:
    return {"key": key, "grade": grade, "danger": danger}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [an_event("a")], True),
        ([an_event("a")], [an_event("a")], False),
        ([an_event("a"), an_event("b")], [an_event("b")], False),
        ([an_event("a", grade=3)], [an_event("a", grade=4)], True),
        ([an_event("a", grade=4)], [an_event("a", grade=3)], False),
        ([an_event("a", grade=3)], [an_event("a", grade=3, danger="Thrombosis")], True),
        ([an_event("a", danger="Thrombosis")], [an_event("a", grade=3)], False),
    ],
)
def test_a_safety_finding_is_new_again_after_a_new_or_graver_event(
    before: list[object], after: list[object], expected: bool
) -> None:
    assert has_new_event({"events": before}, {"events": after}) is expected


def test_evidence_without_events_names_none_that_is_new() -> None:
    assert not has_new_event({}, {"drop": 3})
