"""What is committed is on the disk: the tests go without that, the program never does."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.db import Database
from tests.support.quick import WAITING

ROOT = Path(__file__).resolve().parents[2]
FULL, OFF = "2", "0"
ASK = """
import sys
from sqlalchemy import text
from app.db import Database
with Database(sys.argv[1]).reading() as session:
    print(session.scalar(text("PRAGMA synchronous")))
"""


def test_the_program_waits_for_the_disk(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ivig.db"
    told = subprocess.run(
        [sys.executable, "-c", ASK, url], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert told.stdout.strip() == FULL
    with closing(sqlite3.connect(tmp_path / "ivig.db")) as connection:
        WAITING(connection, None)
        assert str(connection.execute("PRAGMA synchronous").fetchone()[0]) == FULL


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_only_the_tests_do_not(database: Database) -> None:
    with database.reading() as session:
        answer = session.connection().exec_driver_sql("PRAGMA synchronous").scalar()
    assert str(answer) == OFF
