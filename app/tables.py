"""Every table of the application in one place, for migrations and for what walks over all."""

from __future__ import annotations

from typing import Final

from app.clinics.tables import ClinicRow
from app.findings.tables import FindingRow
from app.infusions.tables import InfusionRow
from app.kit.base import Base, KeptRow
from app.kit.history import RecordVersion
from app.patients.tables import AnalysisRow, PatientRow, TherapyRow, WeightRow
from app.plans.tables import HoldRow, PlanRow
from app.products.tables import ProductRow
from app.reports.tables import ReportRow, ValueRow

KEPT_TABLES: Final[tuple[type[KeptRow], ...]] = (
    ClinicRow,
    PatientRow,
    WeightRow,
    TherapyRow,
    ProductRow,
    PlanRow,
    HoldRow,
    InfusionRow,
    ReportRow,
    ValueRow,
    FindingRow,
)

__all__ = ["KEPT_TABLES", "AnalysisRow", "Base", "RecordVersion"]
