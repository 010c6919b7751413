"""Visits of nurses, and the calls after them."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.tables import AccountRow
from app.infusions.tables import InfusionRow
from app.kit.base import ClinicalRow, Json, of_patient, unique_while_live
from app.kit.sealing import SealedJson, SealedText
from app.plans.tables import PlanRow
from app.schedule.tables import AssignmentRow


class VisitRow(ClinicalRow):
    """One infusion day from arrival to leaving: what was ordered for it, and how it ended.

    What ran is the infusion's, with its vials, events and reactions; `ordered_g` is the order for
    this day alone, from version `plan_version` of the plan.
    """

    __tablename__ = "visits"
    __table_args__ = (
        of_patient(),
        unique_while_live("visits", "infusion_id"),
        Index("ix_visits_patient_id_planned_on", "patient_id", "planned_on"),
        Index("ix_visits_clinic_id_planned_on", "clinic_id", "planned_on"),
    )

    infusion_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(InfusionRow.id))
    planned_on: Mapped[date] = mapped_column()
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(AssignmentRow.id))
    nurse_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(AccountRow.id))
    course_day: Mapped[int] = mapped_column()
    course_days: Mapped[int] = mapped_column()
    plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(PlanRow.id))
    plan_version: Mapped[int | None] = mapped_column()
    ordered_g: Mapped[float | None] = mapped_column()
    arrived_at: Mapped[datetime | None] = mapped_column()
    left_at: Mapped[datetime | None] = mapped_column()
    outcome: Mapped[str | None] = mapped_column()
    outcome_reason: Mapped[str | None] = mapped_column(SealedText("visits.outcome_reason"))
    no_trough_reason: Mapped[str | None] = mapped_column(SealedText("visits.no_trough_reason"))
    note: Mapped[str | None] = mapped_column(SealedText("visits.note"))


class CallRow(ClinicalRow):
    """A call after a visit, to ask for reactions that come late.

    `symptoms` has an answer for each of `app.visits.rules.SYMPTOMS`.
    """

    __tablename__ = "follow_up_calls"
    __table_args__ = (of_patient(), Index("ix_follow_up_calls_visit_id", "visit_id"))

    visit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(VisitRow.id))
    called_at: Mapped[datetime] = mapped_column()
    reached: Mapped[bool] = mapped_column()
    symptoms: Mapped[Json] = mapped_column(SealedJson("follow_up_calls.symptoms"))
    advice: Mapped[str | None] = mapped_column(SealedText("follow_up_calls.advice"))
    note: Mapped[str | None] = mapped_column(SealedText("follow_up_calls.note"))
