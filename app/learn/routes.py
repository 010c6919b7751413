"""JSON API of a clinic's texts and its reviews of translations."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.clinics.service import get_clinic
from app.errors import Fault
from app.kit.access import needs
from app.kit.answers import Versions, row_response, saved_response, shown_page, versions_response
from app.kit.deps import Work
from app.kit.etags import IfMatch, IfNoneMatch, require_match
from app.kit.history import history_of
from app.kit.pagination import PageOf, RecordsQuery, read_page
from app.kit.routing import API, api_router, rules_of_body
from app.kit.shapes import ChangeBody, VoidBody
from app.learn import service
from app.learn.repository import BY_TOPIC, NEWEST_REVIEW, select_reviews, select_texts
from app.learn.rules import check_help_text, check_text_review
from app.learn.schemas import (
    HelpTextChange,
    HelpTextCreate,
    HelpTextRead,
    TextReviewCreate,
    TextReviewRead,
)

router: Final = api_router("texts")


def _faults_of_text(
    session: Session, body: HelpTextCreate, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    del now
    get_clinic(session, uuid.UUID(path["clinic_id"]))
    return check_help_text(body.draft())


def _faults_of_change(
    session: Session, body: ChangeBody, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    del now
    row = service.get_help_text(session, uuid.UUID(path["id"]))
    return check_help_text(replace(service.help_text_draft(row), **body.sent()))


def _faults_of_review(
    session: Session, body: TextReviewCreate, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    get_clinic(session, uuid.UUID(path["clinic_id"]))
    return check_text_review(body.draft(), now=now)


@router.get(
    "/clinics/{clinic_id}/help-texts",
    operation_id="list_help_texts",
    response_model=PageOf[HelpTextRead],
)
@needs("help.read")
def list_help_texts(
    request: Request, clinic_id: uuid.UUID, query: Annotated[RecordsQuery, Query()], work: Work
) -> Response:
    """List the texts that the clinic shows in place of the program's."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        statement = select_texts(clinic.id, include_voided=query.include_voided)
        page = read_page(session, statement, order=BY_TOPIC, query=query)
        return shown_page(request, page, HelpTextRead)


@router.post(
    "/clinics/{clinic_id}/help-texts",
    operation_id="create_help_text",
    status_code=201,
    response_model=HelpTextRead,
    responses={200: {"model": HelpTextRead, "description": "The same row was stored before."}},
)
@rules_of_body(HelpTextCreate, _faults_of_text)
@needs("help.write")
def create_help_text(clinic_id: uuid.UUID, body: HelpTextCreate, work: Work) -> Response:
    """Show a text of the clinic in place of the program's."""
    with work.writing() as session:
        row, created = service.create_help_text(
            session,
            work.change(),
            clinic=get_clinic(session, clinic_id),
            row_id=body.id,
            draft=body.draft(),
        )
        shown = HelpTextRead.model_validate(row)
    return saved_response(shown, created=created, location=f"{API}/help-texts/{shown.id}")


@router.get(
    "/help-texts/{id}",
    operation_id="read_help_text",
    response_model=HelpTextRead,
    responses={304: {"description": "The client holds the newest version."}},
)
@needs("help.read")
def read_help_text(id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None) -> Response:
    """Show one text of a clinic."""
    with work.reading() as session:
        shown = HelpTextRead.model_validate(service.get_help_text(session, id))
    return row_response(shown, if_none_match=if_none_match)


@router.get(
    "/help-texts/{id}/history",
    operation_id="read_help_text_history",
    response_model=Versions[HelpTextRead],
)
@needs("help.read")
def read_help_text_history(id: uuid.UUID, work: Work) -> Response:
    """Show every version of a text, oldest first."""
    with work.reading() as session:
        versions = history_of(session, service.get_help_text(session, id))
    return versions_response(versions, HelpTextRead)


