"""`ivig migrate`: bring the database to the newest schema."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.context import CLINIC, DATABASE_URL, require_url, settings_of, sqlite_path
from app.errors import CommandRefused

KEY_BYTES: Final = 32
_OWNER_ONLY: Final = 0o600


def run(
    context: typer.Context,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Make the database, or bring it to the newest schema."""
    del clinic  # Accepted as everywhere; a schema belongs to all clinics.
    url = settings_of(context, database_url).database_url
    typer.echo(f"The database is at schema revision {migrate(url)}.")


def migrate(url: str) -> str:
    """Bring the database to the newest schema and return its revision.

    Raises
    ------
    CommandRefused
        The folder of a SQLite file is missing.
    """
    from app.db import newest_revision, upgrade

    require_url(url)
    path = sqlite_path(url)
    if path is not None and not path.absolute().parent.is_dir():
        message = f"There is no folder {path.absolute().parent} for the database."
        raise CommandRefused(message)
    upgrade(url)
    if path is not None:
        make_key_file(path)
    return newest_revision()


def make_key_file(database: Path) -> Path:
    """Make the key file beside a SQLite database, for its owner alone; keep one that exists."""
    path = database.with_name(f"{database.name}.key")
    try:
        # Never readable for others, not even between making and writing it.
        path.touch(mode=_OWNER_ONLY, exist_ok=False)
    except FileExistsError:
        return path
    path.write_text(f"{secrets.token_urlsafe(KEY_BYTES)}\n", encoding="ascii")
    return path
