"""`ivig serve`: the JSON API and the pages."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import typer

from app.cli.context import CLINIC, DATABASE_URL, open_database, settings_of
from app.cli.progress import say
from app.cli.serving import LOOPBACK, address, bind, ending_in_order
from app.errors import CommandRefused


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
    if not (settings.allow_open_access or is_loopback(host)):
        message = (
            f"There are no accounts yet: whoever reaches {host} could read and change every"
            " record. Serve on 127.0.0.1, or set IVIG_ALLOW_OPEN_ACCESS=true where something"
            " else keeps strangers out."
        )
        raise CommandRefused(message)
    with open_database(settings.database_url), bind(host, port) as bound, ending_in_order():
        from app.cli.serving import serve
        from app.main import create_app

        serve(
            create_app(settings),
            bound,
            on_ready=lambda: say(f"Serving on {address(bound, host)} (Ctrl-C stops it)."),
        )


def is_loopback(host: str) -> bool:
    """Say whether only this machine itself can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
