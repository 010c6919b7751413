"""`ivig keys`, and what `ivig migrate` does about keys."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from app.clinics.tables import ClinicRow
from app.db import Database, current_revision, make_engine, newest_revision, upgrade
from app.kit import keys as keys_module
from app.kit.keys import load_keyring
from app.kit.resealing import count_by_key, sealed_tables
from app.patients.tables import PatientRow
from app.tables import Base
from tests.cli.conftest import Ivig
from tests.support.clinic import a_clinic, a_patient
from tests.support.keys import a_keyring
from tests.support.stored import everything_stored, insert_raw


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a file with the keys of the tests, which this test may change."""
    path = tmp_path / "own.key"
    keys_module.save_keyring(path, a_keyring())
    monkeypatch.setenv("IVIG_KEY_FILE", str(path))
    return path


@pytest.fixture
def url(database_url: str, key_file: Path) -> str:
    return f"--database-url={database_url}"


@pytest.fixture
def filled(database_url: str, key_file: Path) -> Iterator[Database]:
    """Give a database with a patient."""
    database = Database(database_url)
    with database.writing() as session:
        a_patient(session, a_clinic(session), external_id="P-1", family_name="Moreau")
    yield database
    database.close()


def counts(database: Database) -> dict[int, int]:
    with database.reading() as session:
        return count_by_key(session.connection(), sealed_tables(Base.metadata))


def names(database_url: str) -> list[str | None]:
    opened = Database(database_url)
    with opened.reading() as session:
        found = [patient.family_name for patient in session.query(PatientRow)]
    opened.close()
    return found


class TestShow:
    def test_it_lists_keys_and_what_they_seal_and_no_secret(
        self, ivig: Ivig, url: str, filled: Database, key_file: Path
    ) -> None:
        ran = ivig("keys", "show", url)
        assert ran.status == 0
        lines = [line.split() for line in ran.out.splitlines()]
        assert lines[0] == ["kind", "key", "made", "fingerprint", "values"]
        ring = load_keyring(key_file)
        assert lines[1][:2] == ["seal", "1"]
        assert lines[1][-2:] == [ring.seal[0].fingerprint, str(counts(filled)[1])]
        assert [line[:2] for line in lines[2:]] == [["index", "1"], ["audit", "1"]]
        secrets = [one["key"] for one in json.loads(key_file.read_text())["seal"]]
        assert all(secret not in ran.out + ran.err for secret in secrets)


