"""Builders that enter a small clinic through the services, with defaults that rarely matter."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.clinics.service import add_clinic
from app.clinics.tables import ClinicRow
from app.infusions.rules import InfusionDraft
from app.infusions.service import INFUSION
from app.infusions.tables import InfusionRow
from app.kit.history import Actor, Change
from app.patients import entries
from app.patients.entries import Entering
from app.patients.rules import PatientDraft
from app.patients.service import create_patient
from app.patients.tables import PatientRow
from app.plans.rules import HoldDraft, PlanDraft
from app.plans.service import HOLD, PLAN
from app.products.service import add_catalogue
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.service import create_report
from app.reports.tables import ReportRow

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NURSE = Actor("Nurse Kim")
PRODUCT = "gammagard-liquid"


def entering(session: Session, *, now: datetime = NOW, **options: Any) -> Entering:
    reason = options.pop("reason", None)
    return Entering(session, Change(NURSE, now, reason), **options)


def a_clinic(session: Session, name: str = "North") -> ClinicRow:
    change = Change(NURSE, NOW)
    clinic = add_clinic(session, change, row_id=None, name=name)
    add_catalogue(session, change, clinic.id)
    return clinic


def a_patient(session: Session, clinic: ClinicRow, **fields: Any) -> PatientRow:
    values: dict[str, Any] = {
        "external_id": f"P-{uuid.uuid4().hex[:6]}",
        "time_zone": "America/New_York",
        "diagnosis": "MMN",
        "birth_date": date(1975, 5, 4),
    }
    draft = PatientDraft(**{**values, **fields})
    saved = create_patient(entering(session), clinic_id=clinic.id, row_id=None, draft=draft)
    return saved.row


def a_plan(session: Session, patient: PatientRow, **fields: Any) -> None:
    values: dict[str, Any] = {
        "effective_date": date(2026, 1, 5),
        "interval_days": 28,
        "course_days": 1,
        "product": PRODUCT,
        "dose_g_per_kg": 1.0,
    }
    draft = PlanDraft(**{**values, **fields})
    entries.create(entering(session), PLAN, patient=patient, row_id=None, draft=draft)


def a_hold(session: Session, patient: PatientRow, from_date: date, to_date: date | None) -> None:
    draft = HoldDraft(from_date=from_date, to_date=to_date, reason="pregnancy")
    entries.create(entering(session), HOLD, patient=patient, row_id=None, draft=draft)


def an_infusion(
    session: Session, patient: PatientRow, started_at: datetime, **fields: Any
) -> InfusionRow:
    values: dict[str, Any] = {"status": "completed", "product": PRODUCT, "dose_g": 80.0}
    draft = InfusionDraft(started_at=started_at, **{**values, **fields})
    at = max(started_at, NOW)
    saved = entries.create(
        entering(session, now=at), INFUSION, patient=patient, row_id=None, draft=draft
    )
    return saved.row


def a_report(
    session: Session,
    patient: PatientRow,
    observed_at: datetime,
    value: float,
    *,
    measure: str = "grip_kpa",
    site: str = "right_hand",
) -> ReportRow:
    draft = ReportDraft(
        observed_at=observed_at,
        entered_at=observed_at,
        source="patient",
        values=(ValueDraft(measure, site, value),),
    )
    at = max(observed_at, NOW)
    saved = create_report(entering(session, now=at), patient=patient, row_id=None, draft=draft)
    return saved.row


def courses(
    session: Session, patient: PatientRow, *, first: datetime, interval_days: int, count: int
) -> list[datetime]:
    """Enter `count` one-day courses and return when they began."""
    starts = [first + timedelta(days=interval_days * index) for index in range(count)]
    for start in starts:
        an_infusion(session, patient, start)
    return starts
