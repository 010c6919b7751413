"""`ivig analyse`: recompute what is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.context import CLINIC, DATABASE_URL, clinic_of, now, open_database, settings_of
from app.cli.progress import Report, progress
from app.errors import NotFound

if TYPE_CHECKING:
    import uuid

    from app.db import Database


def run(
    context: typer.Context,
    patient: Annotated[
        list[str] | None,
        typer.Option("--patient", metavar="ID", help="Only this patient; may be repeated."),
    ] = None,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Recompute every analysis that no longer stands."""
    name = clinic_of(context, clinic)
    url = settings_of(context, database_url).database_url
    with open_database(url) as database, progress() as report:
        if patient:
            count = _analyse_some(database, patient, name, report)
        else:
            count = analyse_all(database, name, report)
    typer.echo(f"{count} {'patient' if count == 1 else 'patients'} analysed.")


def analyse_all(database: Database, clinic: str | None, report: Report) -> int:
    """Recompute what is stale in one clinic, or in all if none is named."""
    from app.exchange.clinics import choose_clinic
    from app.findings.service import analyse_stale

    clinic_id = None
    if clinic is not None:
        with database.reading() as session:
            chosen = choose_clinic(session, clinic)
        clinic_id = None if chosen is None else chosen.id
    return analyse_stale(
        database,
        now=now,
        clinic_id=clinic_id,
        on_progress=lambda done, total: report("Analysing", done, total),
    )


def _analyse_some(
    database: Database, external_ids: list[str], clinic: str | None, report: Report
) -> int:
    from app.findings.service import ensure_analysed

    ids = [_patient_id(database, external_id, clinic) for external_id in external_ids]
    count = 0
    for done, patient_id in enumerate(ids, 1):
        count += ensure_analysed(database, patient_id, now=now())
        report("Analysing", done, len(ids))
    return count


def _patient_id(database: Database, external_id: str, clinic: str | None) -> uuid.UUID:
    from app.exchange.clinics import choose_clinic
    from app.patients.repository import find_by_external_id

    with database.reading() as session:
        chosen = choose_clinic(session, clinic)
        found = chosen and find_by_external_id(session, chosen.id, external_id)
    if not found:
        message = "Patient"
        raise NotFound(message, external_id)
    return found.id
