"""Queries about a clinic's texts and its reviews of translations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.learn.tables import HelpTextRow, TextReviewRow


def select_texts(clinic_id: uuid.UUID, *, include_voided: bool = False) -> Select[HelpTextRow]:
    """Select the clinic's own texts, on request with the voided ones."""
    statement = select(HelpTextRow).where(HelpTextRow.clinic_id == clinic_id)
    return statement if include_voided else statement.where(HelpTextRow.voided_at.is_(None))


def select_reviews(clinic_id: uuid.UUID, *, include_voided: bool = False) -> Select[TextReviewRow]:
    """Select the clinic's reviews of translations, on request with the voided ones."""
    statement = select(TextReviewRow).where(TextReviewRow.clinic_id == clinic_id)
    return statement if include_voided else statement.where(TextReviewRow.voided_at.is_(None))


def own_text(
    session: Session, clinic_id: uuid.UUID, *, topic: str, locale: str
) -> HelpTextRow | None:
    """Return the text that a clinic shows in place of the program's."""
    statement = select_texts(clinic_id).where(
        HelpTextRow.topic == topic, HelpTextRow.locale == locale
    )
    return session.scalar(statement)


def own_texts(session: Session, clinic_id: uuid.UUID, *, locale: str) -> Sequence[HelpTextRow]:
    """Return the texts that a clinic shows in a language in place of the program's."""
    return session.scalars(select_texts(clinic_id).where(HelpTextRow.locale == locale)).all()


def has_review(session: Session, clinic_id: uuid.UUID, *, locale: str, fingerprint: str) -> bool:
    """Say whether a review of the clinic stands for these words of a language."""
    statement = select_reviews(clinic_id).where(
        TextReviewRow.locale == locale, TextReviewRow.fingerprint == fingerprint
    )
    return session.scalar(statement.limit(1)) is not None
