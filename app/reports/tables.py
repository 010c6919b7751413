"""Strength reports and their values."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicalRow, of_patient, unique_while_live
from app.kit.sealing import SealedText


class ReportRow(ClinicalRow):
    """One submission: what a patient, or somebody for them, said of one moment."""

    __tablename__ = "reports"
    __table_args__ = (
        of_patient(),
        Index("ix_reports_patient_observed", "patient_id", "observed_at"),
    )

    observed_at: Mapped[datetime] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    local_date: Mapped[date] = mapped_column()
    source: Mapped[str] = mapped_column()
    context: Mapped[list[str]] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("reports.note"))


class ValueRow(ClinicalRow):
    """One measure at one site in a report.

    `observed_at` repeats the report's, so that a series is read from one index. `entry` is
    `repeated` where the answer before was kept; `scale_version` names the anchor words shown.
    """

    __tablename__ = "report_values"
    __table_args__ = (
        of_patient(),
        unique_while_live("report_values", "report_id", "measure", "site"),
        Index("ix_report_values_series", "patient_id", "measure", "site", "observed_at", "value"),
    )

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reports.id"))
    observed_at: Mapped[datetime] = mapped_column()
    entered_at: Mapped[datetime] = mapped_column()
    measure: Mapped[str] = mapped_column()
    site: Mapped[str] = mapped_column()
    value: Mapped[float] = mapped_column()
    device: Mapped[str | None] = mapped_column()
    entry: Mapped[str] = mapped_column()
    scale_version: Mapped[str] = mapped_column()
