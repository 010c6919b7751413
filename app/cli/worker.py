"""`ivig worker`: recompute stale analyses in a process of its own."""

from __future__ import annotations

import logging.config
from datetime import timedelta
from typing import Annotated

import typer

from app.cli.context import CLINIC, DATABASE_URL, now, open_database, settings_of
from app.cli.progress import say
from app.cli.serving import ending_in_order
from app.kit.logs import LOG_CONFIG


def run(
    context: typer.Context,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Recompute analyses as they become stale, and sign the audit trail, until Ctrl-C."""
    del clinic  # Accepted as everywhere; the worker serves all clinics.
    settings = settings_of(context, database_url)
    logging.config.dictConfig(LOG_CONFIG)
    with open_database(settings.database_url) as database:
        from app.findings.worker import BackgroundWorker

        worker = BackgroundWorker(
            database,
            clock=now,
            poll_seconds=settings.worker_poll_seconds,
            checkpoint_every=timedelta(minutes=settings.audit_checkpoint_minutes),
        )
        try:
            with ending_in_order():
                say("Waiting for stale analyses (Ctrl-C stops it).")
                worker.run()
        except KeyboardInterrupt:
            say("Stopped.")
