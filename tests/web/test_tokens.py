"""Pages are for people: a token, which may see one area, opens none of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from app.accounts.acts import log_of_operator, recorded
from app.accounts.bearer import create_token
from app.accounts.rules import TokenDraft
from app.accounts.tables import AccountRow
from app.config import Settings
from app.db import Database
from app.kit.audit.tables import AuditEntryRow
from app.kit.history import Actor
from app.main import create_app
from tests.support.client import ApiClient
from tests.support.ward import NOW, Ward, a_ward


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings, clock=lambda: NOW)


@pytest.fixture
def ward(database: Database) -> Ward:
    return a_ward(database)


def test_a_token_opens_no_page(client: ApiClient, database: Database, ward: Ward) -> None:
    log = log_of_operator(Actor("system operator (test)"), now=NOW, operation="test")
    with recorded(database, log) as session:
        physician = session.scalars(select(AccountRow).where(AccountRow.role == "physician")).one()
        draft = TokenDraft("A program", ("analysis.read",), NOW + timedelta(days=1))
        _, secret = create_token(session, log, physician, draft=draft, own=frozenset(draft.scopes))
    headers = {"authorization": f"Bearer {secret}"}
    of_api = client.get(f"/api/v1{ward.record}/findings", headers=headers)
    assert of_api.status_code == 200, of_api.text
    page = client.get(ward.record, headers=headers)
    assert page.status_code == 303
    assert page.headers["location"].startswith("/sign-in")


def test_a_form_that_is_shown_again_is_in_the_trail(
    client: ApiClient, database: Database, ward: Ward
) -> None:
    count = select(func.count(AuditEntryRow.id))
    with database.reading() as session:
        before = session.scalar(count) or 0
    sent = client.post(
        f"{ward.record}/care-team", data={"account": "x"}, headers=ward.headers("physician")
    )
    assert sent.status_code == 422
    with database.reading() as session:
        assert (session.scalar(count) or 0) > before
