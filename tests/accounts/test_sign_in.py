"""Signing in with a link, and out again; what the cookie is like."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.accounts.acts import recorded
from app.accounts.rules import Purpose
from app.accounts.service import disable_account
from app.accounts.tables import AccountRow, SessionRow
from app.accounts.throttle import ADDRESS_LIMIT, attempt_of, begin_attempt
from app.clinics.service import add_clinic
from app.db import Database
from app.kit.history import Actor, Change
from tests.accounts.conftest import Trail
from tests.support.authenticator import Authenticator
from tests.support.client import ApiClient
from tests.support.people import (
    START,
    Browser,
    Clock,
    a_link,
    a_log,
    an_account,
    enrolled,
    refused,
)


class TestLink:
    def test_an_invitation_lets_its_person_enrol_and_nothing_else(
        self, browser: Browser, database: Database, account: AccountRow
    ) -> None:
        signed_in = browser.with_link(a_link(database, account))
        assert signed_in.json()["strength"] == "enrolling"
        assert browser.get("/me").json()["permissions"] == ["self.read", "self.write"]
        assert browser.get("/accounts").status_code == 403
        assert browser.add_passkey(Authenticator()).status_code == 201
        assert browser.get("/me").json()["strength"] == "full"
        assert browser.get("/accounts").status_code == 200

    def test_the_secret_changes_with_the_strength(
        self, browser: Browser, database: Database, account: AccountRow
    ) -> None:
        browser.with_link(a_link(database, account))
        before = Browser(browser.client, browser.secret)
        browser.add_passkey(Authenticator())
        assert browser.secret != before.secret
        assert before.get("/me").status_code == 401

    def test_it_works_once(
        self, client: ApiClient, database: Database, account: AccountRow, trail: Trail
    ) -> None:
        secret = a_link(database, account)
        assert Browser(client).with_link(secret).status_code == 200
        assert Browser(client).with_link(secret).status_code == 401
        assert trail()[-2:] == [("sign_in", "link"), ("sign_in_failed", "link")]

    @pytest.mark.parametrize(("later", "status"), [(-1, 200), (0, 401), (1, 401)])
    def test_it_is_good_for_a_week(
        self,
        browser: Browser,
        database: Database,
        account: AccountRow,
        clock: Clock,
        later: int,
        status: int,
    ) -> None:
        secret = a_link(database, account)
        clock.move(days=7, seconds=later)
        assert browser.with_link(secret).status_code == status

    def test_a_newer_link_ends_it(
        self, browser: Browser, database: Database, account: AccountRow
    ) -> None:
        first, second = a_link(database, account), a_link(database, account)
        assert browser.with_link(first).status_code == 401
        assert browser.with_link(second).status_code == 200

    def test_a_demo_link_signs_in_fully(
        self, browser: Browser, database: Database, account: AccountRow
    ) -> None:
        browser.with_link(a_link(database, account, Purpose.DEMO))
        assert browser.get("/me").json()["strength"] == "full"

    def test_a_disabled_account_has_none(
        self, browser: Browser, database: Database, account: AccountRow
    ) -> None:
        secret = a_link(database, account)
        log = a_log()
        with recorded(database, log) as session:
            row = session.get_one(AccountRow, account.id)
            disable_account(session, log, row, reason="Left.")
        assert browser.with_link(secret).status_code == 401

    def test_re_enrolment_revokes_what_was_there_when_it_is_used(
        self, client: ApiClient, database: Database, account: AccountRow, trail: Trail
    ) -> None:
        thief, passkey = enrolled(client, database, account)
        secret = a_link(database, account, Purpose.RE_ENROL)
        assert thief.get("/me").status_code == 200
        owner = Browser(client)
        assert owner.with_link(secret).json()["strength"] == "enrolling"
        assert thief.get("/me").status_code == 401
        assert refused(Browser(client).with_passkey(passkey))
        assert owner.get("/me").json()["ways"]["passkeys"] == 0
        assert ("administer", "credentials-revoked") in trail()

    def test_guessing_at_links_locks_nobody_out(
        self, browser: Browser, database: Database, account: AccountRow
    ) -> None:
        statuses = {browser.with_link(f"guess-{n}").status_code for n in range(60)}
        assert statuses == {401}
        assert browser.with_link(a_link(database, account)).status_code == 200

    def test_a_link_opens_while_the_passwords_of_its_address_are_locked(
        self, browser: Browser, database: Database, account: AccountRow
    ) -> None:
        with database.writing() as session:
            for number in range(ADDRESS_LIMIT.free):
                attempt = attempt_of(session, address="127.0.0.1", login_index=f"guess-{number}")
                begin_attempt(session, attempt, now=START)
        body = {"login": "ada", "password": "wrong", "code": "123456"}
        assert browser.post("/sign-in/password", body).status_code == 429
        assert browser.with_link(a_link(database, account)).status_code == 200
        passkey = Authenticator()
        browser.add_passkey(passkey)
        assert browser.with_passkey(passkey).status_code == 200
        (code, *_) = browser.post("/me/recovery-codes").json()["codes"]
        recovery = {"login": "ada", "code": code, "password": ""}
        assert browser.post("/sign-in/recovery", recovery).status_code == 200


class TestEnrolment:
    def test_an_intruder_who_opened_an_earlier_invitation_is_out(
        self, client: ApiClient, database: Database, account: AccountRow
    ) -> None:
        intruder, person = Browser(client), Browser(client)
        intruder.with_link(a_link(database, account))
        sheet = intruder.post("/me/recovery-codes").json()["codes"]
        intruder.post("/me/password", {"new_password": "three tired herons"})
        person.with_link(a_link(database, account))
        assert intruder.get("/me").status_code == 401
        third = a_link(database, account)
        person.add_passkey(Authenticator())
        me = person.get("/me").json()
        assert (me["strength"], me["ways"]["has_password"]) == ("full", False)
        assert Browser(client).with_link(third).status_code == 401
        body = {"login": "ada", "code": sheet[0], "password": "three tired herons"}
        assert refused(Browser(client).post("/sign-in/recovery", body))

    def test_enrolling_ends_every_other_session_and_token(
        self, client: ApiClient, database: Database, account: AccountRow
    ) -> None:
        person, passkey = enrolled(client, database, account)
        (code, *_) = person.post("/me/recovery-codes").json()["codes"]
        recovering, found = Browser(client), Browser(client)
        recovery = {"login": "ada", "code": code, "password": ""}
        assert recovering.post("/sign-in/recovery", recovery).status_code == 200
        found.with_passkey(passkey)
        unused = a_link(database, account, Purpose.RE_ENROL)
        recovering.add_passkey(Authenticator())
        assert recovering.get("/me").json()["strength"] == "full"
        assert [b.get("/me").status_code for b in (person, found)] == [401, 401]
        assert Browser(client).with_link(unused).status_code == 401

    def test_an_invitation_opens_nothing_where_somebody_can_sign_in(
        self, client: ApiClient, database: Database, account: AccountRow
    ) -> None:
        person, passkey = enrolled(client, database, account)
        assert Browser(client).with_link(a_link(database, account)).status_code == 401
        assert person.get("/me").status_code == 200
        assert Browser(client).with_passkey(passkey).status_code == 200


class TestSigningOut:
    def test_the_session_ends_and_the_cookie_goes(
        self, client: ApiClient, database: Database, account: AccountRow, trail: Trail
    ) -> None:
        browser, _ = enrolled(client, database, account)
        copied = Browser(client, browser.secret)
        gone = browser.post("/sign-out")
        assert gone.status_code == 204
        assert browser.secret is None
        assert copied.get("/me").status_code == 401
        assert trail()[-1] == ("sign_in", "sign-out")

    def test_signing_in_again_ends_the_session_before(
        self, client: ApiClient, database: Database, account: AccountRow
    ) -> None:
        browser, passkey = enrolled(client, database, account)
        before = Browser(client, browser.secret)
        browser.with_passkey(passkey)
        assert browser.get("/me").status_code == 200
        assert before.get("/me").status_code == 401


def test_the_cookie_is_as_safe_as_cookies_get(browser: Browser, database: Database) -> None:
    signed_in = browser.with_link(a_link(database, an_account(database)))
    cookie = signed_in.headers["set-cookie"].lower()
    name, _, rest = cookie.partition("=")
    assert name == "__host-ivig_session"
    parts = {part.strip() for part in rest.split(";")[1:]}
    assert parts == {"path=/", "secure", "httponly", "samesite=lax"}


def test_only_people_at_home_keep_it_when_the_browser_closes(
    browser: Browser, database: Database
) -> None:
    with database.writing() as session:
        clinic = add_clinic(session, Change(Actor("tests"), START), row_id=None, name="North")
    account = an_account(database, clinic_id=clinic.id, role="patient", login="pat")
    signed_in = browser.with_link(a_link(database, account, Purpose.DEMO))
    assert f"max-age={30 * 86400}" in signed_in.headers["set-cookie"].lower()


def test_no_secret_is_kept_in_clear(
    client: ApiClient, database: Database, account: AccountRow
) -> None:
    browser, _ = enrolled(client, database, account)
    with database.reading() as session:
        rows = session.scalars(select(SessionRow)).all()
    assert browser.secret not in {row.secret_hash for row in rows}
    assert all(len(row.secret_hash) == 64 for row in rows)
