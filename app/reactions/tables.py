"""Reactions to an infusion."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.infusions.tables import InfusionRow
from app.kit.base import ClinicalRow, of_patient
from app.kit.sealing import SealedText


class ReactionRow(ClinicalRow):
    """One reaction; `local_date` is the patient's date at its onset and never moves.

    `rate_ml_per_h`, `phase` and `is_red_flag` follow from the rate steps, the infusion and the
    term, as they stood when the reaction was entered or what they follow from was corrected.
    """

    __tablename__ = "reactions"
    __table_args__ = (
        of_patient(),
        Index("ix_reactions_infusion_id", "infusion_id"),
        Index("ix_reactions_patient_id_onset_at", "patient_id", "onset_at"),
    )

    infusion_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(InfusionRow.id))
    term: Mapped[str] = mapped_column()
    description: Mapped[str | None] = mapped_column(SealedText("reactions.description"))
    onset_at: Mapped[datetime] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    local_date: Mapped[date] = mapped_column()
    grade: Mapped[int] = mapped_column()
    actions: Mapped[list[str]] = mapped_column()
    medication: Mapped[str | None] = mapped_column(SealedText("reactions.medication"))
    outcome: Mapped[str] = mapped_column()
    resolved_at: Mapped[datetime | None] = mapped_column()
    reported_to: Mapped[str | None] = mapped_column(SealedText("reactions.reported_to"))
    physician_notified: Mapped[str | None] = mapped_column(
        SealedText("reactions.physician_notified")
    )
    physician_notified_at: Mapped[datetime | None] = mapped_column()
    rate_ml_per_h: Mapped[float | None] = mapped_column()
    phase: Mapped[str] = mapped_column()
    is_red_flag: Mapped[bool] = mapped_column()
