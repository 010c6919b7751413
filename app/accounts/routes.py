"""JSON API of accounts, for administrators; and every route of this feature."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response, status
from sqlalchemy.orm import Session

from app.accounts import device_routes, oidc_routes, own_routes, service, sign_in_routes
from app.accounts.acts import Log, log_of, recorded_for
from app.accounts.door import site_of
from app.accounts.inviting import invite, re_enrol
from app.accounts.links import link_address
from app.accounts.rules import LINK_LASTS, Purpose
from app.accounts.schemas import (
    AccountChange,
    AccountCreate,
    AccountRead,
    LinkRead,
    ReasonBody,
    ReEnrolBody,
)
from app.accounts.tables import AccountRow
from app.kit.access import needs
from app.kit.answers import (
    Versions,
    model_response,
    row_response,
    saved_response,
    shown_page,
    versions_response,
)
from app.kit.deps import Asked, Work
from app.kit.etags import IfMatch, IfNoneMatch, require_match
from app.kit.history import history_of
from app.kit.pagination import PageOf, PageQuery
from app.kit.routing import API, api_router

router = api_router("accounts")
routers: Final[tuple[APIRouter, ...]] = (
    sign_in_routes.router,
    oidc_routes.router,
    own_routes.router,
    device_routes.router,
    router,
)
_STORED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": AccountRead, "description": "The same row was stored before."}
}


@router.get("/accounts", operation_id="list_accounts", response_model=PageOf[AccountRead])
@needs("accounts.read")
def list_accounts(request: Request, query: Annotated[PageQuery, Query()], work: Work) -> Response:
    """List the accounts of one's clinic, newest first."""
    with work.reading() as session:
        return shown_page(request, service.page_of_accounts(session, query), AccountRead)


@router.get(
    "/accounts/{account_id}",
    operation_id="read_account",
    response_model=AccountRead,
    responses={304: {"description": "The client holds the newest version."}},
)
@needs("accounts.read")
def read_account(account_id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None) -> Response:
    """Show one account."""
    with work.reading() as session:
        shown = AccountRead.model_validate(service.get_account(session, account_id))
    return row_response(shown, if_none_match=if_none_match)


@router.get(
    "/accounts/{account_id}/history",
    operation_id="read_account_history",
    response_model=Versions[AccountRead],
)
@needs("accounts.read")
def read_account_history(account_id: uuid.UUID, work: Work) -> Response:
    """Show every version of an account, oldest first."""
    with work.reading() as session:
        versions = history_of(session, service.get_account(session, account_id))
    return versions_response(versions, AccountRead)


@router.post(
    "/accounts",
    operation_id="create_account",
    status_code=status.HTTP_201_CREATED,
    response_model=AccountRead,
    responses=_STORED,
)
@needs("accounts.write")
def create_account(body: AccountCreate, work: Work) -> Response:
    """Make an account; invite its person afterwards."""
    log = log_of(work)
    with recorded_for(work, log) as session:
        account, created = service.enter_account(session, log, body.draft(), row_id=body.id)
        shown = AccountRead.model_validate(account)
    return saved_response(shown, created=created, location=f"{API}/accounts/{shown.id}")


@contextmanager
def _changing(
    work: Asked, account_id: uuid.UUID, if_match: str | None
) -> Iterator[tuple[Session, Log, AccountRow]]:
    """Open an account for a change that is recorded, in the version that was seen."""
    log = log_of(work)
    with recorded_for(work, log) as session:
        account = service.get_account(session, account_id, lock=True)
        require_match(if_match, account)
        yield session, log, account


@router.patch("/accounts/{account_id}", operation_id="change_account", response_model=AccountRead)
@needs("accounts.write")
def change_account(
    account_id: uuid.UUID, body: AccountChange, work: Work, if_match: IfMatch = None
) -> Response:
    """Change the name or the login; the version before stays readable."""
    with _changing(work, account_id, if_match) as (session, log, account):
        service.change_account(
            session,
            log,
            account,
            name=account.name if body.name is None else body.name,
            login=account.login if body.login is None else body.login,
            reason=body.change_reason,
        )
        shown = AccountRead.model_validate(account)
    return row_response(shown)


@router.post(
    "/accounts/{account_id}/disable", operation_id="disable_account", response_model=AccountRead
)
@needs("accounts.write")
def disable_account(
    account_id: uuid.UUID, body: ReasonBody, work: Work, if_match: IfMatch = None
) -> Response:
    """Let nobody use the account any more; its sessions, tokens and links end at once."""
    with _changing(work, account_id, if_match) as (session, log, account):
        service.disable_account(session, log, account, reason=body.change_reason)
        shown = AccountRead.model_validate(account)
    return row_response(shown)


@router.post(
    "/accounts/{account_id}/enable", operation_id="enable_account", response_model=AccountRead
)
@needs("accounts.write")
def enable_account(
    account_id: uuid.UUID, body: ReasonBody, work: Work, if_match: IfMatch = None
) -> Response:
    """Let the account be used again, with what its person signed in with before."""
    with _changing(work, account_id, if_match) as (session, log, account):
        service.enable_account(session, log, account, reason=body.change_reason)
        shown = AccountRead.model_validate(account)
    return row_response(shown)


@router.post(
    "/accounts/{account_id}/invite",
    operation_id="invite_person",
    status_code=status.HTTP_201_CREATED,
    response_model=LinkRead,
)
@needs("accounts.write")
def invite_person(account_id: uuid.UUID, request: Request, work: Work) -> Response:
    """Make a link by which the person signs in once, and enrols. Links before it end."""
    secret = invite(work, account_id)
    return _link(request, secret, work.now + LINK_LASTS[Purpose.INVITE])


@router.post(
    "/accounts/{account_id}/re-enrol",
    operation_id="re_enrol_person",
    status_code=status.HTTP_201_CREATED,
    response_model=LinkRead,
)
@needs("accounts.write")
def re_enrol_person(
    account_id: uuid.UUID, body: ReEnrolBody, request: Request, work: Work
) -> Response:
    """Make a link for a person who lost everything to sign in with, and was recognised.

    What was signed in with before is revoked when the link is used.
    """
    secret = re_enrol(work, account_id, recognised_by=body.recognised_by)
    return _link(request, secret, work.now + LINK_LASTS[Purpose.RE_ENROL])


def _link(request: Request, secret: str, expires_at: datetime) -> Response:
    shown = LinkRead(address=link_address(site_of(request).origin, secret), expires_at=expires_at)
    return model_response(shown, status_code=status.HTTP_201_CREATED)
