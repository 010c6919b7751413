"""People with accounts, and the browsers that they sign in with, through the real gate."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.accounts.acts import Log, recorded
from app.accounts.links import issue_link
from app.accounts.rules import AccountDraft, Purpose
from app.accounts.service import create_account
from app.accounts.sign_in import WRONG
from app.accounts.tables import AccountRow
from app.db import Database
from app.kit.access import SESSION_COOKIE
from tests.support.authenticator import Authenticator
from tests.support.client import ApiClient

ORIGIN = "http://localhost"
API = "/api/v1"
START = datetime(2026, 6, 1, 8, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Clock:
    """The clock of an application under test; it stands until somebody moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Browser:
    """Sends requests as a browser on a page of ours would, and keeps its cookie."""

    client: ApiClient
    secret: str | None = None
    agent: str = FIREFOX
    made: httpx.Response | None = field(default=None, repr=False)

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin", "user-agent": self.agent}
        if self.secret is not None:
            headers["cookie"] = f"{SESSION_COOKIE}={self.secret}"
        headers.update(options.pop("headers", {}))
        response = self.client.request(method, f"{API}{path}", headers=headers, **options)
        for cookie in response.headers.get_list("set-cookie"):
            name, _, rest = cookie.partition("=")
            assert name == SESSION_COOKIE
            self.secret = rest.partition(";")[0].strip('"') or None
        return response

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.send("POST", path, json=body, **options)

    def with_link(self, secret: str) -> httpx.Response:
        return self.post("/sign-in/link", {"secret": secret})

    def add_passkey(self, passkey: Authenticator, label: str = "My phone") -> httpx.Response:
        asked = self.post("/me/passkeys/options")
        assert asked.status_code == 200, asked.text
        credential = passkey.register(asked.json()["options"], origin=ORIGIN)
        body = {"challenge": asked.json()["challenge"], "credential": credential, "label": label}
        return self.post("/me/passkeys", body)

    def with_passkey(self, passkey: Authenticator, **changed: Any) -> httpx.Response:
        asked = self.post("/sign-in/passkey/options")
        assert asked.status_code == 200, asked.text
        said = {"origin": ORIGIN, **changed}
        credential = passkey.sign_in(asked.json()["options"], **said)
        body = {"challenge": asked.json()["challenge"], "credential": credential}
        return self.post("/sign-in/passkey", body)


def refused(response: httpx.Response) -> bool:
    """Say whether somebody was not signed in, in the words that give nothing away."""
    return response.status_code == 401 and WRONG in response.json()["detail"]


def a_log(now: datetime = START) -> Log:
    return Log(now, None, "system operator (test)", "command line", "user add", "tests")


def an_account(
    database: Database,
    *,
    clinic_id: uuid.UUID | None = None,
    now: datetime = START,
    **fields: Any,
) -> AccountRow:
    """Make an account; an administrator of the installation unless told otherwise."""
    values = {"role": "administrator", "name": "Ada Lind", "login": "ada", **fields}
    log = a_log(now)
    with recorded(database, log) as session:
        return create_account(session, log, AccountDraft(clinic_id=clinic_id, **values))


def a_link(
    database: Database,
    account: AccountRow,
    purpose: Purpose = Purpose.INVITE,
    *,
    now: datetime = START,
) -> str:
    log = a_log(now)
    with recorded(database, log) as session:
        return issue_link(session, log, session.get_one(AccountRow, account.id), purpose=purpose)


def enrolled(
    client: ApiClient, database: Database, account: AccountRow, *, now: datetime = START
) -> tuple[Browser, Authenticator]:
    """Invite the person of an account, who makes a passkey and is then signed in."""
    browser, passkey = Browser(client), Authenticator()
    assert browser.with_link(a_link(database, account, now=now)).status_code == 200
    assert browser.add_passkey(passkey).status_code == 201
    return browser, passkey
