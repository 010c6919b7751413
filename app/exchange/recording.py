"""What the audit trail is told of imports and exports: one row for each patient and import."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.db import Database
from app.exchange.load import Load
from app.exchange.load_patients import Subject
from app.exchange.load_rows import ENTRIES
from app.findings.tables import FindingRow
from app.kit.audit.acts import Act, Action, Scalar
from app.kit.audit.writing import append
from app.kit.base import ClinicalRow
from app.kit.history import Change
from app.patients.tables import PatientRow
from app.reports.tables import ValueRow

_ACTS_AT_ONCE: Final = 500

MOST_PATIENTS: Final = 10_000
"""Patients named by one entry about an export; a larger clinic gets several."""

_VIA: Final = "command line"
_ROWS: Final[Mapping[str, type[ClinicalRow]]] = {
    "reports": ValueRow,
    "findings": FindingRow,
    **{name: entry.table for name, entry in ENTRIES.items()},
}
"""Rows of each export that has not a line for every patient."""


def keep_counts(load: Load, subject: Subject, before: Mapping[str, int]) -> None:
    """Keep what became of a patient's rows until the import is stored.

    They wait in the temporary file: entries are written in the order of the patients' ids, as the
    last thing of the transaction, so that nobody who reads waits for the import for long.
    """
    if subject.patient is None:
        return
    counts = {what: count - before[what] for what, count in load.counts().items()}
    stored = {what: count for what, count in counts.items() if count}
    if stored:
        load.staging.add_done(subject.patient.id, stored)


def record_import(load: Load) -> None:
    """Write one act for each patient of the import."""
    acts = (
        _act(load.change, "import", load.clinic_id, patient_id=patient_id, detail=counts)
        for patient_id, counts in load.staging.done()
    )
    while some := list(islice(acts, _ACTS_AT_ONCE)):
        append(load.session, some)


def record_opening(session: Session, change: Change, clinic_id: uuid.UUID) -> None:
    """Write that an import opened a clinic; nobody else can know its chain yet."""
    append(session, [_act(change, "administer", clinic_id, detail={"what": "opened"})])


def record_export(
    database: Database,
    session: Session,
    change: Change,
    *,
    what: str,
    clinic_id: uuid.UUID,
    only: Collection[uuid.UUID] | None = None,
) -> None:
    """Write whom an export shows, before any of it leaves; `session` is the one that it reads.

    `only` are the patients who consented, where it is an export for research.

    Raises
    ------
    Exception
        The trail could not be written; then nothing may be exported.
    """
    found = session.scalars(_patients_of(what, clinic_id))
    patients = [patient for patient in found if only is None or patient in only]
    parts = range(0, max(len(patients), 1), MOST_PATIENTS)
    acts = [
        _act(
            change,
            "export",
            clinic_id,
            ids=patients[start : start + MOST_PATIENTS],
            detail={"what": what, "patients": len(patients), **_purpose(only)},
        )
        for start in parts
    ]
    with database.writing() as writing:
        append(writing, acts)


def _purpose(only: Collection[uuid.UUID] | None) -> Mapping[str, Scalar]:
    return {} if only is None else {"purpose": "research"}


def _patients_of(what: str, clinic_id: uuid.UUID) -> Select[uuid.UUID]:
    """Return the query of the live patients who have rows of a kind, in the order of their ids."""
    live = (PatientRow.clinic_id == clinic_id, PatientRow.voided_at.is_(None))
    patients = select(PatientRow.id).where(*live).order_by(PatientRow.id)
    if what not in _ROWS:
        return patients
    kept = _ROWS[what]
    has_rows = select(kept.id).where(kept.patient_id == PatientRow.id, kept.voided_at.is_(None))
    return patients.where(has_rows.exists())


def _act(
    change: Change,
    action: Action,
    clinic_id: uuid.UUID,
    *,
    patient_id: uuid.UUID | None = None,
    ids: Sequence[uuid.UUID] = (),
    detail: Mapping[str, Scalar],
) -> Act:
    return Act(
        at=change.now,
        actor_id=None,
        actor=change.actor.name,
        via=_VIA,
        action=action,
        operation="export" if action == "export" else "import",
        clinic_id=clinic_id,
        patient_id=patient_id,
        ids=tuple(ids),
        detail=detail,
    )
