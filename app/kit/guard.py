"""The gate of every route: who asks, from which page, with which permission.

Before a route is called the gate knows who asks, or lets nobody in. After it the gate sees to it
that what was shown is audited before the response leaves; if that fails, so does the response.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from app.db import Database
from app.errors import (
    AppError,
    Conflict,
    Forbidden,
    NoPermission,
    NotFound,
    NotSignedIn,
    OtherAccount,
)
from app.kit.access import (
    SESSION_COOKIE,
    AccessFor,
    Authenticate,
    Credentials,
    Principal,
    Subject,
)
from app.kit.audit.grouped import GroupCommit
from app.kit.deps import NOBODY, Asked
from app.said import say

# What the trail cannot hold, because anybody could fill it: kinds and places only, no address.
security: Final = logging.getLogger("app.security")

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER: Final = "bearer "
ACCOUNT_HEADER: Final = "x-account"
"""Names the account that the asker means to be, where several people share a browser."""


class Gate(Protocol):
    """Lets requests in, and keeps account of what came of them."""

    async def admit(self, request: Request, operation: str, need: str | None) -> Asked:
        """Return who asks for what.

        Raises
        ------
        NotSignedIn, Forbidden
        """

    async def settle(self, request: Request, asked: Asked) -> None:
        """Audit what was shown, before the response leaves."""

    async def refused(self, request: Request, asked: Asked, error: AppError) -> None:
        """Audit that something was refused."""


class Guard:
    """The gate of a running service."""

    def __init__(
        self, authenticate: Authenticate, access_for: AccessFor, *, origin: str | None = None
    ) -> None:
        self._authenticate = authenticate
        self._access_for = access_for
        self._origin = origin

    async def admit(self, request: Request, operation: str, need: str | None) -> Asked:
        """Return who asks for what.

        Raises
        ------
        NotSignedIn
            The route is for somebody known, and nobody known asks.
        OtherAccount
            The request says whose it is, and somebody else is signed in.
        Forbidden
            The request was sent by a page of somebody else, or the permission is missing.
        """
        database: Database = request.app.state.database
        now: datetime = request.app.state.clock()
        credentials = credentials_of(request)
        try:
            if credentials.bearer is None and request.method not in _SAFE_METHODS:
                require_same_origin(request, self._origin)
        except Forbidden:
            security.warning("cross-site request refused at %s", operation)
            raise
        if need is None:
            return Asked(database, now, operation, None, NOBODY, credentials.address)
        try:
            principal = await self._who(database, credentials, now)
        except NotSignedIn:
            if credentials.session or credentials.bearer:
                security.warning("credentials that are not valid refused at %s", operation)
            raise
        meant = request.headers.get(ACCOUNT_HEADER)
        if meant is not None and meant.lower() != str(principal.account_id):
            raise OtherAccount
        access = self._access_for(principal, need, now=now)
        asked = Asked(database, now, operation, principal, access, credentials.address)
        if need not in principal.permissions:
            error = NoPermission(f"This needs the permission {need}, which you do not have.")
            request.state.asked = asked  # The page that says so knows who looks at it.
            await self.refused(request, asked, error)
            raise error
        return asked

    async def _who(self, database: Database, credentials: Credentials, now: datetime) -> Principal:
        if credentials.session is None and credentials.bearer is None:
            raise NotSignedIn
        return await run_in_threadpool(self._authenticate, database, credentials, now=now)

    async def settle(self, request: Request, asked: Asked) -> None:
        """Audit what was shown, before the response leaves."""
        if asked.trace.ids:
            acts = asked.take_acts("search" if asked.trace.is_list else "read")
            auditor: GroupCommit = request.app.state.auditor
            await auditor.commit(acts)

    async def refused(self, request: Request, asked: Asked, error: AppError) -> None:
        """Audit that something was refused: what is not theirs, and what a refusal may tell.

        A refusal for a fault of the input tells of the rows that it was held against.
        """
        if asked.principal is None:
            return
        acts = asked.take_acts("refused", status=error.status_code)
        if not acts and isinstance(error, Forbidden | NotFound | Conflict):
            clinic = Subject(asked.principal.clinic_id)
            acts = [asked.act("refused", clinic, status=error.status_code)]
        if not acts:
            return
        auditor: GroupCommit = request.app.state.auditor
        await auditor.commit(acts)


def credentials_of(request: Request) -> Credentials:
    """Return what the request brings to show who asks; a token goes before a cookie."""
    header = request.headers.get("authorization", "")
    address = "" if request.client is None else request.client.host
    if header[: len(_BEARER)].lower() == _BEARER:
        return Credentials(None, header[len(_BEARER) :].strip(), address)
    return Credentials(request.cookies.get(SESSION_COOKIE), None, address)


def require_same_origin(request: Request, origin: str | None) -> None:
    """Refuse a request that another site's page made a browser send (CSRF).

    Browsers say where a request comes from in headers that no page can set: OWASP Cross-Site
    Request Forgery Prevention Cheat Sheet, "Fetch Metadata headers" and "Verifying origin with
    standard headers". A request that has neither comes from no current browser's page.

    Raises
    ------
    Forbidden
        It comes from another site.
    """
    site = request.headers.get("sec-fetch-site")
    sent = request.headers.get("origin")
    expected = origin or f"{request.url.scheme}://{request.url.netloc}"
    if site == "same-origin" and sent in (None, expected):
        return
    if site is None and sent == expected:
        return
    if site is None and sent is None and SESSION_COOKIE not in request.cookies:
        return  # A program without a cookie has nothing that another site could misuse.
    where = "elsewhere" if sent is None else (urlsplit(sent).netloc or "elsewhere")
    message = say(
        "The request comes from %(where)s, not from a page of this service.", where=where[:80]
    )
    raise Forbidden(message, code="cross-site")
