"""Fixtures for every test: an own database on each kind, a session, and a client.

A test that takes `database_url`, `database`, `engine`, `session`, `app` or `client` runs twice:
on SQLite and on a real PostgreSQL. Its database was built by the migrations and is empty. A test
that needs one kind only says so: ``@pytest.mark.parametrize("dialect", ["sqlite"],
indirect=True)``.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import Database, upgrade
from app.kit.keys import save_keyring
from tests.support.client import ApiClient
from tests.support.keys import a_keyring
from tests.support.postgres import PostgresServer, SpareDatabase, running_postgres
from tests.support.quick import without_waiting

# The tests obey no setting of the machine that they run on.
for _name in [name for name in os.environ if name.startswith("IVIG_")]:
    if not _name.startswith("IVIG_TEST_"):
        del os.environ[_name]

# One ring of keys for the whole run, so that a copied database opens wherever it is copied to.
KEYRING = a_keyring()
_KEY_FILE = Path(tempfile.mkdtemp(prefix="ivig-test-keys-")) / "ivig.key"
atexit.register(shutil.rmtree, _KEY_FILE.parent)
save_keyring(_KEY_FILE, KEYRING)
os.environ["IVIG_KEY_FILE"] = str(_KEY_FILE)
# What is made for the browser goes there too, and not to the home of whoever runs the tests.
os.environ["XDG_CACHE_HOME"] = str(_KEY_FILE.parent)

without_waiting()

# In CI the same examples every time: a change is blamed only for what it did. At a desk new ones.
# How fast a busy machine is says nothing about the code, so no test fails for being slow.
SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("desk", deadline=None, suppress_health_check=SLOW)
hypothesis.settings.register_profile(
    "ci", deadline=None, suppress_health_check=SLOW, derandomize=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")


# What takes minutes goes first, in this order: processes that run side by side end together then.
LONG = (
    "access/test_policy.py",
    "browser/test_pages_of_people.py",
    "cli/test_serving.py",
    "access/test_promises.py",
    "api/test_openapi.py",
    "exchange/test_round_trip.py",
    "browser",
    "cli",
    "api",
    "web",
    "migrations",
    "accounts",
    "exchange",
    "kit",
)
TESTS = Path(__file__).resolve().parent
UNTRACED = ("access", "browser", "cli", "exchange", "migrations")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; the tests of a file stay in their order."""
    items.sort(key=lambda item: _place(item.path))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let coverage look at the tests without a database alone.

    They reach every branch of the pure parts, which is what the gate asks; to be looked at doubles
    the time of all the others, and of nothing that they do a line would be kept.
    """
    plugin = item.config.pluginmanager.getplugin("_cov")
    coverage = getattr(plugin, "cov_controller", None)
    if coverage is not None and coverage.started != is_traced(item):
        (coverage.resume if is_traced(item) else coverage.pause)()
    return (yield)


def is_traced(item: pytest.Item) -> bool:
    """Say whether a test takes no database and starts no program."""
    folder = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""
    return "dialect" not in getattr(item, "fixturenames", ()) and folder not in UNTRACED


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not among what is there for the whole run.

    Ten thousand collected tests and the application would be walked through again and again: a
    seventh of the time of a test.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _place(path: Path) -> int:
    if not path.is_relative_to(TESTS):
        return len(LONG)
    inside = path.relative_to(TESTS).as_posix()
    found = (n for n, long in enumerate(LONG) if inside == long or inside.startswith(f"{long}/"))
    return next(found, len(LONG))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated SQLite file, to be copied and never opened."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    upgrade(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        # Everything into the one file that is copied.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> Iterator[str]:
    """Give the name of a migrated PostgreSQL database, to be copied and never opened."""
    with postgres.database() as url:
        upgrade(url)
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture(scope="session")
def spare_postgres(postgres: PostgresServer, migrated_postgres: str) -> Iterator[SpareDatabase]:
    """Give the copies of the migrated database that tests get for themselves."""
    spare = SpareDatabase(postgres, migrated_postgres)
    yield spare
    spare.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_database_url(
    dialect: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Name a database without any table, for the tests of the migrations."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest.fixture
def database_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Name a migrated database without any row that is this test's own."""
    if dialect == "sqlite":
        path = tmp_path / "ivig.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    spare: SpareDatabase = request.getfixturevalue("spare_postgres")
    with spare.database() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def engine(database: Database) -> Engine:
    return database.engine


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Give a session that may write; what the test does not commit is rolled back."""
    with database.writing() as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Give the settings of `app`: its analyses are recomputed only when a test asks."""
    return Settings(database_url=database_url, worker_in_server=False)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """Give the application with an open gate; tests of the gate make their own."""
    from app.main import create_app  # noqa: PLC0415 - tests of the core need no web framework
    from tests.support.gate import OpenGuard  # noqa: PLC0415 - as below

    return create_app(settings, gate=OpenGuard())


@pytest.fixture
def client(app: FastAPI) -> Iterator[ApiClient]:
    with ApiClient(app) as opened:
        yield opened
