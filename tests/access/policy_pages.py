"""The part of the policy's table about pages. What is done there leads on: 303."""

from __future__ import annotations

import uuid
from typing import Any, Final

from tests.access.cells import (
    ADMIN,
    ALL,
    DOCTOR,
    HOME,
    OFFICE,
    PHARMACY,
    SEES,
    TEAM,
    About,
    Row,
    sends,
)
from tests.access.world import Place

_EVERYBODY: Final = SEES | OFFICE | PHARMACY
_OF_PATIENT: Final = "/patients/{patient_id}"


def _page(method: str, path: str, may: frozenset[str], about: About, **options: Any) -> Row:
    done = options.pop("done", 200 if method == "GET" else 303)
    return Row(method, path, may, about, done, by_cookie=True, is_form=True, **options)


def _self(method: str, path: str, done: int, **body: Any) -> Row:
    return _page(method, path, ALL, About.SELF, done=done, body=sends(**body))


def _own(path: str, done: int = 303, **body: Any) -> Row:
    return _page("POST", f"/account{path}", ALL, About.OWN, done=done, body=sends(**body))


def _accounts(method: str, path: str = "", **options: Any) -> Row:
    return _page(method, f"/accounts{path}", ADMIN, About.CLINIC, **options)


def _anybody(method: str, path: str, done: int, **body: Any) -> Row:
    return _page(method, path, ALL, About.ANYBODY, done=done, body=sends(**body))


def _new_account(place: Place, _role: str) -> dict[str, Any]:
    login = f"new-{uuid.uuid4().hex[:8]}"
    return {"clinic": str(place.clinic_id), "role": "nurse", "name": "New", "login": login}


def _history(kind: str, may: frozenset[str]) -> Row:
    return _page("GET", f"{_OF_PATIENT}/history/{kind}/{{row_id}}", may, About.PATIENT)


_ACCOUNT: Final[list[Row]] = [
    _self("GET", "/account", 200),
    _self("GET", "/enrol", 303),
    _own("/passkeys/{passkey_id}/rename", label="Old phone"),
    _own("/passkeys/{passkey_id}/remove", 409),
    _self("POST", "/account/password", 200, new_password="three tired herons 7"),
    _self("POST", "/account/password/remove", 404),
    _self("POST", "/account/app", 200),
    _self("POST", "/account/app/confirm", 409, challenge="x", code="123456"),
    _self("GET", "/account/recovery-codes", 200),
    _self("POST", "/account/recovery-codes", 200),
    _own("/sessions/{session_id}/end"),
    _self("POST", "/account/sessions/end-others", 303),
    _self("POST", "/account/tokens", 200, label="x", scopes="clinics.read", days="30"),
    _own("/tokens/{token_id}/end"),
    _self("POST", "/sign-out", 303),
    _self("POST", "/account/language", 303, locale="es", next="/account"),
]

_ACCOUNTS: Final[list[Row]] = [
    _page("GET", "/accounts", ADMIN, About.LIST),
    # Whatever clinic the form names, an administrator of one makes accounts there only.
    _accounts("POST", body=_new_account, but={"foreign": 303}),
    _accounts("GET", "/{account_id}"),
    _accounts(
        "POST",
        "/{account_id}/change",
        body=sends(name="Another", login="", reason="Married."),
        done=422,  # an account has a login
    ),
    _accounts("POST", "/{account_id}/disable", body=sends(reason="Left.")),
    _accounts("POST", "/{disabled_account_id}/enable", body=sends(reason="Back.")),
    _accounts("POST", "/{account_id}/invite", done=200),
    _accounts(
        "POST", "/{account_id}/re-enrol", done=200, body=sends(recognised_by="known-in-person")
    ),
]

_SIGN_IN: Final[list[Row]] = [
    _anybody("GET", "/sign-in", 200),
    _anybody("POST", "/sign-in/password", 401, login="x", password="x", code="1"),
    _anybody("POST", "/sign-in/recovery", 401, login="x", code="x"),
    _anybody("GET", "/sign-in/link", 200),
    _anybody("POST", "/sign-in/link", 401, secret="x"),
    _anybody("POST", "/language", 303, locale="es", next="/sign-in"),
]

_TREATING: Final[list[Row]] = [
    _page("GET", "/schedule", SEES | OFFICE, About.CLINIC, query="clinic"),
    _page("GET", f"{_OF_PATIENT}/schedule", SEES | OFFICE, About.PATIENT),
    _page(
        "POST",
        f"{_OF_PATIENT}/course-exceptions",
        TEAM | OFFICE,
        About.PATIENT,
        body=sends(kind="added", new_date="2026-06-20", reason="travel", confirm="yes"),
    ),
    _page(
        "POST",
        f"{_OF_PATIENT}/course-exceptions/{{row_id}}/void",
        TEAM | OFFICE,
        About.PATIENT,
        body=sends(reason="It can be then."),
    ),
    _page(
        "POST",
        f"{_OF_PATIENT}/visit-assignments",
        DOCTOR | OFFICE,
        About.PATIENT,
        body=lambda place, _role: {
            "account_id": str(place.rows["accounts"]),
            "on_date": "2026-06-20",
        },
    ),
    _page(
        "POST",
        f"{_OF_PATIENT}/visit-assignments/{{row_id}}/void",
        DOCTOR | OFFICE,
        About.PATIENT,
        body=sends(reason="She is ill."),
    ),
    _page("GET", "/plans/{row_id}/conversion", SEES | OFFICE, About.PATIENT),
    _page("GET", "/calls", SEES | PHARMACY, About.CLINIC, query="clinic"),
    _page("GET", "/visits/{row_id}", SEES | PHARMACY, About.PATIENT),
    _page(
        "POST",
        "/visits/{row_id}/sign",
        TEAM,
        About.PATIENT,
        body=lambda _place, _role: {"fingerprint": "unread", "signature": str(uuid.uuid4())},
        done=412,  # nobody can sign what they have not read
    ),
]


