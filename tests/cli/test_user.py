from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.tables import AccountRow, LinkRow
from app.clinics.service import add_clinic
from app.db import Database
from app.kit.audit.tables import AuditEntryRow
from app.kit.history import Actor, Change
from tests.cli.conftest import Ivig
from tests.exchange.world import NOW

LINK = re.compile(r"^http://localhost:8000/sign-in/link#[\w-]{43}$", re.MULTILINE)


@pytest.fixture
def url(database_url: str) -> str:
    return f"--database-url={database_url}"


@pytest.fixture
def north(database: Database) -> None:
    with database.writing() as session:
        add_clinic(session, Change(Actor("tests"), NOW), row_id=None, name="North")


def add(
    ivig: Ivig, url: str, *options: str, login: str = "ada", role: str = "administrator"
) -> str:
    named = ("--role", role, "--name", "Ada Lind", "--login", login)
    ran = ivig("user", "add", *named, url, *options)
    assert ran.status == 0, ran.err
    assert LINK.search(ran.out), ran.out
    return ran.out


class TestAdd:
    def test_the_first_account_needs_no_clinic(
        self, ivig: Ivig, url: str, database: Database
    ) -> None:
        add(ivig, url)
        with database.reading() as session:
            account = session.scalars(select(AccountRow)).one()
            acts = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id)).all()
        assert (account.role, account.clinic_id) == ("administrator", None)
        assert account.recorded_by.startswith("system operator (")
        assert [(act.operation, act.via) for act in acts] == [("user add", "command line")] * 2
        assert all(act.actor == account.recorded_by for act in acts)

    def test_the_link_is_not_kept_in_clear(self, ivig: Ivig, url: str, database: Database) -> None:
        secret = add(ivig, url).strip().rpartition("#")[2]
        with database.reading() as session:
            assert session.scalars(select(LinkRow.secret_hash)).one() != secret

    def test_the_only_clinic_need_not_be_named(
        self, ivig: Ivig, url: str, north: None, database: Database
    ) -> None:
        add(ivig, url, login="kim", role="nurse")
        add(ivig, url, "--clinic", "North", login="nora")
        with database.reading() as session:
            assert None not in session.scalars(select(AccountRow.clinic_id)).all()

    @pytest.mark.parametrize(
        ("role", "login", "said"),
        [
            ("nurse", "kim", "no clinic yet"),
            ("doctor", "kim", "no clinic yet"),
            ("administrator", "k im", "login"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, ivig: Ivig, url: str, role: str, login: str, said: str
    ) -> None:
        named = ("--role", role, "--name", "Kim", "--login", login)
        ran = ivig("user", "add", *named, url)
        assert ran.status == 1
        assert said in ran.err

    def test_the_address_is_the_one_that_browsers_use(
        self, ivig: Ivig, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("IVIG_ORIGIN", "https://ivig.example.org")
        named = ("--role", "administrator", "--name", "Ada", "--login", "ada")
        ran = ivig("user", "add", *named, url)
        assert "https://ivig.example.org/sign-in/link#" in ran.out


class TestLater:
    def test_accounts_are_listed(self, ivig: Ivig, url: str, north: None) -> None:
        add(ivig, url)
        add(ivig, url, login="kim", role="nurse")
        ran = ivig("user", "list", url)
        assert ran.out.splitlines() == [
            "nurse          active    kim  Ada Lind",
            "administrator  active    ada  Ada Lind",
        ]
        assert ivig("user", "list", url, "--clinic", "North").out.count("\n") == 1

    def test_somebody_who_lost_everything_gets_a_new_link(self, ivig: Ivig, url: str) -> None:
        first = add(ivig, url)
        ran = ivig("user", "link", "ADA", url)
        found = LINK.search(ran.out)
        assert found
        assert found[0] not in first

    def test_an_account_is_disabled_and_enabled(self, ivig: Ivig, url: str) -> None:
        add(ivig, url)
        assert ivig("user", "disable", "ada", url).status == 0
        assert "disabled" in ivig("user", "list", url).out
        assert ivig("user", "link", "ada", url).status == 1
        assert ivig("user", "enable", "ada", url, "--reason", "Back.").status == 0
        assert ivig("user", "link", "ada", url).status == 0

    @pytest.mark.parametrize("command", ["link", "disable", "enable"])
    def test_an_unknown_login_is_refused(self, ivig: Ivig, url: str, command: str) -> None:
        ran = ivig("user", command, "nobody", url)
        assert ran.status == 1
        assert "no account with this login" in ran.err

    def test_without_a_database_nothing_is_made(self, ivig: Ivig, tmp_path: Path) -> None:
        path = tmp_path / "none.db"
        ran = ivig("user", "list", f"--database-url=sqlite:///{path}")
        assert ran.status == 1
        assert not path.exists()
