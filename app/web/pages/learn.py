"""What people can read about, for everybody; and the pages on which a clinic writes its own."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Final

from fastapi import Form, Query, Request, Response
from sqlalchemy.orm import Session

from app.accounts.authentication import sign_in_of
from app.clinics import entries
from app.errors import AppError, NotFound, NotSignedIn, RuleViolation
from app.kit.access import needs, public
from app.kit.deps import Asked, Work
from app.kit.guard import credentials_of
from app.kit.history import Change, history_of, void
from app.kit.rows import Entering
from app.learn.repository import own_text, select_texts
from app.learn.rules import LOCALES, TOPICS, HelpTextDraft, check_help_text
from app.learn.service import HELP_TEXT, read_text, read_titles, text_of
from app.learn.tables import HelpTextRow
from app.learn.texts import Text, default_text
from app.patients.access import PatientAccess
from app.web.clinics import ClinicQuery, Clinics, choose_clinic
from app.web.forms import Typed, needed, require_seen, said
from app.web.i18n import current_locale
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router, see_other
from app.web.pages.history import ClinicHistoryView, version_views
from app.web.paths import LEARN
from app.web.shells import versioned
from app.web.templating import render

router: Final = page_router()
ONE: Final = f"{LEARN}/{{topic}}"

Long = Annotated[str, Form(max_length=25_000)]
LocaleQuery = Annotated[str, Query(max_length=2)]


@dataclass(frozen=True, slots=True)
class EditView:
    """A text that is being written, and what is shown in its place now.

    Attributes
    ----------
    row : HelpTextRow or None
        The clinic's own text, where it has one.
    text : Text
        What the form holds.
    is_preview : bool
        Whether to show how it will look.
    """

    clinics: Clinics
    row: HelpTextRow | None
    text: Text
    is_preview: bool = False
    reason: str = ""


@router.get(LEARN)
@public
def show_topics(request: Request, work: Work) -> Response:
    """List what can be read about; the clinic's own titles where somebody of it is signed in."""
    clinic_id = _recognise(request, work)
    with work.reading() as session:
        titles = read_titles(session, clinic_id, locale=current_locale())
    return versioned(render(request, "learn.html", titles=titles))


@router.get(ONE)
@public
def show_topic(request: Request, work: Work, topic: str) -> Response:
    """Show one text; the clinic's own where somebody of it is signed in."""
    _require_topic(topic)
    clinic_id = _recognise(request, work)
    with work.reading() as session:
        text = read_text(session, clinic_id, topic=topic, locale=current_locale())
    return versioned(render(request, "learn_topic.html", text=text))


def _recognise(request: Request, work: Asked) -> uuid.UUID | None:
    """Let a public page know who is signed in, if somebody fully is; return their clinic."""
    try:
        who = sign_in_of(work.database, credentials_of(request), now=work.now)
    except NotSignedIn:
        return None
    if "help.read" not in who.permissions:
        return None  # The session is good for enrolling only.
    work.principal = who
    work.access = PatientAccess(who, "help.read", now=work.now)
    return who.clinic_id


def _require_topic(topic: str, locale: str = LOCALES[0]) -> None:
    if topic not in TOPICS or locale not in LOCALES:
        raise NotFound("Text", topic)


def _edit_view(session: Session, topic: str, locale: str, clinic: uuid.UUID | None) -> EditView:
    _require_topic(topic, locale)
    clinics = choose_clinic(session, clinic)
    row = own_text(session, clinics.shown.id, topic=topic, locale=locale)
    text = default_text(topic, locale) if row is None else text_of(row)
    return EditView(clinics, row, text)


@router.get(f"{ONE}/edit")
@needs("help.write")
def show_edit(
    *,
    request: Request,
    work: Work,
    topic: str,
    locale: LocaleQuery = "",
    clinic: ClinicQuery = None,
) -> Response:
    """Show the form in which a clinic writes its own text."""
    with work.reading() as session:
        view = _edit_view(session, topic, locale or current_locale(), clinic)
        return render(request, "learn_edit.html", view=view, errors=[])


@router.post(f"{ONE}/edit")
@needs("help.write")
def edit_topic(
    *,
    request: Request,
    work: Work,
    topic: str,
    locale: Typed = "",
    title: Typed = "",
    body: Long = "",
    source: Long = "",
    reason: Typed = "",
    version: Typed = "",
    act: Typed = "preview",
    clinic: ClinicQuery = None,
) -> Response:
    """Show how a text will look, keep it, or go back to the program's own."""
    draft = HelpTextDraft(topic, locale, title.strip(), _lines(body), _lines(source))

    def again(error: AppError | None) -> Response:
        with work.reading() as session:
            view = _edit_view(session, topic, locale, clinic)
            view = replace(view, text=Text(**asdict(draft)), reason=reason, is_preview=True)
            status, errors = (200, []) if error is None else (error.status_code, said(error))
            return render(request, "learn_edit.html", status=status, view=view, errors=errors)

    on_fault(request, again)
    if act == "preview":
        faults = check_help_text(draft)
        return again(RuleViolation(faults) if faults else None)
    with work.writing() as session:
        view = _edit_view(session, topic, locale, clinic)
        change = work.change(needed("reason", reason))
        _keep(session, change, view, draft=draft, version=version, is_taken_back=act == "default")
    return see_other(f"{LEARN}/{topic}")


def _keep(
    session: Session,
    change: Change,
    view: EditView,
    *,
    draft: HelpTextDraft,
    version: str,
    is_taken_back: bool,
) -> None:
    entering = Entering(session, change)
    if view.row is None:
        clinic = view.clinics.shown
        entries.create(entering, HELP_TEXT, clinic=clinic, row_id=None, draft=draft)
        return
    row = entries.get_row(session, HELP_TEXT, view.row.id, lock=True)
    require_seen(row, version)
    if is_taken_back:
        void(session, row, change)
    else:
        entries.amend(entering, HELP_TEXT, row=row, draft=draft)


def _lines(text: str) -> str:
    """Return what was typed: browsers send line breaks as two characters."""
    return text.replace("\r\n", "\n").strip()


@router.get(f"{ONE}/history")
@needs("help.read")
def show_topic_history(
    *,
    request: Request,
    work: Work,
    topic: str,
    locale: LocaleQuery = "",
    clinic: ClinicQuery = None,
) -> Response:
    """Show every version of a clinic's own texts about a topic in one language."""
    locale = locale or current_locale()
    _require_topic(topic, locale)
    with work.reading() as session:
        clinics = choose_clinic(session, clinic)
        rows = select_texts(clinics.shown.id, include_voided=True).where(
            HelpTextRow.topic == topic, HelpTextRow.locale == locale
        )
        versions = [
            view
            for row in session.scalars(rows.order_by(HelpTextRow.recorded_at.desc()))
            for view in version_views(history_of(session, row), hidden=frozenset(), zone="UTC")
        ]
    text = default_text(topic, locale)
    view = ClinicHistoryView(text.title, f"{LEARN}/{topic}", _("Text"), versions)
    return render(request, "history.html", view=view)
