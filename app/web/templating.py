"""Templates, and what every page shows: who is signed in, and how large the letters are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.accounts.preferences import locale_of_account
from app.accounts.rules import AT_HOME
from app.accounts.tables import AccountRow
from app.config import Settings
from app.kit.deps import Asked
from app.web import clinical, i18n, measured, people, visiting
from app.web import format as words
from app.web.assets import asset
from app.web.evidence import evidence_lines
from app.web.i18n import N_
from app.web.i18n import gettext as _
from app.web.paths import (
    ACCOUNTS,
    CALLS,
    CLINIC,
    EMERGENCY,
    HOME,
    LOTS,
    PATIENTS,
    PRODUCTS,
    SCHEDULE,
    WORKLIST,
)
from app.web.prose import format_prose, help_text
from app.web.review_mark import begin_page, review_mark
from app.web.sentences import in_words

_PLACES: Final = (
    ("worklist.read", WORKLIST, N_("Work list")),
    ("schedule.write", SCHEDULE, N_("Schedule")),
    ("infusions.write", CALLS, N_("Calls")),
    ("lots.read", LOTS, N_("Lots")),
    ("products.read", PRODUCTS, N_("Products")),
    ("emergency.write", EMERGENCY, N_("Emergency")),
    ("accounts.read", ACCOUNTS, N_("Accounts")),
    ("clinics.write", CLINIC, N_("Clinic")),
)
TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as the head of a page names them.

    Attributes
    ----------
    is_at_home : bool
        A patient or a proxy: the letters are larger.
    may : frozenset of str
        What they may do, for links that lead somewhere.
    """

    name: str
    role: str
    is_at_home: bool
    may: frozenset[str]

    @property
    def places(self) -> list[tuple[str, str]]:
        """The pages that the head of every page leads to, with their titles."""
        own = [(path, _(title)) for need, path, title in _PLACES if need in self.may]
        # Whoever has a work list finds the patients there, and who is at home their own record.
        is_office = "patients.read" in self.may and "worklist.read" not in self.may
        return [*own, (PATIENTS, _("Patients"))] if is_office and not self.is_at_home else own


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    i18n.install(environment)
    environment.globals["languages"] = i18n.NAMES
    environment.globals["asset"] = asset
    environment.globals["review_mark"] = review_mark
    environment.globals["help_text"] = help_text
    environment.globals["words"] = words
    environment.globals["in_words"] = in_words
    environment.globals["people"] = people
    environment.globals["measured"] = measured
    environment.globals["clinical"] = clinical
    environment.globals["visiting"] = visiting
    environment.globals["evidence_lines"] = evidence_lines
    environment.filters["query"] = clinical.query
    environment.filters["capital"] = i18n.capital
    environment.filters["prose"] = format_prose
    return environment


_LONGEST_TIMER: Final = 2_000_000
_templates: Final = Jinja2Templates(env=_environment())


def render(request: Request, template: str, /, *, status: int = 200, **content: Any) -> Response:
    """Return a page; its letters are larger for people at home, and before anybody is known."""
    begin_page(request)
    person = person_of(request)
    preferred = None if person is None or i18n.has_chosen(request) else _preferred_locale(request)
    if preferred is not None:
        i18n.choose_locale(preferred)
    is_large = person is None or person.is_at_home
    context = {
        "person": person,
        "is_large": is_large,
        "locale": i18n.current_locale(),
        "here": _here(request),
        "idle_seconds": 0 if person is None else _idle_seconds(request, person),
        **content,
    }
    page = _templates.TemplateResponse(request, template, context, status)
    return page if preferred is None else i18n.remember_locale(page, preferred)


def _preferred_locale(request: Request) -> str | None:
    """Return the language that whoever is signed in chose in another browser."""
    asked: Asked = request.state.asked
    with asked.database.reading() as session:
        return locale_of_account(session, asked.person.account_id)


def _here(request: Request) -> str:
    """Return where a change of the language leads back to; a form is not sent again."""
    if request.method not in ("GET", "HEAD"):
        return HOME
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _idle_seconds(request: Request, person: Person) -> int:
    """Return how long a page may stand before its session has ended by itself."""
    settings: Settings = request.app.state.settings
    days = timedelta(days=settings.home_idle_days)
    minutes = timedelta(minutes=settings.staff_idle_minutes)
    idle = days if person.is_at_home else minutes
    # A browser's timer counts at most 2^31 milliseconds.
    return min(int(idle.total_seconds()), _LONGEST_TIMER)


def person_of(request: Request) -> Person | None:
    """Return who is signed in; None where nobody is."""
    asked: Asked | None = getattr(request.state, "asked", None)
    if asked is None or asked.principal is None:
        return None
    who = asked.principal
    is_at_home = who.role in AT_HOME
    name = who.name
    if is_at_home:
        # Rows do not keep the names of patients and proxies, so neither does the principal.
        with asked.database.reading() as session:
            name = session.get_one(AccountRow, who.account_id).name
    return Person(name, who.role, is_at_home, who.permissions)
