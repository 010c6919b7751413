"""Administrators make accounts, each within what they may see; nobody else does."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from app.accounts.tables import AccountRow
from app.clinics.service import add_clinic
from app.db import Database
from app.kit.history import Actor, Change
from tests.accounts.conftest import Trail
from tests.support.client import ApiClient
from tests.support.people import START, Browser, Clock, an_account, enrolled


@pytest.fixture
def clinics(database: Database) -> list[uuid.UUID]:
    with database.writing() as session:
        change = Change(Actor("tests"), START)
        made = [add_clinic(session, change, row_id=None, name=name) for name in ("North", "South")]
    return [clinic.id for clinic in made]


@pytest.fixture
def ada(client: ApiClient, database: Database) -> Browser:
    """Give the browser of the installation's administrator."""
    return enrolled(client, database, an_account(database))[0]


@pytest.fixture
def north(client: ApiClient, database: Database, clinics: list[uuid.UUID]) -> Browser:
    """Give the browser of the administrator of one clinic."""
    account = an_account(database, clinic_id=clinics[0], name="Nora", login="nora")
    return enrolled(client, database, account)[0]


def nurse(clinic_id: uuid.UUID | None, **fields: Any) -> dict[str, Any]:
    return {
        "clinic_id": None if clinic_id is None else str(clinic_id),
        "role": "nurse",
        "name": "Kim Okafor",
        "login": "kim",
        **fields,
    }


def secret_of(response: Any) -> str:
    address: str = response.json()["address"]
    assert address.startswith("http://localhost/sign-in/link#")
    return address.partition("#")[2]


class TestMaking:
    def test_an_invited_person_gets_in(
        self, ada: Browser, clinics: list[uuid.UUID], client: ApiClient, trail: Trail
    ) -> None:
        made = ada.post("/accounts", nurse(clinics[0]))
        assert made.status_code == 201
        link = ada.post(f"/accounts/{made.json()['id']}/invite")
        kim = Browser(client)
        assert kim.with_link(secret_of(link)).status_code == 200
        assert kim.get("/me").json()["name"] == "Kim Okafor"
        assert trail()[-3:] == [
            ("administer", "account-made"),
            ("administer", "link-issued"),
            ("sign_in", "link"),
        ]

    def test_the_same_one_twice_is_one(self, ada: Browser, clinics: list[uuid.UUID]) -> None:
        body = nurse(clinics[0], id=str(uuid.uuid4()))
        assert ada.post("/accounts", body).status_code == 201
        assert ada.post("/accounts", body).status_code == 200
        assert ada.post("/accounts", {**body, "name": "Kit"}).status_code == 409

    def test_a_login_is_taken_over_all_clinics(
        self, ada: Browser, clinics: list[uuid.UUID]
    ) -> None:
        assert ada.post("/accounts", nurse(clinics[0])).status_code == 201
        taken = ada.post("/accounts", nurse(clinics[1], login="KIM"))
        assert taken.status_code == 409
        assert str(clinics[0]) not in taken.text

    def test_faults_are_named(self, ada: Browser) -> None:
        refused = ada.post("/accounts", nurse(None, role="doctor"))
        assert {error["field"] for error in refused.json()["errors"]} == {"role", "clinic_id"}


class TestWalls:
    def test_a_clinics_administrator_makes_accounts_there_only(
        self, north: Browser, clinics: list[uuid.UUID]
    ) -> None:
        assert north.post("/accounts", nurse(clinics[0])).status_code == 201
        assert north.post("/accounts", nurse(clinics[1], login="kit")).status_code == 422
        all_powerful = nurse(None, role="administrator", login="root")
        assert north.post("/accounts", all_powerful).status_code == 422

    def test_accounts_of_others_look_absent(
        self, north: Browser, ada: Browser, clinics: list[uuid.UUID]
    ) -> None:
        theirs = ada.post("/accounts", nurse(clinics[1])).json()["id"]
        of_all = ada.get("/me").json()["account_id"]
        mine = north.get("/me").json()["account_id"]
        for account_id in (theirs, of_all):
            body = {"change_reason": "Mine now."}
            how = {"recognised_by": "called-back"}
            assert north.get(f"/accounts/{account_id}").status_code == 404
            assert north.get(f"/accounts/{account_id}/history").status_code == 404
            assert north.post(f"/accounts/{account_id}/disable", body).status_code == 404
            assert north.post(f"/accounts/{account_id}/invite").status_code == 404
            assert north.post(f"/accounts/{account_id}/re-enrol", how).status_code == 404
        assert [one["id"] for one in north.get("/accounts").json()["items"]] == [mine]
        assert len(ada.get("/accounts").json()["items"]) == 3

    def test_an_id_of_others_is_taken_without_a_word_about_it(
        self, north: Browser, ada: Browser, clinics: list[uuid.UUID]
    ) -> None:
        body = nurse(clinics[1], id=str(uuid.uuid4()))
        ada.post("/accounts", body)
        assert north.post("/accounts", body).status_code == 409

    def test_a_nurse_makes_none(
        self, client: ApiClient, database: Database, clinics: list[uuid.UUID]
    ) -> None:
        account = an_account(database, clinic_id=clinics[0], role="nurse", login="kim")
        kim, _ = enrolled(client, database, account)
        assert kim.get("/accounts").status_code == 403
        assert kim.post("/accounts", nurse(clinics[0], login="kit")).status_code == 403


