"""Alarms."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicalRow, of_patient
from app.kit.sealing import SealedText


class AlarmRow(ClinicalRow):
    """Something that is wrong, as somebody at home said it, or as the clinic was told.

    `local_date` is the patient's date when it was noticed and never moves.
    """

    __tablename__ = "alarms"
    __table_args__ = (
        of_patient(),
        Index("ix_alarms_patient_id_noticed_at", "patient_id", "noticed_at"),
    )

    noticed_at: Mapped[datetime] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    local_date: Mapped[date] = mapped_column()
    signs: Mapped[list[str]] = mapped_column()
    source: Mapped[str] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("alarms.note"))
