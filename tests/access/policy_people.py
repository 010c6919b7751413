"""The part of the policy's table about accounts and signing in."""

from __future__ import annotations

import uuid
from typing import Any, Final

from tests.access.cells import ADMIN, ALL, API, REASON, About, Row, sends
from tests.access.world import Place


def _account(place: Place, _role: str) -> dict[str, Any]:
    login = f"new-{uuid.uuid4().hex[:8]}"
    return {"clinic_id": str(place.clinic_id), "role": "nurse", "name": "New", "login": login}


def _self(method: str, path: str, done: int = 200, **options: Any) -> Row:
    return Row(method, f"{API}/me{path}", ALL, About.SELF, done, by_cookie=True, **options)


def _own(method: str, path: str, done: int = 204, **options: Any) -> Row:
    return Row(method, f"{API}/me{path}", ALL, About.OWN, done, by_cookie=True, **options)


def _accounts(method: str, path: str = "", done: int = 200, **options: Any) -> Row:
    about = options.pop("about", About.CLINIC)
    options["by_cookie"] = True
    return Row(method, f"{API}/accounts{path}", ADMIN, about, done, **options)


def _sign_in(way: str, done: int, **content: Any) -> Row:
    return Row(
        "POST", f"{API}/sign-in/{way}", ALL, About.ANYBODY, done, sends(**content), by_cookie=True
    )


_CREDENTIAL: Final = {"challenge": "x", "credential": {"id": "x"}}

PEOPLE: Final[list[Row]] = [
    _accounts("GET", about=About.LIST),
    _accounts("GET", "/{account_id}"),
    _accounts("GET", "/{account_id}/history"),
    _accounts("POST", "", 201, body=_account, but={"foreign": 422}),
    _accounts("PATCH", "/{account_id}", body=sends(**REASON, name="Another")),
    _accounts("POST", "/{account_id}/disable", body=sends(**REASON)),
    _accounts("POST", "/{disabled_account_id}/enable", body=sends(**REASON)),
    _accounts("POST", "/{account_id}/invite", 201),
    _accounts("POST", "/{account_id}/re-enrol", 201, body=sends(recognised_by="known-in-person")),
    _self("GET", ""),
    _self("GET", "/sessions"),
    _own("POST", "/sessions/{session_id}/revoke"),
    _self("POST", "/sessions/revoke-others", 204),
    _self("GET", "/passkeys"),
    _self("POST", "/passkeys/options"),
    _self("POST", "/passkeys", 409, body=sends(**_CREDENTIAL, label="x")),
    _own("PATCH", "/passkeys/{passkey_id}", 200, body=sends(label="Old phone")),
    _own("POST", "/passkeys/{passkey_id}/remove", 409),
    _self("POST", "/password", 204, body=sends(new_password="three tired herons 7")),
    _self("POST", "/password/remove", 404),
    _self("POST", "/totp/options"),
    _self("POST", "/totp", 409, body=sends(challenge="x", code="123456")),
    _self("POST", "/recovery-codes", 201),
    _self("POST", "/identity", 409),  # No provider of identities is set up.
    _self("GET", "/tokens"),
    _self(
        "POST",
        "/tokens",
        201,
        body=sends(label="x", scopes=["clinics.read"], expires_at="2026-07-01T00:00:00Z"),
    ),
    _own("POST", "/tokens/{token_id}/revoke"),
    Row("POST", f"{API}/sign-out", ALL, About.SELF, 204, by_cookie=True),
    _sign_in("passkey/options", 200),
    _sign_in("passkey", 401, **_CREDENTIAL),
    _sign_in("password", 401, login="x", password="x", code="1"),
    _sign_in("recovery", 401, login="x", code="x"),
    _sign_in("oidc", 409),
    Row("GET", f"{API}/sign-in/oidc/callback", ALL, About.ANYBODY, 303, by_cookie=True),
    _sign_in("link", 401, secret="x"),
]
