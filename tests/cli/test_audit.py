"""`ivig audit`, and what other commands leave in the trail."""

from __future__ import annotations

import json
import os
import pwd
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text

from app.cli.context import operator
from app.db import Database
from app.kit.audit.chain import unpacked
from app.kit.audit.tables import AuditEntryRow
from app.patients.tables import PatientRow
from tests.cli.conftest import Ivig
from tests.exchange.world import EVERYTHING, write_folder

COMMANDS = ["verify", "export", "checkpoint"]


@pytest.fixture
def url(database_url: str) -> str:
    return f"--database-url={database_url}"


@pytest.fixture
def loaded(ivig: Ivig, url: str, tmp_path: Path) -> str:
    """Load one patient, and give the option that names the database."""
    assert ivig("import", write_folder(tmp_path / "folder", EVERYTHING), url).status == 0
    return url


def acts(database: Database, action: str) -> list[Any]:
    with database.reading() as session:
        statement = select(AuditEntryRow).where(AuditEntryRow.action == action)
        return list(session.scalars(statement.order_by(AuditEntryRow.id)))


class TestUsage:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help(self, ivig: Ivig, command: str) -> None:
        ran = ivig("audit", command, "--help")
        assert ran.status == 0
        assert "--database-url" in ran.out
        assert "--clinic" in ran.out

    @pytest.mark.parametrize("noted", ["1", "1:abc", f"x:{'0' * 64}", f"1:{'g' * 64}"])
    def test_a_checkpoint_that_is_none_is_refused(
        self, ivig: Ivig, loaded: str, noted: str
    ) -> None:
        ran = ivig("audit", "verify", "--checkpoint", noted, loaded)
        assert ran.status == 2
        assert ran.err.startswith(f"ivig: --checkpoint {noted}")


