"""Use-cases: what people can read about, a clinic's own texts, and reviews of translations."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Final

from sqlalchemy.orm import Session

from app.clinics.entries import ClinicEntry, read_as
from app.errors import Fault
from app.kit.rows import Entering
from app.learn import repository
from app.learn.rules import (
    TOPICS,
    HelpTextDraft,
    ReviewDraft,
    check_help_text,
    check_text_review,
)
from app.learn.tables import HelpTextRow, TextReviewRow
from app.learn.texts import Text, default_text, fingerprint


def read_text(session: Session, clinic_id: uuid.UUID | None, *, topic: str, locale: str) -> Text:
    """Return what people of a clinic read about a topic; without a clinic the program's text.

    Raises
    ------
    NotFound
        There is no such topic.
    """
    text = default_text(topic, locale)
    own = None
    if clinic_id is not None:
        own = repository.own_text(session, clinic_id, topic=topic, locale=locale)
    return text if own is None else text_of(own)


def read_titles(session: Session, clinic_id: uuid.UUID | None, *, locale: str) -> dict[str, str]:
    """Return the title of every topic, as people of a clinic read it, in the order of the list."""
    titles = {topic: default_text(topic, locale).title for topic in TOPICS}
    if clinic_id is not None:
        rows = repository.own_texts(session, clinic_id, locale=locale)
        titles |= {row.topic: row.title for row in rows}
    return titles


def text_of(row: HelpTextRow) -> Text:
    """Return a clinic's own text."""
    return Text(row.topic, row.locale, row.title, row.body, row.source, is_own=True)


def is_reviewed(session: Session, clinic_id: uuid.UUID, *, locale: str) -> bool:
    """Say whether somebody of the clinic compared the clinical words of a language, as they are."""
    return repository.has_review(session, clinic_id, locale=locale, fingerprint=fingerprint(locale))


# --- how they are entered ------------------------------------------------------------------------


def _check_text(
    entering: Entering, clinic_id: uuid.UUID, draft: HelpTextDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del entering, clinic_id, row_id
    return check_help_text(draft)


HELP_TEXT: Final[ClinicEntry[HelpTextDraft, HelpTextRow]] = ClinicEntry(
    what="Text",
    table=HelpTextRow,
    draft_of=read_as(HelpTextDraft),
    content_of=asdict,
    check=_check_text,
    row_key=("topic", "locale"),
    taken=lambda row: (
        f"The clinic has a text of its own about {row.topic} in {row.locale} already; change or"
        " void it."
    ),
)


def _check_review(
    entering: Entering, clinic_id: uuid.UUID, draft: ReviewDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del clinic_id, row_id
    return check_text_review(draft, now=entering.change.now)


TEXT_REVIEW: Final[ClinicEntry[ReviewDraft, TextReviewRow]] = ClinicEntry(
    what="Review",
    table=TextReviewRow,
    draft_of=read_as(ReviewDraft),
    content_of=asdict,
    check=_check_review,
    derived_of=lambda draft: {"fingerprint": fingerprint(draft.locale)},
)
