"""A patient who moves: the calendar follows on the day of the move, without a write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.db import Database
from app.findings import repository
from app.findings.service import ensure_analysed
from app.patients.service import amend_patient, get_patient, patient_draft
from app.tables import first_entry
from tests.support.clinic import NOW, a_hold, entering
from tests.support.story import a_quiet_patient

MOVE = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_a_planned_move_changes_the_calendar_when_it_comes(database: Database) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
        a_hold(session, patient, date(2026, 2, 20), date(2026, 8, 1))
    with database.writing() as session:
        stored = get_patient(session, patient.id)
        moved = replace(patient_draft(stored), time_zone="Asia/Tokyo")
        amend_patient(
            entering(session, reason="moves in July"),
            patient=stored,
            draft=moved,
            find_first=first_entry,
            zone_from=MOVE,
        )

    def look_again_after(now: datetime) -> datetime | None:
        ensure_analysed(database, patient.id, now=now)
        with database.reading() as session:
            return repository.state_of(session, patient.id).look_again_at

    before = look_again_after(NOW)
    assert before is not None
    assert before <= MOVE
    # After the move the hold ends at midnight in Tokyo, nine hours ahead of UTC.
    assert look_again_after(MOVE) == datetime(2026, 7, 31, 15, tzinfo=UTC)
    assert look_again_after(MOVE + timedelta(days=1)) == datetime(2026, 7, 31, 15, tzinfo=UTC)
