"""An application whose clock the tests move, and for every test a clinic with one patient.

Building the application costs more than most tests of it, so all tests of a file share one, on one
database of each kind. A test looks at its own clinic only.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.config import Settings
from app.db import Database
from app.main import create_app
from tests.api.world import World
from tests.support.client import ApiClient
from tests.support.gate import OpenGuard
from tests.support.postgres import PostgresServer

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


class MovableClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def database_url(
    dialect: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Name a migrated database for all tests of a file."""
    if dialect == "sqlite":
        template: Path = request.getfixturevalue("migrated_sqlite")
        path = tmp_path_factory.mktemp("api") / "ivig.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(template=request.getfixturevalue("migrated_postgres")) as url:
        yield url


@pytest.fixture(scope="module")
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, worker_in_server=False)


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    """Give a second way to the database, beside the application's own."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared_clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def app(settings: Settings, shared_clock: MovableClock) -> FastAPI:
    return create_app(settings, clock=shared_clock, gate=OpenGuard())


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[ApiClient]:
    with ApiClient(app) as opened:
        yield opened


@pytest.fixture
def clock(shared_clock: MovableClock) -> Iterator[MovableClock]:
    """Give the clock, which is set back after the test."""
    yield shared_clock
    shared_clock.now = START


@pytest.fixture
def world(client: ApiClient, clock: MovableClock) -> World:
    """Give a clinic with its products and one patient, entered through the API."""
    return World.of(client)


@pytest.fixture
def quiet_client(settings: Settings) -> Iterator[ApiClient]:
    """Give a client that sees the response to an unexpected error, as a user would."""
    with ApiClient(create_app(settings, gate=OpenGuard()), raises=False) as opened:
        yield opened
