"""Use-cases of the analysis: recompute what is stale, keep findings in step, list them.

An analysis is computed outside any write transaction. It remembers the change number that it
saw, so that a change which arrives meanwhile leaves the patient stale.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.analysis.analyse import analyse_patient
from app.analysis.cycles import local_day, local_midnight
from app.analysis.results import METHOD, VERSION, PatientAnalysis
from app.analysis.settings import Override, next_override_on, settings_in_force
from app.db import Database
from app.findings import repository
from app.findings.reconcile import Shown, keep_in_step
from app.findings.record import build_record, fingerprint
from app.kit.audit.acts import Act
from app.kit.audit.writing import append
from app.kit.base import Json
from app.kit.deps import Asked
from app.kit.history import Actor, Change
from app.patients.service import get_patient, zone_of
from app.patients.settings import all_overrides
from app.patients.tables import AnalysisRow, PatientRow

logger = logging.getLogger(__name__)

ANALYST: Final = Actor("analysis")
_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class _Computed:
    """An analysis that waits to be saved, with the change number that it saw.

    `shown` is None where it failed: findings stay as they are then.
    """

    change_number: int
    zone: str
    results: Json | None = None
    shown: Shown | None = None
    look_again_at: datetime | None = None
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


def ensure_analysed_for(work: Asked, patient_id: uuid.UUID) -> None:
    """Recompute a stale analysis, of a patient whom whoever asks may see.

    Raises
    ------
    NotFound
        There is no such patient, or it is not for whoever asks to see.
    """
    with work.reading() as session:
        get_patient(session, patient_id)
    ensure_analysed(work.database, patient_id, now=work.now)


def _compute(
    session: Session, patient: PatientRow, *, change_number: int, now: datetime
) -> _Computed:
    zone = zone_of(patient, now)
    if patient.voided_at is not None:
        nothing = Shown((), None, local_day(now, zone))
        return _Computed(change_number, zone, shown=nothing)
    try:
        return _analyse(session, patient, change_number=change_number, now=now)
    except Exception as error:
        # One patient whose record breaks the analysis must not stop all others, and must be
        # seen: the failure is stored and shown in place of a result.
        logger.exception("analysis of patient %s failed", patient.id)
        return _Computed(change_number, zone, failure=type(error).__name__)


def _analyse(
    session: Session, patient: PatientRow, *, change_number: int, now: datetime
) -> _Computed:
    record = build_record(session, patient, now=now)
    today = local_day(now, record.time_zone)
    overrides = all_overrides(session, patient)
    settings = settings_in_force(overrides, today=today)
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
        record.time_zone,
        results,
        Shown(analysis.findings, fingerprint(record, settings), today, settings.sources),
        _look_again_at(analysis, patient, overrides=overrides, zone=record.time_zone, now=now),
    )


def _look_again_at(
    analysis: PatientAnalysis,
    patient: PatientRow,
    *,
    overrides: Sequence[Override],
    zone: str,
    now: datetime,
) -> datetime | None:
    """Return the next instant at which time alone changes a result.

    That is a date on which a rule can change or another setting comes into force, or the moment
    of a move to another zone.
    """
    moves = [datetime.fromisoformat(former["until"]) for former in patient.previous_time_zones]
    instants = [move for move in moves if move > now]
    dates = (analysis.look_again_on, next_override_on(overrides, today=local_day(now, zone)))
    instants += [local_midnight(day, zone) for day in dates if day is not None]
    return min(instants, default=None)


def _save(session: Session, patient_id: uuid.UUID, computed: _Computed, *, now: datetime) -> None:
    state = repository.state_of(session, patient_id, lock=True)
    if state.analysed_number is not None and state.analysed_number > computed.change_number:
        return  # Somebody else analysed the patient from a later state meanwhile.
    state.analysed_number = computed.change_number
    state.analysed_at = now
    state.look_again_at = computed.look_again_at
    state.method = f"{METHOD} {VERSION}"
    state.fingerprint = None if computed.shown is None else computed.shown.fingerprint
    state.results = computed.results
    state.failure = computed.failure
    if computed.shown is not None:
        kept = keep_in_step(session, state, shown=computed.shown, change=Change(ANALYST, now))
        if kept.wakes_on is not None:
            wakes = local_midnight(kept.wakes_on, computed.zone)
            state.look_again_at = min(filter(None, (state.look_again_at, wakes)))
        if kept.changed:
            append(session, [_act(state, kept.changed, now)])


def _act(state: AnalysisRow, changed: tuple[uuid.UUID, ...], now: datetime) -> Act:
    """Return what the audit trail keeps of an analysis; one that changed no finding leaves none."""
    return Act(
        at=now,
        actor_id=None,
        actor=ANALYST.name,
        via="worker",
        action="write",
        operation="analyse",
        clinic_id=state.clinic_id,
        patient_id=state.patient_id,
        ids=changed,
    )


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
