"""`ivig`: the command line. Results go to standard output, all else to standard error."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final

import typer

from app.cli import analyse, audit, demo, exchange, keys, migrate, serve, user, worker
from app.cli.context import CLINIC, DATABASE_URL, Context
from app.errors import AppError
from app.exchange.errors import WrongUsage

REFUSED: Final = 1
WRONG_USAGE: Final = 2

app = typer.Typer(
    name="ivig",
    help="IVIG course tracker: migrate, import, export, analyse, serve.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def before_command(
    context: typer.Context,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Take the options that every command shares, should they stand before it."""
    context.obj = Context(database_url, clinic)


app.command("migrate")(migrate.run)
app.command("import")(exchange.import_)
app.command("export")(exchange.export)
app.command("analyse")(analyse.run)
app.command("serve")(serve.run)
app.command("worker")(worker.run)
app.command("demo")(demo.run)
app.add_typer(user.app, name="user")
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")


def main() -> None:
    """Run the command line; an error that was expected is one line, not a traceback."""
    try:
        app()
    except AppError as error:
        _fail(str(error), status=WRONG_USAGE if isinstance(error, WrongUsage) else REFUSED)
    except BrokenPipeError:
        # Whoever read the output has seen enough (`ivig export … | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(REFUSED) from None
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}", status=REFUSED)
    except Exception as error:
        reason = _database_reason(error)
        if reason is None:
            raise
        _fail(reason, status=REFUSED)


def _database_reason(error: Exception) -> str | None:
    """Return what to say of an error of the database that is none of this program's own."""
    # Whoever raised such an error has imported it; `ivig --help` need not.
    errors, sqlite3 = sys.modules.get("sqlalchemy.exc"), sys.modules.get("sqlite3")
    if errors is not None and isinstance(error, errors.DBAPIError):
        return f"The database refused: {' '.join(str(error.orig).split())}"
    if sqlite3 is not None and isinstance(error, sqlite3.Error):
        return f"The temporary file of the import failed: {error}"
    return None


def _fail(reason: str, *, status: int) -> None:
    typer.echo(f"ivig: {reason}", err=True)
    raise SystemExit(status)
