"""`ivig audit`: verify, export and sign the audit trail."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.cli.context import (
    CLINIC,
    DATABASE_URL,
    clinic_of,
    now,
    open_database,
    operator,
    settings_of,
)
from app.cli.progress import progress, say
from app.errors import CommandRefused
from app.exchange.errors import WrongUsage

if TYPE_CHECKING:
    import uuid

    from app.db import Database

app: Final = typer.Typer(
    help="Verify, export and sign the audit trail.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_NOTED: Final = re.compile(r"(\d{1,18}):([0-9a-fA-F]{64})")
_DAY: Final[Any] = ["%Y-%m-%d"]


@app.command()
def verify(
    context: typer.Context,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER:HASH", help="One that was noted elsewhere; repeatable."),
    ] = None,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Find what was changed, removed, inserted or cut off; exit 1 if anything was."""
    del clinic  # Accepted as everywhere; the checkpoints join the chains of all clinics.
    from app.kit.audit.verifying import Verification

    noted = dict(_noted(text) for text in checkpoint or ())
    settings = settings_of(context, database_url)
    url = settings.database_url
    with open_database(url) as database, database.snapshot() as session, progress() as report:
        total = _count(database)
        walk = Verification(
            session,
            database.keys.get(),
            on_progress=lambda done: report("Verifying", done, max(total, done)),
            noted=noted,
            now=now(),
            every=timedelta(minutes=settings.audit_checkpoint_minutes),
        )
        frauds = 0
        for fraud in walk.frauds():
            frauds += 1
            typer.echo(fraud)
    entries = _counted(walk.entries, "entry", "entries")
    chains = _counted(walk.chains, "chain", "chains")
    looked = f"{entries} in {chains}, {_counted(walk.checkpoints, 'checkpoint', 'checkpoints')}"
    if frauds:
        say(f"{looked}: {_counted(frauds, 'thing is', 'things are')} wrong.")
        raise typer.Exit(1)
    typer.echo(f"{looked}: nothing was changed, removed or inserted.")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _noted(text: str) -> tuple[int, str]:
    match = _NOTED.fullmatch(text)
    if match is None:
        raise WrongUsage(f"--checkpoint {text}: it must look like 12:0123… with 64 characters")
    return int(match[1]), match[2]


def _count(database: Database) -> int:
    from sqlalchemy import func, select

    from app.kit.audit.tables import AuditHeadRow

    with database.reading() as session:
        return session.scalar(select(func.coalesce(func.sum(AuditHeadRow.number), 0))) or 0


@app.command()
def checkpoint(
    context: typer.Context,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Sign the ends of all chains now; note what it prints somewhere else."""
    del clinic  # Accepted as everywhere; a checkpoint joins the chains of all clinics.
    from app.kit.audit.checkpoints import make_checkpoints, newest_checkpoint

    with open_database(settings_of(context, database_url).database_url) as database:
        by = operator().name
        signed = make_checkpoints(database, now=now(), actor=by, via="command line")
        made = sum(1 for _ in signed)
        newest = newest_checkpoint(database)
    if newest is None:
        raise CommandRefused("There is nothing to sign yet.")
    typer.echo(f"{newest.number}:{newest.hash.hex()}")
    if not made:
        say("Nothing was written since this checkpoint.")


@app.command()
def export(
    context: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAY, metavar="DATE", help="First day, in UTC."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", formats=_DAY, metavar="DATE", help="Last day, in UTC."),
    ] = None,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Write entries to standard output as lines of JSON, by chain and number."""
    from app.kit.audit.reading import export_lines

    first = since and since.replace(tzinfo=UTC)
    beyond = until and _day_after(until)
    name = clinic_of(context, clinic)
    with open_database(settings_of(context, database_url).database_url) as database:
        clinic_id = None if name is None else _clinic_id(database, name)
        _record_export(database, clinic_id)
        output = sys.stdout.buffer
        with database.snapshot() as session:
            for line in export_lines(session, clinic_id=clinic_id, since=first, until=beyond):
                output.write(line)
        output.flush()


def _day_after(day: datetime) -> datetime | None:
    try:
        return day.replace(tzinfo=UTC) + timedelta(days=1)
    except OverflowError:
        return None  # The last day of the calendar: nothing comes after it.


def _clinic_id(database: Database, name: str) -> uuid.UUID:
    from app.exchange.clinics import choose_clinic

    with database.reading() as session:
        clinic = choose_clinic(session, name)
    if clinic is None:
        raise CommandRefused("There is no clinic yet.")
    return clinic.id


def _record_export(database: Database, clinic_id: uuid.UUID | None) -> None:
    """Say in the trail that it is exported, before any of it leaves."""
    from app.kit.audit import Act, append

    act = Act(
        at=now(),
        actor_id=None,
        actor=operator().name,
        via="command line",
        action="export",
        operation="audit export",
        clinic_id=clinic_id,
        patient_id=None,
    )
    with database.writing() as session:
        append(session, [act])
