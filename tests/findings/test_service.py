"""The stale mark, recomputing, and findings that follow the analysis."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Database
from app.findings import repository, service
from app.findings.service import analyse_stale, ensure_analysed
from app.findings.tables import FindingRow
from app.findings.worker import BackgroundWorker
from app.kit import history
from app.patients.service import get_patient, void_patient
from app.patients.tables import AnalysisRow
from app.reports.service import void_report
from app.reports.tables import ReportRow
from app.tables import void_entries
from tests.support.clinic import NOW, a_hold, a_plan, a_report, entering
from tests.support.story import FIFTH, a_quiet_patient, a_wearing_off_patient


def is_stale(database: Database, patient_id: uuid.UUID, now: datetime = NOW) -> bool:
    with database.reading() as session:
        return repository.is_stale(repository.state_of(session, patient_id), now)


def kinds(database: Database, patient_id: uuid.UUID) -> set[str]:
    with database.reading() as session:
        return {row.kind for row in repository.open_findings(session, patient_id)}


def test_a_new_patient_is_stale_until_analysed(database: Database) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
    assert is_stale(database, patient.id)
    assert ensure_analysed(database, patient.id, now=NOW)
    assert not is_stale(database, patient.id)
    assert not ensure_analysed(database, patient.id, now=NOW)


def test_a_change_makes_the_analysis_stale_in_the_same_transaction(database: Database) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
    ensure_analysed(database, patient.id, now=NOW)
    with database.writing() as session:
        stored = get_patient(session, patient.id)
        a_report(session, stored, NOW - timedelta(days=1), 50)
        session.rollback()
    assert not is_stale(database, patient.id)
    with database.writing() as session:
        stored = get_patient(session, patient.id)
        a_report(session, stored, NOW - timedelta(days=1), 50)
    assert is_stale(database, patient.id)


def test_a_wearing_off_patient_gets_the_finding_with_its_evidence(database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    ensure_analysed(database, patient.id, now=FIFTH + timedelta(days=1))
    with database.reading() as session:
        rows = {row.kind: row for row in repository.open_findings(session, patient.id)}
    finding = rows["end_of_interval_weakness"]
    assert finding.sites == ["right_hand"]
    assert finding.measure == "grip_kpa"
    assert finding.status == "new"
    assert finding.evidence
    assert finding.fingerprint
    assert "right hand" in finding.sentence


def test_the_same_analysis_again_makes_no_new_version(database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    now = FIFTH + timedelta(days=1)
    ensure_analysed(database, patient.id, now=now)
    with database.writing() as session:
        repository.state_of(session, patient.id).change_number += 1
    assert ensure_analysed(database, patient.id, now=now)
    with database.reading() as session:
        assert {row.version for row in repository.open_findings(session, patient.id)} == {1}


def test_a_finding_that_no_longer_holds_is_closed_with_a_reason(database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    now = FIFTH + timedelta(days=1)
    ensure_analysed(database, patient.id, now=now)
    with database.writing() as session:
        for report in session.scalars(select(ReportRow)).all():
            void_report(entering(session, now=now, reason="wrong patient"), report=report)
    ensure_analysed(database, patient.id, now=now)
    with database.reading() as session:
        closed = session.scalars(
            select(FindingRow).where(FindingRow.kind == "end_of_interval_weakness")
        ).one()
        assert closed.status == "closed"
        assert closed.close_reason is not None
        assert closed.closed_at == now
        versions = history.history_of(session, closed)
    assert [version["status"] for version in versions] == ["new", "closed"]


def test_time_alone_makes_a_course_lapse_and_readings_missing(database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    last_course = FIFTH
    ensure_analysed(database, patient.id, now=last_course + timedelta(days=1))
    assert not kinds(database, patient.id) & {"lapse", "reporting_gap"}
    # No write from here on: only the clock moves, and the mark says when to look again.
    seen: set[str] = set()
    for day in range(2, 80):
        now = last_course + timedelta(days=day)
        ensure_analysed(database, patient.id, now=now)
        seen |= kinds(database, patient.id)
    assert {"lapse", "reporting_gap"} <= seen


def test_the_end_of_a_hold_is_seen_without_a_write(database: Database) -> None:
    end = date(2026, 8, 1)
    with database.writing() as session:
        patient = a_quiet_patient(session)
        a_hold(session, patient, date(2026, 2, 20), end)

    def state(now: datetime) -> str:
        ensure_analysed(database, patient.id, now=now)
        with database.reading() as session:
            results = repository.state_of(session, patient.id).results
        assert results is not None
        return str(results["next_course"]["state"])

    # Midnight in New York is 04:00 UTC in summer.
    midnight = datetime(2026, 8, 1, 4, tzinfo=UTC)
    assert state(NOW) == "on_hold"
    assert state(midnight - timedelta(seconds=1)) == "on_hold"
    assert state(midnight) == "due"


def test_every_stale_patient_is_recomputed_once_with_progress(database: Database) -> None:
    with database.writing() as session:
        for number in range(3):
            a_quiet_patient(session, f"Clinic {number}")
    steps: list[tuple[int, int]] = []
    done = analyse_stale(
        database, now=lambda: NOW, on_progress=lambda n, total: steps.append((n, total))
    )
    assert done == 3
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert analyse_stale(database, now=lambda: NOW) == 0


def test_only_the_named_clinic_is_recomputed(database: Database) -> None:
    with database.writing() as session:
        mine = a_quiet_patient(session, "Mine")
        other = a_quiet_patient(session, "Other")
    assert analyse_stale(database, now=lambda: NOW, clinic_id=mine.clinic_id) == 1
    assert is_stale(database, other.id)


def test_a_change_during_an_analysis_leaves_the_patient_stale(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
    real = service.analyse_patient

    def interrupted(*args: object, **options: object) -> object:
        with database.writing() as session:
            a_report(session, get_patient(session, patient.id), NOW - timedelta(days=1), 50)
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "analyse_patient", interrupted)
    assert ensure_analysed(database, patient.id, now=NOW)
    assert is_stale(database, patient.id)


def test_a_change_between_two_reads_is_seen_or_leaves_the_patient_stale(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
    real = repository.state_of

    def changed_first(session: Session, patient_id: uuid.UUID, **options: bool) -> AnalysisRow:
        monkeypatch.setattr(repository, "state_of", real)
        with database.writing() as other:
            void_patient(
                entering(other, reason="twice"),
                patient=get_patient(other, patient_id),
                void_dependents=void_entries,
            )
        return real(session, patient_id, **options)

    monkeypatch.setattr(repository, "state_of", changed_first)
    ensure_analysed(database, patient.id, now=NOW)
    with database.reading() as session:
        results = repository.state_of(session, patient.id).results
    assert is_stale(database, patient.id) or results is None


def test_a_failing_analysis_is_shown_and_stops_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)

    def fails(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(service, "analyse_patient", fails)
    assert analyse_stale(database, now=lambda: NOW) == 1
    with database.reading() as session:
        state = repository.state_of(session, patient.id)
    assert (state.failure, state.results) == ("ZeroDivisionError", None)
    assert str(patient.id) in caplog.text
    assert "P-" not in caplog.text


def test_a_voided_patient_has_no_result(database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    ensure_analysed(database, patient.id, now=FIFTH + timedelta(days=1))
    with database.writing() as session:
        stored = get_patient(session, patient.id)
        void_patient(
            entering(session, reason="entered twice"), patient=stored, void_dependents=void_entries
        )
    ensure_analysed(database, patient.id, now=FIFTH + timedelta(days=1))
    assert kinds(database, patient.id) == set()


def test_the_background_worker_finds_what_is_stale(database: Database) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
    worker = BackgroundWorker(database, clock=lambda: NOW, poll_seconds=0.01)
    worker.start()
    try:
        deadline = time.monotonic() + 30
        while is_stale(database, patient.id) and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        worker.stop()
    assert not is_stale(database, patient.id)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_second_worker_leaves_a_claimed_patient(database: Database) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
    with database.reading() as other_worker:
        assert repository.try_claim(other_worker, patient.id)
        assert not ensure_analysed(database, patient.id, now=NOW, claim=True)
        assert ensure_analysed(database, patient.id, now=NOW)


def test_a_changed_plan_moves_the_next_course(database: Database) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
    ensure_analysed(database, patient.id, now=NOW)
    with database.writing() as session:
        a_plan(
            session,
            get_patient(session, patient.id),
            effective_date=date(2026, 2, 10),
            interval_days=84,
        )
    assert is_stale(database, patient.id)
    ensure_analysed(database, patient.id, now=NOW)
    with database.reading() as session:
        results = repository.state_of(session, patient.id).results
    assert results is not None
    assert results["next_course"] == {"state": "overdue", "due_on": "2026-04-27"}
