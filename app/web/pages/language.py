"""The language of the pages, as somebody chooses it at the foot of every page."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Response

from app.accounts.preferences import keep_locale
from app.errors import Fault, RuleViolation
from app.kit.access import needs, public
from app.kit.deps import Work
from app.web.forms import Typed
from app.web.i18n import LOCALES, remember_locale
from app.web.i18n import gettext as _
from app.web.page_route import own_path, page_router, see_other
from app.web.paths import HOME, LANGUAGE, OWN_LANGUAGE

router: Final = page_router()
_Onward = Annotated[str, Form(alias="next", max_length=1000)]


def _chosen(locale: str) -> str:
    if locale not in LOCALES:
        raise RuleViolation([Fault("locale", locale, _("choose one of the list"))])
    return locale


@router.post(LANGUAGE)
@public
def choose_language(locale: Typed = "", onward: _Onward = "") -> Response:
    """Speak a language in this browser from now on."""
    return remember_locale(see_other(own_path(onward) or HOME), _chosen(locale))


@router.post(OWN_LANGUAGE)
@needs("self.write")
def choose_own_language(work: Work, locale: Typed = "", onward: _Onward = "") -> Response:
    """Speak a language in this browser, and in every other one that has chosen none."""
    chosen = _chosen(locale)
    with work.writing() as session:
        keep_locale(session, work.person.account_id, chosen)
    return remember_locale(see_other(own_path(onward) or HOME), chosen)
