"""Treatment plans as effective-dated versions, and holds."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicalRow, of_patient, unique_while_live
from app.kit.sealing import SealedText
from app.plans.rules import DEFAULT_TOLERANCE, ROLLING


class PlanRow(ClinicalRow):
    """What was intended from `effective_date` on. Doses are per course, all days together.

    `calendar` says from where the next course counts; `rounding_tolerance_percent` how far whole
    vials may be from the order without asking whoever prescribed it.
    """

    __tablename__ = "plans"
    __table_args__ = (
        of_patient(),
        ForeignKeyConstraint(["clinic_id", "product"], ["products.clinic_id", "products.key"]),
        unique_while_live("plans", "patient_id", "effective_date"),
    )

    effective_date: Mapped[date] = mapped_column()
    interval_days: Mapped[int] = mapped_column()
    course_days: Mapped[int] = mapped_column()
    dose_g_per_kg: Mapped[float | None] = mapped_column()
    dose_g: Mapped[float | None] = mapped_column()
    product: Mapped[str] = mapped_column()
    route: Mapped[str] = mapped_column()
    reason: Mapped[str | None] = mapped_column(SealedText("plans.reason"))
    prescriber: Mapped[str | None] = mapped_column()
    calendar: Mapped[str] = mapped_column(default=ROLLING)
    rounding_tolerance_percent: Mapped[float] = mapped_column(default=DEFAULT_TOLERANCE)


class HoldRow(ClinicalRow):
    """A planned pause: from_date <= day < to_date; an open one has no to_date."""

    __tablename__ = "holds"
    __table_args__ = (of_patient(), unique_while_live("holds", "patient_id", "from_date"))

    from_date: Mapped[date] = mapped_column()
    to_date: Mapped[date | None] = mapped_column()
    reason: Mapped[str] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("holds.note"))