class TestVerify:
    def test_a_clean_trail_is_praised(self, ivig: Ivig, loaded: str) -> None:
        ivig("audit", "checkpoint", loaded)
        ran = ivig("audit", "verify", loaded)
        assert ran.status == 0
        assert ran.out == (
            "3 entries in 3 chains, 1 checkpoint: nothing was changed, removed or inserted.\n"
        )
        assert ran.err == ""

    def test_an_empty_trail_is_clean(self, ivig: Ivig, url: str) -> None:
        assert ivig("audit", "verify", url).status == 0

    def test_every_fraud_is_one_line(self, ivig: Ivig, loaded: str, database: Database) -> None:
        with database.writing() as session:
            (entry,) = acts(database, "import")
            if database.is_sqlite:
                session.execute(text("DROP TRIGGER audit_entries_no_change"))
            else:
                session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
                session.execute(text("GRANT UPDATE ON audit_entries TO CURRENT_USER"))
            session.execute(text("UPDATE audit_entries SET actor = 'x' WHERE action = 'import'"))
        ran = ivig("audit", "verify", loaded)
        assert ran.status == 1
        assert ran.out == f"patient {entry.chain} entry 1: changed after it was written\n"
        assert ran.err == "2 entries in 2 chains, 0 checkpoints: 1 thing is wrong.\n"

    def test_a_checkpoint_that_was_noted_is_compared(self, ivig: Ivig, loaded: str) -> None:
        noted = ivig("audit", "checkpoint", loaded).out.strip()
        assert ivig("audit", "verify", "--checkpoint", noted, loaded).status == 0
        assert ivig("audit", "verify", "--checkpoint", noted.upper(), loaded).status == 0
        number, _, digest = noted.partition(":")
        other = ivig("audit", "verify", "--checkpoint", f"{number}:{digest[::-1]}", loaded)
        assert (other.status, other.out) == (1, "checkpoint 1: it is not the one that was noted\n")
        later = ivig("audit", "verify", "--checkpoint", f"7:{digest}", loaded)
        assert (later.status, later.out) == (1, "checkpoint 7: it was noted and is missing\n")

    def test_entries_that_no_checkpoint_follows_are_told(
        self, ivig: Ivig, loaded: str, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ivig("audit", "checkpoint", loaded)
        made = acts(database, "administer")[-1]
        assert made.operation == "checkpoint"
        assert made.actor.startswith("system operator (")
        ivig("audit", "export", loaded)
        later = made.at + timedelta(minutes=29)
        monkeypatch.setattr("app.cli.audit.now", lambda: later)
        assert ivig("audit", "verify", loaded).status == 0
        later += timedelta(minutes=5)
        ran = ivig("audit", "verify", loaded)
        assert ran.status == 1
        assert ran.out.startswith("checkpoints: no checkpoint although an entry of")
        assert ran.out.endswith("is older than 30 minutes\n")


class TestCheckpoint:
    def test_it_prints_what_to_note(self, ivig: Ivig, loaded: str) -> None:
        first = ivig("audit", "checkpoint", loaded)
        assert first.status == 0
        number, _, digest = first.out.strip().partition(":")
        assert (number, len(digest), first.err) == ("1", 64, "")
        again = ivig("audit", "checkpoint", loaded)
        assert again.out == first.out
        assert again.err == "Nothing was written since this checkpoint.\n"

    def test_an_empty_trail_has_nothing_to_sign(self, ivig: Ivig, url: str) -> None:
        ran = ivig("audit", "checkpoint", url)
        assert (ran.status, ran.out) == (1, "")
        assert ran.err == "ivig: There is nothing to sign yet.\n"


class TestExport:
    def test_it_writes_lines_and_tells_of_itself(self, ivig: Ivig, loaded: str) -> None:
        ran = ivig("audit", "export", loaded)
        assert ran.status == 0
        lines = [json.loads(line) for line in ran.out.splitlines()]
        assert [(line["chain"], line["number"]) for line in lines] == sorted(
            (line["chain"], line["number"]) for line in lines
        )
        (itself,) = [line for line in lines if line["operation"] == "audit export"]
        assert itself["action"] == "export"
        assert itself["actor"].startswith("system operator (")
        assert itself["via"] == "command line"
        assert itself["clinic_id"] is None

    def test_it_can_be_limited_to_a_clinic(self, ivig: Ivig, loaded: str) -> None:
        ivig("audit", "export", loaded)
        ran = ivig("audit", "export", "--clinic", "Clinic", loaded)
        lines = [json.loads(line) for line in ran.out.splitlines()]
        assert {line["clinic_id"] is None for line in lines} == {False}
        assert [line["operation"] for line in lines].count("audit export") == 1
        assert ivig("audit", "export", "--clinic", "Elsewhere", loaded).status == 2

    @pytest.mark.parametrize(
        ("days", "is_found"),
        [
            (("--from", "2000-01-01"), True),
            (("--to", "2000-01-01"), False),
            (("--from", "2000-01-01", "--to", "9999-12-31"), True),
        ],
    )
    def test_it_can_be_limited_to_days(
        self, ivig: Ivig, loaded: str, days: tuple[str, ...], is_found: bool
    ) -> None:
        ran = ivig("audit", "export", *days, loaded)
        assert ran.status == 0
        assert bool(ran.out) is is_found

    def test_a_day_that_is_none_is_refused(self, ivig: Ivig, loaded: str) -> None:
        assert ivig("audit", "export", "--from", "yesterday", loaded).status == 2


class TestOtherCommands:
    @pytest.mark.parametrize("table", ["patients", "reports", "weights", "analysis"])
    def test_an_export_says_whom_it_showed(
        self, ivig: Ivig, loaded: str, database: Database, table: str
    ) -> None:
        assert ivig("export", table, loaded).status == 0
        (act,) = acts(database, "export")
        with database.reading() as session:
            patient = session.scalars(select(PatientRow)).one()
        assert (act.chain, act.patient_id) == (patient.clinic_id, None)
        assert act.actor.startswith("system operator (")
        assert unpacked(act.ids) == [patient.id]
        assert json.loads(act.detail) == {"what": table, "patients": 1}

    def test_an_export_names_nobody_who_is_not_in_it(
        self, ivig: Ivig, url: str, database: Database, tmp_path: Path
    ) -> None:
        folder = write_folder(tmp_path / "f", {"patients.csv": EVERYTHING["patients.csv"]})
        ivig("import", folder, url)
        ivig("export", "reports", url)
        (act,) = acts(database, "export")
        assert (act.ids, json.loads(act.detail)) == (None, {"what": "reports", "patients": 0})

    def test_an_import_is_the_operators(self, ivig: Ivig, loaded: str, database: Database) -> None:
        (act,) = acts(database, "import")
        assert act.actor.startswith("system operator (")
        assert (act.actor_id, act.via, act.operation) == (None, "command line", "import")


class TestOperator:
    def test_the_environment_is_not_believed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
            monkeypatch.setenv(name, "anna")
        monkeypatch.delenv("SUDO_UID", raising=False)
        user = pwd.getpwuid(os.getuid()).pw_name
        assert operator().name == f"system operator ({user}, uid {os.getuid()})"

    @pytest.mark.parametrize(
        ("user_id", "by", "told"),
        [
            (0, "", "root, uid 0"),
            (0, "1234", "root, uid 0, sudo by anna"),
            (0, "77", "root, uid 0, sudo by user 77"),
            (0, "anna", "root, uid 0"),
            (0, "9" * 30, "root, uid 0"),
            (1234, "", "anna, uid 1234"),
            (1234, "0", "anna, uid 1234"),
            (77, "", "user 77"),
        ],
    )
    def test_it_is_the_user_of_the_process(
        self, monkeypatch: pytest.MonkeyPatch, user_id: int, by: str, told: str
    ) -> None:
        users = {0: "root", 1234: "anna"}
        monkeypatch.setattr(pwd, "getpwuid", lambda number: SimpleNamespace(pw_name=users[number]))
        monkeypatch.setattr(os, "getuid", lambda: user_id)
        monkeypatch.setenv("SUDO_UID", by)
        assert operator().name == f"system operator ({told})"
