"""Clinics: the outer wall around patients."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicWideRow, KeptRow, unique_while_live
from app.kit.sealing import SealedText


class ClinicRow(KeptRow):
    """A clinic; `phone` is the number that its patients are to call."""

    __tablename__ = "clinics"

    name: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str | None] = mapped_column()


class SettingColumns:
    """What was set of the analysis, why, and from which date on; no value: not set any more."""

    key: Mapped[str] = mapped_column()
    value: Mapped[float | None] = mapped_column()
    source: Mapped[str] = mapped_column(SealedText("settings.source"))
    effective_date: Mapped[date] = mapped_column()


class ClinicSettingRow(SettingColumns, ClinicWideRow):
    """A setting of the analysis, or of care, for all patients of a clinic."""

    __tablename__ = "clinic_settings"
    __table_args__ = (unique_while_live("clinic_settings", "clinic_id", "key", "effective_date"),)

    confirmed: Mapped[list[str] | None] = mapped_column()
