"""Routes that answer with pages, also where they refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.types import ExceptionHandler

from app.errors import AppError, NoPermission, NotSignedIn, TooManyAttempts
from app.kit.deps import Asked
from app.kit.guard import Gate, credentials_of
from app.kit.routing import GuardedRoute, Handler
from app.web import i18n
from app.web.i18n import N_
from app.web.i18n import gettext as _
from app.web.paths import HOME, SIGN_IN
from app.web.sentences import in_words
from app.web.templating import person_of, render

Again = Callable[[AppError], Response]

_SIGN_IN_AGAIN: Final = "sign-in-again"
_LONGEST_NEXT: Final = 500
# A path of this service: one slash, then no slash or backslash, which browsers take for one and
# read what follows as a host; printable, so that no control character hides one.
_OWN_PATH: Final = re.compile(r"/(?:[^/\\\x00-\x20\x7f-\uffff][^\\\x00-\x20\x7f-\uffff]*)?")
_FOR_PROGRAMS: Final = ("/api/", "/static/", "/openapi.json")

_SAID: Final = {
    403: N_("You may not see or do this"),
    404: N_("There is no such page"),
    405: N_("This page cannot do that"),
    408: N_("That took too long"),
    409: N_("Somebody was quicker"),
    413: N_("That was too much at once"),
    422: N_("That could not be read"),
    429: N_("Too many attempts"),
    500: N_("Something went wrong on our side"),
    503: N_("Not available right now"),
}
_ADVICE: Final = {
    403: N_("If you need it for your work, ask your clinic's administrator."),
    404: N_("Perhaps it was moved, or it is not yours to see."),
    500: N_("Nothing was stored. Try again in a moment; if it stays so, tell your clinic."),
}
_AT_HOME_MAY_NOT: Final = N_("If this is to be otherwise, ask your clinic.")
_SAYS_TOO_MUCH: Final = frozenset({404, 500})
"""An absent row is named by its id, an accident by anything."""


class PageRoute(GuardedRoute):
    """A route of pages: whoever is not signed in is sent to sign in first."""

    def get_route_handler(self) -> Handler:
        """Return the handler behind the gate."""
        handle = super().get_route_handler()

        async def handle_page(request: Request) -> Response:
            i18n.choose_locale(i18n.locale_of(request))
            try:
                if credentials_of(request).bearer is not None:
                    # A page shows more areas than a token may have been given.
                    raise NotSignedIn
                return await handle(request)
            except AppError as error:
                answer = await run_in_threadpool(_answer, request, error)
                await _settle(request)
                return answer
            except (HTTPException, RequestValidationError) as error:
                return await run_in_threadpool(error_page, request, error)

        return handle_page


async def _settle(request: Request) -> None:
    """Audit what a form showed that is shown again."""
    asked: Asked | None = getattr(request.state, "asked", None)
    if asked is not None:
        gate: Gate = request.app.state.gate
        await gate.settle(request, asked)


def _answer(request: Request, error: AppError) -> Response:
    """Lead to the sign-in, show the form again, or show the error's page."""
    again: Again | None = getattr(request.state, "again", None)
    if error.code == _SIGN_IN_AGAIN or (again is None and isinstance(error, NotSignedIn)):
        return RedirectResponse(sign_in_address(request), 303)
    if again is None:
        return error_page(request, error)
    try:
        return again(error)
    except AppError:
        return error_page(request, error)  # What the form is about is not theirs to see.


def on_fault(request: Request, again: Again) -> None:
    """Let a fault of what was entered show the form again instead of an error's page."""
    request.state.again = again


def page_router() -> APIRouter:
    """Return a router of pages."""
    return APIRouter(include_in_schema=False, route_class=PageRoute)


def see_other(path: str) -> Response:
    """Lead on after something was done, so that loading the page again does not repeat it."""
    return RedirectResponse(path, 303)


def own_path(text: str | None) -> str | None:
    """Return `text` if it is a path of this service and leads nowhere else."""
    if text is None or len(text) > _LONGEST_NEXT or not _OWN_PATH.fullmatch(text):
        return None
    return text


def sign_in_address(request: Request) -> str:
    """Return where to sign in, and from there back to what was asked for."""
    # A form cannot be sent again after the sign-in, so that leads back to where it stood.
    is_form = request.method not in ("GET", "HEAD")
    whole = urlsplit(request.headers.get("referer", "") if is_form else str(request.url))
    asked_for = own_path(whole.path + (f"?{whole.query}" if whole.query else ""))
    if asked_for in (None, HOME):
        return SIGN_IN
    return f"{SIGN_IN}?next={quote(asked_for, safe='/')}"


def error_page(request: Request, error: Exception) -> Response:
    """Return the page of an error; of one that nobody expected it says nothing."""
    status, detail, headers = 500, "", {}
    if isinstance(error, AppError):
        status, detail = error.status_code, error.message
    elif isinstance(error, HTTPException):
        status, headers = error.status_code, dict(error.headers or {})
    elif isinstance(error, RequestValidationError):
        of_path = any(fault["loc"][0] == "path" for fault in error.errors())
        status = 404 if of_path else 422
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after)
    if status in _SAYS_TOO_MUCH or isinstance(error, NoPermission):
        detail = ""
    i18n.choose_locale(i18n.locale_of(request))  # Outside of a route nobody has done so.
    phrase = _(_SAID[status]) if status in _SAID else HTTPStatus(status).phrase
    advice = _(_ADVICE[status]) if status in _ADVICE else None
    person = person_of(request)
    if status == HTTPStatus.FORBIDDEN and person is not None and person.is_at_home:
        advice = _(_AT_HOME_MAY_NOT)
    # Its own address is no place to lead back to, and what is not theirs is not told apart by it.
    content = {"said": phrase, "detail": in_words(detail), "advice": advice, "here": HOME}
    page = render(request, "error.html", status=status, **content)
    page.headers.update(headers)
    return page


def register(app: FastAPI) -> None:
    """Let errors outside of any route be pages too, where a page was asked for.

    To be called after the problem documents of the API were registered: for everything else
    they stay as they are.
    """
    for kind in (HTTPException, Exception):
        app.add_exception_handler(kind, _page_or(app.exception_handlers[kind]))


def _page_or(otherwise: ExceptionHandler) -> ExceptionHandler:
    async def answer(request: Request, error: Exception) -> Response:
        problem: Response = await otherwise(request, error)  # type: ignore[misc, arg-type]
        is_page = not request.url.path.startswith(_FOR_PROGRAMS)
        return await run_in_threadpool(error_page, request, error) if is_page else problem

    return answer