class TestChanging:
    @pytest.fixture
    def kim(self, ada: Browser, clinics: list[uuid.UUID]) -> str:
        made: str = ada.post("/accounts", nurse(clinics[0])).json()["id"]
        return made

    def change(self, ada: Browser, kim: str, body: dict[str, Any], tag: str = '"1"') -> Any:
        return ada.send("PATCH", f"/accounts/{kim}", json=body, headers={"if-match": tag})

    def test_the_version_before_stays_readable(self, ada: Browser, kim: str) -> None:
        body = {"name": "Kim Lind", "change_reason": "Married."}
        changed = self.change(ada, kim, body)
        assert (changed.json()["name"], changed.json()["login"]) == ("Kim Lind", "kim")
        versions = ada.get(f"/accounts/{kim}/history").json()["items"]
        assert [version["name"] for version in versions] == ["Kim Okafor", "Kim Lind"]
        assert self.change(ada, kim, body).status_code == 412

    def test_another_login_signs_in(self, ada: Browser, kim: str) -> None:
        body = {"login": "kim.lind", "change_reason": "Married."}
        assert self.change(ada, kim, body).status_code == 200
        other = {"login": "ada", "change_reason": "Typing."}
        assert self.change(ada, kim, other, '"2"').status_code == 409

    def test_the_role_never_changes(self, ada: Browser, kim: str) -> None:
        body = {"role": "administrator", "change_reason": "More."}
        assert self.change(ada, kim, body).status_code == 422

    def test_names_and_logins_are_sealed(self, ada: Browser, kim: str, database: Database) -> None:
        self.change(ada, kim, {"name": "Kim Weiss", "change_reason": "Married."})
        with database.reading() as session:
            stored = session.execute(text("SELECT * FROM accounts")).all()
            stored += session.execute(text("SELECT * FROM record_versions")).all()
        for name in ("Okafor", "Weiss", "'kim'", "'ada'"):
            assert name not in str(stored)


class TestDisabling:
    def act(self, browser: Browser, account: str, what: str, version: int) -> Any:
        return browser.post(
            f"/accounts/{account}/{what}",
            {"change_reason": "On leave."},
            headers={"if-match": f'"{version}"'},
        )

    def test_whoever_is_signed_in_is_out_at_once(
        self, ada: Browser, client: ApiClient, database: Database, clinics: list[uuid.UUID]
    ) -> None:
        account = an_account(database, clinic_id=clinics[0], role="nurse", login="kim")
        kim, passkey = enrolled(client, database, account)
        assert self.act(ada, str(account.id), "disable", 1).json()["status"] == "disabled"
        assert kim.get("/me").status_code == 401
        assert kim.with_passkey(passkey).status_code == 401
        assert self.act(ada, str(account.id), "disable", 2).status_code == 409
        assert self.act(ada, str(account.id), "enable", 2).json()["status"] == "active"
        assert kim.with_passkey(passkey).status_code == 200

    def test_nobody_disables_the_own_account(self, ada: Browser) -> None:
        own = ada.get("/me").json()["account_id"]
        assert self.act(ada, own, "disable", 1).status_code == 409

    def test_a_disabled_one_is_not_invited(self, ada: Browser, clinics: list[uuid.UUID]) -> None:
        kim = ada.post("/accounts", nurse(clinics[0])).json()["id"]
        self.act(ada, kim, "disable", 1)
        assert ada.post(f"/accounts/{kim}/invite").status_code == 409


class TestReEnrolment:
    @pytest.fixture
    def kim(self, database: Database, clinics: list[uuid.UUID]) -> AccountRow:
        return an_account(database, clinic_id=clinics[0], role="nurse", login="kim")

    def test_both_steps_are_in_the_trail(
        self, north: Browser, kim: AccountRow, client: ApiClient, database: Database, trail: Trail
    ) -> None:
        enrolled(client, database, kim)
        body = {"recognised_by": "identity-document"}
        link = north.post(f"/accounts/{kim.id}/re-enrol", body)
        assert link.status_code == 201
        again = Browser(client)
        assert again.with_link(secret_of(link)).json()["strength"] == "enrolling"
        assert trail()[-4:] == [
            ("administer", "person-recognised"),
            ("administer", "link-issued"),
            ("administer", "credentials-revoked"),
            ("sign_in", "link"),
        ]

    def test_the_person_must_have_been_recognised(self, north: Browser, kim: AccountRow) -> None:
        assert north.post(f"/accounts/{kim.id}/re-enrol", {}).status_code == 422

    def test_an_invitation_is_no_way_around_it(
        self, north: Browser, kim: AccountRow, client: ApiClient, database: Database
    ) -> None:
        assert north.post(f"/accounts/{kim.id}/invite").status_code == 201
        enrolled(client, database, kim)
        assert north.post(f"/accounts/{kim.id}/invite").status_code == 409

    def test_a_link_needs_a_recent_sign_in(
        self, north: Browser, kim: AccountRow, clock: Clock
    ) -> None:
        clock.move(minutes=11)
        late = north.post(f"/accounts/{kim.id}/invite")
        assert (late.status_code, late.json()["code"]) == (403, "sign-in-again")
