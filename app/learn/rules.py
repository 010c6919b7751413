"""What a clinic may write for its people, and what is a review of a translation. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.errors import Fault
from app.kit.fields import Choice, PastDate, TextField
from app.kit.limits import Rule, Spec, found, quoted
from app.learn.prose import links_of
from app.said import say

TOPICS: Final = (
    *("mmn", "cidp", "immunoglobulin", "watching", "calling", "device", "support"),
    "translations",
)
"""What can be read about, in the order of the list."""

HELPS: Final = (
    *("modal-cycle", "onset", "certainty", "grip", "scale-0-10", "completeness", "before-after"),
)
"""What is explained beside charts and scales."""

LOCALES: Final = ("en", "es", "fr", "de")
TRANSLATED: Final = LOCALES[1:]
"""English is the source: nobody has to compare it with anything."""

OWN_PATHS: Final = ("/learn", "/wrong")


@dataclass(frozen=True, slots=True)
class HelpTextDraft:
    """A text about a topic in one language; `body` as `app.learn.prose` reads it."""

    topic: str
    locale: str
    title: str
    body: str
    source: str


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """Who read the clinical words of a language beside the English ones, and when."""

    locale: str
    reviewer: str
    reviewed_on: date


_TOPIC: Final = Choice("help_texts", "topic", TOPICS)
_LOCALE: Final = Choice("help_texts", "locale", LOCALES)
_TITLE: Final = TextField("help_texts", "title", 120)
_BODY: Final = TextField("help_texts", "body", 20_000, has_lines=True)
_LINK: Final = Rule(
    "help_texts", "body", "link", "a link that begins with neither `https://` nor `/learn`"
)
_SOURCE: Final = TextField("help_texts", "source", 2000, has_lines=True)
_REVIEWED: Final = Choice("text_reviews", "locale", TRANSLATED)
_REVIEWER: Final = TextField("text_reviews", "reviewer", 200)
_REVIEWED_ON: Final = PastDate("text_reviews", "reviewed_on", is_after_birth=False)

SPECS: Final[tuple[Spec, ...]] = (
    *(_TOPIC, _LOCALE, _TITLE, _BODY, _LINK, _SOURCE),
    *(_REVIEWED, _REVIEWER, _REVIEWED_ON),
)


def check_help_text(draft: HelpTextDraft) -> list[Fault]:
    """Return every fault of a text."""
    return found(
        _TOPIC.check(draft.topic),
        _LOCALE.check(draft.locale),
        _TITLE.check(draft.title),
        _BODY.check(draft.body) or _link_fault(draft.body),
        _SOURCE.check(draft.source),
    )


def check_text_review(draft: ReviewDraft, *, now: datetime) -> list[Fault]:
    """Return every fault of a review.

    Parameters
    ----------
    draft : ReviewDraft
        The review.
    now : datetime
        Timezone-aware.
    """
    return [
        *found(_REVIEWED.check(draft.locale), _REVIEWER.check(draft.reviewer)),
        *_REVIEWED_ON.check(draft.reviewed_on, now=now),
    ]


def is_safe_link(address: str) -> bool:
    """Say whether a text may lead there: by https, or to a page of help of this service."""
    if address.startswith("https://"):
        return len(address) > len("https://")
    if ".." in address.lower().replace("%2e", ".") or "\\" in address:
        return False  # A browser would go up from there, to any other page.
    return any(address == path or address.startswith(f"{path}/") for path in OWN_PATHS)


def _link_fault(body: str) -> Fault | None:
    wrong = [address for address in links_of(body) if not is_safe_link(address)]
    if not wrong:
        return None
    reason = say(
        "%(value)s is no link that begins with %(start)s", value=quoted(wrong[0]), start="https://"
    )
    return _LINK.fault(wrong[0], reason)
