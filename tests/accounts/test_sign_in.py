"""Every way to sign in, and every way in which it fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from app.accounts import passwords
from app.accounts.acts import recorded
from app.accounts.rules import Purpose
from app.accounts.service import disable_account
from app.accounts.tables import AccountRow, ChallengeRow, PasskeyRow, PasswordRow, SessionRow
from app.clinics.service import add_clinic
from app.db import Database
from app.kit.history import Actor, Change
from tests.accounts.conftest import Trail
from tests.support.authenticator import Authenticator, b64
from tests.support.client import ApiClient
from tests.support.people import (
    START,
    Browser,
    Clock,
    a_link,
    a_log,
    an_account,
    enrolled,
)

PASSWORD = "three tired herons"
WRONG = "does not fit together"


@pytest.fixture
def account(database: Database) -> AccountRow:
    return an_account(database)


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


def refused(response: Any) -> bool:
    return response.status_code == 401 and WRONG in response.json()["detail"]


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

    def test_guessing_at_links_is_stopped(self, browser: Browser) -> None:
        statuses = {browser.with_link(f"guess-{n}").status_code for n in range(60)}
        assert statuses == {401, 429}


class TestPasskey:
    def test_it_signs_in(
        self, client: ApiClient, database: Database, account: AccountRow, trail: Trail
    ) -> None:
        _, passkey = enrolled(client, database, account)
        browser = Browser(client)
        signed_in = browser.with_passkey(passkey)
        assert signed_in.json()["strength"] == "full"
        assert browser.get("/me").json()["login"] == "ada"
        assert trail()[-1] == ("sign_in", "passkey")

    def test_a_synchronised_one_counts_nothing(
        self, browser: Browser, database: Database, account: AccountRow
    ) -> None:
        browser.with_link(a_link(database, account))
        passkey = Authenticator(counts=False)
        browser.add_passkey(passkey)
        for _ in range(2):
            assert Browser(browser.client).with_passkey(passkey).status_code == 200

    def test_the_count_and_the_moment_are_kept(
        self, client: ApiClient, database: Database, account: AccountRow, clock: Clock
    ) -> None:
        _, passkey = enrolled(client, database, account)
        clock.move(hours=1)
        Browser(client).with_passkey(passkey)
        with database.reading() as session:
            row = session.scalars(select(PasskeyRow)).one()
        assert (row.sign_count, row.last_used_at) == (1, clock.now)
        assert row.transports == ["internal"]

    @pytest.mark.parametrize(
        "changed",
        [
            {"origin": "https://localhost.example"},
            {"challenge": b64(b"another challenge of 32 bytes...")},
            {"type": "webauthn.create"},
        ],
    )
    def test_what_was_signed_for_something_else_is_refused(
        self,
        client: ApiClient,
        database: Database,
        account: AccountRow,
        changed: dict[str, str],
        trail: Trail,
    ) -> None:
        _, passkey = enrolled(client, database, account)
        assert refused(Browser(client).with_passkey(passkey, **changed))
        assert trail()[-1] == ("sign_in_failed", "passkey-wrong")
        assert Browser(client).with_passkey(passkey).status_code == 200

    def test_a_user_who_was_not_verified_is_refused(
        self, client: ApiClient, database: Database, account: AccountRow
    ) -> None:
        _, passkey = enrolled(client, database, account)
        passkey.is_verified = False
        assert refused(Browser(client).with_passkey(passkey))

    def test_a_count_that_goes_back_means_a_copy(
        self, client: ApiClient, database: Database, account: AccountRow, trail: Trail
    ) -> None:
        _, passkey = enrolled(client, database, account)
        for _ in range(3):
            assert Browser(client).with_passkey(passkey).status_code == 200
        passkey.count -= 1
        assert refused(Browser(client).with_passkey(passkey))
        assert trail()[-1] == ("sign_in_failed", "passkey-count-went-back")

    def test_another_key_under_a_known_name_is_refused(
        self, client: ApiClient, database: Database, account: AccountRow
    ) -> None:
        _, passkey = enrolled(client, database, account)
        assert refused(
            Browser(client).with_passkey(Authenticator(credential_id=passkey.credential_id))
        )

    def test_an_unknown_one_is_refused(self, browser: Browser, trail: Trail) -> None:
        assert refused(browser.with_passkey(Authenticator()))
        assert trail() == [("sign_in_failed", "passkey-unknown")]

    def test_an_answer_is_good_once(
        self, client: ApiClient, database: Database, account: AccountRow, trail: Trail
    ) -> None:
        _, passkey = enrolled(client, database, account)
        browser = Browser(client)
        asked = browser.post("/sign-in/passkey/options").json()
        credential = passkey.sign_in(asked["options"], origin="http://localhost")
        body = {"challenge": asked["challenge"], "credential": credential}
        assert browser.post("/sign-in/passkey", body).status_code == 200
        assert refused(Browser(client).post("/sign-in/passkey", body))
        assert trail()[-1] == ("sign_in_failed", "challenge-gone")

    def test_a_wrong_answer_uses_the_challenge_up(
        self, client: ApiClient, database: Database, account: AccountRow
    ) -> None:
        _, passkey = enrolled(client, database, account)
        browser = Browser(client)
        asked = browser.post("/sign-in/passkey/options").json()
        for origin, challenges in (("https://evil.example", 0), ("http://localhost", 0)):
            credential = passkey.sign_in(asked["options"], origin=origin)
            body = {"challenge": asked["challenge"], "credential": credential}
            assert refused(browser.post("/sign-in/passkey", body))
            with database.reading() as session:
                assert len(session.scalars(select(ChallengeRow)).all()) == challenges

    @pytest.mark.parametrize(("minutes", "status"), [(9.9, 200), (10, 401)])
    def test_an_answer_must_come_soon(
        self,
        client: ApiClient,
        database: Database,
        account: AccountRow,
        clock: Clock,
        minutes: float,
        status: int,
    ) -> None:
        _, passkey = enrolled(client, database, account)
        browser = Browser(client)
        asked = browser.post("/sign-in/passkey/options").json()
        clock.move(minutes=minutes)
        credential = passkey.sign_in(asked["options"], origin="http://localhost")
        body = {"challenge": asked["challenge"], "credential": credential}
        assert browser.post("/sign-in/passkey", body).status_code == status

    @pytest.mark.parametrize(
        "credential",
        [{}, {"id": 7}, {"id": "é"}, {"id": "A"}, {"id": "AAAA", "response": []}],
    )
    def test_nonsense_is_refused(self, browser: Browser, credential: dict[str, Any]) -> None:
        asked = browser.post("/sign-in/passkey/options").json()
        body = {"challenge": asked["challenge"], "credential": credential}
        assert refused(browser.post("/sign-in/passkey", body))

    def test_nonsense_under_a_known_name_is_refused(
        self, client: ApiClient, database: Database, account: AccountRow
    ) -> None:
        _, passkey = enrolled(client, database, account)
        browser = Browser(client)
        for response in ([], {}, {"clientDataJSON": "e30"}):
            asked = browser.post("/sign-in/passkey/options").json()
            credential = {"id": b64(passkey.credential_id), "response": response}
            body = {"challenge": asked["challenge"], "credential": credential}
            assert refused(browser.post("/sign-in/passkey", body))


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
        verify = passwords.HASHER.verify

        class Counting:
            def verify(self, stored: str, password: str) -> Any:
                checked.append(stored)
                return verify(stored, password)

        monkeypatch.setattr(passwords, "HASHER", Counting())
        monkeypatch.setattr(passwords, "_nobodys", lambda: passwords.hashed.__module__)
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
