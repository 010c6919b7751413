"""A clinic's own text and a review of a translation."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy.orm import Session

from app.clinics import entries
from app.clinics.tables import ClinicRow
from app.kit.history import Change
from app.kit.rows import Entering
from app.learn.repository import own_text
from app.learn.rules import LOCALES, TOPICS, HelpTextDraft, ReviewDraft
from app.learn.service import HELP_TEXT, TEXT_REVIEW
from app.learn.tables import HelpTextRow, TextReviewRow


def a_help_text(session: Session, clinic_id: uuid.UUID, change: Change) -> HelpTextRow:
    """Write about the first topic and language that is free; French ones stay free for others."""
    topic, locale = next(
        (topic, locale)
        for locale in LOCALES
        for topic in TOPICS[::-1]
        if locale != "fr" and own_text(session, clinic_id, topic=topic, locale=locale) is None
    )
    clinic = session.get_one(ClinicRow, clinic_id)
    draft = HelpTextDraft(topic, locale, "Call us", "By day.", "Own practice")
    entering = Entering(session, change)
    return entries.create(entering, HELP_TEXT, clinic=clinic, row_id=None, draft=draft).row


def a_text_review(session: Session, clinic_id: uuid.UUID, change: Change) -> TextReviewRow:
    clinic = session.get_one(ClinicRow, clinic_id)
    draft = ReviewDraft("de", "Dr. Beispiel", date(2026, 5, 30))
    entering = Entering(session, change)
    return entries.create(entering, TEXT_REVIEW, clinic=clinic, row_id=None, draft=draft).row
