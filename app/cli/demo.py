"""`ivig demo`: the simulated sample clinic, served from a database of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.cli.analyse import analyse_all
from app.cli.context import CLINIC, DATABASE_URL, now, open_database, operator
from app.cli.migrate import migrate
from app.cli.progress import Report, progress, say
from app.cli.serving import LOOPBACK, address, bind, ending_in_order
from app.errors import CommandRefused

if TYPE_CHECKING:
    from app.db import Database

CLINIC_NAME: Final = "Sample clinic"

_WHAT_TO_SEE: Final = """\
The sample clinic is running: 41 simulated patients, none of them real.

Sign in by one of these links. Each works once, for 24 hours; every start makes new ones.

{people}

As nurse or physician begin with DEMO-01, who feels better and is weak before each infusion, and
DEMO-02, whose infusions paused for a pregnancy. DEMO-41 has a whole course visit by visit: 166 g in
two days, a headache, vials of two lots. DEMO-16's infusion was running when this was loaded, and
DEMO-04 had a red flag the day after. DEMO-03 wrote from home five hours ago that something is
wrong. As patient report how DEMO-01 is: four questions, six taps. Lot SIMGL221B is recalled: five
patients got it, three of them were not told yet. What programs can ask for: {address}/openapi.json

{kept} Ctrl-C stops it."""


def run(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    folder: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Keep the database here and use it again."),
    ] = None,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Load the simulated sample clinic and serve it."""
    del database_url, clinic  # Accepted as everywhere; the demo has its own of both.
    try:
        with ending_in_order(), bind(LOOPBACK, port) as bound, _home(folder) as home:
            url = f"sqlite:///{home / 'ivig.db'}"
            where = address(bound, LOOPBACK)
            people = _prepare(url, where)
            kept = "It is removed at the end." if folder is None else f"It is kept in {folder}."
            text = _WHAT_TO_SEE.format(address=where, kept=kept, people="\n".join(people))
            from app.cli.serving import serve
            from app.config import Settings
            from app.main import create_app

            app = create_app(Settings(database_url=url))
            serve(app, bound, on_ready=lambda: typer.echo(text))
    except KeyboardInterrupt:
        pass
    say("Stopped.")


@contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    if folder is None:
        with TemporaryDirectory(prefix="ivig-demo-", ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)
        return
    folder.mkdir(parents=True, exist_ok=True)
    yield folder.absolute()


def _prepare(url: str, origin: str) -> Sequence[str]:
    """Bring the database to where the demo begins, and return links to sign in by.

    A database that is loaded already is used again.
    """
    from app.cli.demo_people import sign_in_links

    migrate(url)
    with open_database(url) as database, progress() as report:
        if not _has_clinic(database):
            say("Loading the sample clinic ...")
            _load(database, report)
        say("Analysing ...")
        analyse_all(database, None, report)
        return sign_in_links(database, origin)


def _has_clinic(database: Database) -> bool:
    from app.clinics.service import list_clinics

    with database.reading() as session:
        return bool(list_clinics(session))


def _load(database: Database, report: Report) -> None:
    from app.cli.demo_records import add_records
    from app.exchange.importer import Listener, Request, import_folder
    from app.exchange.load import Options
    from app.exchange.sample import write_sample_clinic

    began_at = now()
    with TemporaryDirectory(prefix="ivig-sample-") as folder:
        write_sample_clinic(Path(folder), today=began_at.date())
        request = Request(Path(folder), Options(), CLINIC_NAME, operator(), began_at)
        listener = Listener(lambda fault: say(str(fault)), lambda _message: None, report)
        outcome = import_folder(database, request, listener)
    if not outcome.is_stored:
        message = "The sample clinic could not be loaded."
        raise CommandRefused(message)
    add_records(database, now=began_at, actor=operator())
