"""A database of the first revision, with data in it, becomes one of today's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.clinics.settings import overrides_of
from app.clinics.tables import ClinicRow, ClinicSettingRow
from app.db import make_engine, upgrade
from app.findings.schemas import FindingRead
from app.findings.tables import FindingRow
from app.kit import history
from app.patients.tables import AnalysisRow
from tests.support.stored import insert_raw

OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)
CLINIC, PATIENT, FINDING, BARE = (uuid.uuid4() for _ in range(4))


def a_clinic(connection: Connection) -> None:
    """Enter a clinic whose settings changed twice, and one that never set anything."""
    made = {"recorded_at": OPENED, "recorded_by": "Anna"}
    insert_raw(connection, "clinics", id=BARE, name="Bare", settings={}, version=1, **made)
    steps = [
        ({"grace_days": 5}, "Anna", None),
        ({"grace_days": 5, "min_cycles": 4}, "Ben", "Cautious."),
        ({"min_cycles": 4}, "Cleo", "Back to three days."),
    ]
    for number, (settings, who, why) in enumerate(steps, 1):
        at = OPENED + timedelta(days=10 * (number - 1))
        columns = {"id": CLINIC, "name": "North", "settings": settings, "version": number, **made}
        if number > 1:
            columns |= {"changed_at": at, "changed_by": who, "change_reason": why}
        if number < len(steps):
            insert_raw(
                connection,
                "record_versions",
                table_name="clinics",
                row_id=CLINIC,
                version=number,
                content={**columns, "id": str(CLINIC), "recorded_at": OPENED.isoformat()}
                | ({"changed_at": at.isoformat()} if number > 1 else {}),
                valid_from=at,
                valid_until=at + timedelta(days=10),
                made_by=who,
                made_because=why,
            )
        else:
            insert_raw(connection, "clinics", **columns)


MADE = {"recorded_at": OPENED, "recorded_by": "analysis"}


def a_patient(connection: Connection) -> None:
    insert_raw(
        connection,
        "patients",
        id=PATIENT,
        clinic_id=CLINIC,
        external_id="P-1",
        identifiers={},
        time_zone="UTC",
        previous_time_zones=[],
        diagnosis="MMN",
        followed=[],
        version=1,
        **MADE,
    )
    ids = {"patient_id": PATIENT, "clinic_id": CLINIC}
    insert_raw(connection, "patient_analyses", **ids, change_number=7, analysed_number=7)


def a_finding(connection: Connection) -> None:
    """Enter a finding that the analysis changed once."""
    ids = {"id": FINDING, "clinic_id": CLINIC, "patient_id": PATIENT}
    words = ("kind", "status", "sentence", "method", "method_version", "fingerprint")
    finding = {
        **dict.fromkeys(words, "new"),
        "sites": [],
        "evidence": {},
        "parameters": {},
    }
    changed = {"changed_at": OPENED + timedelta(days=1), "changed_by": "analysis"}
    now = {**finding, "sentence": "Missed.", "first_detected_at": OPENED, "version": 2}
    insert_raw(connection, "findings", **ids, **now, **changed, **MADE)
    empty = ("measure", "closed_at", "close_reason", "confirmed", "changed_at", "changed_by")
    content = {
        **dict.fromkeys((*empty, "change_reason", "voided_at", "voided_by", "void_reason")),
        **{name: str(value) for name, value in ids.items()},
        **finding,
        "sentence": "Late.",
        "first_detected_at": OPENED.isoformat(),
        "version": 1,
        "recorded_at": OPENED.isoformat(),
        "recorded_by": "analysis",
    }
    insert_raw(
        connection,
        "record_versions",
        table_name="findings",
        row_id=FINDING,
        version=1,
        content=content,
        valid_from=OPENED,
        valid_until=OPENED + timedelta(days=1),
        made_by="analysis",
    )


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    engine = make_engine(empty_database_url)
    yield engine
    engine.dispose()


def test_what_clinics_had_set_becomes_rows_and_nothing_else_changes(
    empty_database_url: str, engine: Engine
) -> None:
    upgrade(empty_database_url, "0001_record")
    with engine.begin() as connection:
        a_clinic(connection)
        a_patient(connection)
        a_finding(connection)
    upgrade(empty_database_url)
    with Session(engine) as session:
        moved = sorted(
            (row.effective_date, row.key, row.value, row.source, row.recorded_by)
            for row in session.scalars(sa.select(ClinicSettingRow))
        )
        unset = "no reason was stated when it was set"
        assert moved == [
            (date(2026, 1, 5), "grace_days", 5.0, unset, "Anna"),
            (date(2026, 1, 15), "min_cycles", 4.0, "Cautious.", "Ben"),
            (date(2026, 1, 25), "grace_days", None, "Back to three days.", "Cleo"),
        ]
        assert len(overrides_of(session, CLINIC)) == 3
        assert overrides_of(session, BARE) == []
        versions = history.history_of(session, session.get_one(ClinicRow, CLINIC))
        assert [version["version"] for version in versions] == [1, 2, 3]
        older, newest = (
            FindingRead.model_validate(version)
            for version in history.history_of(session, session.get_one(FindingRow, FINDING))
        )
        assert (older.sentence, older.review) == ("Late.", None)
        assert (newest.sentence, newest.review, newest.status) == ("Missed.", None, "new")
        # 0002 and 0016 each made every analysis stale.
        assert session.get_one(AnalysisRow, PATIENT).change_number == 9
    for table in ("clinics", "clinic_settings", "findings"):
        with pytest.raises(DBAPIError, match="never"), engine.begin() as connection:
            connection.execute(sa.text(f"DELETE FROM {table}"))
