"""Import of a folder: read every line, check everything, then store all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from app.clinics.rules import ClinicDraft
from app.clinics.service import create_clinic
from app.clinics.tables import ClinicRow
from app.db import Database
from app.exchange.clinics import choose_clinic
from app.exchange.drafts import Surroundings
from app.exchange.faults import WHOLE_LINE, LineFault
from app.exchange.files import Record, read_records
from app.exchange.load import Load, Options, Tally
from app.exchange.load_patients import Standing, Subject, load_patient
from app.exchange.load_reports import ReportLoader
from app.exchange.load_rows import RowLoader
from app.exchange.recording import keep_counts, record_import, record_opening
from app.exchange.rows import Header, read_header, read_row
from app.exchange.staging import Staging
from app.exchange.tables import BY_FILE, PATIENTS, REPORTS, TABLES, Table
from app.kit.history import Actor, Change
from app.kit.limits import did_you_mean
from app.patients.repository import mark_stale
from app.products.repository import all_keys
from app.products.service import add_catalogue

FIRST_CLINIC: Final = "Clinic"
_LINES_PER_NOTE: Final = 1_000
_DEPENDENTS: Final = tuple(table for table in TABLES if table is not PATIENTS)

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom an import tells what it does and what it found."""

    on_fault: Callable[[LineFault], None]
    on_message: Callable[[str], None]
    on_progress: Progress


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did; `tallies` has the files that the folder holds, in their order."""

    clinic: str
    tallies: dict[str, Tally]
    faults: int
    is_stored: bool


class _Refused(Exception):
    """Rolls everything back."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Request:
    """What is imported, for whom, and by whom."""

    folder: Path
    options: Options
    clinic_name: str | None
    actor: Actor
    now: datetime


def import_folder(database: Database, request: Request, listener: Listener) -> Outcome:
    """Import a folder of CSV files as docs/import-export.md says.

    Everything is stored in one transaction. With faults nothing is, unless `allow_partial` asks
    for the good rows.

    Raises
    ------
    WrongUsage
        There are several clinics, or none of the name.
    """
    with Staging() as staging:
        _read_folder(staging, request.folder, listener)
        try:
            with database.writing() as session:
                outcome = _store(session, staging, request, listener.on_progress)
        except _Refused as refused:
            outcome = refused.outcome
        for fault in staging.faults():
            listener.on_fault(fault)
        return outcome


def _store(session: Session, staging: Staging, request: Request, on_progress: Progress) -> Outcome:
    change = Change(request.actor, request.now, request.options.amend)
    clinic = _clinic(session, request.clinic_name, change)
    around = Surroundings(request.now, all_keys(session, clinic.id))
    load = Load(session, staging, request.options, change, clinic.id, around)
    _load_patients(load, on_progress)
    faults = staging.count_faults()
    good = sum(tally.good for tally in load.tallies.values())
    is_stored = not faults or (request.options.allow_partial and good > 0)
    tallies = {table.file: load.tally(table) for table in TABLES if staging.has_file(table)}
    outcome = Outcome(clinic.name, tallies, faults, is_stored)
    if not is_stored:
        raise _Refused(outcome)
    record_import(load)
    return outcome


def _clinic(session: Session, name: str | None, change: Change) -> ClinicRow:
    clinic = choose_clinic(session, name)
    if clinic is None:
        first = Change(change.actor, change.now)
        draft = ClinicDraft(name or FIRST_CLINIC)
        clinic, _ = create_clinic(session, first, row_id=None, draft=draft)
        add_catalogue(session, first, clinic.id)
        record_opening(session, first, clinic.id)
    return clinic


# --- reading ------------------------------------------------------------------------------------


def _read_folder(staging: Staging, folder: Path, listener: Listener) -> None:
    found = sorted(folder.iterdir())
    known = {path.name: path for path in found if path.name in BY_FILE and path.is_file()}
    for path in found:
        if path.name not in known:
            _pass_over(staging, path, listener)
    if PATIENTS.file not in known:
        reason = "the file is missing; a header is enough if every patient is stored already"
        staging.add_fault(PATIENTS, 1, column="patient_id", reason=reason)
    total = sum(path.stat().st_size for path in known.values())
    before = 0
    for table in TABLES:
        if table.file not in known:
            continue
        for offset in _read_file(staging, table, known[table.file]):
            listener.on_progress("Reading", before + offset, total)
        before += known[table.file].stat().st_size
    listener.on_progress("Reading", total, total)
    staging.finish_reading()


def _pass_over(staging: Staging, path: Path, listener: Listener) -> None:
    """Refuse what looks like a file of the format and is none; only mention the rest."""
    if path.suffix.lower() != ".csv":
        listener.on_message(f"{path.name} is ignored: only *.csv files are read.")
        return
    if path.is_file():
        reason = f"this is no file of the import format{did_you_mean(path.name, BY_FILE)}"
    else:
        reason = "this is not a file that can be read"
    staging.add_file_fault(path.name, WHOLE_LINE, reason)


