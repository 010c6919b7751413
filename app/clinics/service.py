"""Use-cases of clinics."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinics.rules import ClinicDraft, check_clinic
from app.clinics.tables import ClinicRow
from app.errors import Conflict
from app.kit import history
from app.kit.access import content_if_visible, restrict
from app.kit.history import Change
from app.kit.limits import require_plausible
from app.kit.pagination import Order, Page, PageQuery, read_page
from app.kit.rows import get_kept, require_live
from app.said import say, term


def list_clinics(session: Session) -> Sequence[ClinicRow]:
    """Return every visible clinic that was not voided, by name."""
    return session.scalars(_visible(session).order_by(ClinicRow.name)).all()


def page_of_clinics(session: Session, query: PageQuery) -> Page[ClinicRow]:
    """Return one page of the visible clinics that were not voided, by name."""
    return read_page(session, _visible(session), order=_BY_NAME, query=query)


def _visible(session: Session) -> Select[ClinicRow]:
    statement = select(ClinicRow).where(ClinicRow.voided_at.is_(None))
    return restrict(session, statement, clinic=ClinicRow.id)


_BY_NAME: Final = Order("clinics", ClinicRow.name, ClinicRow.id, is_newest_first=False)


def get_clinic(session: Session, clinic_id: uuid.UUID, *, lock: bool = False) -> ClinicRow:
    """Return the clinic, locked against other changes on request.

    Raises
    ------
    NotFound
        There is no such clinic.
    """
    return get_kept(session, ClinicRow, clinic_id, what="Clinic", lock=lock)


def add_clinic(
    session: Session,
    change: Change,
    *,
    row_id: uuid.UUID | None,
    name: str,
    phone: str | None = None,
) -> ClinicRow:
    """Add a clinic.

    Raises
    ------
    Conflict
        The id or the name is taken.
    """
    clinic = ClinicRow(id=row_id or uuid.uuid4(), name=name, phone=phone)
    history.begin(clinic, change)
    try:
        with session.begin_nested():
            session.add(clinic)
    except IntegrityError as error:
        message = say(
            "There is a clinic with this id or the name %(name)s already.", name=repr(name)
        )
        raise Conflict(message) from error
    return clinic


def clinic_draft(clinic: ClinicRow) -> ClinicDraft:
    """Return the draft that the stored clinic stands for."""
    return ClinicDraft(clinic.name, clinic.phone)


def create_clinic(
    session: Session, change: Change, *, row_id: uuid.UUID | None, draft: ClinicDraft
) -> tuple[ClinicRow, bool]:
    """Enter a clinic, or find that it was entered before; say whether it is new.

    Raises
    ------
    RuleViolation
        The draft has faults.
    Conflict
        The id is stored with other content, or the name is taken.
    """
    stored = None if row_id is None else session.get(ClinicRow, row_id)
    if stored is None:
        require_plausible(check_clinic(draft), confirmed=False)
        try:
            clinic = add_clinic(session, change, row_id=row_id, name=draft.name, phone=draft.phone)
        except Conflict:
            # Somebody else may have sent the very same clinic at the same moment.
            stored = None if row_id is None else session.get(ClinicRow, row_id)
            if stored is None:
                raise
        else:
            return clinic, True
    first = history.first_version_of(session, stored)
    sent = asdict(draft)
    # A clinic of before there were telephone numbers has none.
    if {name: first.get(name) for name in sent} != sent:
        message = say(
            "%(what)s %(key)s is stored already with other content.",
            what=term("Clinic"),
            key=str(stored.id),
        )
        raise Conflict(message, stored=content_if_visible(session, stored), sent=sent)
    return stored, False


def amend_clinic(
    session: Session, change: Change, *, clinic: ClinicRow, draft: ClinicDraft
) -> None:
    """Change a clinic.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    require_live(clinic)
    require_plausible(check_clinic(draft), confirmed=False)
    try:
        with session.begin_nested():
            history.amend(session, clinic, asdict(draft), change=change)
    except IntegrityError as error:
        message = say(
            "There is another clinic with the name %(name)s already.", name=repr(draft.name)
        )
        raise Conflict(message) from error
