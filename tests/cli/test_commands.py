from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from app.clinics.service import add_clinic
from app.config import Settings
from app.db import Database
from app.exchange import importer
from app.kit.history import Actor, Change
from app.patients.entries import Entering
from app.patients.tables import PatientRow
from app.reports.service import void_report
from app.reports.tables import ReportRow
from tests.cli.conftest import Ivig, run_process
from tests.exchange.world import EVERYTHING, NOW, PATIENTS, REPORTS, write_folder

COMMANDS = ["migrate", "import", "export", "analyse", "serve", "worker", "demo"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "folder", EVERYTHING)


@pytest.fixture
def url(database_url: str) -> str:
    return f"--database-url={database_url}"


def faulty(folder: Path) -> Path:
    return write_folder(folder, {"reports.csv": REPORTS.replace(",7", ",11")})


class TestUsage:
    def test_help_names_every_command(self, ivig: Ivig) -> None:
        ran = ivig("--help")
        assert ran.status == 0
        assert all(f"  {command} " in ran.out for command in COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help(self, ivig: Ivig, command: str) -> None:
        ran = ivig(command, "--help")
        assert ran.status == 0
        assert "--database-url" in ran.out
        assert "--clinic" in ran.out

    @pytest.mark.parametrize(
        "arguments",
        [
            ("fly",),
            ("export", "planets"),
            ("export", "patients", "--format", "xml"),
            ("import",),
            ("import", "/no/such/folder"),
            ("serve", "--port", "70000"),
            ("--database-url", "mysql://x/y", "migrate"),
            ("--database-url", "nonsense", "export", "patients"),
        ],
    )
    def test_wrong_usage_is_2(self, ivig: Ivig, arguments: tuple[str, ...]) -> None:
        ran = ivig(*arguments)
        assert (ran.status, ran.out) == (2, "")
        assert "Traceback" not in ran.err

    def test_an_export_of_results_is_no_table(self, ivig: Ivig, url: str) -> None:
        assert ivig("export", "analysis", "--format", "csv", url).status == 2

    def test_amend_needs_a_reason(self, ivig: Ivig, url: str, folder: Path) -> None:
        assert ivig("import", folder, "--amend", " ", url).status == 2

    def test_help_needs_neither_web_nor_database(self, tmp_path: Path) -> None:
        listing = "import sys, app.cli; print(*sys.modules)"

        ran = subprocess.run(
            [sys.executable, "-c", listing], check=True, capture_output=True, text=True
        )
        loaded = set(ran.stdout.split())
        assert loaded.isdisjoint({"sqlalchemy", "fastapi", "uvicorn", "numpy", "pydantic_settings"})


class TestMigrate:
    def test_it_makes_a_database_and_its_key(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("IVIG_KEY_FILE")
        ran = run_process(["migrate"], tmp_path)
        assert ran.status == 0
        assert ran.err.startswith("The keys are in ivig.db.key. Keep a copy apart ")
        assert ran.out.startswith("The database is at schema revision ")
        key = tmp_path / "ivig.db.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert json.loads(key.read_text())["version"] == 1

    def test_a_key_is_made_once(
        self, ivig: Ivig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("IVIG_KEY_FILE")
        url = f"sqlite:///{tmp_path}/x.db"
        ivig("migrate", "--database-url", url)
        key = (tmp_path / "x.db.key").read_text()
        assert ivig("--database-url", url, "migrate").status == 0
        assert (tmp_path / "x.db.key").read_text() == key

    def test_a_folder_that_is_missing_is_named(self, ivig: Ivig) -> None:
        ran = ivig("migrate", "--database-url", "sqlite:////no/such/folder/x.db")
        assert ran.status == 1
        assert ran.err == "ivig: There is no folder /no/such/folder for the database.\n"


class TestOldSchema:
    @pytest.mark.parametrize(
        "arguments",
        [("import", "."), ("export", "patients"), ("analyse",), ("serve", "--port=0"), ("worker",)],
    )
    def test_an_older_schema_is_refused_by_name(
        self, ivig: Ivig, database_url: str, arguments: tuple[str, ...]
    ) -> None:
        engine = create_engine(make_url(database_url))
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0000_older'"))
        engine.dispose()
        ran = ivig(*arguments, f"--database-url={database_url}")
        assert ran.status == 1
        assert "at schema revision 0000_older, this program needs 0" in ran.err
        assert ran.err.count("\n") == 1

    def test_no_database_is_made_by_looking_for_it(self, tmp_path: Path) -> None:
        ran = run_process(["export", "patients"], tmp_path)
        assert ran.status == 1
        assert ran.err == "ivig: There is no database at ivig.db. Run `ivig migrate` first.\n"
        assert list(tmp_path.iterdir()) == []


class TestImport:
    def test_it_says_what_became_of_each_file(self, ivig: Ivig, url: str, folder: Path) -> None:
        ran = ivig("import", folder, url)
        assert (ran.status, ran.err) == (0, "")
        lines = [line.split() for line in ran.out.splitlines()]
        assert lines[0] == ["file", "new", "unchanged", "amended", "refused"]
        assert lines[1] == ["patients.csv", "1", "0", "0", "0"]
        assert ran.out.endswith("Everything is stored in clinic Clinic.\n")

    def test_faults_go_to_standard_error(self, ivig: Ivig, url: str, folder: Path) -> None:
        ran = ivig(url, "import", faulty(folder))
        assert ran.status == 1
        assert ran.err == "reports.csv:2:value: 11 is outside 0-10\n"
        assert ran.out.endswith("Nothing was stored: 1 fault.\n")

    def test_good_rows_are_stored_on_request(self, ivig: Ivig, url: str, folder: Path) -> None:
        ran = ivig("import", faulty(folder), "--allow-partial", url)
        assert ran.status == 0
        assert ran.out.endswith("The good rows are stored in clinic Clinic; 1 fault.\n")

    def test_amend_keeps_its_reason(
        self, ivig: Ivig, url: str, folder: Path, database: Database
    ) -> None:
        ivig("import", folder, url)
        write_folder(folder, {"patients.csv": PATIENTS.replace("MMN", "CIDP")})
        assert ivig("import", folder, url).status == 1
        assert ivig("import", folder, "--amend", "second opinion", url).status == 0
        with database.reading() as session:
            patient = session.query(PatientRow).one()
            assert patient.change_reason == "second opinion"
            assert patient.changed_by is not None
            assert patient.changed_by.startswith("system operator (")

    def test_the_clinic_may_be_named_before_or_after(
        self, ivig: Ivig, url: str, folder: Path
    ) -> None:
        assert "in clinic North" in ivig("--clinic", "North", "import", folder, url).out
        assert ivig("import", folder, url, "--clinic", "North").status == 0
        ran = ivig("import", folder, url, "--clinic", "South")
        assert (ran.status, ran.err) == (2, "ivig: There is no clinic South; there is: North.\n")

    def test_a_clinic_needs_a_name_that_can_be_read(
        self, ivig: Ivig, url: str, folder: Path
    ) -> None:
        ran = ivig("import", folder, url, "--clinic", " North")
        assert ran.status == 1
        assert ran.err.startswith("ivig: name: ")

    def test_one_of_several_clinics_must_be_named(
        self, ivig: Ivig, url: str, folder: Path, database: Database
    ) -> None:
        with database.writing() as session:
            for name in ("North", "South"):
                change = Change(Actor("a test"), NOW)
                add_clinic(session, change, row_id=None, name=name)
        for arguments in (("import", folder), ("export", "patients")):
            ran = ivig(*arguments, url)
            assert ran.status == 2
            assert ran.err == (
                "ivig: There are several clinics: North, South. Choose one with --clinic.\n"
            )

    def test_a_file_that_cannot_be_read_is_one_line(
        self, ivig: Ivig, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usual = Path.open

        def refuse(path: Path, *arguments: Any, **named: Any) -> Any:
            if path.suffix == ".csv":
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return usual(path, *arguments, **named)

        monkeypatch.setattr(Path, "open", refuse)
        ran = ivig("import", folder, url)
        assert ran.status == 1
        assert ran.err == f"ivig: {folder}/patients.csv: Permission denied\n"

    def test_an_import_that_is_ended_leaves_nothing_behind(
        self, ivig: Ivig, url: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = tmp_path / "tmp"
        place.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        seen: list[Path] = []

        def end(*_: object) -> None:
            seen.extend(place.iterdir())
            os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr(importer, "_load_patients", end)
        ran = ivig("import", folder, url)
        assert ran.status != 0
        assert [path.name[:12] for path in seen] == ["ivig-import-"]
        assert list(place.iterdir()) == []


class TestExport:
    def test_a_table_comes_as_bytes(self, ivig: Ivig, url: str, folder: Path) -> None:
        write_folder(folder, {"patients.csv": PATIENTS.replace("P1,", "Å1,")})
        for name in set(EVERYTHING) - {"patients.csv"}:
            (folder / name).unlink()
        ivig("import", folder, url)
        ran = ivig("export", "patients", url)
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.splitlines()[1].startswith("Å1,,,,,Europe/Oslo,MMN,")
        assert "\r" not in ran.out

    def test_json_lines(self, ivig: Ivig, url: str, folder: Path) -> None:
        ivig("import", folder, url)
        ran = ivig("export", "weights", "--format", "jsonl", url)
        (row,) = (json.loads(line) for line in ran.out.splitlines())
        assert row["measured_at"] == "2025-01-01T08:00:00+01:00"

    def test_what_is_left_out_is_counted(
        self, ivig: Ivig, url: str, folder: Path, database: Database
    ) -> None:

        ivig("import", folder, url)
        with database.writing() as session:
            change = Change(Actor("a test"), NOW, "a mistake")
            report = session.query(ReportRow).one()
            void_report(Entering(session, change), report=report)
        ran = ivig("export", "reports", url)
        assert (ran.status, ran.err) == (0, "1 voided row of reports left out.\n")
        assert ran.out.count("\n") == 1

    def test_a_database_without_a_clinic_has_nothing_to_export(self, ivig: Ivig, url: str) -> None:
        ran = ivig("export", "patients", url)
        assert ran.status == 1
        assert ran.err == "ivig: There is no clinic yet. `ivig import` makes the first one.\n"

    def test_the_analysis_has_every_field_in_order(
        self, ivig: Ivig, url: str, folder: Path
    ) -> None:
        ivig("import", folder, url)
        ran = ivig("export", "analysis", "--format", "jsonl", url)
        assert ran.status == 0
        (line,) = (json.loads(line) for line in ran.out.splitlines())
        assert ", ".join(line) == (
            "patient_id, measure, site, epoch_from, cycles, cycles_evaluable, reports, verdict,"
            " reason, score, p_value, drop, drop_fraction, onset_day, rebound_share,"
            " trend_per_year, noise_cv, detectable_drop"
        )
        assert (line["patient_id"], line["site"], line["reports"]) == ("P1", "right_hand", 1)

    def test_findings_have_every_field_in_order(self, ivig: Ivig, url: str, folder: Path) -> None:
        ivig("import", folder, url)
        ran = ivig("export", "findings", url)
        found = [json.loads(line) for line in ran.out.splitlines()]
        # The one infusion was due again long ago.
        lapse = next(finding for finding in found if finding["kind"] == "lapse")
        assert list(lapse) == [
            "patient_id",
            "kind",
            "status",
            "measure",
            "sites",
            "first_detected_at",
            "evidence",
            "review",
            "reviewed_by",
            "reviewed_at",
            "review_reason",
            "snoozed_until",
            "closed_at",
            "close_reason",
        ]
        assert lapse["first_detected_at"][-6:] in {"+01:00", "+02:00"}

    def test_a_reader_may_leave_early(self, folder: Path, tmp_path: Path) -> None:
        run_process(["migrate"], tmp_path)
        rows = [f"P{number},UTC,MMN" for number in range(1_500)]
        patients = "\n".join(["patient_id,time_zone,diagnosis", *rows])
        many = write_folder(tmp_path / "many", {"patients.csv": patients})
        assert run_process(["import", many], tmp_path).status == 0

        command = f"{sys.executable} -m app export patients | head -n 1"
        ran = subprocess.run(
            ["sh", "-c", command],
            check=True,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={
                "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
                "IVIG_KEY_FILE": os.environ["IVIG_KEY_FILE"],
            },
        )
        assert (ran.stdout.count("\n"), ran.stderr) == (1, "")


class TestAnalyse:
    def test_it_says_how_many(self, ivig: Ivig, url: str, folder: Path) -> None:
        ivig("import", folder, url)
        assert ivig("analyse", url).out == "1 patient analysed.\n"
        assert ivig("analyse", url).out == "0 patients analysed.\n"

    def test_only_the_named_patients(self, ivig: Ivig, url: str, folder: Path) -> None:
        write_folder(folder, {"patients.csv": PATIENTS + "P2,UTC,MMN\n"})
        ivig("import", folder, url)
        assert ivig("analyse", "--patient", "P2", url).out == "1 patient analysed.\n"
        assert ivig("analyse", url).out == "1 patient analysed.\n"

    def test_a_patient_who_is_not_there(self, ivig: Ivig, url: str, folder: Path) -> None:
        ivig("import", folder, url)
        ran = ivig("analyse", "--patient", "P9", url)
        assert (ran.status, ran.err) == (1, "ivig: Patient P9 does not exist.\n")


class TestSettings:
    def test_a_bad_setting_is_wrong_usage(
        self, ivig: Ivig, monkeypatch: pytest.MonkeyPatch, url: str
    ) -> None:
        monkeypatch.setenv("IVIG_DATABASE_THREADS", "many")
        ran = ivig("analyse", url)
        assert ran.status == 2
        assert ran.err.startswith("ivig: IVIG_DATABASE_THREADS: ")

    def test_the_environment_names_the_database(
        self, ivig: Ivig, monkeypatch: pytest.MonkeyPatch, database_url: str
    ) -> None:
        monkeypatch.setenv("IVIG_DATABASE_URL", database_url)
        assert Settings().database_url == database_url
        assert ivig("analyse").out == "0 patients analysed.\n"

    def test_a_server_that_is_away_is_one_line(self, ivig: Ivig) -> None:
        ran = ivig("analyse", "--database-url", "postgresql://nobody@127.0.0.1:1/none")
        assert ran.status == 1
        assert ran.err.startswith("ivig: The database refused: ")
        assert ran.err.count("\n") == 1
