"""What happens beside an infusion: checks, premedication, rate steps, vital signs."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infusions.tables import InfusionRow
from app.kit.base import ClinicalRow, Json, of_patient
from app.kit.sealing import SealedJson

_LIVE_RATE = text("voided_at IS NULL AND kind = 'rate'")


class InfusionEventRow(ClinicalRow):
    """One event beside an infusion; `app.monitoring.shapes` says what `details` hold.

    `local_date` is the patient's date at `at` and never moves. Two rates of one moment would leave
    open which of them ran.
    """

    __tablename__ = "infusion_events"
    __table_args__ = (
        of_patient(),
        Index("ix_infusion_events_infusion_id_at", "infusion_id", "at"),
        Index("ix_infusion_events_patient_id_at", "patient_id", "at"),
        Index(
            "uq_infusion_events_live_rate",
            "infusion_id",
            "at",
            unique=True,
            sqlite_where=_LIVE_RATE,
            postgresql_where=_LIVE_RATE,
        ),
    )

    infusion_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(InfusionRow.id))
    at: Mapped[datetime] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    local_date: Mapped[date] = mapped_column()
    kind: Mapped[str] = mapped_column()
    details: Mapped[Json] = mapped_column(SealedJson("infusion_events.details"))
