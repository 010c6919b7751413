"""`ivig serve`: the JSON API and the pages."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from app.cli.context import CLINIC, DATABASE_URL, open_database, settings_of
from app.cli.progress import say
from app.cli.serving import LOOPBACK, address, bind, ending_in_order
from app.cli.start_checks import require_safe_start


def run(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Serve the JSON API and the pages until Ctrl-C."""
    del clinic  # Accepted as everywhere; the pages show every clinic.
    settings = settings_of(context, database_url)
    require_safe_start(settings, host, os.environ)
    with open_database(settings.database_url), bind(host, port) as bound, ending_in_order():
        from app.cli.serving import serve
        from app.main import create_app

        behind = f" for {settings.origin}" if settings.origin else ""
        serve(
            create_app(settings),
            bound,
            on_ready=lambda: say(f"Serving on {address(bound, host)}{behind} (Ctrl-C stops it)."),
            proxies=settings.proxy_addresses,
        )
