"""`ivig user`: the first account, and help for those who are locked out.

Whoever may run commands on the machine is the system's operator. What is done here is in the audit
trail under that name.
"""

from __future__ import annotations

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
from app.errors import CommandRefused

if TYPE_CHECKING:
    from app.accounts.acts import Log
    from app.accounts.rules import Purpose
    from app.accounts.tables import AccountRow

ORIGIN: Final = "http://localhost:8000"
"""Where `ivig serve` is found while no other address is set."""

app = typer.Typer(
    help="Make accounts, list them, and let people sign in again.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_LOGIN: Final[Any] = typer.Argument(metavar="LOGIN", help="What the person types to sign in.")


@app.command("add")
def add(
    context: typer.Context,
    role: Annotated[
        str,
        typer.Option(
            metavar="ROLE",
            help="patient, proxy, nurse, physician, coordinator, pharmacist or administrator.",
        ),
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="What the person is called.")],
    login: Annotated[str, typer.Option(metavar="LOGIN", help="An e-mail address or short name.")],
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Make an account, and print a link by which its person signs in once and enrols.

    An administrator without a clinic is the installation's: opens clinics, makes accounts in all.
    """
    from app.accounts.acts import recorded
    from app.accounts.links import issue_link, link_address
    from app.accounts.rules import AccountDraft, Purpose, Role
    from app.accounts.service import create_account

    settings, log = settings_of(context, database_url), _log("user add")
    chosen = clinic_of(context, clinic)
    with open_database(settings.database_url) as database:
        with database.reading() as session:
            is_of_all = role == Role.ADMINISTRATOR and chosen is None
            clinic_id = None if is_of_all else _clinic_id(session, chosen)
        with recorded(database, log) as session:
            draft = AccountDraft(clinic_id, role, name, login)
            account = create_account(session, log, draft)
            secret = issue_link(session, log, account, purpose=Purpose.INVITE)
    _show(link_address(settings.origin or ORIGIN, secret), Purpose.INVITE)


@app.command("list")
def list_(
    context: typer.Context,
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """List the accounts: role, status, login and name."""
    from app.accounts.acts import recorded
    from app.accounts.service import list_accounts

    chosen, log = clinic_of(context, clinic), _log("user list")
    settings = settings_of(context, database_url)
    with open_database(settings.database_url) as database, recorded(database, log) as session:
        clinic_id = None if chosen is None else _clinic_id(session, chosen)
        accounts = list_accounts(session)
        shown = [a for a in accounts if chosen is None or a.clinic_id == clinic_id]
        log.tell("read", None, "accounts-listed", count=len(shown))
    for account in shown:
        typer.echo(f"{account.role:<13}  {account.status:<8}  {account.login}  {account.name}")


@app.command("link")
def link(
    context: typer.Context,
    login: Annotated[str, _LOGIN],
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Print a new link for somebody who lost everything to sign in with.

    What the person signed in with before is revoked when the link is used.
    """
    del clinic  # Accepted as everywhere; a login is one person's over all clinics.
    from app.accounts.acts import recorded
    from app.accounts.links import issue_link, link_address
    from app.accounts.rules import Purpose

    settings, log = settings_of(context, database_url), _log("user link")
    with open_database(settings.database_url) as database, recorded(database, log) as session:
        account = _account(session, login)
        secret = issue_link(session, log, account, purpose=Purpose.RE_ENROL)
    _show(link_address(settings.origin or ORIGIN, secret), Purpose.RE_ENROL)


@app.command("disable")
def disable(
    context: typer.Context,
    login: Annotated[str, _LOGIN],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; kept with the account.")
    ] = "disabled by the system operator",
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Let nobody use an account any more; who is signed in with it is signed out."""
    del clinic  # As above.
    from app.accounts.acts import recorded
    from app.accounts.service import disable_account

    settings, log = settings_of(context, database_url), _log("user disable")
    with open_database(settings.database_url) as database, recorded(database, log) as session:
        disable_account(session, log, _account(session, login), reason=reason)
    typer.echo("The account is disabled; nobody is signed in with it any more.")


@app.command("enable")
def enable(
    context: typer.Context,
    login: Annotated[str, _LOGIN],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; kept with the account.")
    ] = "enabled by the system operator",
    database_url: Annotated[str | None, DATABASE_URL] = None,
    clinic: Annotated[str | None, CLINIC] = None,
) -> None:
    """Let a disabled account be used again, with what its person signed in with before."""
    del clinic  # As above.
    from app.accounts.acts import recorded
    from app.accounts.service import enable_account

    settings, log = settings_of(context, database_url), _log("user enable")
    with open_database(settings.database_url) as database, recorded(database, log) as session:
        enable_account(session, log, _account(session, login), reason=reason)
    typer.echo("The account can be used again.")


def _log(operation: str) -> Log:
    from app.accounts.acts import log_of_operator

    return log_of_operator(operator(), now=now(), operation=operation)


def _clinic_id(session: Any, name: str | None) -> Any:
    from app.exchange.clinics import choose_clinic

    chosen = choose_clinic(session, name)
    if chosen is None:
        message = "There is no clinic yet: an administrator opens it, or `ivig import` does."
        raise CommandRefused(message)
    return chosen.id


def _account(session: Any, login: str) -> AccountRow:
    from app.accounts.service import find_by_login

    account = find_by_login(session, login)
    if account is None:
        message = "There is no account with this login."
        raise CommandRefused(message)
    return account


def _show(address: str, purpose: Purpose) -> None:
    from app.accounts.rules import LINK_LASTS

    hours = int(LINK_LASTS[purpose].total_seconds() // 3600)
    typer.echo(f"Hand this link to the person and to nobody else. It works once, for {hours} h:")
    typer.echo(address)
