"""The list of a clinic's patients, what needs eyes first at the top."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.analysis.cycles import local_day
from app.clinics.service import get_clinic, list_clinics
from app.clinics.tables import ClinicRow
from app.findings import repository as findings
from app.findings.tables import FindingRow
from app.patients.tables import PatientRow

# Patterns that may change treatment first, then lapses, then missing readings.
_RANK: Final = (
    "end_of_interval_weakness",
    "progressive_decline",
    "lapse",
    "interval_escalation",
    "reporting_gap",
    "resolved",
)
_LAST: Final = len(_RANK)


@dataclass(frozen=True, slots=True)
class PatientLine:
    """One line of the list; a patient who is being recalculated shows no old figure."""

    patient: PatientRow
    today: date
    is_stale: bool
    failure: str | None
    next_course: dict[str, Any] | None
    findings: Sequence[FindingRow]


@dataclass(frozen=True, slots=True)
class PatientsView:
    """Everything that the page shows."""

    clinic: ClinicRow | None
    clinics: Sequence[ClinicRow]
    lines: Sequence[PatientLine]
    stale: int


def get_patients_view(
    session: Session, clinic_id: uuid.UUID | None, *, now: datetime
) -> PatientsView:
    """Collect the list of one clinic, or of the first one where none is named.

    Raises
    ------
    NotFound
        There is no such clinic.
    """
    clinics = list_clinics(session)
    if clinic_id is not None:
        clinic: ClinicRow | None = get_clinic(session, clinic_id)
    else:
        clinic = clinics[0] if clinics else None
    if clinic is None:
        return PatientsView(None, clinics, [], 0)
    pairs = findings.patients_with_state(session, clinic.id)
    by_patient: dict[uuid.UUID, list[FindingRow]] = {}
    for row in findings.open_findings_of(session, [patient.id for patient, _ in pairs]):
        by_patient.setdefault(row.patient_id, []).append(row)
    lines = []
    for patient, state in pairs:
        is_stale = findings.is_stale(state, now)
        results = {} if is_stale else state.results or {}
        rows = [] if is_stale else sorted(by_patient.get(patient.id, []), key=_rank)
        lines.append(
            PatientLine(
                patient=patient,
                today=local_day(now, patient.time_zone),
                is_stale=is_stale,
                failure=state.failure,
                next_course=results.get("next_course"),
                findings=rows,
            )
        )
    lines.sort(key=lambda line: (_line_rank(line), line.patient.external_id))
    return PatientsView(clinic, clinics, lines, sum(line.is_stale for line in lines))


def _rank(row: FindingRow) -> int:
    return _RANK.index(row.kind) if row.kind in _RANK else _LAST


def _line_rank(line: PatientLine) -> tuple[int, int]:
    first = min((_rank(row) for row in line.findings), default=_LAST)
    return (first, -len(line.findings))