def _read_file(staging: Staging, table: Table, path: Path) -> Iterator[int]:
    """Read a file; yield now and then how far, in bytes."""
    header: Header | None = None
    for count, record in enumerate(read_records(path)):
        if header is None:
            header = _read_header(staging, table, record)
        else:
            _read_line(staging, header, record)
        if count % _LINES_PER_NOTE == 0:
            yield record.offset
    if header is None:
        staging.set_header(Header(table, (), is_usable=False))
        reason = "the file is empty; the first line must name the columns"
        staging.add_fault(table, 1, column="patient_id", reason=reason)


def _read_header(staging: Staging, table: Table, record: Record) -> Header:
    header, faults = read_header(table, record.cells)
    if record.broken:
        faults = [(WHOLE_LINE, record.broken)]
    staging.set_header(header)
    for column, reason in faults:
        staging.add_fault(table, record.line, column=column, reason=reason)
    return header


def _read_line(staging: Staging, header: Header, record: Record) -> None:
    row = read_row(header, record.line, record.cells)
    if record.broken:
        row = replace(row, values={}, key=None, faults=((WHOLE_LINE, record.broken),))
    staging.add_row(row, record.cells)


# --- loading ------------------------------------------------------------------------------------


def _load_patients(load: Load, on_progress: Progress) -> None:
    total = load.staging.count_patients()
    unusable = _Unusable()
    for done, patient_key in enumerate(load.staging.patients(), 1):
        before = load.counts()
        subject = load_patient(load, patient_key)
        if subject.standing is Standing.LOADED:
            _load_dependents(load, patient_key, subject)
            keep_counts(load, subject, before)
        else:
            _refuse_dependents(load, patient_key, subject, unusable)
        on_progress("Loading", done, total)
    for table in TABLES:
        for row, _ in load.staging.rows(table, None):
            load.check_refused(row, load.around)
    unusable.tell(load)


def _load_dependents(load: Load, patient_key: str, subject: Subject) -> None:
    patient = subject.patient
    if patient is None:
        message = f"{patient_key} is loaded without a row"
        raise RuntimeError(message)
    is_changed = False
    for table in _DEPENDENTS:
        loader: RowLoader | ReportLoader
        if table is REPORTS:
            loader = ReportLoader(
                load, patient=patient, patient_key=patient_key, is_new=subject.is_new
            )
        else:
            loader = RowLoader(
                load, table, patient=patient, patient_key=patient_key, is_new=subject.is_new
            )
        is_changed |= loader.run()
    load.session.flush()
    if is_changed:
        mark_stale(load.session, patient.id)
    # The record of one patient at a time is enough in memory.
    for row in list(load.session):
        if not isinstance(row, ClinicRow):
            load.session.expunge(row)


@dataclass(slots=True)
class _Unusable:
    """Counts what a patients.csv whose header is at fault takes with it."""

    patients: int = 0
    rows: int = 0

    def tell(self, load: Load) -> None:
        """Say it in one line."""
        if self.rows:
            reason = f"for this header {self.rows} rows of other files are refused"
            load.staging.add_fault(PATIENTS, 1, column="patient_id", reason=reason)


def _refuse_dependents(load: Load, patient_key: str, subject: Subject, unusable: _Unusable) -> None:
    around = replace(load.around, birth_date=subject.birth_date)
    counts = {}
    # Nobody knows whom a patients.csv names that is missing or cannot be read.
    is_legible = load.staging.has_file(PATIENTS) and load.staging.is_usable(PATIENTS)
    is_told = subject.standing is Standing.REFUSED or not is_legible
    for table in _DEPENDENTS:
        count = 0
        for row, _ in load.staging.rows(table, patient_key):
            count += 1
            load.check_refused(row, around)
            if not is_told:
                reason = f"{patient_key} is neither in patients.csv nor stored"
                load.staging.add_fault(table, row.line, column="patient_id", reason=reason)
        if count:
            counts[table.file] = count
    if not is_legible:
        unusable.rows += sum(counts.values())
    elif counts and subject.line is not None:
        listed = ", ".join(f"{count} of {file}" for file, count in counts.items())
        reason = f"{patient_key} is refused, and with it {sum(counts.values())} rows: {listed}"
        load.staging.add_fault(PATIENTS, subject.line, column="patient_id", reason=reason)


def summary(tallies: dict[str, Tally]) -> Sequence[tuple[str, int, int, int, int]]:
    """Return what became of the rows of each file."""
    return [(file, t.new, t.unchanged, t.amended, t.refused) for file, t in tallies.items()]
