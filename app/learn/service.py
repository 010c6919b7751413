"""Use-cases: what people can read about, a clinic's own texts, and reviews of translations."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinics.tables import ClinicRow
from app.errors import Conflict
from app.kit import history
from app.kit.access import content_if_visible
from app.kit.base import KeptRow
from app.kit.history import Change, as_json
from app.kit.limits import require_plausible
from app.kit.rows import get_kept, require_live
from app.learn import repository
from app.learn.rules import (
    TOPICS,
    HelpTextDraft,
    ReviewDraft,
    check_help_text,
    check_text_review,
)
from app.learn.tables import HelpTextRow, TextReviewRow
from app.learn.texts import Text, default_text, fingerprint


def read_text(session: Session, clinic_id: uuid.UUID | None, *, topic: str, locale: str) -> Text:
    """Return what people of a clinic read about a topic; without a clinic the program's text.

    Raises
    ------
    NotFound
        There is no such topic.
    """
    text = default_text(topic, locale)
    own = None
    if clinic_id is not None:
        own = repository.own_text(session, clinic_id, topic=topic, locale=locale)
    return text if own is None else text_of(own)


def read_titles(session: Session, clinic_id: uuid.UUID | None, *, locale: str) -> dict[str, str]:
    """Return the title of every topic, as people of a clinic read it, in the order of the list."""
    titles = {topic: default_text(topic, locale).title for topic in TOPICS}
    if clinic_id is not None:
        rows = repository.own_texts(session, clinic_id, locale=locale)
        titles |= {row.topic: row.title for row in rows}
    return titles


def text_of(row: HelpTextRow) -> Text:
    """Return a clinic's own text."""
    return Text(row.topic, row.locale, row.title, row.body, row.source, is_own=True)


def is_reviewed(session: Session, clinic_id: uuid.UUID, *, locale: str) -> bool:
    """Say whether somebody of the clinic compared the clinical words of a language, as they are."""
    return repository.has_review(session, clinic_id, locale=locale, fingerprint=fingerprint(locale))


# --- a clinic's own texts ------------------------------------------------------------------------


def get_help_text(session: Session, row_id: uuid.UUID, *, lock: bool = False) -> HelpTextRow:
    """Return a clinic's text, voided or not; locked against other changes on request.

    Raises
    ------
    NotFound
        There is no such text, or it is not for whoever asks to see.
    """
    return get_kept(session, HelpTextRow, row_id, what="Text", lock=lock)


def help_text_draft(row: HelpTextRow) -> HelpTextDraft:
    """Return the draft that a stored text stands for."""
    return HelpTextDraft(row.topic, row.locale, row.title, row.body, row.source)


def create_help_text(
    session: Session,
    change: Change,
    *,
    clinic: ClinicRow,
    row_id: uuid.UUID | None,
    draft: HelpTextDraft,
) -> tuple[HelpTextRow, bool]:
    """Show a text of the clinic in place of the program's; say whether it is new.

    Raises
    ------
    RuleViolation
        The draft has faults.
    Conflict
        The id is stored with other content, or the clinic has a text of its own already.
    """
    stored = None if row_id is None else session.get(HelpTextRow, row_id)
    if stored is not None:
        _require_same(session, stored, clinic=clinic, draft=draft)
        return stored, False
    require_live(clinic)
    require_plausible(check_help_text(draft), confirmed=False)
    row = HelpTextRow(id=row_id or uuid.uuid4(), clinic_id=clinic.id, **asdict(draft))
    history.begin(row, change)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        # Somebody else may have sent the very same text at the same moment.
        stored = session.get(HelpTextRow, row.id)
        if stored is None:
            raise _taken(draft) from error
        _require_same(session, stored, clinic=clinic, draft=draft)
        return stored, False
    return row, True


def amend_help_text(
    session: Session, change: Change, *, row: HelpTextRow, draft: HelpTextDraft
) -> None:
    """Change a text; the version before stays readable.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    require_live(row)
    require_plausible(check_help_text(draft), confirmed=False)
    history.amend(session, row, asdict(draft), change=change)


# --- reviews of translations ---------------------------------------------------------------------


def get_text_review(session: Session, row_id: uuid.UUID, *, lock: bool = False) -> TextReviewRow:
    """Return a review, voided or not; locked against other changes on request.

    Raises
    ------
    NotFound
        There is no such review, or it is not for whoever asks to see.
    """
    return get_kept(session, TextReviewRow, row_id, what="Review", lock=lock)


def create_text_review(
    session: Session,
    change: Change,
    *,
    clinic: ClinicRow,
    row_id: uuid.UUID | None,
    draft: ReviewDraft,
) -> tuple[TextReviewRow, bool]:
    """Keep that the clinical words of a language, as they are now, were compared.

    Raises
    ------
    RuleViolation
        The draft has faults.
    Conflict
        The id is stored with other content.
    """
    stored = None if row_id is None else session.get(TextReviewRow, row_id)
    if stored is not None:
        _require_same(session, stored, clinic=clinic, draft=draft)
        return stored, False
    require_live(clinic)
    require_plausible(check_text_review(draft, now=change.now), confirmed=False)
    row = TextReviewRow(
        id=row_id or uuid.uuid4(),
        clinic_id=clinic.id,
        fingerprint=fingerprint(draft.locale),
        **asdict(draft),
    )
    history.begin(row, change)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Somebody else sent the very same review at the same moment.
        stored = session.get_one(TextReviewRow, row.id)
        _require_same(session, stored, clinic=clinic, draft=draft)
        return stored, False
    return row, True


def void_row(session: Session, change: Change, *, row: HelpTextRow | TextReviewRow) -> None:
    """Take back a text, so that the program's is shown again, or a review.

    Raises
    ------
    Conflict
        It is voided already.
    """
    history.void(session, row, change)


def _require_same(
    session: Session, stored: KeptRow, *, clinic: ClinicRow, draft: HelpTextDraft | ReviewDraft
) -> None:
    first = history.first_version_of(session, stored)
    sent = {key: as_json(value) for key, value in asdict(draft).items()}
    of_clinic = first["clinic_id"] == str(clinic.id)
    if not of_clinic or any(first[key] != sent[key] for key in sent):
        message = f"{stored.__tablename__} {stored.id} is stored already with other content."
        raise Conflict(message, stored=content_if_visible(session, stored), sent=sent)


def _taken(draft: HelpTextDraft) -> Conflict:
    message = (
        f"The clinic has a text of its own about {draft.topic} in {draft.locale} already; change"
        " or void it."
    )
    return Conflict(message)
