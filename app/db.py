"""The database: engine, sessions, the only commit, and bringing the schema up to date.

SQLite runs in WAL mode with full durability and takes its write lock when a writing session
begins, so that two writers queue instead of failing half-way. See
docs/adr/0002-sqlite-first.md.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.resources import files
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from app.config import Settings
from app.errors import SchemaOutOfDate, VersionMismatch
from app.kit.key_places import KeySource, place_of_keys
from app.kit.keys import Keyring
from app.kit.sealing import attach_keys, keys_of
from app.said import say

SQLITE_BUSY_MS: Final = 15_000
_WRITES: Final = "ivig_writes"
_DEADLOCK: Final = "40P01"  # PostgreSQL, appendix A: two changes wait for each other


def _changed_meanwhile() -> VersionMismatch:
    message = say("What is changed here was changed by somebody else meanwhile; read it again.")
    return VersionMismatch(message)


def normal_url(url: str) -> URL:
    """Return the URL with the one driver that we test for its database."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def make_engine(url: str, *, pool_size: int = 8, keyring: Keyring | None = None) -> Engine:
    """Make the engine for `url`, with SQLite set up for clinical data.

    Without a keyring its keys are read where the settings say, when the first value needs them.
    """
    parsed = normal_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(
            parsed, pool_size=pool_size, pool_pre_ping=True, hide_parameters=True
        )
    else:
        engine = create_engine(parsed, hide_parameters=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    attach_keys(engine, KeySource(lambda: place_of_keys(parsed, Settings()), keyring))
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late for a read that decides a write, so it is off.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # A row that REPLACE would push out counts as deleted, which the guards refuse.
        "recursive_triggers=ON",
        f"busy_timeout={SQLITE_BUSY_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """One database of one process: sessions to read, sessions to write."""

    def __init__(self, url: str, *, pool_size: int = 8, keyring: Keyring | None = None) -> None:
        self.url = url
        self.engine = make_engine(url, pool_size=pool_size, keyring=keyring)
        self.keys = keys_of(self.engine.dialect)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        writer = self.engine.execution_options(**{_WRITES: True})
        self._read = sessionmaker(self.engine, expire_on_commit=False)
        self._write = sessionmaker(writer, expire_on_commit=False)
        # SQLite has one writer: threads that queue here do not sleep in its busy handler.
        self._writer_lock = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session whose work is never committed."""
        with self._read() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Give a session that reads everything as it is at its first query, however long it reads.

        On SQLite every session does.
        """
        with self._read() as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session and commit it, or roll everything back if the work fails.

        Raises
        ------
        VersionMismatch
            Somebody else changed the same rows at the same moment.
        """
        try:
            with self._writer_lock, self._write() as session, session.begin():
                yield session
        except StaleDataError as error:
            raise _changed_meanwhile() from error
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == _DEADLOCK:
                raise _changed_meanwhile() from error
            raise

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration for the database at `url`, without any file."""
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["url"] = url
    return config


def newest_revision() -> str:
    """Return the name of the newest schema revision of this program."""
    head = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    if head is None:
        message = "this program has no migrations"
        raise RuntimeError(message)
    return head


def current_revision(engine: Engine) -> str | None:
    """Return the revision that the database is at; None if it was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`."""
    command.upgrade(alembic_config(url), revision)


def require_newest_schema(engine: Engine) -> None:
    """Refuse to work with a database whose schema is not this program's.

    Raises
    ------
    SchemaOutOfDate
        Names the revision found and the one needed.
    """
    found, needed = current_revision(engine), newest_revision()
    if found != needed:
        message = (
            f"The database is at schema revision {found or 'none (empty)'}, this program needs "
            f"{needed}. Run `ivig migrate` first."
        )
        raise SchemaOutOfDate(message)
