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
from app.findings.strength import strength_of
from app.findings.tables import FindingRow
from app.kit.access import note_list
from app.kit.base import Json
from app.patients.service import zone_of
from app.patients.tables import AnalysisRow, PatientRow

Standing = Literal["current", "recalculating", "failed"]
Group = Literal["new", "seen", "gaps"]
GAP: Final = "reporting_gap"

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
    `cannot_be_assessed` says that there are readings, and that none of their series can ever be
    judged under the treatment as it is.
    """

    patient: PatientRow
    standing: Standing
    analysed_at: datetime | None
    next_course: Json | None
    findings: Sequence[FindingRow]
    cannot_be_assessed: bool = False


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One row of the list as it is read: a patient's findings, or what is missing of them.

    `gap` says what is missing: the standing, "cannot_be_assessed" or "reporting_gap"; None in a
    row of findings.
    """

    group: Group
    line: WorklistLine
    findings: Sequence[FindingRow]
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Worklist:
    """Patients with new findings by rank, and within a kind by strength.

    Then the ones of whom nothing can be said now; after them come the ones whose every finding
    was acknowledged or snoozed: those raise nobody. Only patients whom whoever asks may see are
    listed and counted. `emergencies` are accesses that they are told of.
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
    shown = [
        line
        for line in whole.lines
        if line.findings or line.standing != "current" or line.cannot_be_assessed
    ]
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
    results = state.results or {}
    next_course = results.get("next_course")
    if next_course is not None:
        today = local_day(now, zone_of(patient, now))
        next_course = {**next_course, "days_late": days_late(next_course["due_on"], today)}
    verdicts = {series["verdict"] for series in results.get("series", ())}
    cannot = verdicts == {"not_assessable"}
    return WorklistLine(patient, standing, state.analysed_at, next_course, ranked, cannot)


def rows_of(lines: Sequence[WorklistLine]) -> list[WorklistRow]:
    """Return the rows of ranked lines: what is missing of a patient is a row of its own."""
    rows: list[WorklistRow] = []
    for line in lines:
        said = [row for row in line.findings if row.kind != GAP or row.status != "new"]
        missing = [row for row in line.findings if row.kind == GAP and row.status == "new"]
        if said:
            is_new = any(row.status == "new" for row in said)
            rows.append(WorklistRow("new" if is_new else "seen", line, said))
        if line.standing != "current":
            rows.append(WorklistRow("gaps", line, [], line.standing))
        elif missing:
            rows.append(WorklistRow("gaps", line, missing, GAP))
        elif line.cannot_be_assessed:
            rows.append(WorklistRow("gaps", line, [], "cannot_be_assessed"))
    return sorted(rows, key=lambda row: 0 if row.gap is None else 1 + _GAPS.index(row.gap))


def days_late(due_on: str | None, today: date) -> int:
    """Count the days since a stored due date; they change daily, so nobody stores them."""
    return 0 if due_on is None else max((today - date.fromisoformat(due_on)).days, 0)


# What could not be computed needs somebody first; what never can be judged is for information.
_GAPS: Final = ("failed", GAP, "recalculating", "cannot_be_assessed")


def _line_rank(line: WorklistLine) -> tuple[int, tuple[float, ...], int, str]:
    new = [row for row in line.findings if row.status == "new"]
    weakness: tuple[float, ...] = ()
    if new:
        first = rank(new[0].kind)
        weakness = tuple(-number for number in strength_of(new[0].kind, new[0].evidence))
    elif line.standing != "current":
        first = len(RANK) + 1
    else:
        first = len(RANK) + (2 if line.findings else 3)
    return first, weakness, -len(new), line.patient.external_id
