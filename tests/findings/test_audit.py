"""What the analysis and the worker leave in the audit trail."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from app.db import Database
from app.findings.service import ensure_analysed
from app.findings.tables import FindingRow
from app.findings.worker import BackgroundWorker
from app.kit.audit.chain import unpacked
from app.kit.audit.tables import AuditCheckpointRow, AuditEntryRow
from app.kit.audit.verifying import Verification
from app.patients.repository import mark_stale
from tests.support.clinic import NOW
from tests.support.story import FIFTH, a_quiet_patient, a_wearing_off_patient

MOMENT = FIFTH + timedelta(days=1)


def acts(database: Database, patient_id: uuid.UUID) -> list[Row[Any]]:
    with database.reading() as session:
        columns = AuditEntryRow.__table__.columns
        chain = select(*columns).where(AuditEntryRow.chain == patient_id)
        return list(session.execute(chain.order_by(AuditEntryRow.number)))


def test_an_analysis_that_changed_findings_says_which(database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    ensure_analysed(database, patient.id, now=MOMENT)
    (act,) = acts(database, patient.id)
    assert (act.actor, act.actor_id, act.via) == ("analysis", None, "worker")
    assert (act.action, act.operation, act.at) == ("write", "analyse", MOMENT)
    assert act.clinic_id == patient.clinic_id
    with database.reading() as session:
        found = session.scalars(select(FindingRow.id).where(FindingRow.patient_id == patient.id))
        assert set(unpacked(act.ids)) == set(found)


def test_an_analysis_that_changed_nothing_leaves_no_act(database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    ensure_analysed(database, patient.id, now=MOMENT)
    with database.writing() as session:
        mark_stale(session, patient.id)
    assert ensure_analysed(database, patient.id, now=MOMENT)
    assert len(acts(database, patient.id)) == 1


def test_the_worker_signs_the_trail(database: Database) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
    ensure_analysed(database, patient.id, now=NOW)
    worker = BackgroundWorker(
        database, clock=lambda: NOW, poll_seconds=0.01, checkpoint_every=timedelta(minutes=1)
    )
    worker.start()
    made = None
    try:
        deadline = time.monotonic() + 30
        while made is None and time.monotonic() < deadline:
            with database.reading() as session:
                made = session.scalar(select(AuditCheckpointRow.number))
            time.sleep(0.01)
    finally:
        worker.stop()
    assert made == (1 if acts(database, patient.id) else None)
    with database.snapshot() as session:
        assert list(Verification(session, database.keys.get()).frauds()) == []
