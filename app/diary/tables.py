"""Diaries."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicalRow, of_patient, unique_while_live
from app.kit.sealing import SealedText


class DiaryRow(ClinicalRow):
    """What a patient is asked; one live row for each patient.

    `daily` and `weekly` list `measure@site` in order; `weekly_on` is 0 for Monday to 6 for Sunday.
    """

    __tablename__ = "diaries"
    __table_args__ = (of_patient(), unique_while_live("diaries", "patient_id"))

    daily: Mapped[list[str]] = mapped_column()
    weekly: Mapped[list[str]] = mapped_column()
    weekly_on: Mapped[int] = mapped_column()
    sorting: Mapped[str] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("diaries.note"))