@router.patch("/help-texts/{id}", operation_id="change_help_text", response_model=HelpTextRead)
@rules_of_body(HelpTextChange, _faults_of_change)
@needs("help.write")
def change_help_text(
    *,
    id: uuid.UUID,
    body: HelpTextChange,  # type: ignore[valid-type]
    work: Work,
    if_match: IfMatch = None,
) -> Response:
    """Change a text; the version before stays readable."""
    sent: ChangeBody = body
    with work.writing() as session:
        row = service.get_help_text(session, id, lock=True)
        require_match(if_match, row)
        draft = replace(service.help_text_draft(row), **sent.sent())
        service.amend_help_text(session, work.change(sent.change_reason), row=row, draft=draft)
        shown = HelpTextRead.model_validate(row)
    return row_response(shown)


@router.post("/help-texts/{id}/void", operation_id="void_help_text", response_model=HelpTextRead)
@needs("help.write")
def void_help_text(
    *, id: uuid.UUID, body: VoidBody, work: Work, if_match: IfMatch = None
) -> Response:
    """Take a text back; the program's is shown again."""
    with work.writing() as session:
        row = service.get_help_text(session, id, lock=True)
        require_match(if_match, row)
        service.void_row(session, work.change(body.void_reason), row=row)
        shown = HelpTextRead.model_validate(row)
    return row_response(shown)


@router.get(
    "/clinics/{clinic_id}/text-reviews",
    operation_id="list_text_reviews",
    response_model=PageOf[TextReviewRead],
)
@needs("help.read")
def list_text_reviews(
    request: Request, clinic_id: uuid.UUID, query: Annotated[RecordsQuery, Query()], work: Work
) -> Response:
    """List the clinic's reviews of translations, the latest first."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        statement = select_reviews(clinic.id, include_voided=query.include_voided)
        page = read_page(session, statement, order=NEWEST_REVIEW, query=query)
        return shown_page(request, page, TextReviewRead)


@router.post(
    "/clinics/{clinic_id}/text-reviews",
    operation_id="create_text_review",
    status_code=201,
    response_model=TextReviewRead,
    responses={200: {"model": TextReviewRead, "description": "The same row was stored before."}},
)
@rules_of_body(TextReviewCreate, _faults_of_review)
@needs("help.write")
def create_text_review(clinic_id: uuid.UUID, body: TextReviewCreate, work: Work) -> Response:
    """Keep that the clinical words of a language, as they are now, were compared."""
    with work.writing() as session:
        row, created = service.create_text_review(
            session,
            work.change(),
            clinic=get_clinic(session, clinic_id),
            row_id=body.id,
            draft=body.draft(),
        )
        shown = TextReviewRead.model_validate(row)
    return saved_response(shown, created=created, location=f"{API}/text-reviews/{shown.id}")


@router.get(
    "/text-reviews/{id}",
    operation_id="read_text_review",
    response_model=TextReviewRead,
    responses={304: {"description": "The client holds the newest version."}},
)
@needs("help.read")
def read_text_review(id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None) -> Response:
    """Show one review of a translation."""
    with work.reading() as session:
        shown = TextReviewRead.model_validate(service.get_text_review(session, id))
    return row_response(shown, if_none_match=if_none_match)


@router.get(
    "/text-reviews/{id}/history",
    operation_id="read_text_review_history",
    response_model=Versions[TextReviewRead],
)
@needs("help.read")
def read_text_review_history(id: uuid.UUID, work: Work) -> Response:
    """Show every version of a review, oldest first."""
    with work.reading() as session:
        versions = history_of(session, service.get_text_review(session, id))
    return versions_response(versions, TextReviewRead)


@router.post(
    "/text-reviews/{id}/void", operation_id="void_text_review", response_model=TextReviewRead
)
@needs("help.write")
def void_text_review(
    *, id: uuid.UUID, body: VoidBody, work: Work, if_match: IfMatch = None
) -> Response:
    """Take a review back; the words are marked as not yet reviewed again."""
    with work.writing() as session:
        row = service.get_text_review(session, id, lock=True)
        require_match(if_match, row)
        service.void_row(session, work.change(body.void_reason), row=row)
        shown = TextReviewRead.model_validate(row)
    return row_response(shown)
