"""Signing in with a passkey, and every way in which that fails."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.tables import AccountRow, ChallengeRow, PasskeyRow
from app.accounts.throttle import STARTS
from app.db import Database
from tests.accounts.conftest import Trail
from tests.support.authenticator import Authenticator, b64
from tests.support.client import ApiClient
from tests.support.people import (
    Browser,
    Clock,
    a_link,
    enrolled,
    refused,
)


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

    def test_beginning_and_never_answering_is_limited(
        self, client: ApiClient, database: Database, account: AccountRow, clock: Clock
    ) -> None:
        _, passkey = enrolled(client, database, account)
        for _ in range(STARTS + 1):
            assert Browser(client).with_passkey(passkey).status_code == 200
        begun = {Browser(client).post("/sign-in/passkey/options").status_code for _ in range(30)}
        assert begun == {200}
        stopped = Browser(client).post("/sign-in/passkey/options")
        assert stopped.status_code == 429
        assert stopped.headers["retry-after"] == "600"
        clock.move(minutes=10)
        assert Browser(client).with_passkey(passkey).status_code == 200

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
