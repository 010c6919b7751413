"""Which patients of a clinic need eyes first."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal

from sqlalchemy.orm import Session

from app.analysis.cycles import local_day
from app.care.emergency import Alert, unseen
from app.clinics.service import get_clinic
from app.findings import repository
from app.findings.tables import FindingRow
from app.kit.access import note_list
from app.kit.base import Json
from app.patients.service import zone_of
from app.patients.tables import AnalysisRow, PatientRow

Standing = Literal["current", "recalculating", "failed"]

# What somebody saw and called dangerous outranks everything; sudden and new weakness every
# pattern [F10]; then patterns that may change the
# treatment, then lapses and what followed a change, then missing readings and good news.
RANK: Final = (
    "safety",
    "acute_drop",
    "new_site",
    "end_of_interval_weakness",
    "progressive_decline",
    "discordance",
    "lapse",
    "interval_escalation",
    "dose_drift",
    "interval_effect",
    "reporting_gap",
    "response",
    "resolved",
)


@dataclass(frozen=True, slots=True)
class WorklistLine:
    """One patient; nothing old is shown of one who is being recalculated, or failed to be.

    Findings that are new come first, then those that somebody has seen, each by rank.
    """

    patient: PatientRow
    standing: Standing
    analysed_at: datetime | None
    next_course: Json | None
    findings: Sequence[FindingRow]


@dataclass(frozen=True, slots=True)
class Worklist:
    """Patients with new findings by rank, then the ones of whom nothing can be said now.

    After them come the ones whose every finding was acknowledged or snoozed: those raise nobody.
    Only patients whom whoever asks may see are listed and counted. `emergencies` are accesses
    that they are told of.
    """

    clinic_id: uuid.UUID
    patients: int
    recalculating: int
    failed: int
    lines: Sequence[WorklistLine]
    emergencies: Sequence[Alert]


def read_worklist(session: Session, clinic_id: uuid.UUID, *, now: datetime) -> Worklist:
    """Return the work list of a clinic as it stands at `now`.

    Raises
    ------
    NotFound
        There is no such clinic.
    """
    whole = read_patient_list(session, clinic_id, now=now)
    shown = [line for line in whole.lines if line.findings or line.standing != "current"]
    return replace(whole, lines=shown)


def read_patient_list(session: Session, clinic_id: uuid.UUID, *, now: datetime) -> Worklist:
    """Return the work list with every visible patient, the ones without findings last.

    Raises
    ------
    NotFound
        There is no such clinic.
    """
    clinic = get_clinic(session, clinic_id)
    findings: dict[uuid.UUID, list[FindingRow]] = {}
    for row in repository.open_findings_of_clinic(session, clinic.id):
        findings.setdefault(row.patient_id, []).append(row)
    lines = [
        _line(patient, state, findings=findings.get(patient.id, []), now=now)
        for patient, state in repository.patients_with_state(session, clinic.id)
    ]
    note_list(session, [line.patient.id for line in lines])
    return Worklist(
        clinic_id=clinic.id,
        patients=len(lines),
        recalculating=sum(line.standing == "recalculating" for line in lines),
        failed=sum(line.standing == "failed" for line in lines),
        lines=sorted(lines, key=_line_rank),
        emergencies=unseen(session, clinic.id, now=now),
    )


def rank(kind: str) -> int:
    """Return the place of a kind of finding; the most pressing has 0."""
    return RANK.index(kind) if kind in RANK else len(RANK)


def standing_of(state: AnalysisRow, now: datetime) -> Standing:
    """Say whether the analysis stands, is being recalculated, or failed."""
    if repository.is_stale(state, now):
        return "recalculating"
    return "current" if state.failure is None else "failed"


def _line(
    patient: PatientRow, state: AnalysisRow, *, findings: Sequence[FindingRow], now: datetime
) -> WorklistLine:
    standing = standing_of(state, now)
    if standing != "current":
        return WorklistLine(patient, standing, state.analysed_at, None, [])
    ranked = sorted(findings, key=lambda row: (row.status != "new", rank(row.kind)))
    next_course = (state.results or {}).get("next_course")
    if next_course is not None:
        today = local_day(now, zone_of(patient, now))
        next_course = {**next_course, "days_late": days_late(next_course["due_on"], today)}
    return WorklistLine(patient, standing, state.analysed_at, next_course, ranked)


def days_late(due_on: str | None, today: date) -> int:
    """Count the days since a stored due date; they change daily, so nobody stores them."""
    return 0 if due_on is None else max((today - date.fromisoformat(due_on)).days, 0)


def _line_rank(line: WorklistLine) -> tuple[int, int, str]:
    new = [rank(row.kind) for row in line.findings if row.status == "new"]
    if new:
        first = min(new)
    elif line.standing != "current":
        first = len(RANK) + 1
    else:
        first = len(RANK) + (2 if line.findings else 3)
    return first, -len(new), line.patient.external_id
