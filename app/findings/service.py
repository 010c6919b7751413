"""Use-cases of the analysis: recompute what is stale, keep findings in step, list them.

An analysis is computed outside any write transaction. It remembers the change number that it
saw, so that a change which arrives meanwhile leaves the patient stale.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.analysis.analyse import analyse_patient
from app.analysis.cycles import local_midnight
from app.analysis.results import METHOD, VERSION, FindingDraft, PatientAnalysis
from app.clinics.service import analysis_settings, get_clinic
from app.db import Database
from app.findings import repository
from app.findings.record import build_record, fingerprint
from app.findings.tables import FindingRow
from app.kit import history
from app.kit.base import Json
from app.kit.history import Actor, Change
from app.patients.service import get_patient
from app.patients.tables import AnalysisRow, PatientRow

logger = logging.getLogger(__name__)

ANALYST: Final = Actor("analysis")
_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class _Computed:
    """An analysis that waits to be saved, with the change number that it saw."""

    change_number: int
    results: Json | None
    findings: tuple[FindingDraft, ...]
    look_again_at: datetime | None
    fingerprint: str | None
    failure: str | None = None


def ensure_analysed(
    database: Database, patient_id: uuid.UUID, *, now: datetime, claim: bool = False
) -> bool:
    """Recompute the patient's analysis if it is stale at `now`; say whether it was.

    A worker claims the patient first and leaves one that another worker is computing.

    Raises
    ------
    NotFound
        There is no such patient.
    """
    with database.reading() as session:
        patient = get_patient(session, patient_id)
        state = repository.state_of(session, patient_id)
        if not repository.is_stale(state, now):
            return False
        # Everything is read after the change number: what comes later leaves the patient stale.
        session.refresh(patient)
        if claim and not repository.try_claim(session, patient_id):
            return False
        computed = _compute(session, patient, change_number=state.change_number, now=now)
        # Saved while the claim lasts.
        with database.writing() as writing:
            _save(writing, patient_id, computed, now=now)
    return True


def _compute(
    session: Session, patient: PatientRow, *, change_number: int, now: datetime
) -> _Computed:
    if patient.voided_at is not None:
        return _Computed(change_number, None, (), None, None)
    try:
        return _analyse(session, patient, change_number=change_number, now=now)
    except Exception as error:
        # One patient whose record breaks the analysis must not stop all others, and must be
        # seen: the failure is stored and shown in place of a result.
        logger.exception("analysis of patient %s failed", patient.id)
        return _Computed(change_number, None, (), None, None, failure=type(error).__name__)


def _analyse(
    session: Session, patient: PatientRow, *, change_number: int, now: datetime
) -> _Computed:
    settings = analysis_settings(get_clinic(session, patient.clinic_id))
    record = build_record(session, patient, now=now)
    analysis = analyse_patient(record, settings, now=now)
    due = analysis.next_course
    results: Json = {
        "series": [series.to_dict() for series in analysis.series],
        "next_course": {
            "state": due.state,
            "due_on": None if due.due_on is None else due.due_on.isoformat(),
        },
    }
    return _Computed(
        change_number,
        results,
        analysis.findings,
        _look_again_at(analysis, patient, zone=record.time_zone, now=now),
        fingerprint(record, settings),
    )


def _look_again_at(
    analysis: PatientAnalysis, patient: PatientRow, *, zone: str, now: datetime
) -> datetime | None:
    """Return the next instant at which time alone, or a move to another zone, changes a result."""
    moves = [datetime.fromisoformat(former["until"]) for former in patient.previous_time_zones]
    instants = [move for move in moves if move > now]
    if analysis.look_again_on is not None:
        instants.append(local_midnight(analysis.look_again_on, zone))
    return min(instants, default=None)


def _save(session: Session, patient_id: uuid.UUID, computed: _Computed, *, now: datetime) -> None:
    state = repository.state_of(session, patient_id, lock=True)
    if state.analysed_number is not None and state.analysed_number > computed.change_number:
        return  # Somebody else analysed the patient from a later state meanwhile.
    state.analysed_number = computed.change_number
    state.analysed_at = now
    state.look_again_at = computed.look_again_at
    state.method = f"{METHOD} {VERSION}"
    state.fingerprint = computed.fingerprint
    state.results = computed.results
    state.failure = computed.failure
    if computed.failure is None:
        _reconcile(session, state, computed, Change(ANALYST, now))


def _reconcile(session: Session, state: AnalysisRow, computed: _Computed, change: Change) -> None:
    """Open, update and close findings so that they say what the analysis says."""
    standing = {row.kind: row for row in repository.open_findings(session, state.patient_id)}
    for draft in computed.findings:
        row = standing.pop(draft.kind, None)
        content = _content(draft)
        if row is None:
            _open(session, state, computed, content=content, change=change)
        elif any(_as_stored(value) != getattr(row, key) for key, value in content.items()):
            changes = {**content, "fingerprint": computed.fingerprint}
            history.amend(session, row, changes, change=change)
    for row in standing.values():
        _close(session, row, change)


def _content(draft: FindingDraft) -> Json:
    return {
        "kind": draft.kind,
        "measure": draft.measure,
        "sites": list(draft.sites),
        "sentence": draft.sentence,
        "evidence": dict(draft.evidence),
        "method": METHOD,
        "method_version": VERSION,
        "parameters": dict(draft.parameters),
    }


def _as_stored(value: Any) -> Any:
    """Return JSON content as it comes back from the database: tuples are lists there."""
    if isinstance(value, dict):
        return {key: _as_stored(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_stored(item) for item in value]
    return value


def _open(
    session: Session, state: AnalysisRow, computed: _Computed, *, content: Json, change: Change
) -> None:
    row = FindingRow(
        id=uuid.uuid4(),
        clinic_id=state.clinic_id,
        patient_id=state.patient_id,
        status="new",
        first_detected_at=change.now,
        fingerprint=computed.fingerprint or "",
        **content,
    )
    history.begin(row, change)
    session.add(row)


def _close(session: Session, row: FindingRow, change: Change) -> None:
    reason = "The analysis of the newer record does not show it any more."
    closing = {"status": repository.CLOSED, "closed_at": change.now, "close_reason": reason}
    history.amend(session, row, closing, change=Change(change.actor, change.now, reason))


def analyse_stale(
    database: Database,
    *,
    now: Callable[[], datetime],
    clinic_id: uuid.UUID | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Recompute every stale analysis, of one clinic or of all; return how many were.

    Each patient is looked at once: one who changes meanwhile is left for the next call.
    `on_progress` is told how many are done and how many there are.
    """
    with database.reading() as session:
        total = repository.count_stale(session, clinic_id=clinic_id, now=now())
    done = recomputed = 0
    last: uuid.UUID | None = None
    while not stop():
        with database.reading() as session:
            batch = repository.stale_ids(
                session, clinic_id=clinic_id, now=now(), after=last, limit=_BATCH
            )
        if not batch:
            break
        last = batch[-1]
        for patient_id in batch:
            if stop():
                break
            recomputed += ensure_analysed(database, patient_id, now=now(), claim=True)
            done += 1
            if on_progress is not None:
                on_progress(done, max(total, done))
    return recomputed
