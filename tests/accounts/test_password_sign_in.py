"""Signing in with a password and a code, or with a recovery code; and how that fails."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from app.accounts import passwords, sign_in, totp
from app.accounts.acts import recorded
from app.accounts.service import disable_account
from app.accounts.tables import AccountRow, PasswordRow
from app.db import Database
from tests.accounts.conftest import Trail
from tests.support.authenticator import Authenticator
from tests.support.client import ApiClient
from tests.support.people import (
    Browser,
    Clock,
    a_link,
    a_log,
    enrolled,
    refused,
)

PASSWORD = "three tired herons"


class WithPassword:
    """Somebody with a password and an authenticator app."""

    def __init__(self, browser: Browser, clock: Clock) -> None:
        self.browser, self.clock = browser, clock
        assert browser.post("/me/password", {"new_password": PASSWORD}).status_code == 204
        offer = browser.post("/me/totp/options").json()
        self.app = pyotp.TOTP(offer["secret"])
        body = {"challenge": offer["challenge"], "code": self.code()}
        confirmed = browser.post("/me/totp", body)
        assert confirmed.status_code == 204, confirmed.text

    def code(self) -> str:
        return self.app.at(self.clock.now)

    def sign_in(self, client: ApiClient, **changed: str) -> Any:
        body = {"login": "ada", "password": PASSWORD, "code": self.code(), **changed}
        return Browser(client).post("/sign-in/password", body)


@pytest.fixture
def person(browser: Browser, database: Database, account: AccountRow, clock: Clock) -> WithPassword:
    assert browser.with_link(a_link(database, account)).status_code == 200
    person = WithPassword(browser, clock)
    clock.move(minutes=2)
    return person


class TestPassword:
    def test_it_signs_in_with_the_code_of_the_app(
        self, person: WithPassword, client: ApiClient, trail: Trail
    ) -> None:
        assert person.sign_in(client).json()["strength"] == "full"
        assert trail()[-1] == ("sign_in", "password")

    @pytest.mark.parametrize(
        "changed",
        [{"password": "three tired heron"}, {"code": "000000"}, {"code": "é"}, {"login": "adb"}],
    )
    def test_whatever_is_wrong_looks_the_same(
        self, person: WithPassword, client: ApiClient, changed: dict[str, str], trail: Trail
    ) -> None:
        assert refused(person.sign_in(client, **changed))
        assert trail()[-1] == ("sign_in_failed", "password-or-code")

    def test_an_unknown_login_costs_a_hash_too(
        self, client: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checked: list[str] = []

        class Counting(passwords.PasswordHasher):
            def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002
                checked.append(str(hash))
                return super().verify(hash, password)

        monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=1, memory_cost=64))
        body = {"login": "nobody", "password": PASSWORD, "code": "123456"}
        assert refused(Browser(client).post("/sign-in/password", body))
        assert len(checked) == 1

    def test_a_code_is_good_once(self, person: WithPassword, client: ApiClient) -> None:
        code = person.code()
        assert person.sign_in(client, code=code).status_code == 200
        assert refused(person.sign_in(client, code=code))
        person.clock.move(seconds=30)
        assert person.sign_in(client).status_code == 200

    @pytest.mark.parametrize(
        ("seconds", "status"), [(-60, 401), (-30, 200), (0, 200), (30, 200), (60, 401)]
    )
    def test_the_clock_of_the_phone_may_be_off_by_one_step(
        self, person: WithPassword, client: ApiClient, seconds: int, status: int
    ) -> None:
        code = person.app.at(person.clock.now + timedelta(seconds=seconds))
        assert person.sign_in(client, code=code).status_code == status

    def test_five_failures_lock_even_the_right_password(
        self, person: WithPassword, client: ApiClient
    ) -> None:
        for _ in range(5):
            assert refused(person.sign_in(client, password="wrong"))
        locked = person.sign_in(client)
        assert locked.status_code == 429
        assert locked.headers["retry-after"] == "60"
        person.clock.move(minutes=1)
        assert person.sign_in(client).status_code == 200

    def test_a_locked_login_is_no_sign_of_an_account(self, client: ApiClient) -> None:
        body = {"login": "nobody", "password": PASSWORD, "code": "123456"}
        statuses = [Browser(client).post("/sign-in/password", body).status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]

    def test_a_passkey_gets_in_while_the_password_is_locked(
        self, person: WithPassword, client: ApiClient
    ) -> None:
        passkey = Authenticator()
        person.browser.add_passkey(passkey)
        for _ in range(6):
            person.sign_in(client, password="wrong")
        assert person.sign_in(client).status_code == 429
        assert Browser(client).with_passkey(passkey).status_code == 200

    def test_a_hash_of_older_parameters_is_made_anew(
        self, person: WithPassword, client: ApiClient, database: Database
    ) -> None:
        older = passwords.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
        with database.writing() as session:
            session.scalars(select(PasswordRow)).one().hash = older.hash(PASSWORD)
        assert person.sign_in(client).status_code == 200
        with database.reading() as session:
            stored = session.scalars(select(PasswordRow)).one().hash
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        person.clock.move(seconds=30)
        assert person.sign_in(client).status_code == 200

    @pytest.mark.parametrize("way", ["password", "recovery"])
    def test_a_password_that_changes_meanwhile_signs_nobody_in(
        self,
        person: WithPassword,
        client: ApiClient,
        database: Database,
        monkeypatch: pytest.MonkeyPatch,
        way: str,
    ) -> None:
        (sheet, *_) = person.browser.post("/me/recovery-codes").json()["codes"]
        anew = passwords.hashed("four rested herons")

        def slowly(stored: str | None, password: str) -> bool:
            with database.writing() as session:
                session.scalars(select(PasswordRow)).one().hash = anew
            return passwords.is_password(stored, password)

        monkeypatch.setattr(sign_in, "is_password", slowly)
        if way == "password":
            assert refused(person.sign_in(client))
        else:
            body = {"login": "ada", "code": sheet, "password": PASSWORD}
            assert refused(Browser(client).post("/sign-in/recovery", body))
        monkeypatch.undo()
        # Neither code was used up.
        assert person.sign_in(client, password="four rested herons").status_code == 200

    @pytest.mark.parametrize("changed", [{"password": "wrong"}, {"login": "adb"}])
    def test_the_code_of_the_app_is_compared_whatever_else_is_wrong(
        self,
        person: WithPassword,
        client: ApiClient,
        monkeypatch: pytest.MonkeyPatch,
        changed: dict[str, str],
    ) -> None:
        compared: list[str] = []

        def counting(secret: str, code: str, *, now: datetime) -> int | None:
            compared.append(code)
            return step_of(secret, code, now=now)

        step_of = totp.step_of
        monkeypatch.setattr(totp, "step_of", counting)
        code = person.code()
        assert refused(person.sign_in(client, code=code, **changed))
        assert compared == [code]
        assert person.sign_in(client, code=code).status_code == 200

    def test_without_the_code_no_hash_is_made_anew(
        self, person: WithPassword, client: ApiClient, database: Database
    ) -> None:
        older = passwords.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
        made = older.hash(PASSWORD)
        with database.writing() as session:
            session.scalars(select(PasswordRow)).one().hash = made
        assert refused(person.sign_in(client, code="000000"))
        with database.reading() as session:
            assert session.scalars(select(PasswordRow)).one().hash == made

    def test_a_disabled_account_is_not_signed_in(
        self, person: WithPassword, client: ApiClient, database: Database
    ) -> None:
        log = a_log()
        with recorded(database, log) as session:
            account = session.scalars(select(AccountRow)).one()
            disable_account(session, log, account, reason="Left.")
        assert refused(person.sign_in(client))


class TestRecovery:
    def codes(self, browser: Browser) -> list[str]:
        made: list[str] = browser.post("/me/recovery-codes").json()["codes"]
        return made

    def recover(self, client: ApiClient, code: str, password: str = "") -> tuple[Browser, Any]:
        browser = Browser(client)
        body = {"login": "ada", "code": code, "password": password}
        return browser, browser.post("/sign-in/recovery", body)

    def test_a_code_takes_the_place_of_the_app(
        self, person: WithPassword, client: ApiClient, trail: Trail
    ) -> None:
        code = self.codes(person.browser)[0]
        _, recovered = self.recover(client, code.lower().replace("-", " "), PASSWORD)
        assert recovered.json()["strength"] == "full"
        assert trail()[-1] == ("sign_in", "recovery")
        assert refused(self.recover(client, code, PASSWORD)[1])
        assert person.browser.get("/me").json()["ways"]["recovery_codes"] == 7

    def test_it_does_not_take_the_place_of_the_password(
        self, person: WithPassword, client: ApiClient
    ) -> None:
        code = self.codes(person.browser)[0]
        assert refused(self.recover(client, code)[1])
        assert self.recover(client, code, PASSWORD)[1].status_code == 200

    def test_without_a_password_it_lets_its_person_enrol_only(
        self, client: ApiClient, database: Database, account: AccountRow
    ) -> None:
        browser, _ = enrolled(client, database, account)
        recovering, recovered = self.recover(client, self.codes(browser)[0])
        assert recovered.json()["strength"] == "enrolling"
        # A password alone is one factor still.
        recovering.post("/me/password", {"new_password": PASSWORD})
        assert recovering.get("/me").json()["strength"] == "enrolling"
        recovering.add_passkey(Authenticator())
        assert recovering.get("/me").json()["strength"] == "full"

    def test_whoever_found_the_sheet_guesses_no_passwords(
        self, person: WithPassword, client: ApiClient
    ) -> None:
        code = self.codes(person.browser)[0]
        for _ in range(5):
            assert refused(self.recover(client, code, "wrong")[1])
        assert self.recover(client, code, PASSWORD)[1].status_code == 429
        # It counts for the login, too.
        assert person.sign_in(client).status_code == 429
        person.clock.move(minutes=1)
        assert self.recover(client, code, PASSWORD)[1].status_code == 200
        assert person.sign_in(client).status_code == 200

    def test_a_wrong_code_costs_no_hash_and_locks_nobody(
        self, person: WithPassword, client: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wrong = "0000-0000-0000-0000-0000-0000"
        with monkeypatch.context() as patched:
            patched.setattr(passwords, "HASHER", None)
            statuses = {self.recover(client, wrong, "wrong")[1].status_code for _ in range(60)}
        assert statuses == {401}
        assert person.sign_in(client).status_code == 200

    def test_a_new_sheet_ends_the_old_one(self, person: WithPassword, client: ApiClient) -> None:
        old = self.codes(person.browser)[0]
        new = self.codes(person.browser)[0]
        assert refused(self.recover(client, old, PASSWORD)[1])
        assert self.recover(client, new, PASSWORD)[1].status_code == 200

    def test_it_opens_a_locked_password(self, person: WithPassword, client: ApiClient) -> None:
        code = self.codes(person.browser)[0]
        for _ in range(5):
            person.sign_in(client, password="wrong")
        assert person.sign_in(client).status_code == 429
        assert self.recover(client, code, PASSWORD)[1].status_code == 200
        assert person.sign_in(client).status_code == 200

    @pytest.mark.parametrize("login", ["ada", "nobody"])
    def test_a_guess_is_refused(self, person: WithPassword, client: ApiClient, login: str) -> None:
        body = {"login": login, "code": "0000-0000-0000-0000", "password": PASSWORD}
        assert refused(Browser(client).post("/sign-in/recovery", body))
