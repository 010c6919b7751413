"""Infusions: what was given, when, from which lots."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicalRow, of_patient
from app.kit.sealing import SealedText


class InfusionRow(ClinicalRow):
    """One infusion; `local_date` is the patient's date at its start and never moves.

    Two bags of one product that start together are two rows, so nothing here is unique.
    """

    __tablename__ = "infusions"
    __table_args__ = (
        of_patient(),
        ForeignKeyConstraint(["clinic_id", "product"], ["products.clinic_id", "products.key"]),
        Index("ix_infusions_patient_started", "patient_id", "started_at"),
    )

    started_at: Mapped[datetime] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    local_date: Mapped[date] = mapped_column()
    status: Mapped[str] = mapped_column()
    product: Mapped[str | None] = mapped_column()
    dose_g: Mapped[float | None] = mapped_column()
    weight_kg: Mapped[float | None] = mapped_column()
    lot_numbers: Mapped[list[str]] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("infusions.note"))


class SignatureRow(ClinicalRow):
    """Somebody's word that an infusion is recorded as it was, in the version that they saw.

    `content_hash` is that of the signed version (`app.infusions.signing.content_hash`); a later
    version leaves the signature readable, and shows it as amended.
    """

    __tablename__ = "signatures"
    __table_args__ = (of_patient(), Index("ix_signatures_infusion_id", "infusion_id"))

    infusion_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("infusions.id"))
    signed_version: Mapped[int] = mapped_column()
    content_hash: Mapped[str] = mapped_column()
    account_id: Mapped[uuid.UUID] = mapped_column()
    role: Mapped[str] = mapped_column()
