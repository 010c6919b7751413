"""Signing in with an OpenID Connect provider, and every way in which its word is no good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwk

from app.accounts.oidc_provider import provider_of, require_whole
from app.accounts.oidc_routes import STATE_COOKIE
from app.accounts.tables import AccountRow
from app.accounts.throttle import STARTS
from app.config import Settings
from app.db import Database
from app.errors import CommandRefused, Conflict
from app.kit.access import SESSION_COOKIE
from app.main import create_app
from tests.accounts.conftest import Trail
from tests.support.client import ApiClient
from tests.support.people import API, ORIGIN, Browser, Clock, a_link, an_account, enrolled
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, ISSUER, FakeProvider

OIDC = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET}


@pytest.fixture
def provider(clock: Clock) -> FakeProvider:
    return FakeProvider(clock)


@pytest.fixture
def app(database_url: str, database: Database, clock: Clock, provider: FakeProvider) -> FastAPI:
    values: dict[str, Any] = {**OIDC, "database_url": database_url, "worker_in_server": False}
    app = create_app(Settings(**values), database=database, clock=clock)
    app.state.oidc_transport = provider.transport()
    return app


class Traveller:
    """A browser that goes to the provider and comes back."""

    def __init__(self, client: ApiClient, secret: str | None = None) -> None:
        self.client, self.secret = client, secret

    def go(self, path: str = "/sign-in/oidc") -> str:
        headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin", "cookie": self._cookie()}
        going = self.client.post(f"{API}{path}", headers=headers)
        assert going.status_code == 200, going.text
        self._keep(going)
        address: str = going.json()["address"]
        return address

    def come_back(self, brought: dict[str, str]) -> httpx.Response:
        # A link from elsewhere: browsers send our cookies with it, and no origin.
        headers = {"sec-fetch-site": "cross-site", "cookie": self._cookie()}
        back = self.client.get(f"{API}/sign-in/oidc/callback", params=brought, headers=headers)
        assert back.status_code == 303
        self._keep(back)
        return back

    def _cookie(self) -> str:
        known = {SESSION_COOKIE: self.secret, STATE_COOKIE: getattr(self, "state", None)}
        return "; ".join(f"{name}={value}" for name, value in known.items() if value)

    def _keep(self, response: httpx.Response) -> None:
        for cookie in response.headers.get_list("set-cookie"):
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0].strip('"') or None
            if name == SESSION_COOKIE:
                self.secret = value
            else:
                self.state = value

    @property
    def browser(self) -> Browser:
        return Browser(self.client, self.secret)


@pytest.fixture
def linked(
    client: ApiClient, database: Database, account: AccountRow, provider: FakeProvider
) -> Traveller:
    """Give the browser of somebody who linked the account when it was new."""
    browser = Browser(client)
    browser.with_link(a_link(database, account))
    traveller = Traveller(client, browser.secret)
    back = traveller.come_back(provider.sign_in(traveller.go("/me/identity")))
    assert back.headers["location"] == "/"
    return traveller


def arrives(client: ApiClient, provider: FakeProvider) -> bool:
    traveller = Traveller(client)
    back = traveller.come_back(provider.sign_in(traveller.go()))
    return back.headers["location"] == "/" and traveller.secret is not None


def begin(client: ApiClient) -> httpx.Response:
    headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    return client.post(f"{API}/sign-in/oidc", headers=headers)


def test_an_invitation_links_the_account(linked: Traveller, trail: Trail) -> None:
    me = linked.browser.get("/me").json()
    assert (me["strength"], me["ways"]["identities"]) == ("full", 1)
    assert trail()[-2:] == [("administer", "identity-linked"), ("sign_in", "enrolled")]


def test_a_linked_account_signs_in(
    linked: Traveller, client: ApiClient, provider: FakeProvider, trail: Trail
) -> None:
    assert arrives(client, provider)
    assert trail()[-1] == ("sign_in", "oidc")


def test_somebody_who_is_signed_in_links_the_account(
    client: ApiClient, database: Database, account: AccountRow, provider: FakeProvider
) -> None:
    browser, _ = enrolled(client, database, account)
    traveller = Traveller(client, browser.secret)
    traveller.come_back(provider.sign_in(traveller.go("/me/identity")))
    assert traveller.secret == browser.secret
    assert browser.get("/me").json()["ways"]["identities"] == 1


def test_an_identity_that_nobody_linked_gets_no_account(
    linked: Traveller, client: ApiClient, provider: FakeProvider, trail: Trail
) -> None:
    provider.subject = "person-2"
    assert not arrives(client, provider)
    assert trail()[-1] == ("sign_in_failed", "identity-unknown")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"azp": "another-client"},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": 1_500_000_000},
        {"sub": None},
    ],
)
def test_a_token_that_says_something_else_proves_nothing(
    linked: Traveller,
    client: ApiClient,
    provider: FakeProvider,
    claims: dict[str, Any],
    trail: Trail,
) -> None:
    provider.claims = claims
    assert not arrives(client, provider)
    assert trail()[-1] == ("sign_in_failed", "provider-refused")
    provider.claims = {}
    assert arrives(client, provider)


def test_a_token_for_several_names_us(
    linked: Traveller, client: ApiClient, provider: FakeProvider
) -> None:
    provider.claims = {"aud": [CLIENT_ID, "another-client"], "azp": CLIENT_ID}
    assert arrives(client, provider)


def test_another_key_proves_nothing(
    linked: Traveller, client: ApiClient, provider: FakeProvider
) -> None:
    provider.signing_key = jwk.RSAKey.generate_key(2048, {"kid": "1"})
    assert not arrives(client, provider)


def test_the_client_secret_signs_nothing(
    linked: Traveller, client: ApiClient, provider: FakeProvider
) -> None:
    # A token "signed" with what both know, or with the public key taken for a secret.
    provider.header = {"alg": "HS256"}
    provider.signing_key = jwk.OctKey.import_key(CLIENT_SECRET + "0" * 32)
    assert not arrives(client, provider)


def test_a_provider_that_is_down_refuses_politely(
    linked: Traveller, client: ApiClient, provider: FakeProvider, clock: Clock
) -> None:
    traveller = Traveller(client)
    brought = provider.sign_in(traveller.go())
    provider.is_down = True
    assert traveller.come_back(brought).headers["location"].startswith("/sign-in?")
    clock.move(minutes=10)
    assert begin(client).status_code == 409


def test_what_the_provider_says_of_itself_is_kept_for_ten_minutes(
    client: ApiClient, provider: FakeProvider, clock: Clock
) -> None:
    assert begin(client).status_code == 200
    provider.is_down = True
    clock.move(minutes=9, seconds=59)
    assert begin(client).status_code == 200
    clock.move(seconds=1)
    assert begin(client).status_code == 409


def test_beginning_and_never_coming_back_is_limited(
    linked: Traveller, client: ApiClient, provider: FakeProvider, clock: Clock
) -> None:
    for _ in range(STARTS + 1):
        assert arrives(client, provider)
    assert {begin(client).status_code for _ in range(STARTS)} == {200}
    refused = begin(client)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "600"
    # Whoever is signed in and links the account is no stranger.
    Traveller(client, linked.secret).go("/me/identity")
    clock.move(minutes=10)
    assert begin(client).status_code == 200


@pytest.mark.parametrize("metadata", [{"issuer": "https://evil.example"}, {"issuer": None}])
def test_a_provider_that_calls_itself_otherwise_is_refused(
    client: ApiClient, provider: FakeProvider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    assert client.post(f"{API}/sign-in/oidc", headers=headers).status_code == 409


class TestStranger:
    def test_nobody_is_signed_in_by_somebody_elses_journey(
        self, linked: Traveller, client: ApiClient, provider: FakeProvider
    ) -> None:
        attacker, victim = Traveller(client), Traveller(client)
        brought = provider.sign_in(attacker.go())
        victim.come_back(brought)
        assert victim.secret is None
        victim.go()
        victim.come_back(brought)
        assert victim.secret is None

    def test_a_journey_ends_once(
        self, linked: Traveller, client: ApiClient, provider: FakeProvider
    ) -> None:
        traveller = Traveller(client)
        brought = provider.sign_in(traveller.go())
        state = traveller.state
        traveller.come_back(brought)
        again = Traveller(client)
        again.state = state
        assert again.come_back(brought).headers["location"].startswith("/sign-in?")

    def test_a_journey_ends_soon(
        self, linked: Traveller, client: ApiClient, provider: FakeProvider, clock: Clock
    ) -> None:
        traveller = Traveller(client)
        brought = provider.sign_in(traveller.go())
        clock.move(minutes=10)
        traveller.come_back(brought)
        assert traveller.secret is None

    def test_an_account_is_linked_by_its_own_session_only(
        self, linked: Traveller, client: ApiClient, database: Database, provider: FakeProvider
    ) -> None:
        eve, _ = enrolled(client, database, an_account(database, login="eve"))
        traveller = Traveller(client, eve.secret)
        provider.subject = "person-2"
        brought = provider.sign_in(traveller.go("/me/identity"))
        traveller.secret = linked.secret
        assert traveller.come_back(brought).headers["location"].startswith("/sign-in?")
        assert not arrives(client, provider)

    def test_one_identity_is_one_account(
        self, linked: Traveller, client: ApiClient, database: Database, provider: FakeProvider
    ) -> None:
        eve, _ = enrolled(client, database, an_account(database, login="eve"))
        traveller = Traveller(client, eve.secret)
        back = traveller.come_back(provider.sign_in(traveller.go("/me/identity")))
        assert back.headers["location"].startswith("/sign-in?")
        assert eve.get("/me").json()["ways"]["identities"] == 0


class TestSettings:
    def of(self, **values: Any) -> Any:
        return provider_of(Settings(**values), origin=ORIGIN)

    def test_the_secret_can_be_in_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        path.write_text("from a file\n", encoding="utf-8")
        values = {**OIDC, "oidc_client_secret": None, "oidc_client_secret_file": path}
        provider = self.of(**values)
        assert provider.client_secret == "from a file"
        assert "from a file" not in repr(provider)
        assert provider.redirect_uri == f"{ORIGIN}/api/v1/sign-in/oidc/callback"

    def test_without_a_provider_there_is_no_such_way(self) -> None:
        with pytest.raises(Conflict):
            self.of()

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"oidc_client_id": None}, "IVIG_OIDC_CLIENT_ID"),
            ({"oidc_client_secret": None}, "IVIG_OIDC_CLIENT_SECRET"),
            ({"oidc_issuer": "http://login.example.org"}, "https://"),
        ],
    )
    def test_half_a_provider_is_refused_by_name(self, changed: dict[str, Any], said: str) -> None:
        values: dict[str, Any] = {**OIDC, **changed}
        with pytest.raises(CommandRefused, match=said):
            require_whole(Settings(**values))

    def test_a_whole_one_starts_and_none_does(self) -> None:
        values: dict[str, Any] = {**OIDC}
        require_whole(Settings(**values))
        require_whole(Settings())
