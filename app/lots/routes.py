"""JSON API of recalls: lots that must not be given."""

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
from app.kit.pagination import PageOf, RecordsQuery
from app.kit.routing import API, api_router, rules_of_body
from app.kit.shapes import ChangeBody, VoidBody
from app.lots import service
from app.lots.rules import check_recall
from app.lots.schemas import RecallChange, RecallCreate, RecallRead
from app.products.repository import all_keys

router: Final = api_router("lots")


def _faults_of_new(
    session: Session, body: RecallCreate, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    clinic = get_clinic(session, uuid.UUID(path["clinic_id"]))
    return check_recall(body.draft(), now=now, known_products=all_keys(session, clinic.id))


def _faults_of_change(
    session: Session, body: ChangeBody, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    row = service.get_recall(session, uuid.UUID(path["id"]))
    draft = replace(service.recall_draft(row), **body.sent())
    return check_recall(draft, now=now, known_products=all_keys(session, row.clinic_id))


@router.get(
    "/clinics/{clinic_id}/recalls",
    operation_id="list_recalls",
    response_model=PageOf[RecallRead],
)
@needs("lots.read")
def list_recalls(
    request: Request, clinic_id: uuid.UUID, query: Annotated[RecordsQuery, Query()], work: Work
) -> Response:
    """List the clinic's recalls, the latest announced first."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        return shown_page(request, service.page_of_recalls(session, clinic.id, query), RecallRead)


@router.post(
    "/clinics/{clinic_id}/recalls",
    operation_id="create_recall",
    status_code=201,
    response_model=RecallRead,
    responses={200: {"model": RecallRead, "description": "The same row was stored before."}},
)
@rules_of_body(RecallCreate, _faults_of_new)
@needs("lots.write")
def create_recall(clinic_id: uuid.UUID, body: RecallCreate, work: Work) -> Response:
    """Enter a recall; it holds for every vial of the lot, given or not."""
    with work.writing() as session:
        row, created = service.create_recall(
            session,
            work.change(),
            clinic=get_clinic(session, clinic_id),
            row_id=body.id,
            draft=body.draft(),
        )
        shown = RecallRead.model_validate(row)
    return saved_response(shown, created=created, location=f"{API}/recalls/{shown.id}")


@router.get(
    "/recalls/{id}",
    operation_id="read_recall",
    response_model=RecallRead,
    responses={304: {"description": "The client holds the newest version."}},
)
@needs("lots.read")
def read_recall(id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None) -> Response:
    """Show one recall."""
    with work.reading() as session:
        shown = RecallRead.model_validate(service.get_recall(session, id))
    return row_response(shown, if_none_match=if_none_match)


@router.get(
    "/recalls/{id}/history",
    operation_id="read_recall_history",
    response_model=Versions[RecallRead],
)
@needs("lots.read")
def read_recall_history(id: uuid.UUID, work: Work) -> Response:
    """Show every version of a recall, oldest first."""
    with work.reading() as session:
        versions = history_of(session, service.get_recall(session, id))
    return versions_response(versions, RecallRead)


@router.patch("/recalls/{id}", operation_id="change_recall", response_model=RecallRead)
@rules_of_body(RecallChange, _faults_of_change)
@needs("lots.write")
def change_recall(
    *,
    id: uuid.UUID,
    body: RecallChange,  # type: ignore[valid-type]
    work: Work,
    if_match: IfMatch = None,
) -> Response:
    """Correct a recall; the version before stays readable."""
    sent: ChangeBody = body
    with work.writing() as session:
        row = service.get_recall(session, id, lock=True)
        require_match(if_match, row)
        draft = replace(service.recall_draft(row), **sent.sent())
        service.amend_recall(session, work.change(sent.change_reason), row=row, draft=draft)
        shown = RecallRead.model_validate(row)
    return row_response(shown)


@router.post("/recalls/{id}/void", operation_id="void_recall", response_model=RecallRead)
@needs("lots.write")
def void_recall(*, id: uuid.UUID, body: VoidBody, work: Work, if_match: IfMatch = None) -> Response:
    """Declare a recall a mistake; nobody is warned of the lot any more."""
    with work.writing() as session:
        row = service.get_recall(session, id, lock=True)
        require_match(if_match, row)
        service.void_recall(session, work.change(body.void_reason), row=row)
        shown = RecallRead.model_validate(row)
    return row_response(shown)
