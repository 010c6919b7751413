"""Loading patients, and finding out whom the rows of other files are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from sqlalchemy import select

from app.errors import Conflict, Fault, RuleViolation
from app.exchange.drafts import amended_draft, named, new_draft, stated_fields
from app.exchange.load import Load, Refusal, conflict, derived_id, free_ids
from app.exchange.matching import match, was_ever
from app.exchange.rows import Row
from app.exchange.tables import PATIENTS
from app.patients.repository import is_called
from app.patients.service import amend_patient, create_patient, patient_draft
from app.patients.tables import PatientRow
from app.tables import first_entry


class Standing(Enum):
    """What is known of a patient whom the files name."""

    LOADED = auto()
    """In the record; rows may follow."""
    REFUSED = auto()
    """In patients.csv, but not loaded."""
    UNKNOWN = auto()
    """Neither in patients.csv nor in the record."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom rows are about; `line` is the patient's own in patients.csv, if it has one."""

    standing: Standing
    patient: PatientRow | None = None
    birth_date: date | None = None
    line: int | None = None
    is_new: bool = False


def load_patient(load: Load, patient_key: str) -> Subject:
    """Load the patient's row, if there is one, and find the patient."""
    row, row_is_refused = None, False
    for candidate, is_refused in load.staging.rows(PATIENTS, patient_key):
        if is_refused:
            load.check_refused(candidate, load.around)
        if row is None or not is_refused:
            row, row_is_refused = candidate, is_refused
    if row is None:
        return _find(load, patient_key)
    refused = Subject(Standing.REFUSED, birth_date=row.values.get("birth_date"), line=row.line)
    if row_is_refused:
        return refused
    try:
        patient, is_new = _load_row(load, row)
    except Refusal as refusal:
        load.refuse(row, (refusal.column, str(refusal)))
        return refused
    except RuleViolation as violation:
        load.refuse_for(row, named(row, list(violation.faults)))
        return refused
    return Subject(Standing.LOADED, patient, patient.birth_date, row.line, is_new)


def _find(load: Load, patient_key: str) -> Subject:
    held = _holders(load, patient_key)
    live = [patient for patient in held if patient.voided_at is None]
    patient = next(iter(live or held), None)
    if patient is None:
        return Subject(Standing.UNKNOWN)
    return Subject(Standing.LOADED, patient, patient.birth_date)


def _holders(load: Load, patient_key: str) -> list[PatientRow]:
    """Return the clinic's patients with this identifier, voided ones too."""
    statement = select(PatientRow).where(
        PatientRow.clinic_id == load.clinic_id, is_called(load.session, patient_key)
    )
    return list(load.session.scalars(statement.order_by(PatientRow.recorded_at)))


def _load_row(load: Load, row: Row) -> tuple[PatientRow, bool]:
    """Load a patient's row; return the patient and whether nobody knew them before."""
    patient_key = row.values["patient_id"]
    stored = _match(load, row, patient_key)
    tally = load.tally(PATIENTS)
    if stored is None:
        wanted = derived_id(PATIENTS.name, patient_key)
        identity = row.id or free_ids(load, PATIENTS, PatientRow, wanted=[wanted])[wanted]
        try:
            saved = create_patient(
                load.entering(row),
                clinic_id=load.clinic_id,
                row_id=identity,
                draft=new_draft(row),
                previous_time_zones=row.values.get("previous_time_zones", ()),
            )
        except Conflict as error:
            raise Refusal("patient_id", str(error)) from error
        tally.new += 1
        return saved.row, True
    if _is_same(load, row, stored):
        tally.unchanged += 1
    else:
        _amend(load, row, stored)
        tally.amended += 1
    return stored, False


def _match(load: Load, row: Row, patient_key: str) -> PatientRow | None:
    by_id = {}
    if row.id is not None:
        stored = load.session.get(PatientRow, row.id)
        by_id = {} if stored is None else {stored.id: stored}
    return match(
        load,
        row,
        by_id=by_id,
        holders=_holders(load, patient_key),
        is_ours=lambda patient: patient.clinic_id == load.clinic_id,
        is_same=lambda patient: _is_same(load, row, patient),
    )


def _is_same(load: Load, row: Row, stored: PatientRow) -> bool:
    if not _differences(row, stored):
        return True
    sent = stated_fields(row)
    return stored.voided_at is not None and was_ever(load.session, "patients", stored.id, sent=sent)


def _differences(row: Row, stored: PatientRow) -> dict[str, tuple[object, object]]:
    draft = patient_draft(stored)
    sent = {name: (value, getattr(draft, name)) for name, value in stated_fields(row).items()}
    if "previous_time_zones" in row.values:
        former = row.values["previous_time_zones"], stored.previous_time_zones
        sent["previous_time_zones"] = former
    return {name: pair for name, pair in sent.items() if pair[0] != pair[1]}


def _amend(load: Load, row: Row, stored: PatientRow) -> None:
    if stored.voided_at is not None:
        raise Refusal("id", f"{stored.id} was voided ({stored.void_reason}); enter a new patient")
    if load.options.amend is None:
        differences = _differences(row, stored).items()
        reasons = [conflict(name, sent=sent, stored=kept) for name, (sent, kept) in differences]
        raise RuleViolation([Fault(name, None, reason) for name, reason in reasons])
    former = row.values.get("previous_time_zones")
    try:
        amend_patient(
            load.entering(row),
            patient=stored,
            draft=amended_draft(row, patient_draft(stored)),
            find_first=first_entry,
            # A file that repeats the former zones says nothing of the one that ends now.
            previous_time_zones=None if former == stored.previous_time_zones else former,
        )
    except Conflict as error:
        raise Refusal("patient_id", str(error)) from error
