"""What a clinic writes for its people, and who compared a translation with the English."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicWideRow, unique_while_live
from app.kit.sealing import SealedText


class HelpTextRow(ClinicWideRow):
    """A clinic's own text in place of one of the program's; voided, that one is shown again."""

    __tablename__ = "help_texts"
    __table_args__ = (unique_while_live("help_texts", "clinic_id", "topic", "locale"),)

    topic: Mapped[str] = mapped_column()
    locale: Mapped[str] = mapped_column()
    title: Mapped[str] = mapped_column()
    body: Mapped[str] = mapped_column()
    source: Mapped[str] = mapped_column()


class TextReviewRow(ClinicWideRow):
    """Somebody who knows both languages read the clinical words of one of them.

    `fingerprint` is that of the words as they were then: of other words nobody has said anything.
    """

    __tablename__ = "text_reviews"
    __table_args__ = (Index("ix_text_reviews_clinic_id_locale", "clinic_id", "locale"),)

    locale: Mapped[str] = mapped_column()
    reviewer: Mapped[str] = mapped_column(SealedText("text_reviews.reviewer"))
    reviewed_on: Mapped[date] = mapped_column()
    fingerprint: Mapped[str] = mapped_column()
