"""What happened to findings in a week, from their versions."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from app.findings.digest import happenings

BEGIN = datetime(2026, 5, 18, tzinfo=UTC)
END = BEGIN + timedelta(days=7)
PATIENT = str(uuid.uuid4())


def _at(days: float) -> str:
    return (BEGIN + timedelta(days=days)).isoformat()


def _version(finding: str = "a", **content: Any) -> dict[str, Any]:
    return {
        "id": finding,
        "patient_id": PATIENT,
        "kind": "lapse",
        "first_detected_at": _at(-30),
        **dict.fromkeys(("closed_at", "reviewed_at", "review", "snoozed_until")),
        **content,
    }


def _told(*versions: dict[str, Any]) -> list[tuple[str, str]]:
    found = happenings(versions, begin=BEGIN, end=END)
    return [(one.event, one.finding["id"]) for one in found]


def test_the_week_begins_with_its_first_instant_and_ends_before_the_next() -> None:
    versions = [
        _version(str(index), first_detected_at=_at(at))
        for index, at in enumerate((-0.01, 0, 6.99, 7))
    ]
    assert _told(*versions) == [("new", "1"), ("new", "2")]


def test_a_review_counts_once_and_a_second_one_again() -> None:
    first = _version(reviewed_at=_at(1), review="acknowledged")
    again = _version(reviewed_at=_at(2), review="reopened")
    assert _told(first, first, again) == [("said", "a"), ("said", "a")]


def test_a_snooze_ends_in_the_week_if_it_still_stands_and_the_finding_too() -> None:
    snoozed = {"review": "snoozed", "snoozed_until": "2026-05-20", "reviewed_at": _at(-9)}
    assert _told(_version(**snoozed)) == [("wakes", "a")]
    assert _told(_version(**snoozed), _version(review="reopened", reviewed_at=_at(-8))) == []
    assert _told(_version(**snoozed | {"snoozed_until": "2026-05-25"})) == []
    assert _told(_version(**snoozed, closed_at=_at(1))) == [("closed", "a")]


def test_the_most_pressing_kind_comes_first() -> None:
    told = _told(
        _version("a", kind="response", first_detected_at=_at(1)),
        _version("b", kind="safety", first_detected_at=_at(2)),
    )
    assert told == [("new", "b"), ("new", "a")]
