"""The gate: what another site's page sent is refused, and what was refused is in the trail."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import select
from starlette.requests import Request

from app.db import Database
from app.errors import Forbidden
from app.kit.access import SESSION_COOKIE
from app.kit.audit.tables import AuditEntryRow
from app.kit.guard import credentials_of, require_same_origin
from tests.support.client import ApiClient
from tests.support.clinic import a_clinic, a_patient

ORIGIN = "https://ivig.example.org"
COOKIE = f"{SESSION_COOKIE}=secret"


def a_request(*, client: Any = ("192.0.2.1", 4), **headers: str) -> Request:
    named = {"host": "ivig.example.org", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    return Request(
        {
            "type": "http",
            "method": "POST",
            "scheme": "https",
            "path": "/",
            "query_string": b"",
            "headers": raw,
            "server": ("ivig.example.org", 443),
            "client": client,
        }
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": ORIGIN, "cookie": COOKIE},
        {"origin": ORIGIN, "cookie": COOKIE},
        {},  # a program without a cookie
    ],
)
def test_a_request_of_an_own_page_or_of_no_page_comes_in(headers: dict[str, str]) -> None:
    require_same_origin(a_request(**headers), ORIGIN)
    require_same_origin(a_request(**headers), None)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site", "origin": "https://evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": "https://other.example.org"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "same-origin", "origin": "https://evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "https://ivig.example.org.evil.example"},
        {"origin": "http://ivig.example.org", "cookie": COOKIE},
        {"origin": "null", "cookie": COOKIE},
        {"cookie": COOKIE},  # a browser says where a request comes from
    ],
)
def test_a_request_of_another_page_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden) as refused:
        require_same_origin(a_request(**headers), ORIGIN)
    assert refused.value.code == "cross-site"


def test_a_token_goes_before_a_cookie() -> None:
    found = credentials_of(a_request(authorization="Bearer ivig_x", cookie=COOKIE))
    assert (found.session, found.bearer, found.address) == (None, "ivig_x", "192.0.2.1")
    assert credentials_of(a_request(cookie=COOKIE, client=None)).session == "secret"
    assert credentials_of(a_request(authorization="Basic eDp5")).bearer is None


def test_what_was_shown_and_what_was_refused_is_in_the_trail(
    client: ApiClient, database: Database
) -> None:
    with database.writing() as session:
        patient = a_patient(session, a_clinic(session))
    absent = "00000000-0000-4000-8000-000000000001"
    assert client.get(f"/api/v1/patients/{patient.id}").status_code == 200
    assert client.get(f"/api/v1/patients/{absent}").status_code == 404
    with database.reading() as session:
        entries = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id)).all()
    read, refused = entries[-2:]
    assert (read.action, read.operation, read.patient_id) == ("read", "read_patient", patient.id)
    assert (refused.action, refused.operation) == ("refused", "read_patient")


def test_an_answer_whose_entry_cannot_be_written_is_not_given(
    client: ApiClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        patient = a_patient(session, a_clinic(session))

    async def fail(_acts: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(client.app.state.auditor, "commit", fail)
    with pytest.raises(OSError, match="full"):
        client.get(f"/api/v1/patients/{patient.id}")


def test_a_cross_site_request_is_written_to_the_log(
    client: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="app.security"):
        sent = client.post(
            "/api/v1/clinics", json={"name": "N"}, headers={"origin": "https://evil.example"}
        )
    assert (sent.status_code, sent.json()["code"]) == (403, "cross-site")
    assert caplog.messages == ["cross-site request refused at create_clinic"]


def test_a_refusal_for_a_fault_of_the_input_is_in_the_trail(
    client: ApiClient, database: Database
) -> None:
    with database.writing() as session:
        patient = a_patient(session, a_clinic(session))
    body = {"measured_at": "2026-05-01T09:00:00Z", "weight_kg": -1}
    assert client.post(f"/api/v1/patients/{patient.id}/weights", json=body).status_code == 422
    with database.reading() as session:
        newest = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc())).first()
    assert newest is not None
    assert (newest.action, newest.operation) == ("refused", "create_weight")
    assert newest.patient_id == patient.id
