"""Every table of the application in one place, for migrations and for what walks over all."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Final

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.accounts.tables import CREDENTIAL_TABLES, AccountRow
from app.alarms.tables import AlarmRow
from app.clinics.tables import ClinicRow, ClinicSettingRow
from app.diary.tables import DiaryRow
from app.findings.tables import FindingRow
from app.infusions.tables import InfusionRow, SignatureRow, VialRow
from app.kit import history
from app.kit.audit.tables import AuditCheckpointRow, AuditEntryRow, AuditHeadRow
from app.kit.base import Base, ClinicalRow, KeptRow
from app.kit.history import Change, RecordVersion
from app.kit.known_keys import SealingKeyRow
from app.learn.tables import HelpTextRow, TextReviewRow
from app.lookback.tables import NoticeRow
from app.lots.tables import RecallRow
from app.monitoring.tables import InfusionEventRow
from app.patients.rules import FirstEntry
from app.patients.tables import (
    AnalysisRow,
    CareTeamRow,
    ConsentRow,
    PatientRow,
    PatientSettingRow,
    TherapyRow,
    WeightRow,
)
from app.plans.tables import HoldRow, PlanRow
from app.products.tables import ProductRow
from app.reactions.tables import ReactionRow
from app.reports.tables import ReportRow, ValueRow
from app.schedule.tables import AssignmentRow, CourseExceptionRow
from app.visits.tables import CallRow, VisitRow

KEPT_TABLES: Final[tuple[type[KeptRow], ...]] = (
    ClinicRow,
    ClinicSettingRow,
    HelpTextRow,
    TextReviewRow,
    AccountRow,
    PatientRow,
    PatientSettingRow,
    CareTeamRow,
    ConsentRow,
    WeightRow,
    TherapyRow,
    ProductRow,
    RecallRow,
    PlanRow,
    HoldRow,
    CourseExceptionRow,
    AssignmentRow,
    InfusionRow,
    VialRow,
    InfusionEventRow,
    ReactionRow,
    SignatureRow,
    AlarmRow,
    ReportRow,
    ValueRow,
    DiaryRow,
    VisitRow,
    CallRow,
    NoticeRow,
    FindingRow,
)

_DAYS: Final[tuple[tuple[str, InstrumentedAttribute[date]], ...]] = (
    ("weight", WeightRow.local_date),
    ("therapy", TherapyRow.from_date),
    ("setting", PatientSettingRow.effective_date),
    ("plan", PlanRow.effective_date),
    ("hold", HoldRow.from_date),
    ("infusion", InfusionRow.local_date),
    ("event", InfusionEventRow.local_date),
    ("reaction", ReactionRow.local_date),
    ("alarm", AlarmRow.local_date),
    ("report", ReportRow.local_date),
    ("visit", VisitRow.planned_on),
)
"""The patient's date that each kind of entry is about."""

_ENTRIES: Final[tuple[type[ClinicalRow], ...]] = (
    PatientSettingRow,
    WeightRow,
    TherapyRow,
    PlanRow,
    HoldRow,
    SignatureRow,
    CallRow,
    VisitRow,
    NoticeRow,
    VialRow,
    InfusionEventRow,
    ReactionRow,
    InfusionRow,
    AssignmentRow,
    CourseExceptionRow,
    AlarmRow,
    ValueRow,
    ReportRow,
    DiaryRow,
)
"""What is voided with a patient. Findings are closed by the next analysis; the care team stays,
because somebody must be able to read what was voided, and consents, because they were given."""

__all__ = [
    "CREDENTIAL_TABLES",
    "KEPT_TABLES",
    "AnalysisRow",
    "AuditCheckpointRow",
    "AuditEntryRow",
    "AuditHeadRow",
    "Base",
    "RecordVersion",
    "SealingKeyRow",
    "first_entry",
    "void_entries",
]


def first_entry(session: Session, patient_id: uuid.UUID) -> FirstEntry | None:
    """Find the earliest day that a live entry about the patient names."""
    found = union_all(*(_earliest(what, day, patient_id) for what, day in _DAYS)).subquery()
    row = session.execute(select(found).order_by(found.c.day).limit(1)).one_or_none()
    return None if row is None else FirstEntry(row.what, row.day)


def _earliest(what: str, day: InstrumentedAttribute[date], patient_id: uuid.UUID) -> Any:
    table: Any = day.class_
    statement = (
        select(literal(what).label("what"), day.label("day"))
        .where(table.patient_id == patient_id, table.voided_at.is_(None))
        .order_by(day)
        .limit(1)
        .subquery()
    )
    return select(statement)


def void_entries(session: Session, patient_id: uuid.UUID, change: Change) -> None:
    """Void every live entry about the patient, for the reason of the change."""
    for table in _ENTRIES:
        live = select(table).where(table.patient_id == patient_id, table.voided_at.is_(None))
        for row in session.scalars(live).all():
            history.void(session, row, change)
