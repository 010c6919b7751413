"""`ivig keys`: look at the keys of the database, turn to a new one, remove an old one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.cli.context import CLINIC, DATABASE_URL, now, open_database, operator, settings_of
from app.cli.progress import Report, progress, say
from app.errors import CommandRefused

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from app.db import Database
    from app.kit.keys import Key, Keyring
    from app.kit.resealing import SealedTable

app: Final = typer.Typer(
    help="Show, rotate and retire the keys that seal names, dates and free text.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_HEADER: Final = ("kind", "key", "made", "fingerprint", "values")
_WIDTHS: Final = (6, 5, 22, 18, 12)


@app.command()
def show(
    context: typer.Context,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """List every key with its date, its fingerprint, and how many values it seals."""
    del clinic  # Accepted as everywhere; the keys belong to all clinics.
    from app.kit.resealing import count_by_key

    with open_database(settings_of(context, database_url).database_url) as database:
        keyring = database.keys.get()
        with database.reading() as session:
            counts = count_by_key(session.connection(), _tables())
    rows = [_HEADER, *(_row("seal", key, str(counts.get(key.id, 0))) for key in keyring.seal)]
    rows.append(("index", "1", "", keyring.fingerprints()["index", 1], ""))
    rows += [_row("audit", key, "") for key in keyring.audit]
    for *first, last in rows:
        cells = (cell.ljust(width) for cell, width in zip(first, _WIDTHS, strict=False))
        typer.echo(f"{''.join(cells)}{last.rjust(_WIDTHS[-1])}".rstrip())


def _row(kind: str, key: Key, count: str) -> tuple[str, str, str, str, str]:
    return kind, str(key.id), f"{key.made:%Y-%m-%d %H:%M} UTC", key.fingerprint, count


@app.command()
def rotate(
    context: typer.Context,
    finish: Annotated[
        bool,
        typer.Option("--finish", help="Make no new key: turn to the newest what is under others."),
    ] = False,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Make a new key and seal every value anew with it; the older ones stay readable."""
    del clinic  # Accepted as everywhere; the keys belong to all clinics.
    url = settings_of(context, database_url).database_url
    with open_database(url) as database, progress() as report:
        number = rotate_keys(database, is_finish=finish, report=report)
    typer.echo(f"Every value is sealed with key {number}.")
    say("Back up the key file now. Older keys stay in it until `ivig keys retire` removes them.")


def rotate_keys(database: Database, *, is_finish: bool, report: Report) -> int:
    """Seal every value with the newest key, after making one; return its id.

    The file is written first, so that a value is never sealed with a key that only this process
    knew. Whatever ends the work in between, everything stays readable.

    Raises
    ------
    CommandRefused
        The keys come from the environment, which this program cannot change.
    """
    from app.kit.known_keys import remember
    from app.kit.resealing import guards_lifted, reseal_table

    path = _file_of(database)
    tables = _tables()
    with database.writing() as session:
        connection = session.connection()
        keyring = _locked_ring(database, connection)
        if not is_finish:
            keyring = _with_new_key(keyring, connection, path=path)
        remember(connection, keyring)
        with guards_lifted(connection, [table.name for table in tables]):
            for table in tables:
                reseal_table(
                    connection, table, keyring=keyring, on_progress=partial(report, table.name)
                )
        number = keyring.newest_seal_id()
        _tell(session, "keys rotate", number)
    return number


def _locked_ring(database: Database, connection: Connection) -> Keyring:
    """Return the ring as the file holds it, while no other process can turn to a new key."""
    from sqlalchemy import text

    from app.kit.known_keys import known_keys, require_same

    if not database.is_sqlite:
        connection.execute(text("LOCK TABLE sealing_keys IN EXCLUSIVE MODE"))
    keyring = database.keys.read_again()
    require_same(known_keys(connection), keyring)
    return keyring


def _with_new_key(keyring: Keyring, connection: Connection, *, path: Path) -> Keyring:
    from app.kit.keys import save_keyring
    from app.kit.known_keys import known_keys
    from app.kit.resealing import count_by_key

    counts = count_by_key(connection, _tables())
    if counts and keyring.newest_seal_id() not in counts:
        return keyring  # A rotation that was interrupted has made it already.
    known = [key_id for kind, key_id in known_keys(connection) if kind == "seal"]
    newer = keyring.with_new_seal_key(now(), above=max((*known, *counts), default=0))
    save_keyring(path, newer)
    return newer


@app.command()
def retire(
    context: typer.Context,
    key: Annotated[int, typer.Argument(min=1, metavar="KEY", help="Its number in `keys show`.")],
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Remove a key that seals nothing any more from the key file."""
    del clinic  # Accepted as everywhere; the keys belong to all clinics.
    with open_database(settings_of(context, database_url).database_url) as database:
        retire_key(database, key)
    typer.echo(f"Key {key} is removed from the key file.")
    say(
        "Backups from before the last rotation open with it alone: keep an older key file for them."
    )


def retire_key(database: Database, key_id: int) -> None:
    """Remove a sealing key from the key file.

    Raises
    ------
    CommandRefused
        There is no such key, it is the newest, or it still seals values.
    """
    from app.kit.keys import save_keyring
    from app.kit.known_keys import forget
    from app.kit.resealing import count_by_key

    path = _file_of(database)
    with database.writing() as session:
        connection = session.connection()
        keyring = _locked_ring(database, connection)
        if key_id not in {key.id for key in keyring.seal}:
            raise CommandRefused(f"There is no sealing key {key_id}.")
        if key_id == keyring.newest_seal_id():
            raise CommandRefused(f"Key {key_id} is the newest: it seals what is written now.")
        count = count_by_key(connection, _tables()).get(key_id, 0)
        if count:
            raise CommandRefused(
                f"Key {key_id} seals {count} values. `ivig keys rotate --finish` seals them anew."
            )
        forget(connection, key_id)
        _tell(session, "keys retire", key_id)
    save_keyring(path, keyring.without_seal_key(key_id))


def _file_of(database: Database) -> Path:
    path = database.keys.place().path
    if path is None:
        raise CommandRefused(
            "The keys come from IVIG_KEYS, which this program cannot change. Put its content into"
            " a file (mode 0600), run this with IVIG_KEY_FILE, and give the new content of the"
            " file to whatever sets IVIG_KEYS."
        )
    return path


def _tables() -> list[SealedTable]:
    from app.kit.resealing import sealed_tables
    from app.tables import Base

    return sealed_tables(Base.metadata)


def _tell(session: Session, operation: str, key_id: int) -> None:
    from app.kit.audit import Act, append

    act = Act(
        at=now(),
        actor_id=None,
        actor=operator().name,
        via="command line",
        action="administer",
        operation=operation,
        clinic_id=None,
        patient_id=None,
        detail={"key": key_id},
    )
    append(session, [act])
