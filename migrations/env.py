"""Runs migrations against the address that the caller or the environment names."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from app.config import get_settings
from app.db import make_engine
from app.tables import Base


def run(connection: Connection) -> None:
    """Run the migrations that are asked for, all in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter most of a table in place: it is copied.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        # Alembic thinks that SQLite cannot roll a change of the schema back. It can, where the
        # driver leaves transactions alone.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Open the database and migrate it."""
    url = context.config.attributes.get("url") or get_settings().database_url
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            run(connection)
    finally:
        engine.dispose()


run_online()
