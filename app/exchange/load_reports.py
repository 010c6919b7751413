"""Loading the reports of one patient: many values at once, one report for each submission."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from app.exchange.drafts import check_alone, value_draft
from app.exchange.load import Load, Refusal, conflict, derived_id, free_ids
from app.exchange.matching import match, was_ever
from app.exchange.report_changes import NewValue, ReportChanges
from app.exchange.rows import Row, key_text
from app.exchange.stored_reports import StoredReport, StoredReports, StoredValue, find_stored
from app.exchange.tables import REPORTS
from app.kit.limits import split_faults
from app.patients.tables import PatientRow
from app.reports.tables import ReportRow, ValueRow

CHUNK_ROWS: Final = 4_000
"""Rows that are compared with the record and stored at once."""

_SHARED: Final = ("context", "note", "time_zone")
_OF_VALUE: Final = ("measure", "site", "value", "device", "entry", "entered_at", "scale_version")


@dataclass(slots=True)
class Submission:
    """Rows of one patient, moment and source, and the stored report that they belong to."""

    rows: list[Row]
    stored: StoredReport | None
    new: list[tuple[Row, tuple[str, ...]]] = field(default_factory=list)

    @property
    def first(self) -> Row:
        """Any row stands for what all have in common."""
        return self.rows[0]


class ReportLoader:
    """Loads one patient's rows of reports.csv."""

    def __init__(self, load: Load, *, patient: PatientRow, patient_key: str, is_new: bool) -> None:
        self._load = load
        self._patient = patient
        self._patient_key = patient_key
        self._is_new = is_new
        self._around = replace(load.around, birth_date=patient.birth_date)
        self._stored = StoredReports()
        self._changes = ReportChanges(load, patient)

    def run(self) -> bool:
        """Load every row; say whether the record changed."""
        tally = self._load.tally(REPORTS)
        before = tally.new + tally.amended
        for chunk in self._chunks():
            self._load_chunk(chunk)
        return tally.new + tally.amended > before

    def _chunks(self) -> Iterator[list[Row]]:
        """Yield the good rows in pieces that part no report."""
        chunk: list[Row] = []
        last: str | None = None
        for row, is_refused in self._load.staging.rows(REPORTS, self._patient_key):
            if is_refused:
                self._load.check_refused(row, self._around)
                continue
            submission = row.submission
            if len(chunk) >= CHUNK_ROWS and submission != last:
                yield chunk
                chunk = []
            chunk.append(row)
            last = submission
        if chunk:
            yield chunk

    def _load_chunk(self, rows: list[Row]) -> None:
        self._stored = find_stored(self._load.session, self._patient, rows, is_new=self._is_new)
        self._changes = ReportChanges(self._load, self._patient)
        submissions: list[Submission] = []
        for _, together in groupby(rows, key=lambda row: row.submission):
            apart: dict[uuid.UUID | None, list[Row]] = {}
            for row in together:
                apart.setdefault(row.values.get("report_id"), []).append(row)
            submissions += [self._load_submission(some) for some in apart.values()]
        self._add_new([one for one in submissions if one.new])
        self._changes.apply()

    def _load_submission(self, rows: list[Row]) -> Submission:
        found = Submission(rows, None)
        try:
            found.stored = self._report_of(rows[0])
        except Refusal as refusal:
            for row in rows:
                self._load.refuse(row, (refusal.column, str(refusal)))
            return found
        for row in self._agreeing(rows):
            try:
                self._load_row(row, found)
            except Refusal as refusal:
                self._load.refuse(row, (refusal.column, str(refusal)))
        return found

    def _report_of(self, row: Row) -> StoredReport | None:
        stated = row.values.get("report_id")
        if stated is None:
            return self._stored.report_at(row.values["reported_at"], row.value("source"))
        report = self._stored.reports.get(stated)
        if report is not None and report.patient_id != self._patient.id:
            message = f"{stated} is the id of a report that belongs to somebody else"
            raise Refusal("report_id", message)
        return report

    def _agreeing(self, rows: list[Row]) -> list[Row]:
        """Return the rows that say the same of their report, or nothing; refuse the others."""
        said: dict[str, Row] = {}
        agreeing = []
        for row in rows:
            other = [
                name
                for name in _SHARED
                if name in row.values and _is_other(said.setdefault(name, row), row, name)
            ]
            if not other:
                agreeing.append(row)
                continue
            reasons = (
                f"it is other than in line {said[name].line}, which is of the same report"
                for name in other
            )
            self._load.refuse(row, *zip(other, reasons, strict=True))
        return agreeing

    def _load_row(self, row: Row, found: Submission) -> None:
        stored = match(
            self._load,
            row,
            by_id=self._stored.values,
            holders=self._holders(row),
            is_ours=lambda value: value.patient_id == self._patient.id,
            is_same=lambda value: self._is_same(row, value),
        )
        tally = self._load.tally(REPORTS)
        if stored is None:
            self._add(row, found)
        elif self._is_same(row, stored):
            tally.unchanged += 1
        else:
            self._amend(row, stored, found)

    def _holders(self, row: Row) -> list[StoredValue]:
        """Return the stored values with the row's key, of the report that it names if any."""
        key = key_text([row.value(name) for name in REPORTS.key])
        holders = self._stored.by_key.get(key, [])
        report_id = row.values.get("report_id")
        if report_id is None or row.id is not None:
            return holders
        return [value for value in holders if value.report_id == report_id]

    def _is_same(self, row: Row, stored: StoredValue) -> bool:
        if not self._differences(row, stored):
            return True
        if stored.voided_at is None:
            return False
        sent = {name: row.values[name] for name in _OF_VALUE if name in row.values}
        sent["observed_at"] = row.values["reported_at"]
        return was_ever(self._load.session, "report_values", stored.id, sent=sent)

    def _differences(self, row: Row, stored: StoredValue) -> dict[str, tuple[object, object]]:
        sent = {name: row.values[name] for name in _OF_VALUE if name in row.values}
        kept = {name: getattr(stored, name) for name in sent}
        report = self._stored.reports[stored.report_id]
        of_report = _said_of_report(row)
        sent |= of_report
        kept |= {name: getattr(report, name) for name in of_report}
        if "report_id" in row.values:
            sent["report_id"], kept["report_id"] = row.values["report_id"], stored.report_id
        return {
            name: (value, kept[name])
            for name, value in sent.items()
            if not _is_equal(name, value, kept[name])
        }

    def _confirmed(self, row: Row, stored: tuple[str, ...] = ()) -> tuple[str, ...] | None:
        """Return the confirmed fields of a row, or refuse it and return None."""
        faults = check_alone(row, self._around)
        confirm = self._load.entering(row, stored).confirm
        refused, confirmed = split_faults(faults, confirmed=confirm)
        if refused:
            self._load.refuse_for(row, refused)
            return None
        return tuple(dict.fromkeys((*row.confirmed, *stored, *confirmed)))

    def _add(self, row: Row, found: Submission) -> None:
        self._require_live(found.stored)
        if found.stored is not None:
            self._change_report(row, found.stored)
        confirmed = self._confirmed(row)
        if confirmed is not None:
            found.new.append((row, confirmed))
            self._load.tally(REPORTS).new += 1

    def _change_report(self, row: Row, report: StoredReport) -> None:
        """Take over what a row says of its stored report, or refuse it."""
        said = _said_of_report(row)
        differing = {
            name: value
            for name, value in said.items()
            if not _is_equal(name, value, getattr(report, name))
        }
        if not differing:
            return
        if self._load.options.amend is None:
            name, value = next(iter(differing.items()))
            raise Refusal(*conflict(name, sent=value, stored=getattr(report, name)))
        self._changes.amend_report(report.id, differing)

    def _require_live(self, report: StoredReport | None) -> None:
        if self._patient.voided_at is not None:
            reason = f"{self._patient_key} was voided ({self._patient.void_reason})"
            raise Refusal("patient_id", reason)
        if report is not None and report.voided_at is not None:
            raise Refusal("report_id", f"{report.id} was voided; enter a new report")

    def _amend(self, row: Row, stored: StoredValue, found: Submission) -> None:
        self._require_live(found.stored)
        if stored.voided_at is not None:
            raise Refusal("id", f"{stored.id} was voided; enter a new value")
        if self._load.options.amend is None:
            differences = self._differences(row, stored).items()
            reasons = [conflict(name, sent=sent, stored=kept) for name, (sent, kept) in differences]
            self._load.refuse(row, *reasons)
            return
        changed = self._differences(row, stored)
        carried = tuple(name for name in stored.confirmed or () if name not in changed)
        confirmed = self._confirmed(row, carried)
        if confirmed is None:
            return
        if found.stored is None:
            # The value moves to another moment or source, where no report is stored yet.
            found.stored = self._changes.add_report(self._new_report(found))
            self._stored.reports[found.stored.id] = found.stored
        self._change_report(row, found.stored)
        changes = {name: row.values[name] for name in _OF_VALUE if name in row.values}
        changes |= {"report_id": found.stored.id, "observed_at": row.values["reported_at"]}
        self._changes.amend_value(row, stored, {**changes, "confirmed": list(confirmed) or None})

    def _new_report(self, found: Submission) -> StoredReport:
        identity = found.first.values.get("report_id")
        if identity is None:
            wanted = self._report_id(found.first)
            identity = free_ids(self._load, REPORTS, ReportRow, wanted=[wanted])[wanted]
        return self._as_report(found, identity)

    def _as_report(self, found: Submission, identity: uuid.UUID) -> StoredReport:
        said: dict[str, Any] = {}
        for row in found.rows:
            said = {**_said_of_report(row), **said}
        return StoredReport(
            id=identity,
            patient_id=self._patient.id,
            reported_at=found.first.values["reported_at"],
            source=found.first.value("source"),
            time_zone=said.get("time_zone", ""),
            context=list(said.get("context", ())),
            note=said.get("note"),
            voided_at=None,
        )

    def _report_id(self, row: Row) -> uuid.UUID:
        return derived_id("report", row.submission or "")

    def _add_new(self, submissions: list[Submission]) -> None:
        """Give the new reports and values their ids, and hand them over to be stored."""
        self._add_reports([one for one in submissions if one.stored is None])
        wanted = {
            row.line: derived_id(REPORTS.name, self._patient_key, row.key or "")
            for one in submissions
            for row, _ in one.new
            if row.id is None
        }
        free = free_ids(self._load, REPORTS, ValueRow, wanted=list(wanted.values()))
        for one in submissions:
            for row, confirmed in one.new:
                identity = row.id or free[wanted[row.line]]
                self._changes.add_value(_new_value(row, one.stored, identity, confirmed))

    def _add_reports(self, submissions: list[Submission]) -> None:
        wanted = {
            id(one): self._report_id(one.first)
            for one in submissions
            if "report_id" not in one.first.values
        }
        free = free_ids(self._load, REPORTS, ReportRow, wanted=list(wanted.values()))
        for one in submissions:
            stated = one.first.values.get("report_id")
            identity = free[wanted[id(one)]] if stated is None else stated
            one.stored = self._changes.add_report(self._as_report(one, identity))


def _new_value(
    row: Row, report: StoredReport | None, identity: uuid.UUID, confirmed: tuple[str, ...]
) -> NewValue:
    if report is None:
        message = f"line {row.line} has no report"
        raise RuntimeError(message)
    return NewValue(
        id=identity,
        report_id=report.id,
        observed_at=report.reported_at,
        entered_at=row.values.get("entered_at"),
        draft=value_draft(row),
        scale_version=row.values.get("scale_version"),
        confirmed=confirmed,
    )


def _said_of_report(row: Row) -> dict[str, Any]:
    """Return what a row says of its report; what it leaves empty another row may say."""
    said: dict[str, Any] = {"reported_at": row.values["reported_at"], "source": row.value("source")}
    return said | {name: row.values[name] for name in _SHARED if name in row.values}


def _is_other(first: Row, row: Row, name: str) -> bool:
    return not _is_equal(name, row.values[name], first.values[name])


def _is_equal(name: str, sent: Any, kept: Any) -> bool:
    if name == "context":
        return set(sent) == set(kept)
    if isinstance(sent, datetime) and isinstance(kept, datetime):
        return sent == kept
    return bool(sent == kept)
