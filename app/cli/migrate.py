"""`ivig migrate`: bring the database to the newest schema, and make its keys."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.cli.context import CLINIC, DATABASE_URL, now, require_url, settings_of, sqlite_path
from app.cli.progress import say
from app.errors import CommandRefused, KeysUnusable

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.kit.key_places import KeyPlace
    from app.kit.known_keys import Known

# What the first release wrote: 32 bytes in one line of URL-safe base64. It sealed nothing.
_FORMER_KEY: Final = re.compile(rb"[A-Za-z0-9_-]{43}\s*")
# An empty table that is there from before a database is sealed until its files are written anew.
_SCRUB_DUE: Final = "scrub_due"
_UNSEALED: Final = ("0001_record", "0002_settings_and_reviews")


def run(
    context: typer.Context,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Make the database and its keys, or bring it to the newest schema."""
    del clinic  # Accepted as everywhere; a schema belongs to all clinics.
    url = settings_of(context, database_url).database_url
    typer.echo(f"The database is at schema revision {migrate(url)}.")


def migrate(url: str) -> str:
    """Bring the database to the newest schema and return its revision.

    Raises
    ------
    CommandRefused
        The folder of a SQLite file, or of the keys, is missing.
    KeysUnusable
        The database was sealed with keys that are not there.
    """
    from app.db import current_revision, make_engine, newest_revision, upgrade
    from app.kit.known_keys import require_keys

    require_url(url)
    path = sqlite_path(url)
    if path is not None and not path.absolute().parent.is_dir():
        message = f"There is no folder {path.absolute().parent} for the database."
        raise CommandRefused(message)
    engine = make_engine(url)
    try:
        before = current_revision(engine)
        provide_keys(engine)
        if before in _UNSEALED:
            _make_scrub_due(engine)
        upgrade(url)
        require_keys(engine)
        if _is_scrub_due(engine):
            say("Removing what was readable from the files of the database ...")
            _scrub(engine)
            _end_scrub(engine)
    finally:
        engine.dispose()
    return newest_revision()


def provide_keys(engine: Engine) -> None:
    """Make the keys of a database that has none, and leave every other alone.

    Raises
    ------
    CommandRefused
        The folder for the key file is missing.
    KeysUnusable
        The database was sealed with keys that are not there, or are not these.
    """
    from app.kit.keys import new_keyring, save_keyring
    from app.kit.known_keys import known_keys, require_same
    from app.kit.sealing import keys_of

    place = keys_of(engine.dialect).place()
    with engine.connect() as connection:
        known = known_keys(connection)
    if place.path is None or (place.exists() and not _is_of_first_release(place)):
        require_same(known, place.read())
        return
    _require_never_sealed(known, place)
    if not place.path.absolute().parent.is_dir():
        message = f"There is no folder {place.path.absolute().parent} for the key file."
        raise CommandRefused(message)
    save_keyring(place.path, new_keyring(now()))
    say(
        f"The keys are in {place.path}. Keep a copy apart from the backups of the database:"
        " without it nobody reads what is sealed."
    )


def _require_never_sealed(known: Known, place: KeyPlace) -> None:
    if known:
        raise KeysUnusable(
            f"This database is sealed with keys that {place} does not hold. New keys would not"
            " open it: put the key file back, or name its place with IVIG_KEY_FILE."
        )


def _is_of_first_release(place: KeyPlace) -> bool:
    return place.path is not None and bool(_FORMER_KEY.fullmatch(place.path.read_bytes()))


def _make_scrub_due(engine: Engine) -> None:
    """Leave a mark that outlives this process: what it seals may be readable in free pages."""
    from sqlalchemy import text

    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE IF NOT EXISTS {_SCRUB_DUE} (due boolean)"))


def _is_scrub_due(engine: Engine) -> bool:
    from sqlalchemy import inspect

    return inspect(engine).has_table(_SCRUB_DUE)


def _end_scrub(engine: Engine) -> None:
    from sqlalchemy import text

    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {_SCRUB_DUE}"))


def _scrub(engine: Engine) -> None:
    """Write the files of the database anew, so that no free page keeps what was sealed since."""
    from sqlalchemy import text

    from app.kit.resealing import sealed_tables
    from app.tables import Base

    if engine.dialect.name == "sqlite":
        # Below SQLAlchemy, whose every connection begins a transaction.
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("VACUUM")
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in sealed_tables(Base.metadata):
            connection.execute(text(f"VACUUM (FULL) {table.name}"))
