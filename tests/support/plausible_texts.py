"""What breaks each documented rule about texts and reviews of translations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from app.errors import Fault
from app.learn.rules import HelpTextDraft, ReviewDraft, check_help_text, check_text_review

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def help_texts(**changes: Any) -> list[Fault]:
    content = {"topic": "mmn", "locale": "en", "title": "x", "body": "x", "source": "x", **changes}
    return check_help_text(HelpTextDraft(**content))


def text_reviews(**changes: Any) -> list[Fault]:
    content: dict[str, Any] = {"locale": "de", "reviewer": "x", "reviewed_on": date(2026, 5, 30)}
    return check_text_review(ReviewDraft(**{**content, **changes}), now=NOW)


CHECKS: Final[dict[str, Callable[..., list[Fault]]]] = {
    "help_texts": help_texts,
    "text_reviews": text_reviews,
}

IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    "help_texts.topic": {"topic": "?"},
    "help_texts.locale": {"locale": "?"},
    "help_texts.title": {"title": ""},
    "help_texts.body": {"body": "\x00"},
    "help_texts.body.link": {"body": "[x](http://example.org)"},
    "help_texts.source": {"source": ""},
    "text_reviews.locale": {"locale": "en"},
    "text_reviews.reviewer": {"reviewer": ""},
    "text_reviews.reviewed_on.future": {"reviewed_on": date(2026, 11, 22)},
    "text_reviews.reviewed_on.too-early": {"reviewed_on": date(1899, 12, 31)},
}
