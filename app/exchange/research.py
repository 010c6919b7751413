"""Export for research: of patients who consented, without what says who they are.

The rows are pseudonymous, not anonymous: dates and doses of a rare disease can still give somebody
away, and the clinic can find its patients again by their codes. docs/import-export.md says what
is left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care.rules import may_export_for_research
from app.care.service import consent_draft
from app.exchange.exporter import Format, Patients, rows_of, write_rows
from app.exchange.tables import PATIENTS, Table
from app.kit.sealing import index_in
from app.patients.settings import today_of
from app.patients.tables import ConsentRow, PatientRow

_CODE: Final = "research.patient"
BIRTH_YEAR: Final = "birth_year"

LEFT_OUT: Final = frozenset(
    {
        *("family_name", "given_name", "birth_date", "identifiers"),
        *("note", "prescriber", "device", "lot_numbers"),
        *("time_zone", "previous_time_zones", "id", "report_id"),
    }
)
"""Columns that name somebody, are free text, or lead back to a row of the record."""

_FREE_TEXT: Final[Mapping[str, frozenset[str]]] = {"plans": frozenset({"reason"})}
"""Free text in a column that holds a word from a list elsewhere."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose rows leave, under the codes that stand for them, and how many patients' do not."""

    patients: Patients
    left_out: int

    @property
    def ids(self) -> frozenset[uuid.UUID]:
        """The patients themselves, for the audit trail."""
        return frozenset(patient_id for _, patient_id in self.patients)


def choose(session: Session, *, clinic_id: uuid.UUID, now: datetime) -> Chosen:
    """Return the live patients of a clinic whose consent is in force, by code.

    Each patient's own date decides. A code is the same in every export of one database, and
    nobody without its keys can make it from an identifier.
    """
    live = (PatientRow.clinic_id == clinic_id, PatientRow.voided_at.is_(None))
    patients = session.scalars(select(PatientRow).where(*live)).all()
    given = _consents_of(session, clinic_id)
    coded = [
        (index_in(session, _CODE, str(patient.id)), patient.id)
        for patient in patients
        if may_export_for_research(
            map(consent_draft, given.get(patient.id, ())), today=today_of(patient, now)
        )
    ]
    return Chosen(sorted(coded), len(patients) - len(coded))


def _consents_of(session: Session, clinic_id: uuid.UUID) -> dict[uuid.UUID, list[ConsentRow]]:
    found: dict[uuid.UUID, list[ConsentRow]] = {}
    live = (ConsentRow.clinic_id == clinic_id, ConsentRow.voided_at.is_(None))
    for row in session.scalars(select(ConsentRow).where(*live)):
        found.setdefault(row.patient_id, []).append(row)
    return found


def export_for_research(
    session: Session, table: Table, chosen: Chosen, *, form: Format
) -> Iterator[str]:
    """Return the lines of one table, each with its line end; patients by their code."""
    hidden = LEFT_OUT | _FREE_TEXT.get(table.name, frozenset())
    # Rare columns are about how a clinic works, and say nothing of a treatment.
    names = [c.name for c in table.columns if not c.is_rare and c.name not in hidden]
    if table is PATIENTS:
        names.insert(1, BIRTH_YEAR)
    rows = rows_of(session, table, chosen.patients)
    return write_rows(names, _with_year(rows) if table is PATIENTS else rows, form)


def _with_year(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        birth_date = row["birth_date"]
        yield {**row, BIRTH_YEAR: None if birth_date is None else birth_date.year}
