"""What the record holds of a patient's reports around some rows of a file, as plain columns."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.exchange.rows import Row, key_text
from app.patients.tables import PatientRow
from app.reports.tables import ReportRow, ValueRow


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A stored report under the column names of the file."""

    id: uuid.UUID
    patient_id: uuid.UUID
    reported_at: datetime
    source: str
    time_zone: str
    context: list[str]
    note: str | None
    voided_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A stored value."""

    id: uuid.UUID
    report_id: uuid.UUID
    patient_id: uuid.UUID
    measure: str
    site: str
    value: float
    device: str | None
    entry: str
    entered_at: datetime
    scale_version: str
    confirmed: list[str] | None
    voided_at: datetime | None


@dataclass(slots=True)
class StoredReports:
    """Reports and values by id, and values by the key of the file."""

    reports: dict[uuid.UUID, StoredReport] = field(default_factory=dict)
    values: dict[uuid.UUID, StoredValue] = field(default_factory=dict)
    by_key: dict[str, list[StoredValue]] = field(default_factory=lambda: defaultdict(list))
    live: dict[tuple[datetime, str], StoredReport] = field(default_factory=dict)

    def report_at(self, moment: datetime, source: str) -> StoredReport | None:
        """Return the live report of a moment and source, the first recorded of several."""
        return self.live.get((moment, source))


def find_stored(
    session: Session, patient: PatientRow, rows: Sequence[Row], *, is_new: bool
) -> StoredReports:
    """Find what is stored at the moments of the rows and under the ids that they state."""
    moments = [row.values["reported_at"] for row in rows]
    first, last = min(moments), max(moments)
    value_ids = [row.id for row in rows if row.id is not None]
    found = StoredReports()
    if is_new and not value_ids and not any("report_id" in row.values for row in rows):
        return found
    at_values = ValueRow.observed_at.between(first, last) & (ValueRow.patient_id == patient.id)
    values = list(_values(session, or_(at_values, ValueRow.id.in_(value_ids))))
    report_ids = {value.report_id for value in values}
    report_ids |= {row.values["report_id"] for row in rows if "report_id" in row.values}
    at_reports = ReportRow.observed_at.between(first, last) & (ReportRow.patient_id == patient.id)
    for report in _reports(session, or_(at_reports, ReportRow.id.in_(report_ids))):
        found.reports[report.id] = report
        if report.voided_at is None and report.patient_id == patient.id:
            found.live.setdefault((report.reported_at, report.source), report)
    for value in values:
        found.values[value.id] = value
        if value.patient_id == patient.id:
            report = found.reports[value.report_id]
            key = (report.reported_at, report.source, value.measure, value.site)
            found.by_key[key_text(key)].append(value)
    return found


def _values(session: Session, condition: ColumnElement[bool]) -> Iterable[StoredValue]:
    names = StoredValue.__dataclass_fields__
    statement = (
        select(*(getattr(ValueRow, name) for name in names))
        .where(condition)
        .order_by(ValueRow.recorded_at, ValueRow.id)
    )
    return (StoredValue(*columns) for columns in session.execute(statement))


def _reports(session: Session, condition: ColumnElement[bool]) -> Iterable[StoredReport]:
    names = ("observed_at", *list(StoredReport.__dataclass_fields__)[3:])
    statement = (
        select(ReportRow.id, ReportRow.patient_id, *(getattr(ReportRow, name) for name in names))
        .where(condition)
        .order_by(ReportRow.recorded_at, ReportRow.id)
    )
    return (StoredReport(*columns) for columns in session.execute(statement))
