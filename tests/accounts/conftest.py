"""The application behind its real gate, with a clock that tests move."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.accounts.tables import AccountRow
from app.config import Settings
from app.db import Database
from app.kit.audit.tables import AuditEntryRow
from app.main import create_app
from tests.support.client import ApiClient
from tests.support.people import Browser, Clock, an_account


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(settings: Settings, database: Database, clock: Clock) -> FastAPI:
    return create_app(settings, database=database, clock=clock)


@pytest.fixture
def client(app: FastAPI) -> Iterator[ApiClient]:
    with ApiClient(app) as opened:
        yield opened


@pytest.fixture
def browser(client: ApiClient) -> Browser:
    return Browser(client)


@pytest.fixture
def account(database: Database) -> AccountRow:
    """Give the account of the installation's administrator, who has not enrolled yet."""
    return an_account(database)


Trail = Callable[[], list[tuple[str, str]]]


@pytest.fixture
def trail(database: Database) -> Trail:
    """Give what the audit trail says of accounts: (action, what), oldest first."""

    def read() -> list[tuple[str, str]]:
        with database.reading() as session:
            rows = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id)).all()
        told = [(row.action, json.loads(row.detail)) for row in rows]
        return [(action, detail["what"]) for action, detail in told if "what" in detail]

    return read