def _recall(place: Place, _role: str) -> dict[str, Any]:
    about = {"clinic": str(place.clinic_id), "lot": f"L{uuid.uuid4().hex[:12]}"}
    return {**about, "announced_on": "2026-05-28", "source": "Letter of the maker"}


_SEES_LOTS: Final = TEAM | PHARMACY
_SEES_PRODUCTS: Final = TEAM | OFFICE | PHARMACY | ADMIN
_PHARMACY: Final[list[Row]] = [
    _page("GET", "/lots", _SEES_LOTS, About.CLINIC, query="clinic"),
    _page("POST", "/recalls", DOCTOR | PHARMACY, About.CLINIC, body=_recall),
    _page("GET", "/recalls/{row_id}", _SEES_LOTS, About.CLINIC),
    _page("GET", "/recalls/{row_id}/history", _SEES_LOTS, About.CLINIC),
    _page(
        "POST",
        "/recalls/{row_id}/void",
        DOCTOR | PHARMACY,
        About.CLINIC,
        body=sends(reason="Misread."),
    ),
    _page(
        "POST",
        "/recalls/{row_id}/patients/{patient_id}/told",
        DOCTOR | PHARMACY,
        About.PATIENT,
        body=sends(method="phone"),
        done=422,  # the patient got no such lot
    ),
    _page("POST", "/recall-notices/{row_id}/confirmed", DOCTOR | PHARMACY, About.PATIENT),
    _page("GET", "/products", _SEES_PRODUCTS, About.CLINIC, query="clinic"),
    _page("GET", "/products/{row_id}", _SEES_PRODUCTS, About.CLINIC),
    _page("GET", "/products/{row_id}/history", _SEES_PRODUCTS, About.CLINIC),
    _page(
        "POST",
        "/products/{row_id}/confirm",
        DOCTOR | PHARMACY,
        About.CLINIC,
        body=sends(against="Label of May 2026", version="1"),
    ),
    _page(
        "POST",
        "/products/{row_id}/retire",
        DOCTOR | PHARMACY,
        About.CLINIC,
        body=sends(reason="Off the market."),
    ),
]

PAGES: Final[list[Row]] = [
    *_SIGN_IN,
    *_ACCOUNT,
    *_ACCOUNTS,
    _page("GET", "/", ALL, About.SELF, done=303),
    _page("GET", "/worklist", TEAM, About.CLINIC, query="clinic"),
    _page("GET", "/patients", _EVERYBODY, About.CLINIC, query="clinic"),
    _page("GET", _OF_PATIENT, SEES, About.PATIENT),
    _page("GET", f"{_OF_PATIENT}/charts.json", TEAM, About.PATIENT),
    _page("GET", f"{_OF_PATIENT}/access-log", HOME, About.PATIENT),
    _page("GET", f"{_OF_PATIENT}/care-team", SEES | OFFICE, About.PATIENT),
    _page(
        "POST",
        f"{_OF_PATIENT}/care-team",
        DOCTOR | OFFICE,
        About.PATIENT,
        body=lambda place, _role: {"account": str(place.rows.get("accounts"))},
    ),
    _page(
        "POST",
        f"{_OF_PATIENT}/care-team/{{member_id}}/end",
        DOCTOR | OFFICE,
        About.PATIENT,
        body=sends(reason="Left."),
    ),
    _page("POST", f"{_OF_PATIENT}/care-team/{{emergency_id}}/seen", DOCTOR, About.PATIENT),
    _page("GET", "/emergency", TEAM, About.SELF),
    _page(
        "POST",
        "/emergency",
        TEAM,
        About.PATIENT,
        body=lambda place, _role: {
            "external_id": place.external_id,
            "reason": "Brought in unconscious.",
        },
        but={"own": 409, "stranger": 303},
    ),
    _history("record", _EVERYBODY),
    *(_history(kind, SEES) for kind in ("weights", "therapies", "settings", "reports")),
    *(_history(kind, SEES | OFFICE) for kind in ("care-team", "consents", "plans", "holds")),
    *(_history(kind, SEES | OFFICE) for kind in ("course-exceptions", "visit-assignments")),
    *(
        _history(kind, SEES | PHARMACY)
        for kind in ("infusions", "visits", "vials", "infusion-events", "reactions")
    ),
    _history("follow-up-calls", SEES | PHARMACY),
    *_TREATING,
    *_PHARMACY,
]
