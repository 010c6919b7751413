"""A database of the second revision, with data in it, is sealed by the migration."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.cli.migrate import migrate
from app.clinics.tables import ClinicSettingRow
from app.db import current_revision, make_engine, upgrade
from app.errors import KeysUnusable
from app.findings.tables import FindingRow
from app.infusions.tables import InfusionRow
from app.kit import history
from app.kit.known_keys import known_keys
from app.patients.repository import find_by_external_id
from app.patients.tables import PatientRow, PatientSettingRow, TherapyRow
from app.plans.tables import HoldRow, PlanRow
from app.reports.tables import ReportRow
from tests.support.keys import a_keyring
from tests.support.stored import everything_stored, insert_raw

BEFORE = "0002_settings_and_reviews"
OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)
CLINIC, PATIENT, EMPTY = (uuid.uuid4() for _ in range(3))
MADE = {"version": 1, "recorded_at": OPENED, "recorded_by": "Anna"}
OWNED = {"clinic_id": CLINIC, "patient_id": PATIENT, **MADE}
WORDS = (
    "P-4711",
    "Moreau",
    "Joséphine",
    "1931-02-27",
    "MRN-0815",
    "Misspelt as Moro",
    "Moro",
    "Tolerates it badly",
    "The registrar insisted",
    "Away in Lisbon",
    "Left arm only",
    "Cramps at night",
    "Entered twice",
    "Dr Weiss asked for it",
    "Her own wish",
    "Seen on the ward",
    "Asked on the phone",
)
# Bytes of a file hold no letter outside ASCII in the way that a text does.
WANTED = [word for word in WORDS if word.isascii()]


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    upgrade(empty_database_url, BEFORE)
    engine = make_engine(empty_database_url)
    yield engine
    engine.dispose()


def fill(connection: Connection) -> None:
    insert_raw(connection, "clinics", id=CLINIC, name="North", **MADE)
    patient = {
        "clinic_id": CLINIC,
        "external_id": "P-4711",
        "identifiers": {"hospital": "MRN-0815"},
        "given_name": "Joséphine",
        "birth_date": date(1931, 2, 27),
        "time_zone": "UTC",
        "previous_time_zones": [],
        "diagnosis": "MMN",
        "followed": [],
    }
    changed = {
        "version": 2,
        "changed_at": OPENED + timedelta(days=1),
        "changed_by": "Ben",
        "change_reason": "Misspelt as Moro",
    }
    insert_raw(
        connection, "patients", **{**MADE, **patient, **changed}, id=PATIENT, family_name="Moreau"
    )
    bare = {"clinic_id": CLINIC, "external_id": "P-2", "identifiers": {}, **MADE}
    rest = {name: patient[name] for name in patient if name not in {*bare, "given_name"}}
    insert_raw(connection, "patients", **bare, **{**rest, "birth_date": None}, id=EMPTY)
    first = {**patient, "family_name": "Moro", "birth_date": "1931-02-27", "id": str(PATIENT)}
    insert_raw(
        connection,
        "record_versions",
        table_name="patients",
        row_id=PATIENT,
        version=1,
        clinic_id=CLINIC,
        patient_id=PATIENT,
        content={**first, "clinic_id": str(CLINIC), "version": 1},
        valid_from=OPENED,
        valid_until=OPENED + timedelta(days=1),
        made_by="Anna",
        made_because="Her own wish",
    )
    fill_entries(connection)


def fill_entries(connection: Connection) -> None:
    def enter(table: str, **values: Any) -> None:
        insert_raw(connection, table, id=uuid.uuid4(), **{**OWNED, **values})

    day = date(2026, 1, 6)
    moment = {"time_zone": "UTC", "local_date": day}
    voided = {"voided_at": OPENED, "voided_by": "Anna", "void_reason": "Entered twice"}
    enter("therapies", therapy="x", status="started", from_date=day, note="Tolerates it badly")
    facts = {"key": "gam", "name": "G", "route": "iv", "facts": {}}
    insert_raw(connection, "products", id=uuid.uuid4(), clinic_id=CLINIC, **facts, **MADE)
    plan = {"interval_days": 28, "course_days": 1, "product": "gam", "route": "iv"}
    enter("plans", effective_date=day, reason="The registrar insisted", **plan)
    enter("holds", from_date=day, reason="travel", note="Away in Lisbon")
    given = {"status": "completed", "product": "gam", "lot_numbers": []}
    enter("infusions", started_at=OPENED, note="Left arm only", **moment, **given, **voided)
    enter("reports", observed_at=OPENED, source="app", context=[], note="Cramps at night", **moment)
    setting = {"key": "min_cycles", "value": 4.0, "effective_date": day}
    enter("patient_settings", source="Seen on the ward", **setting)
    insert_raw(
        connection,
        "clinic_settings",
        id=uuid.uuid4(),
        clinic_id=CLINIC,
        source="Dr Weiss asked for it",
        **setting,
        **MADE,
    )
    words = ("kind", "status", "sentence", "method", "method_version", "fingerprint")
    finding = {**dict.fromkeys(words, "new"), "sites": [], "evidence": {}}
    enter(
        "findings",
        first_detected_at=OPENED,
        parameters={"set": {"min_cycles": "Dr Weiss asked for it"}},
        review_reason="Asked on the phone",
        **finding,
    )


def test_what_was_readable_is_sealed_and_reads_the_same(
    empty_database_url: str, engine: Engine
) -> None:
    with engine.begin() as connection:
        fill(connection)
    readable = everything_stored(engine)
    assert [word for word in WANTED if word not in readable] == []
    migrate(empty_database_url)
    sealed = everything_stored(engine)
    assert [word for word in WANTED if word in sealed] == []
    with Session(engine) as session:
        patient = session.get_one(PatientRow, PATIENT)
        assert (patient.external_id, patient.family_name) == ("P-4711", "Moreau")
        assert (patient.given_name, patient.birth_date) == ("Joséphine", date(1931, 2, 27))
        assert patient.identifiers == {"hospital": "MRN-0815"}
        assert patient.change_reason == "Misspelt as Moro"
        empty = session.get_one(PatientRow, EMPTY)
        assert (empty.birth_date, empty.family_name, empty.identifiers) == (None, None, {})
        assert find_by_external_id(session, CLINIC, "P-4711") is patient
        older, newest = history.history_of(session, patient)
        assert (older["family_name"], older["birth_date"]) == ("Moro", "1931-02-27")
        assert newest["family_name"] == "Moreau"
        version = session.scalars(sa.select(history.RecordVersion)).one()
        assert version.made_because == "Her own wish"
        assert session.scalars(sa.select(TherapyRow)).one().note == "Tolerates it badly"
        assert session.scalars(sa.select(PlanRow)).one().reason == "The registrar insisted"
        assert session.scalars(sa.select(HoldRow)).one().note == "Away in Lisbon"
        infusion = session.scalars(sa.select(InfusionRow)).one()
        assert (infusion.note, infusion.void_reason) == ("Left arm only", "Entered twice")
        assert session.scalars(sa.select(ReportRow)).one().note == "Cramps at night"
        assert session.scalars(sa.select(PatientSettingRow)).one().source == "Seen on the ward"
        assert session.scalars(sa.select(ClinicSettingRow)).one().source == "Dr Weiss asked for it"
        finding = session.scalars(sa.select(FindingRow)).one()
        assert finding.parameters == {"set": {"min_cycles": "Dr Weiss asked for it"}}
        assert finding.review_reason == "Asked on the phone"


def test_the_guards_are_put_back(empty_database_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection)
    upgrade(empty_database_url)
    for statement in (
        "DELETE FROM patients",
        "UPDATE patients SET sex = 'x'",
        "UPDATE record_versions SET made_by = 'nobody'",
    ):
        with pytest.raises(DBAPIError, match="never"), engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_an_identifier_stays_taken(empty_database_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection)
    upgrade(empty_database_url)
    with Session(engine) as session:
        columns = {"time_zone": "UTC", "previous_time_zones": [], "diagnosis": "MMN"}
        twin = PatientRow(id=uuid.uuid4(), clinic_id=CLINIC, external_id="P-2", **columns)
        twin.identifiers, twin.followed = {}, []
        history.begin(twin, history.Change(history.Actor("Anna"), OPENED))
        session.add(twin)
        with pytest.raises(IntegrityError):
            session.flush()


def test_rows_are_not_sealed_without_a_key_and_stay_as_they_were(
    empty_database_url: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        fill(connection)
    monkeypatch.setenv("IVIG_KEY_FILE", str(tmp_path / "missing.key"))
    with pytest.raises(KeysUnusable, match=r"missing\.key"):
        upgrade(empty_database_url)
    assert current_revision(engine) == BEFORE
    assert "Moreau" in everything_stored(engine)


def test_a_database_without_rows_needs_no_key(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVIG_KEY_FILE", str(tmp_path / "missing.key"))
    upgrade(empty_database_url)
    engine = make_engine(empty_database_url)
    with engine.connect() as connection:
        assert known_keys(connection) == {}
    engine.dispose()


def test_the_keys_are_remembered_by_their_fingerprints(
    empty_database_url: str, engine: Engine
) -> None:
    upgrade(empty_database_url)
    with engine.connect() as connection:
        assert known_keys(connection) == a_keyring().fingerprints()
