"""`ivig import` and `ivig export`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

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
from app.cli.serving import ending_in_order
from app.errors import CommandRefused
from app.exchange.errors import WrongUsage

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session

    from app.db import Database
    from app.exchange.importer import Outcome

_WIDTHS: Final = (16, 10, 10, 10, 10)
_BUFFER_CHARACTERS: Final = 1 << 16


class What(StrEnum):
    """What can be exported."""

    PATIENTS = "patients"
    WEIGHTS = "weights"
    PLANS = "plans"
    HOLDS = "holds"
    INFUSIONS = "infusions"
    THERAPIES = "therapies"
    REPORTS = "reports"
    ANALYSIS = "analysis"
    FINDINGS = "findings"


class Form(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSONL = "jsonl"


def import_(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(
            exists=True, file_okay=False, readable=True, metavar="FOLDER", help="CSV files."
        ),
    ],
    *,
    amend: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Make new versions of rows that differ, with REASON."),
    ] = None,
    allow_partial: Annotated[
        bool, typer.Option("--allow-partial", help="Store the good rows though others are not.")
    ] = False,
    confirm_unusual: Annotated[
        bool, typer.Option("--confirm-unusual", help="Store unusual values and mark them.")
    ] = False,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Load a folder of CSV files; docs/import-export.md describes them."""
    from app.exchange.importer import Listener, Request, import_folder
    from app.exchange.load import Options

    if amend is not None and not amend.strip():
        message = "--amend needs a reason"
        raise WrongUsage(message)
    options = Options(amend, allow_partial=allow_partial, confirm_unusual=confirm_unusual)
    request = Request(folder, options, clinic_of(context, clinic), operator(), now())
    url = settings_of(context, database_url).database_url
    # Whatever ends the import, its temporary file with patients' data is removed.
    with ending_in_order(), open_database(url) as database, progress() as report:
        listener = Listener(lambda fault: say(str(fault)), say, report)
        outcome = import_folder(database, request, listener)
    _print_outcome(outcome, amend)
    if not outcome.is_stored:
        raise typer.Exit(1)


def _print_outcome(outcome: Outcome, amend: str | None) -> None:
    from app.exchange.importer import summary

    for row in (("file", "new", "unchanged", "amended", "refused"), *summary(outcome.tallies)):
        first, *others = (str(cell) for cell in row)
        numbers = (cell.rjust(width) for cell, width in zip(others, _WIDTHS[1:], strict=True))
        typer.echo(f"{first:<{_WIDTHS[0]}}{''.join(numbers)}")
    faults = f"{outcome.faults} fault{'' if outcome.faults == 1 else 's'}"
    if not outcome.is_stored:
        typer.echo(f"Nothing was stored: {faults}.")
    elif outcome.faults:
        typer.echo(f"The good rows are stored in clinic {outcome.clinic}; {faults}.")
    else:
        reason = "" if amend is None else f" ({amend})"
        typer.echo(f"Everything is stored in clinic {outcome.clinic}{reason}.")


def export(
    context: typer.Context,
    table: Annotated[What, typer.Argument(help="What to write.")],
    form: Annotated[
        Form | None,
        typer.Option("--format", help="csv (tables only; their default) or jsonl."),
    ] = None,
    *,
    research: Annotated[
        bool,
        typer.Option("--research", help="Only who consented, under codes; no names, no notes."),
    ] = False,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Write a table, the analysis or the findings to standard output."""
    is_result = table in {What.ANALYSIS, What.FINDINGS}
    if is_result and research:
        message = f"{table} names who said what: --research writes tables only"
        raise WrongUsage(message)
    if is_result and form is Form.CSV:
        message = f"{table} has values inside values: export it with --format jsonl"
        raise WrongUsage(message)
    url = settings_of(context, database_url).database_url
    with open_database(url) as database:
        clinic_id = _clinic_id(database, clinic_of(context, clinic))
        if is_result:
            _export_result(database, table, clinic_id)
        elif research:
            _export_for_research(database, table, clinic_id, form or Form.CSV)
        else:
            _export_table(database, table, clinic_id, form or Form.CSV)


def _clinic_id(database: Database, name: str | None) -> uuid.UUID:
    from app.exchange.clinics import choose_clinic

    with database.reading() as session:
        clinic = choose_clinic(session, name)
    if clinic is None:
        message = "There is no clinic yet. `ivig import` makes the first one."
        raise CommandRefused(message)
    return clinic.id


def _export_table(database: Database, table: What, clinic_id: uuid.UUID, form: Form) -> None:
    from app.exchange.exporter import TABLES_BY_NAME, Format, count_voided, export_table

    which = TABLES_BY_NAME[table.value]
    with database.snapshot() as session:
        _record(database, session, table, clinic_id)
        lines = export_table(session, which, clinic_id=clinic_id, form=Format(form.value))
        _write(line.encode() for line in lines)
        voided = count_voided(session, which, clinic_id=clinic_id)
    if voided:
        say(f"{voided} voided {'row' if voided == 1 else 'rows'} of {table} left out.")


def _export_for_research(database: Database, table: What, clinic_id: uuid.UUID, form: Form) -> None:
    from app.exchange.exporter import TABLES_BY_NAME, Format
    from app.exchange.research import choose, export_for_research

    with database.snapshot() as session:
        chosen = choose(session, clinic_id=clinic_id, now=now())
        _record(database, session, table, clinic_id, only=chosen.ids)
        which = TABLES_BY_NAME[table.value]
        lines = export_for_research(session, which, chosen, form=Format(form.value))
        _write(line.encode() for line in lines)
    count = len(chosen.patients)
    said = f"{count} of {count + chosen.left_out} patients; the others did not consent to research."
    say(said)


def _export_result(database: Database, what: What, clinic_id: uuid.UUID) -> None:
    from app.exchange.results import count_failed, export_analysis, export_findings
    from app.findings.service import analyse_stale

    with progress() as report:
        analyse_stale(
            database,
            now=now,
            clinic_id=clinic_id,
            on_progress=lambda done, total: report("Analysing", done, total),
        )
    with database.snapshot() as session:
        _record(database, session, what, clinic_id)
        write = export_analysis if what is What.ANALYSIS else export_findings
        _write(write(session, clinic_id=clinic_id))
        failed = count_failed(session, clinic_id=clinic_id)
    if failed:
        say(f"The analysis failed for {', '.join(failed)}.")


def _record(
    database: Database,
    session: Session,
    what: What,
    clinic_id: uuid.UUID,
    *,
    only: frozenset[uuid.UUID] | None = None,
) -> None:
    """Say in the audit trail whom the export shows, before any of it leaves."""
    from app.exchange.recording import record_export
    from app.kit.history import Change

    change = Change(operator(), now())
    record_export(database, session, change, what=what.value, clinic_id=clinic_id, only=only)


def _write(lines: Iterator[bytes]) -> None:
    """Write to standard output as bytes, whatever the machine likes lines to end with."""
    output = sys.stdout.buffer
    for line in lines:
        output.write(line)
    output.flush()
