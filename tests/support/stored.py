"""What a database holds below the application: rows entered as they are, and every byte."""

from __future__ import annotations

import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, make_url


def insert_raw(connection: Connection, table: str, **values: Any) -> None:
    """Enter a row as an older schema held it."""
    reflected = sa.Table(table, sa.MetaData(), autoload_with=connection)
    typed = {
        name: str(value).replace("-", "") if connection.dialect.name == "sqlite" else value
        for name, value in values.items()
        if isinstance(value, uuid.UUID)
    }
    connection.execute(reflected.insert(), {**values, **typed})


def everything_stored(engine: Engine) -> str:
    """Return every byte of a SQLite file, or every row of every table as text."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path = Path(str(make_url(str(engine.url)).database))
        return path.read_bytes().decode("latin-1")
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        return "\n".join(
            str(row[0])
            for table in tables
            for row in connection.exec_driver_sql(f'SELECT stored::text FROM "{table}" AS stored')
        )
