"""Storing what an import found out about one patient's reports."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.analysis.cycles import local_day
from app.exchange.load import Load
from app.exchange.rows import Row
from app.exchange.stored_reports import StoredReport, StoredValue
from app.exchange.tables import REPORTS
from app.kit import history
from app.kit.base import Json
from app.patients.service import zone_of
from app.patients.tables import PatientRow
from app.reports import repository
from app.reports.rules import ValueDraft
from app.reports.service import value_columns
from app.reports.tables import ReportRow, ValueRow


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value that is stored for the first time."""

    id: uuid.UUID
    report_id: uuid.UUID
    observed_at: datetime
    entered_at: datetime | None
    draft: ValueDraft
    scale_version: str | None
    confirmed: tuple[str, ...]


class ReportChanges:
    """Collects changes and stores them at once."""

    def __init__(self, load: Load, patient: PatientRow) -> None:
        self._load = load
        self._session = load.session
        self._patient = patient
        now, actor = load.change.now, load.change.actor.name
        self._of_new_rows: Final[Json] = {
            "clinic_id": patient.clinic_id,
            "patient_id": patient.id,
            "version": history.FIRST_VERSION,
            "recorded_at": now,
            "recorded_by": actor,
        }
        self._new_reports: dict[uuid.UUID, Json] = {}
        self._new_values: list[Json] = []
        self._report_changes: dict[uuid.UUID, Json] = {}
        self._value_changes: list[tuple[Row, StoredValue, Json]] = []
        self._touched: set[uuid.UUID] = set()
        self._left: set[uuid.UUID] = set()

    def add_report(self, report: StoredReport) -> StoredReport:
        """Store a new report; return it with its time zone."""
        zone = report.time_zone or zone_of(self._patient, report.reported_at)
        self._new_reports[report.id] = {
            **self._of_new_rows,
            "id": report.id,
            "confirmed": None,
            "observed_at": report.reported_at,
            "time_zone": zone,
            "local_date": local_day(report.reported_at, zone),
            "source": report.source,
            "context": report.context,
            "note": report.note,
        }
        return replace(report, time_zone=zone)

    def add_value(self, value: NewValue) -> None:
        """Store a new value in a report that is stored or new."""
        columns = value_columns(
            value.draft,
            observed_at=value.observed_at,
            entered_at=value.entered_at or self._load.change.now,
        )
        if value.scale_version is not None:
            columns["scale_version"] = value.scale_version
        confirmed = list(value.confirmed) or None
        self._new_values.append(
            {
                **self._of_new_rows,
                **columns,
                "id": value.id,
                "report_id": value.report_id,
                "confirmed": confirmed,
            }
        )
        self._touched.add(value.report_id)

    def amend_report(self, report_id: uuid.UUID, said: Json) -> None:
        """Make a new version of a report with what the file says of it."""
        if report_id not in self._new_reports:
            self._report_changes.setdefault(report_id, {}).update(said)

    def amend_value(self, row: Row, stored: StoredValue, changes: Json) -> None:
        """Make a new version of a value; it may move to another report."""
        self._value_changes.append((row, stored, changes))

    def apply(self) -> None:
        """Store everything."""
        for report_id, said in self._report_changes.items():
            self._amend_report(report_id, said)
        repository.insert_many(self._session, ReportRow, list(self._new_reports.values()))
        repository.insert_many(self._session, ValueRow, self._new_values)
        for row, stored, changes in self._value_changes:
            self._amend_value(row, stored, changes)
        for report_id in self._touched - self._new_reports.keys() - self._report_changes.keys():
            # The report is what a reader holds the version of, so it must show the change.
            report = self._session.get_one(ReportRow, report_id)
            history.renew(self._session, report, self._load.change)
        for report_id in self._left:
            self._void_if_empty(report_id)

    def _amend_report(self, report_id: uuid.UUID, said: Json) -> None:
        report = self._session.get_one(ReportRow, report_id)
        moment = said.get("reported_at", report.observed_at)
        changes: dict[str, Any] = {name: said[name] for name in ("source", "note") if name in said}
        if "context" in said:
            changes["context"] = list(said["context"])
        if "time_zone" in said or moment != report.observed_at:
            zone = said.get("time_zone") or zone_of(self._patient, moment)
            local = {"time_zone": zone, "local_date": local_day(moment, zone)}
            changes |= {"observed_at": moment, **local}
        for value in repository.values_of(self._session, [report_id]):
            history.amend(self._session, value, {"observed_at": moment}, change=self._load.change)
        history.amend(self._session, report, changes, change=self._load.change)

    def _amend_value(self, row: Row, stored: StoredValue, changes: Json) -> None:
        value = self._session.get_one(ValueRow, stored.id)
        tally = self._load.tally(REPORTS)
        try:
            with self._session.begin_nested():
                history.amend(self._session, value, changes, change=self._load.change)
        except IntegrityError:
            self._session.expire(value)
            reason = "another value of this report has the same measure and site"
            self._load.refuse(row, ("measure", reason))
            return
        tally.amended += 1
        self._touched.add(changes["report_id"])
        if changes["report_id"] != stored.report_id:
            self._touched.add(stored.report_id)
            self._left.add(stored.report_id)

    def _void_if_empty(self, report_id: uuid.UUID) -> None:
        """Void a report whose last value moved to another one."""
        held = select(ValueRow.id).where(
            ValueRow.report_id == report_id, ValueRow.voided_at.is_(None)
        )
        if self._session.scalars(held.limit(1)).first() is None:
            report = self._session.get_one(ReportRow, report_id)
            history.void(self._session, report, self._load.change)
