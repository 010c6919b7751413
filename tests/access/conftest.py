"""Two clinics, entered once for each kind of database; nobody changes what stands in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.config import Settings
from app.db import Database
from app.main import create_app
from tests.access.rows import NOW
from tests.access.world import World
from tests.support.client import ApiClient
from tests.support.people import Clock
from tests.support.postgres import PostgresServer


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
        path = tmp_path_factory.mktemp("access") / "ivig.db"
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
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared_clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def clock(shared_clock: Clock) -> Iterator[Clock]:
    """Give the clock, which is set back after the test."""
    yield shared_clock
    shared_clock.now = NOW


@pytest.fixture(scope="module")
def app(settings: Settings, shared_clock: Clock) -> FastAPI:
    """Give the application with its real gate."""
    return create_app(settings, clock=shared_clock)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[ApiClient]:
    with ApiClient(app) as opened:
        yield opened


@pytest.fixture(scope="module")
def world(client: ApiClient, database: Database) -> World:
    return World.made(client, database)
