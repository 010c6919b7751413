"""Signing in with an OpenID Connect provider: there and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import httpx
from fastapi import Query, Request, Response, status
from fastapi.responses import RedirectResponse

from app.accounts import oidc
from app.accounts.cookies import set_cookie
from app.accounts.door import Door, door_of
from app.accounts.oidc import Going
from app.accounts.oidc_provider import CALLBACK, SECONDS, Kept, Talk, provider_of
from app.accounts.own import Owner
from app.accounts.rules import CHALLENGE_LASTS
from app.accounts.schemas import GoingRead
from app.errors import AppError
from app.kit.access import needs, public
from app.kit.answers import model_response
from app.kit.deps import Work
from app.kit.routing import API, api_router

STATE_COOKIE: Final = "__Host-ivig_oidc"
AFTERWARDS: Final = "/"
FAILED: Final = "/sign-in?problem=provider"

router = api_router("signing in")
_Told = Annotated[str, Query(max_length=4000)]


@contextmanager
def _talk(request: Request, door: Door) -> Iterator[Talk]:
    # Tests put a provider of their own here.
    transport: httpx.BaseTransport | None = getattr(request.app.state, "oidc_transport", None)
    provider = provider_of(request.app.state.settings, origin=door.site.origin)
    with httpx.Client(transport=transport, timeout=SECONDS) as http:
        yield Talk(provider, http, now=door.now, kept=_kept(request))


def _kept(request: Request) -> Kept:
    state = request.app.state
    if not hasattr(state, "oidc_kept"):
        state.oidc_kept = Kept()
    kept: Kept = state.oidc_kept
    return kept


def _going(going: Going) -> Response:
    response = model_response(GoingRead(address=going.address))
    seconds = int(CHALLENGE_LASTS.total_seconds())
    response.set_cookie(
        STATE_COOKIE, going.state, max_age=seconds, secure=True, httponly=True, samesite="lax"
    )
    return response


@router.post("/sign-in/oidc", operation_id="go_to_provider", response_model=GoingRead)
@public
def go_to_provider(request: Request, work: Work) -> Response:
    """Begin to sign in with the provider; the browser goes to the address."""
    door = door_of(request, work)
    with _talk(request, door) as talk:
        return _going(oidc.go(door, talk))


@router.post("/me/identity", operation_id="link_identity", response_model=GoingRead)
@needs("self.write")
def link_identity(request: Request, work: Work) -> Response:
    """Begin to link one's account with the provider; the browser goes to the address."""
    door = door_of(request, work)
    with _talk(request, door) as talk:
        return _going(oidc.go(door, talk, owner=Owner(door, work.person)))


@router.get(
    CALLBACK.removeprefix(API), operation_id="come_back_from_provider", include_in_schema=False
)
@public
def come_back_from_provider(
    request: Request, work: Work, *, state: _Told = "", code: _Told = ""
) -> Response:
    """Take in the browser that the provider sends back; whatever is wrong looks the same."""
    door = door_of(request, work)
    brought = request.cookies.get(STATE_COOKIE)
    try:
        with _talk(request, door) as talk:
            new = oidc.come_back(door, talk, state=state, brought=brought, code=code)
    except AppError:
        return _gone(RedirectResponse(FAILED, status.HTTP_303_SEE_OTHER))
    response = _gone(RedirectResponse(AFTERWARDS, status.HTTP_303_SEE_OTHER))
    return set_cookie(response, new, now=work.now)


def _gone(response: Response) -> Response:
    response.delete_cookie(STATE_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response