class TestRotate:
    def test_every_value_is_sealed_anew_and_reads_the_same(
        self, ivig: Ivig, url: str, filled: Database, database_url: str
    ) -> None:
        before = counts(filled)
        assert set(before) == {1}
        ran = ivig("keys", "rotate", url)
        assert (ran.status, ran.out) == (0, "Every value is sealed with key 2.\n")
        # An act of the operator has come meanwhile, and nothing sealed with it.
        assert counts(filled) == {2: before[1]}
        assert names(database_url) == ["Moreau"]

    def test_a_process_that_holds_the_older_ring_reads_on(
        self, ivig: Ivig, url: str, filled: Database
    ) -> None:
        with filled.reading() as session:
            assert session.query(PatientRow).one().family_name == "Moreau"
        ivig("keys", "rotate", url)
        with filled.reading() as session:
            assert session.query(PatientRow).one().family_name == "Moreau"

    def test_the_guards_are_back(self, ivig: Ivig, url: str, filled: Database) -> None:
        ivig("keys", "rotate", url)
        for statement in ("UPDATE patients SET sex = 'x'", "DELETE FROM clinics"):
            with pytest.raises(Exception, match="never"), filled.writing() as session:
                session.connection().exec_driver_sql(statement)

    def test_what_is_interrupted_stays_readable_and_goes_on_with_the_same_key(
        self,
        ivig: Ivig,
        url: str,
        filled: Database,
        database_url: str,
        key_file: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def end(*_arguments: object, **_named: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as interrupted:
            interrupted.setattr("app.kit.resealing.reseal_table", end)
            assert ivig("keys", "rotate", url).status != 0
        assert [key.id for key in load_keyring(key_file).seal] == [1, 2]
        assert set(counts(filled)) == {1}
        assert names(database_url) == ["Moreau"]
        assert ivig("keys", "rotate", url).out == "Every value is sealed with key 2.\n"
        assert set(counts(filled)) == {2}

    def test_what_an_older_process_sealed_meanwhile_is_finished(
        self, ivig: Ivig, url: str, filled: Database, database_url: str
    ) -> None:
        ivig("keys", "rotate", url)
        older = Database(database_url, keyring=a_keyring())
        with older.writing() as session:
            a_patient(session, session.query(ClinicRow).one(), family_name="Late")
        older.close()
        assert set(counts(filled)) == {1, 2}
        assert ivig("keys", "rotate", "--finish", url).out.endswith("key 2.\n")
        assert set(counts(filled)) == {2}

    def test_keys_of_the_environment_are_not_changed(
        self, ivig: Ivig, url: str, key_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("IVIG_KEY_FILE")
        monkeypatch.setenv("IVIG_KEYS", key_file.read_text())
        assert ivig("keys", "show", url).status == 0
        ran = ivig("keys", "rotate", url)
        assert ran.status == 1
        assert "The keys come from IVIG_KEYS, which this program cannot change." in ran.err


class TestRetire:
    def test_a_key_without_values_goes(
        self, ivig: Ivig, url: str, filled: Database, key_file: Path
    ) -> None:
        ivig("keys", "rotate", url)
        ran = ivig("keys", "retire", "1", url)
        assert (ran.status, ran.out) == (0, "Key 1 is removed from the key file.\n")
        assert [key.id for key in load_keyring(key_file).seal] == [2]
        assert ivig("keys", "show", url).status == 0

    def test_a_number_is_never_given_twice(
        self, ivig: Ivig, url: str, filled: Database, key_file: Path
    ) -> None:
        ivig("keys", "rotate", url)
        ivig("keys", "retire", "1", url)
        ivig("keys", "rotate", url)
        assert [key.id for key in load_keyring(key_file).seal] == [2, 3]

    def test_a_key_in_use_the_newest_and_an_unknown_one_stay(
        self, ivig: Ivig, url: str, filled: Database, database_url: str, key_file: Path
    ) -> None:
        before = key_file.read_text()
        assert "is the newest" in ivig("keys", "retire", "1", url).err
        assert "no sealing key 7" in ivig("keys", "retire", "7", url).err
        assert key_file.read_text() == before
        keys_module.save_keyring(key_file, a_keyring(1, 2))
        ran = ivig("keys", "retire", "1", url)
        assert f"Key 1 seals {counts(filled)[1]} values." in ran.err
        assert [key.id for key in load_keyring(key_file).seal] == [1, 2]


class TestOpening:
    def test_a_missing_key_file_is_named(
        self, ivig: Ivig, url: str, filled: Database, key_file: Path
    ) -> None:
        assert ivig("keys", "show", url).status == 0
        key_file.unlink()
        for command in (("keys", "show"), ("export", "patients"), ("analyse",)):
            ran = ivig(*command, url)
            assert ran.status == 1
            assert f"There is no key file {key_file}." in ran.err
            assert "cannot be read without it" in ran.err

    def test_no_new_keys_are_made_for_a_sealed_database(
        self, ivig: Ivig, url: str, filled: Database, key_file: Path
    ) -> None:
        ivig("keys", "show", url)
        key_file.unlink()
        ran = ivig("migrate", url)
        assert (ran.status, ran.out) == (1, "")
        assert "New keys would not open it" in ran.err
        assert not key_file.exists()

    def test_keys_of_another_database_are_refused(
        self, ivig: Ivig, url: str, filled: Database, key_file: Path
    ) -> None:
        ivig("keys", "show", url)
        other = keys_module.new_keyring(a_keyring().seal[0].made)
        keys_module.save_keyring(key_file, other)
        for command in (("export", "patients"), ("migrate",)):
            ran = ivig(*command, url)
            assert ran.status == 1
            assert f"The key file {key_file} does not fit this database" in ran.err

    def test_a_key_file_that_others_may_read_is_refused(
        self, ivig: Ivig, url: str, key_file: Path
    ) -> None:
        key_file.chmod(0o640)
        ran = ivig("export", "patients", url)
        assert ran.status == 1
        assert f"The key file {key_file} may be read by others (mode 0640)" in ran.err

    def test_two_places_are_one_too_many(
        self, ivig: Ivig, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("IVIG_KEYS", "{}")
        assert "IVIG_KEY_FILE and IVIG_KEYS are both set" in ivig("migrate", url).err


class TestFormerKeyFile:
    def test_a_key_of_the_first_release_gives_way_to_a_ring(
        self, ivig: Ivig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("IVIG_KEY_FILE")
        path = tmp_path / "x.db.key"
        path.touch(mode=0o600)
        path.write_text("hJ3-x_".ljust(43, "A") + "\n")
        assert ivig("migrate", f"--database-url=sqlite:///{tmp_path}/x.db").status == 0
        assert [key.id for key in load_keyring(path).seal] == [1]

    def test_a_file_that_is_something_else_is_left_alone(
        self, ivig: Ivig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("IVIG_KEY_FILE")
        path = tmp_path / "x.db.key"
        path.touch(mode=0o600)
        path.write_text("a poem\n")
        ran = ivig("migrate", f"--database-url=sqlite:///{tmp_path}/x.db")
        assert (ran.status, path.read_text()) == (1, "a poem\n")
        assert "does not hold keys of this program" in ran.err


def test_keys_lie_beside_the_database_where_nothing_is_named(
    ivig: Ivig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IVIG_KEY_FILE")
    url = f"sqlite:///{tmp_path}/x.db"
    assert ivig("migrate", f"--database-url={url}").status == 0
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        known = connection.execute("SELECT kind, fingerprint FROM sealing_keys").fetchall()
    ring = load_keyring(tmp_path / "x.db.key")
    assert dict(known)["seal"] == ring.seal[0].fingerprint


class TestScrubbing:
    @pytest.fixture
    def readable(self, empty_database_url: str, key_file: Path) -> Iterator[Engine]:
        """Give a database of before the sealing, with a clinic in it and the name of a patient."""
        upgrade(empty_database_url, "0002_settings_and_reviews")
        engine = make_engine(empty_database_url)
        made = {"version": 1, "recorded_at": a_keyring().seal[0].made, "recorded_by": "Anna"}
        empty = {"identifiers": {}, "previous_time_zones": [], "followed": []}
        with engine.begin() as connection:
            clinic = uuid.uuid4()
            insert_raw(connection, "clinics", id=clinic, name="North", **made)
            insert_raw(
                connection,
                "patients",
                id=uuid.uuid4(),
                clinic_id=clinic,
                external_id="P-1",
                family_name="Moreau",
                time_zone="UTC",
                diagnosis="MMN",
                **made,
                **empty,
            )
        yield engine
        engine.dispose()

    def test_what_is_interrupted_before_it_is_done_by_the_next_migration(
        self, ivig: Ivig, readable: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def end(*_arguments: object) -> None:
            raise KeyboardInterrupt

        url = f"--database-url={readable.url.render_as_string(hide_password=False)}"
        with monkeypatch.context() as interrupted:
            interrupted.setattr("app.cli.migrate._scrub", end)
            assert ivig("migrate", url).status != 0
        assert current_revision(readable) == newest_revision()
        assert inspect(readable).has_table("scrub_due")
        readable.dispose()
        ran = ivig("migrate", url)
        assert (ran.status, "Removing what was readable" in ran.err) == (0, True)
        is_readable = "Moreau" in everything_stored(readable)
        assert not is_readable
        assert not inspect(readable).has_table("scrub_due")
        assert "Removing" not in ivig("migrate", url).err

    def test_a_new_database_has_nothing_to_remove(
        self, ivig: Ivig, empty_database_url: str, key_file: Path
    ) -> None:
        ran = ivig("migrate", f"--database-url={empty_database_url}")
        assert (ran.status, "Removing" in ran.err) == (0, False)
