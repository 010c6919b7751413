"""The mark beside clinical words in a language of which no review stands."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from fastapi import Request
from markupsafe import Markup

from app.kit.deps import Asked
from app.learn.service import is_reviewed
from app.web.i18n import SOURCE, current_locale
from app.web.i18n import gettext as _
from app.web.paths import LEARN

_request: ContextVar[Request | None] = ContextVar("request_of_page", default=None)
_KNOWN: Final = "is_reviewed"


def begin_page(request: Request) -> None:
    """Remember whose page is drawn from now on."""
    _request.set(request)


def review_mark() -> Markup:
    """Return "not yet reviewed", leading to what that means, in the language of the page.

    Empty in English, which is the source, and where the clinic keeps a review of the words as
    they are now.
    """
    request = _request.get()
    if current_locale() == SOURCE or (request is not None and _is_reviewed(request)):
        return Markup()
    return Markup('<a class="review-mark" href="{}">{}</a>').format(
        f"{LEARN}/translations", _("not yet reviewed")
    )


def review_note() -> tuple[str, ...]:
    """Return the mark as a line of a document that leaves the program; empty where none is due."""
    if not review_mark():
        return ()
    return (_("The clinical words in this language are not yet reviewed."),)


def _is_reviewed(request: Request) -> bool:
    """Say whether a review stands in the clinic of whoever asks; asked once a page."""
    known: bool | None = getattr(request.state, _KNOWN, None)
    if known is None:
        known = _ask(getattr(request.state, "asked", None))
        setattr(request.state, _KNOWN, known)
    return known


def _ask(asked: Asked | None) -> bool:
    clinic_id = None if asked is None or asked.principal is None else asked.principal.clinic_id
    if asked is None or clinic_id is None:
        return False
    with asked.database.reading() as session:
        return is_reviewed(session, clinic_id, locale=current_locale())
