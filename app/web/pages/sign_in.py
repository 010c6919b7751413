"""Signing in and out."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query, Request, Response

from app.accounts import sign_in, sign_in_routes
from app.accounts.cookies import clear_cookie, set_cookie
from app.accounts.door import door_of
from app.accounts.links import LINK_PATH
from app.accounts.sessions import NewSession
from app.config import Settings
from app.errors import AppError, NotSignedIn
from app.kit.access import needs, public
from app.kit.deps import Asked, Work
from app.web.forms import Typed, said
from app.web.i18n import N_
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, own_path, page_router, see_other
from app.web.paths import HOME, SIGN_IN
from app.web.templating import render

router: Final = page_router()
_PROVIDER_FAILED: Final = N_(
    "Your organisation's sign-in did not lead to an account here. Sign in another way, and link"
    " it on the page of your account."
)
_Next = Annotated[str | None, Query(alias="next", max_length=1000)]


def _page(
    request: Request, template: str, error: AppError | None = None, **content: Any
) -> Response:
    settings: Settings = request.app.state.settings
    status = 200 if error is None else error.status_code
    return render(
        request,
        template,
        status=status,
        errors=[] if error is None else said(error),
        has_oidc=settings.oidc_issuer is not None,
        **content,
    )


def _let_in(work: Asked, new: NewSession, onward: str | None) -> Response:
    return set_cookie(see_other(own_path(onward) or HOME), new, now=work.now)


@router.get(SIGN_IN)
@public
def show_sign_in(request: Request, onward: _Next = None, problem: str = "") -> Response:
    """Show the ways to sign in, the easiest first."""
    error = NotSignedIn(_(_PROVIDER_FAILED)) if problem == "provider" else None
    content = {"onward": own_path(onward) or HOME, "way": "", "login": ""}
    return _page(request, "sign_in.html", error, **content)


@router.post(f"{SIGN_IN}/password")
@public
def sign_in_with_password(
    request: Request,
    work: Work,
    login: Typed = "",
    password: Typed = "",
    code: Typed = "",
    onward: Typed = "",
) -> Response:
    """Sign in with a password and the code of an authenticator app."""

    def again(error: AppError) -> Response:
        content = {"onward": own_path(onward) or HOME, "way": "password", "login": login}
        return _page(request, "sign_in.html", error, **content)

    on_fault(request, again)
    new = sign_in.with_password(door_of(request, work), login=login, password=password, code=code)
    return _let_in(work, new, onward)


@router.post(f"{SIGN_IN}/recovery")
@public
def sign_in_with_recovery_code(
    request: Request,
    work: Work,
    login: Typed = "",
    code: Typed = "",
    password: Typed = "",
) -> Response:
    """Sign in with a recovery code."""

    def again(error: AppError) -> Response:
        return _page(request, "sign_in.html", error, onward=HOME, way="recovery", login=login)

    on_fault(request, again)
    new = sign_in.with_recovery_code(
        door_of(request, work), login=login, code=code, password=password
    )
    return _let_in(work, new, HOME)


@router.get(LINK_PATH)
@public
def show_link(request: Request) -> Response:
    """Ask for a press of the button: opening the page must not use the link up."""
    return _page(request, "link.html")


@router.post(LINK_PATH)
@public
def sign_in_with_link(request: Request, work: Work, secret: Typed = "") -> Response:
    """Sign in with what stood behind the `#` of the link."""
    on_fault(request, lambda error: _page(request, "link.html", error))
    return _let_in(work, sign_in.with_link(door_of(request, work), secret=secret.strip()), HOME)


@router.post("/sign-out")
@needs("self.write")
def sign_out(work: Work) -> Response:
    """End the session, and let the browser forget what it kept of the pages."""
    sign_in_routes.sign_out(work)
    response = clear_cookie(see_other(SIGN_IN))
    # ASVS 5.0, 14.3.1. Not "storage": what was entered offline must survive the sign-out.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
