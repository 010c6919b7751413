"""SQLite without waiting for the disk: what the tests of this process write outlives no power cut.

The program waits (`synchronous=FULL`), and so does every process that a test starts;
tests/structure/test_durability.py holds it to that.
"""

from __future__ import annotations

from typing import Any

from app import db

WAITING = db._set_up_sqlite


def _set_up(connection: Any, record: object) -> None:
    WAITING(connection, record)
    connection.execute("PRAGMA synchronous=OFF").close()


def without_waiting() -> None:
    """Let every engine that this process makes from now on leave its writes to the system."""
    db._set_up_sqlite = _set_up
