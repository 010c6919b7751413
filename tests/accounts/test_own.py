"""What people do with their own account, and what it takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from app.accounts.tables import AccountRow
from app.db import Database
from tests.accounts.conftest import Trail
from tests.support.authenticator import Authenticator
from tests.support.client import ApiClient
from tests.support.people import ORIGIN, START, Browser, Clock, a_link, an_account, enrolled

PASSWORD = "three tired herons"
BETTER = "four rested herons"
YEAR = (START + timedelta(days=365)).isoformat()
TOKEN = {"label": "Room 3", "scopes": ["audit.read"], "expires_at": YEAR}


@pytest.fixture
def browser(client: ApiClient, database: Database, account: AccountRow) -> Browser:
    """Give a browser in which somebody is signed in with a passkey."""
    return enrolled(client, database, account)[0]


@pytest.fixture
def passkey(browser: Browser, clock: Clock) -> Authenticator:
    """Give a second passkey of theirs."""
    made = Authenticator()
    clock.move(seconds=1)
    assert browser.add_passkey(made, "Key on the ring").status_code == 201
    return made


def set_up_app(browser: Browser, now: Any) -> pyotp.TOTP:
    offer = browser.post("/me/totp/options").json()
    app = pyotp.TOTP(offer["secret"])
    body = {"challenge": offer["challenge"], "code": app.at(now)}
    assert browser.post("/me/totp", body).status_code == 204
    return app


class TestMe:
    def test_it_says_who_i_am_and_what_i_have(self, browser: Browser, account: AccountRow) -> None:
        me = browser.get("/me").json()
        assert (me["account_id"], me["role"], me["login"]) == (
            str(account.id),
            "administrator",
            "ada",
        )
        assert "clinics.open" in me["permissions"]
        assert me["ways"] == {
            "passkeys": 1,
            "has_password": False,
            "has_totp": False,
            "identities": 0,
            "recovery_codes": 0,
        }

    def test_a_token_reaches_nothing_of_it(self, browser: Browser, client: ApiClient) -> None:
        token = browser.post("/me/tokens", TOKEN).json()["token"]
        program = {"authorization": f"Bearer {token}"}
        assert client.get("/api/v1/me", headers=program).status_code == 403
        made = client.post("/api/v1/me/tokens", headers=program, json=TOKEN)
        assert made.status_code == 403


class TestFreshness:
    CHANGES = (
        ("/me/passkeys/options", None),
        ("/me/password", {"new_password": PASSWORD}),
        ("/me/totp/options", None),
        ("/me/recovery-codes", None),
        ("/me/tokens", TOKEN),
    )

    @pytest.mark.parametrize(("path", "body"), CHANGES)
    def test_a_change_needs_a_recent_sign_in(
        self, browser: Browser, clock: Clock, path: str, body: Any
    ) -> None:
        clock.move(minutes=10)
        assert browser.post(path, body).status_code in {200, 201, 204}
        clock.move(seconds=1)
        late = browser.post(path, body)
        assert (late.status_code, late.json()["code"]) == (403, "sign-in-again")

    def test_signing_in_again_is_enough(
        self, browser: Browser, passkey: Authenticator, clock: Clock
    ) -> None:
        clock.move(minutes=20)
        browser.with_passkey(passkey)
        assert browser.post("/me/recovery-codes").status_code == 201

    def test_whoever_enrols_may_take_time(
        self, client: ApiClient, database: Database, account: AccountRow, clock: Clock
    ) -> None:
        browser = Browser(client)
        browser.with_link(a_link(database, account))
        clock.move(minutes=50)
        assert browser.add_passkey(Authenticator()).status_code == 201


class TestSessions:
    def test_each_device_is_listed_and_can_be_signed_out(
        self, browser: Browser, passkey: Authenticator, client: ApiClient, trail: Trail
    ) -> None:
        phone = Browser(client, agent="Mozilla/5.0 (iPhone) Safari/604.1")
        phone.with_passkey(passkey)
        listed = browser.get("/me/sessions").json()["items"]
        assert {(one["device"], one["is_this"]) for one in listed} == {
            ("Firefox on Linux", True),
            ("Safari on iPhone", False),
        }
        other = next(one["id"] for one in listed if not one["is_this"])
        assert browser.post(f"/me/sessions/{other}/revoke").status_code == 204
        assert phone.get("/me").status_code == 401
        assert trail()[-1] == ("administer", "session-ended")

    def test_all_others_can_be_signed_out_at_once(
        self, browser: Browser, passkey: Authenticator, client: ApiClient
    ) -> None:
        phone = Browser(client)
        phone.with_passkey(passkey)
        assert browser.post("/me/sessions/revoke-others").status_code == 204
        assert phone.get("/me").status_code == 401
        assert browser.get("/me").status_code == 200

    def test_somebody_elses_looks_absent(
        self, browser: Browser, client: ApiClient, database: Database
    ) -> None:
        other, _ = enrolled(client, database, an_account(database, login="eve"))
        theirs = other.get("/me/sessions").json()["items"][0]["id"]
        assert browser.post(f"/me/sessions/{theirs}/revoke").status_code == 404
        assert other.get("/me").status_code == 200


class TestPasskeys:
    def test_they_are_listed_renamed_and_removed(
        self, browser: Browser, passkey: Authenticator, trail: Trail
    ) -> None:
        first, second = browser.get("/me/passkeys").json()["items"]
        assert (first["label"], second["label"]) == ("My phone", "Key on the ring")
        renamed = browser.send("PATCH", f"/me/passkeys/{first['id']}", json={"label": "Old"})
        assert renamed.json()["label"] == "Old"
        assert browser.post(f"/me/passkeys/{first['id']}/remove").status_code == 204
        assert len(browser.get("/me/passkeys").json()["items"]) == 1
        assert trail()[-2:] == [
            ("administer", "passkey-renamed"),
            ("administer", "passkey-removed"),
        ]

    def test_the_last_way_in_stays(self, browser: Browser) -> None:
        only = browser.get("/me/passkeys").json()["items"][0]["id"]
        assert browser.post(f"/me/passkeys/{only}/remove").status_code == 409
        assert browser.get("/me/passkeys").json()["items"][0]["id"] == only

    def test_somebody_elses_looks_absent(
        self, browser: Browser, client: ApiClient, database: Database
    ) -> None:
        other, _ = enrolled(client, database, an_account(database, login="eve"))
        theirs = other.get("/me/passkeys").json()["items"][0]["id"]
        assert browser.post(f"/me/passkeys/{theirs}/remove").status_code == 404

    def test_removing_one_ends_every_other_session_and_token(
        self, browser: Browser, passkey: Authenticator, client: ApiClient
    ) -> None:
        token = browser.post("/me/tokens", TOKEN).json()["token"]
        thief = Browser(client)
        thief.with_passkey(passkey)
        stolen = browser.get("/me/passkeys").json()["items"][1]["id"]
        browser.post(f"/me/passkeys/{stolen}/remove")
        assert thief.get("/me").status_code == 401
        program = {"authorization": f"Bearer {token}"}
        assert client.get("/api/v1/clinics", headers=program).status_code == 401
        assert browser.get("/me").status_code == 200

    @pytest.mark.parametrize("changed", [{"origin": "https://evil.example"}, {"challenge": "AAAA"}])
    def test_one_made_for_something_else_is_refused(
        self, browser: Browser, changed: dict[str, str]
    ) -> None:
        asked = browser.post("/me/passkeys/options").json()
        said = {"origin": ORIGIN, **changed}
        credential = Authenticator().register(asked["options"], **said)
        body = {"challenge": asked["challenge"], "credential": credential, "label": "Mine"}
        assert browser.post("/me/passkeys", body).status_code == 422
        assert browser.post("/me/passkeys", body).status_code == 409

    def test_one_that_did_not_ask_for_its_user_is_refused(self, browser: Browser) -> None:
        assert browser.add_passkey(Authenticator(is_verified=False)).status_code == 422

    def test_nobody_registers_a_known_one_again(
        self, browser: Browser, passkey: Authenticator, client: ApiClient, database: Database
    ) -> None:
        other, _ = enrolled(client, database, an_account(database, login="eve"))
        assert other.add_passkey(passkey).status_code == 409

    def test_what_was_asked_of_one_nobody_else_answers(
        self, browser: Browser, client: ApiClient, database: Database
    ) -> None:
        other, _ = enrolled(client, database, an_account(database, login="eve"))
        asked = browser.post("/me/passkeys/options").json()
        credential = Authenticator().register(asked["options"], origin=ORIGIN)
        body = {"challenge": asked["challenge"], "credential": credential, "label": "Mine"}
        assert other.post("/me/passkeys", body).status_code == 409

    def test_the_browser_is_asked_for_what_we_need(
        self, browser: Browser, account: AccountRow
    ) -> None:
        options = browser.post("/me/passkeys/options").json()["options"]
        assert options["rp"]["id"] == "localhost"
        assert options["authenticatorSelection"] == {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        }
        assert len(options["excludeCredentials"]) == 1
        assert account.login not in options["user"]["id"]


class TestPassword:
    def test_two_steps_make_it_a_way_in(self, browser: Browser, clock: Clock) -> None:
        assert browser.post("/me/password", {"new_password": PASSWORD}).status_code == 204
        app = set_up_app(browser, clock.now)
        clock.move(minutes=1)
        body = {"login": "ada", "password": PASSWORD, "code": app.at(clock.now)}
        assert Browser(browser.client).post("/sign-in/password", body).status_code == 200

    def test_without_the_app_it_is_none(self, browser: Browser) -> None:
        browser.post("/me/password", {"new_password": PASSWORD})
        body = {"login": "ada", "password": PASSWORD, "code": ""}
        assert Browser(browser.client).post("/sign-in/password", body).status_code == 401
        only = browser.get("/me/passkeys").json()["items"][0]["id"]
        assert browser.post(f"/me/passkeys/{only}/remove").status_code == 409

    @pytest.mark.parametrize("order", [("password", "app"), ("app", "password")])
    def test_whoever_enrols_is_let_in_after_both(
        self,
        client: ApiClient,
        database: Database,
        account: AccountRow,
        clock: Clock,
        order: tuple[str, ...],
    ) -> None:
        browser = Browser(client)
        browser.with_link(a_link(database, account))
        for step in order:
            assert browser.get("/me").json()["strength"] == "enrolling"
            if step == "password":
                browser.post("/me/password", {"new_password": PASSWORD})
            else:
                set_up_app(browser, clock.now)
        assert browser.get("/me").json()["strength"] == "full"

    def test_changing_it_needs_the_current_one_and_ends_what_else_is_open(
        self, browser: Browser, passkey: Authenticator, client: ApiClient, trail: Trail
    ) -> None:
        browser.post("/me/password", {"new_password": PASSWORD})
        other = Browser(client)
        other.with_passkey(passkey)
        wrong = browser.post("/me/password", {"new_password": BETTER, "current_password": "no"})
        assert wrong.json()["errors"][0]["field"] == "current_password"
        assert trail()[-1] == ("sign_in_failed", "current-password")
        right = {"new_password": BETTER, "current_password": PASSWORD}
        assert browser.post("/me/password", right).status_code == 204
        assert other.get("/me").status_code == 401
        assert trail()[-1] == ("administer", "password-set")

    def test_guessing_at_the_current_one_is_stopped(self, browser: Browser) -> None:
        browser.post("/me/password", {"new_password": PASSWORD})
        guess = {"new_password": BETTER, "current_password": "no"}
        statuses = [browser.post("/me/password", guess).status_code for _ in range(6)]
        assert statuses == [422] * 5 + [429]

    def test_a_weak_one_is_refused_without_being_shown(self, browser: Browser) -> None:
        refused = browser.post("/me/password", {"new_password": "sonyericsson"})
        assert refused.status_code == 422
        assert "common" in refused.json()["errors"][0]["reason"]
        assert "sonyericsson" not in refused.text

    def test_it_can_be_removed_with_its_app(self, browser: Browser, clock: Clock) -> None:
        assert browser.post("/me/password/remove").status_code == 404
        browser.post("/me/password", {"new_password": PASSWORD})
        set_up_app(browser, clock.now)
        assert browser.post("/me/password/remove").status_code == 204
        ways = browser.get("/me").json()["ways"]
        assert (ways["has_password"], ways["has_totp"]) == (False, False)


class TestAuthenticatorApp:
    def test_it_is_told_by_picture_and_by_text(self, browser: Browser) -> None:
        offer = browser.post("/me/totp/options").json()
        assert offer["address"].startswith("otpauth://totp/IVIG%20course%20tracker:ada?secret=")
        assert offer["picture"].startswith("<svg")

    def test_a_wrong_code_can_be_typed_again(self, browser: Browser, clock: Clock) -> None:
        offer = browser.post("/me/totp/options").json()
        body = {"challenge": offer["challenge"], "code": "000000"}
        assert browser.post("/me/totp", body).status_code == 422
        body["code"] = pyotp.TOTP(offer["secret"]).at(clock.now)
        assert browser.post("/me/totp", body).status_code == 204
        assert browser.post("/me/totp", body).status_code == 409

    def test_it_is_set_up_within_ten_minutes(self, browser: Browser, clock: Clock) -> None:
        offer = browser.post("/me/totp/options").json()
        clock.move(minutes=10)
        code = pyotp.TOTP(offer["secret"]).at(clock.now)
        body = {"challenge": offer["challenge"], "code": code}
        assert browser.post("/me/totp", body).status_code == 409

    def test_a_new_one_ends_every_other_session(
        self, browser: Browser, passkey: Authenticator, client: ApiClient, clock: Clock
    ) -> None:
        set_up_app(browser, clock.now)
        other = Browser(client)
        other.with_passkey(passkey)
        set_up_app(browser, clock.now)
        assert other.get("/me").status_code == 401


class TestTokens:
    def test_it_is_shown_once_and_works_until_it_is_ended(
        self, browser: Browser, client: ApiClient, trail: Trail
    ) -> None:
        made = browser.post("/me/tokens", TOKEN).json()
        listed = browser.get("/me/tokens").json()["items"]
        assert [one["id"] for one in listed] == [made["id"]]
        assert "token" not in listed[0]
        program = {"authorization": f"Bearer {made['token']}"}
        assert client.get("/api/v1/me", headers=program).status_code == 403
        assert browser.post(f"/me/tokens/{made['id']}/revoke").status_code == 204
        assert client.get("/api/v1/me", headers=program).status_code == 401
        assert browser.get("/me/tokens").json()["items"] == []
        assert trail()[-2:] == [("administer", "token-made"), ("administer", "token-ended")]

    def test_nobody_gives_what_is_not_theirs(self, browser: Browser) -> None:
        refused = browser.post("/me/tokens", {**TOKEN, "scopes": ["reports.write"]})
        assert refused.json()["errors"][0]["field"] == "scopes"

    def test_somebody_elses_looks_absent(
        self, browser: Browser, client: ApiClient, database: Database
    ) -> None:
        other, _ = enrolled(client, database, an_account(database, login="eve"))
        theirs = other.post("/me/tokens", TOKEN).json()["id"]
        assert browser.post(f"/me/tokens/{theirs}/revoke").status_code == 404
