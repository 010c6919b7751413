"""A process that is killed between an act and its entry leaves both or neither."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid

import pytest
from sqlalchemy import func, select

from app.db import Database
from app.kit.audit.tables import AuditEntryRow
from app.kit.audit.verifying import Verification
from app.reports.tables import ReportRow
from tests.kit.audit import killed_program
from tests.support.clinic import a_clinic, a_patient
from tests.support.repository import ROOT


def record(database: Database, patient_id: uuid.UUID, point: str) -> int:
    """Let a process of its own record a report; return how it ended."""
    program = ROOT / "tests" / "kit" / "audit" / "killed_program.py"
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(program), database.url, str(patient_id), point],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert ran.stderr == ""
    return ran.returncode


def kept(database: Database, patient_id: uuid.UUID) -> tuple[int, int]:
    """Return how many reports and how many entries about them there are."""
    reports = select(func.count()).where(ReportRow.patient_id == patient_id)
    entries = select(func.count()).where(
        AuditEntryRow.chain == patient_id, AuditEntryRow.action == "write"
    )
    with database.reading() as session:
        return session.scalar(reports) or 0, session.scalar(entries) or 0


@pytest.mark.parametrize("point", killed_program.POINTS)
def test_the_act_and_its_entry_are_kept_together_or_not_at_all(
    database: Database, point: str
) -> None:
    with database.writing() as session:
        patient = a_patient(session, a_clinic(session))
    assert record(database, patient.id, point) == -signal.SIGKILL
    expected = 1 if point == "after-commit" else 0
    assert kept(database, patient.id) == (expected, expected)
    if not expected:
        # Nothing of it stands in the way of the next attempt.
        killed_program.main(database.url, str(patient.id), "never")
        assert kept(database, patient.id) == (1, 1)
    with database.snapshot() as session:
        assert list(Verification(session, database.keys.get()).frauds()) == []
