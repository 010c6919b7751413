"""Shapes of a clinic's texts and reviews of translations in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from app.kit.shapes import CreateBody, Day, ShownRow, change_schema, word
from app.learn.rules import SPECS, HelpTextDraft, ReviewDraft


class HelpTextCreate(CreateBody):
    """A text that the clinic shows in place of the program's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "topic": "calling",
                    "locale": "en",
                    "title": "When to call us",
                    "body": "Call the ward by day, and **the emergency number** at any time.",
                    "source": "Own practice of May 2026",
                }
            ]
        }
    )

    topic: Annotated[str, word(SPECS, "help_texts", field="topic")]
    locale: Annotated[str, word(SPECS, "help_texts", field="locale")]
    title: str
    body: Annotated[
        str,
        Field(
            description="Plain text; `## ` begins a heading, `- ` and `1. ` an item, `**strong**`"
            " and `[words](https://address)` stand inside a line."
        ),
    ]
    source: Annotated[str, Field(description="Where it comes from, one source a line.")]

    def draft(self) -> HelpTextDraft:
        """Return what the rules check."""
        return HelpTextDraft(**self.content())


HelpTextChange = change_schema(
    "HelpTextChange",
    HelpTextCreate,
    example={"change_reason": "A new number.", "body": "Call 555 0100."},
    fixed=("topic", "locale"),
)


class HelpTextRead(ShownRow):
    """A clinic's own text about a topic in one language."""

    clinic_id: uuid.UUID
    topic: str
    locale: str
    title: str
    body: str
    source: str


class TextReviewCreate(CreateBody):
    """That somebody compared the clinical words of a language with the English ones."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"locale": "de", "reviewer": "Dr. Beispiel", "reviewed_on": "2026-05-30"}]
        }
    )

    locale: Annotated[str, word(SPECS, "text_reviews", field="locale")]
    reviewer: Annotated[str, Field(description="Who knows both languages and the field.")]
    reviewed_on: Day

    def draft(self) -> ReviewDraft:
        """Return what the rules check."""
        return ReviewDraft(**self.content())


class TextReviewRead(ShownRow):
    """A review; it stands while `fingerprint` is that of the words as they are now."""

    clinic_id: uuid.UUID
    locale: str
    reviewer: str
    reviewed_on: date
    fingerprint: str
