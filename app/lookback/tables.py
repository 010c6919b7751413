"""Notices of recalls to those who got the lot."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicalRow, of_patient
from app.kit.sealing import SealedText
from app.lots.tables import RecallRow


class NoticeRow(ClinicalRow):
    """A recipient of a recalled lot was told; several tries are several rows."""

    __tablename__ = "recall_notices"
    __table_args__ = (of_patient(), Index("ix_recall_notices_recall_id", "recall_id"))

    recall_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(RecallRow.id))
    sent_at: Mapped[datetime] = mapped_column()
    method: Mapped[str] = mapped_column()
    confirmed_at: Mapped[datetime | None] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("recall_notices.note"))
