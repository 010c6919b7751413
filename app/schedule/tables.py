"""What people decided about planned courses; the calendar itself is derived from them."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.tables import AccountRow
from app.kit.base import ClinicalRow, of_patient, unique_while_live
from app.kit.sealing import SealedText


class CourseExceptionRow(ClinicalRow):
    """One planned course was moved, cancelled or added.

    `slot_date` is the day on which the calendar has the course; `new_date` the day on which it is
    to begin instead.
    """

    __tablename__ = "course_exceptions"
    __table_args__ = (
        of_patient(),
        # Added courses have no slot, and nulls are never equal: any number of them may stand.
        unique_while_live("course_exceptions", "patient_id", "slot_date"),
    )

    kind: Mapped[str] = mapped_column()
    slot_date: Mapped[date | None] = mapped_column()
    new_date: Mapped[date | None] = mapped_column()
    reason: Mapped[str] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("course_exceptions.note"))


class AssignmentRow(ClinicalRow):
    """A nurse or physician is to visit on a day; they see the record around it."""

    __tablename__ = "visit_assignments"
    __table_args__ = (
        of_patient(),
        unique_while_live("visit_assignments", "patient_id", "account_id", "on_date"),
        Index("ix_visit_assignments_clinic_id_on_date", "clinic_id", "on_date"),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(AccountRow.id))
    on_date: Mapped[date] = mapped_column()
    planned_at: Mapped[datetime | None] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("visit_assignments.note"))

    account: Mapped[AccountRow] = relationship(viewonly=True)

    @property
    def name(self) -> str:
        """Who visits."""
        return self.account.name
