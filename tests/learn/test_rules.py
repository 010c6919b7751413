from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.learn.rules import (
    HelpTextDraft,
    ReviewDraft,
    check_help_text,
    check_text_review,
    is_safe_link,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TEXT = HelpTextDraft("calling", "en", "Call us", "By day.", "Own practice")
REVIEW = ReviewDraft("de", "Dr. Beispiel", date(2026, 5, 30))


def test_a_plain_text_has_no_fault() -> None:
    assert check_help_text(TEXT) == []
    assert check_text_review(REVIEW, now=NOW) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"topic": "cure"}, "topic"),
        ({"locale": "it"}, "locale"),
        ({"title": " "}, "title"),
        ({"body": "x" * 20_001}, "body"),
        ({"body": "[here](http://example.org)"}, "body"),
        ({"body": "[here](javascript:alert(1))"}, "body"),
        ({"body": "[here](/patients)"}, "body"),
        ({"source": ""}, "source"),
    ],
)
def test_what_is_wrong_with_a_text_is_named(changes: dict[str, str], field: str) -> None:
    assert [fault.field for fault in check_help_text(replace(TEXT, **changes))] == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"locale": "en"}, "locale"),
        ({"reviewer": ""}, "reviewer"),
        ({"reviewed_on": date(2026, 6, 9)}, "reviewed_on"),
    ],
)
def test_what_is_wrong_with_a_review_is_named(changes: dict[str, object], field: str) -> None:
    faults = check_text_review(replace(REVIEW, **changes), now=NOW)  # type: ignore[arg-type]
    assert [fault.field for fault in faults] == [field]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://example.org/a", True),
        ("https://", False),
        ("//example.org", False),
        ("/learn", True),
        ("/learn/mmn", True),
        ("/learning", False),
        ("/wrong", True),
        ("/learn/../patients", False),
        ("/learn/.%2E/patients", False),
        ("/learn\\..\\patients", False),
    ],
)
def test_a_text_leads_to_safe_places_only(address: str, *, expected: bool) -> None:
    assert is_safe_link(address) is expected
