"""A clinic as its people use it: each with their own account, each by the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from app.accounts.bearer import create_token
from app.accounts.rules import OWN, Role, TokenDraft, permissions_of
from app.clinics.service import add_clinic
from app.db import Database
from app.products.service import add_catalogue
from tests.access.rows import a_log, an_account, change
from tests.support.client import ApiClient
from tests.support.people import Clock
from tests.support.visit import API

FIRST_DAY: Final = "2026-06-08"
SECOND_DAY: Final = "2026-06-09"
ROLES: Final = ("physician", "nurse", "coordinator", "pharmacist")
_LASTS: Final = datetime(2027, 1, 1, tzinfo=UTC)


def at(day: str, clock: str) -> str:
    return f"{day}T{clock}:00-04:00"


@dataclass
class Home:
    """One patient's home, the clinic behind it, and who of it does what there."""

    client: ApiClient
    clock: Clock
    clinic_id: str
    accounts: dict[str, str]
    tokens: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def made(cls, client: ApiClient, database: Database, clock: Clock) -> Home:
        with database.writing() as session:
            clinic = add_clinic(session, change(), row_id=None, name="North")
            add_catalogue(session, change(), clinic.id)
            people = {role: an_account(session, clinic.id, role) for role in ROLES}
            tokens = {}
            for role, account in people.items():
                own = permissions_of(Role(role), has_clinic=True)
                draft = TokenDraft("A program", tuple(sorted(own - OWN)), _LASTS)
                _, tokens[role] = create_token(session, a_log(), account, draft=draft, own=own)
            accounts = {role: str(account.id) for role, account in people.items()}
            return cls(client, clock, str(clinic.id), accounts, tokens)

    @property
    def patient(self) -> str:
        return f"patients/{self.ids['patient']}"

    def now(self, day: str, clock: str) -> str:
        """Let it be a time of a day, in New York; return it."""
        self.clock.now = datetime.fromisoformat(at(day, clock))
        return at(day, clock)

    def ask(self, role: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {self.tokens[role]}",
            **options.pop("headers", {}),
        }
        return self.client.request(method, f"{API}/{path}", headers=headers, **options)

    def sees(self, role: str) -> bool:
        return self.ask(role, "GET", self.patient).status_code == 200

    def get(self, role: str, path: str) -> dict[str, Any]:
        return self._answer(self.ask(role, "GET", path), 200)

    def enter(self, role: str, path: str, **content: Any) -> dict[str, Any]:
        return self._answer(self.ask(role, "POST", path, json=content), 201)

    def read_code(self, text: str) -> dict[str, Any]:
        """Scan the code on a vial."""
        path = f"clinics/{self.clinic_id}/scan"
        return self._answer(self.ask("nurse", "POST", path, json={"text": text}), 200)

    def correct(self, role: str, path: str, why: str, **content: Any) -> dict[str, Any]:
        headers = {"if-match": f'"{self.get(role, path)["version"]}"'}
        body = {"change_reason": why, **content}
        return self._answer(self.ask(role, "PATCH", path, json=body, headers=headers), 200)

    def sign(self, role: str, path: str) -> dict[str, Any]:
        headers = {"if-match": f'"{self.get(role, path)["version"]}"'}
        body = {}
        if path.startswith("visits/"):
            body["fingerprint"] = self.get(role, f"{path}/record")["fingerprint"]
        response = self.ask(role, "POST", f"{path}/signatures", json=body, headers=headers)
        return self._answer(response, 201)

    def note(self, day: str, clock: str, kind: str, **details: Any) -> dict[str, Any]:
        """Let the nurse record an event at the moment at which it happens."""
        moment = self.now(day, clock)
        path = f"{self.patient}/infusion-events"
        about = {"infusion_id": self.ids["infusion"], "at": moment, "kind": kind}
        return self.enter("nurse", path, **about, details=details)

    @staticmethod
    def _answer(response: httpx.Response, expected: int) -> dict[str, Any]:
        assert response.status_code == expected, response.text
        answer: dict[str, Any] = response.json()
        return answer
