"""Patients, their weights and their other therapies."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clinics.tables import SettingColumns
from app.kit.base import Base, ClinicalRow, Json, KeptRow, of_patient, unique_while_live

_STALE = text("analysed_number IS NULL OR analysed_number < change_number")


class PatientRow(KeptRow):
    """Who is treated.

    `external_id` is the clinic's own identifier, `identifiers` those of other systems.
    `previous_time_zones` lists `{"until": instant, "time_zone": key}`, oldest first.
    `followed` lists `measure@site`, in the order in which the patient is asked.
    """

    __tablename__ = "patients"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        unique_while_live("patients", "clinic_id", "external_id"),
    )

    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinics.id"))
    external_id: Mapped[str] = mapped_column()
    identifiers: Mapped[Json] = mapped_column()
    family_name: Mapped[str | None] = mapped_column()
    given_name: Mapped[str | None] = mapped_column()
    birth_date: Mapped[date | None] = mapped_column()
    sex: Mapped[str | None] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    previous_time_zones: Mapped[list[dict[str, Any]]] = mapped_column()
    diagnosis: Mapped[str] = mapped_column()
    diagnosed_on: Mapped[date | None] = mapped_column()
    dominant_hand: Mapped[str | None] = mapped_column()
    anti_gm1: Mapped[str | None] = mapped_column()
    conduction_block: Mapped[str | None] = mapped_column()
    followed: Mapped[list[str]] = mapped_column()
    confirmed: Mapped[list[str] | None] = mapped_column()


class WeightRow(ClinicalRow):
    """A body weight; `local_date` is the patient's date then and never moves."""

    __tablename__ = "weights"
    __table_args__ = (
        of_patient(),
        unique_while_live("weights", "patient_id", "measured_at", "kind"),
    )

    measured_at: Mapped[datetime] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    local_date: Mapped[date] = mapped_column()
    weight_kg: Mapped[float] = mapped_column()
    kind: Mapped[str] = mapped_column()


class TherapyRow(ClinicalRow):
    """Another treatment that was suggested, started, stopped or declined."""

    __tablename__ = "therapies"
    __table_args__ = (
        of_patient(),
        unique_while_live("therapies", "patient_id", "therapy", "from_date"),
    )

    therapy: Mapped[str] = mapped_column()
    status: Mapped[str] = mapped_column()
    from_date: Mapped[date] = mapped_column()
    to_date: Mapped[date | None] = mapped_column()
    note: Mapped[str | None] = mapped_column()


class PatientSettingRow(SettingColumns, ClinicalRow):
    """A setting of the analysis for one patient, before that of the clinic."""

    __tablename__ = "patient_settings"
    __table_args__ = (
        of_patient(),
        unique_while_live("patient_settings", "patient_id", "key", "effective_date"),
    )


class AnalysisRow(Base):
    """The newest analysis of a patient and whether it still stands.

    Every change of the patient's record raises `change_number` in the same transaction; an
    analysis remembers the number that it saw. So a change that arrives while an analysis runs
    leaves it stale, and a hundred changes cost one analysis. `look_again_at` is when time
    alone may change a result. The row is derived and may be recomputed at any moment, which is
    why it keeps no versions.
    """

    __tablename__ = "patient_analyses"
    __table_args__ = (
        of_patient(),
        Index(
            "ix_patient_analyses_stale",
            "patient_id",
            sqlite_where=_STALE,
            postgresql_where=_STALE,
        ),
    )

    patient_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinics.id"))
    change_number: Mapped[int] = mapped_column(BigInteger)
    analysed_number: Mapped[int | None] = mapped_column(BigInteger)
    analysed_at: Mapped[datetime | None] = mapped_column()
    look_again_at: Mapped[datetime | None] = mapped_column(index=True)
    method: Mapped[str | None] = mapped_column()
    fingerprint: Mapped[str | None] = mapped_column()
    results: Mapped[Json | None] = mapped_column()
    failure: Mapped[str | None] = mapped_column()
