"""What every command shares: which database, which clinic, who acts, and the clock."""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from app.errors import SchemaOutOfDate
from app.exchange.errors import WrongUsage

if TYPE_CHECKING:
    from app.config import Settings
    from app.db import Database
    from app.kit.history import Actor

DATABASE_URL: Final[Any] = typer.Option(
    "--database-url",
    metavar="URL",
    help="The database in SQLAlchemy's form.  [env: IVIG_DATABASE_URL; default: sqlite:///ivig.db]",
)
CLINIC: Final[Any] = typer.Option(
    "--clinic", metavar="NAME", help="The clinic; needed where there are several."
)


@dataclass(frozen=True, slots=True)
class Context:
    """Options that may stand before the command or after it; those after it win."""

    database_url: str | None = None
    clinic: str | None = None


def now() -> datetime:
    """Return the present moment: the clock of the command line."""
    return datetime.now(UTC)


def operator() -> Actor:
    """Return who acts: on the machine itself no account is needed, but a name is kept.

    The name is that of the process's real user in the password database, never what the
    environment says in LOGNAME or USER. Whom `sudo` names stands beside it: only root can set
    that otherwise.
    """
    from app.kit.history import Actor

    if sys.platform == "win32":
        return Actor(f"system operator ({getpass.getuser()})")
    user_id = os.getuid()
    name = _user_name(user_id)
    user = f"user {user_id}" if name is None else f"{name}, uid {user_id}"
    by = os.environ.get("SUDO_UID", "")
    if user_id == 0 and re.fullmatch(r"[0-9]{1,10}", by):
        user += f", sudo by {_user_name(int(by)) or f'user {by}'}"
    return Actor(f"system operator ({user})")


def _user_name(user_id: int) -> str | None:
    import pwd

    try:
        return pwd.getpwuid(user_id).pw_name
    except (KeyError, OverflowError):
        return None


def clinic_of(context: typer.Context, clinic: str | None) -> str | None:
    """Return the clinic that was named, before the command or after it."""
    shared: Context = context.obj
    return clinic or shared.clinic


def settings_of(context: typer.Context, database_url: str | None) -> Settings:
    """Return the settings of the environment with the database that was named."""
    from pydantic import ValidationError

    from app.config import Settings

    shared: Context = context.obj
    url = database_url or shared.database_url
    try:
        return Settings(database_url=url) if url else Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "".join(f"IVIG_{part}".upper() for part in first["loc"])
        message = f"{name}: {first['msg']}"
        raise WrongUsage(message) from error


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Open a database whose schema is this program's.

    Raises
    ------
    SchemaOutOfDate
        It is older, or not there.
    KeysUnusable
        Its keys are missing, open to others, or those of another database.
    WrongUsage
        The URL names no database.
    """
    from app.db import Database, require_newest_schema
    from app.kit.known_keys import require_keys

    require_url(url)
    path = sqlite_path(url)
    # SQLite would make an empty file, and the next command would wonder about it.
    if path is not None and not path.exists():
        message = f"There is no database at {path}. Run `ivig migrate` first."
        raise SchemaOutOfDate(message)
    database = Database(url)
    try:
        require_newest_schema(database.engine)
        require_keys(database.engine)
        yield database
    finally:
        database.close()


def require_url(url: str) -> None:
    """Refuse a URL that names no database which this program knows.

    Raises
    ------
    WrongUsage
        With the two forms that it knows.
    """
    from sqlalchemy.exc import ArgumentError

    from app.db import normal_url

    try:
        backend = normal_url(url).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in {"sqlite", "postgresql"}:
        message = (
            "the database URL must look like sqlite:///ivig.db or"
            " postgresql://user:password@host/name"
        )
        raise WrongUsage(message)


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite database; None for any other, and for one in memory."""
    from app.db import normal_url

    parsed = normal_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        return None
    return Path(str(parsed.database))
