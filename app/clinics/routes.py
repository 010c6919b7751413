"""JSON API of clinics."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.clinics import service
from app.clinics.rules import check_clinic
from app.clinics.schemas import ClinicChange, ClinicCreate, ClinicRead
from app.clinics.setting_routes import OnNewSettings, add_setting_routes
from app.errors import Fault
from app.kit.access import needs
from app.kit.answers import Versions, row_response, saved_response, shown_page, versions_response
from app.kit.deps import Work
from app.kit.etags import IfMatch, IfNoneMatch, require_match
from app.kit.history import Change, history_of
from app.kit.pagination import PageOf, PageQuery
from app.kit.routing import API, api_router, rules_of_body


def clinic_router(
    *,
    on_opened: Callable[[Session, Change, uuid.UUID], None],
    on_new_settings: OnNewSettings,
) -> APIRouter:
    """Return the routes of clinics.

    Parameters
    ----------
    on_opened : callable
        What a new clinic gets in the same transaction, such as its product catalogue.
    on_new_settings : callable
        What rests on the settings of a clinic, such as every analysis, told in the same
        transaction. Both belong to features that know clinics, so clinics cannot know them.
    """
    router = api_router("clinics")
    _add_reading(router)
    _add_creating(router, on_opened)
    _add_changing(router)
    add_setting_routes(router, on_new_settings)
    return router


def _faults_of_new(
    session: Session, body: ClinicCreate, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    del session, path, now
    return check_clinic(body.draft())


def _add_reading(router: APIRouter) -> None:
    @router.get("/clinics", operation_id="list_clinics", response_model=PageOf[ClinicRead])
    @needs("clinics.read")
    def list_clinics(
        request: Request, query: Annotated[PageQuery, Query()], work: Work
    ) -> Response:
        """List clinics by their name."""
        with work.reading() as session:
            return shown_page(request, service.page_of_clinics(session, query), ClinicRead)

    @router.get(
        "/clinics/{clinic_id}",
        operation_id="read_clinic",
        response_model=ClinicRead,
        responses={304: {"description": "The client holds the newest version."}},
    )
    @needs("clinics.read")
    def read_clinic(
        clinic_id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Show one clinic."""
        with work.reading() as session:
            shown = ClinicRead.model_validate(service.get_clinic(session, clinic_id))
        return row_response(shown, if_none_match=if_none_match)

    @router.get(
        "/clinics/{clinic_id}/history",
        operation_id="read_clinic_history",
        response_model=Versions[ClinicRead],
    )
    @needs("clinics.read")
    def read_clinic_history(clinic_id: uuid.UUID, work: Work) -> Response:
        """Show every version of a clinic, oldest first."""
        with work.reading() as session:
            versions = history_of(session, service.get_clinic(session, clinic_id))
        return versions_response(versions, ClinicRead)


def _add_creating(
    router: APIRouter, on_opened: Callable[[Session, Change, uuid.UUID], None]
) -> None:
    @router.post(
        "/clinics",
        operation_id="create_clinic",
        status_code=201,
        response_model=ClinicRead,
        responses={200: {"model": ClinicRead, "description": "The same row was stored before."}},
    )
    @rules_of_body(ClinicCreate, _faults_of_new)
    @needs("clinics.open")
    def create_clinic(body: ClinicCreate, work: Work) -> Response:
        """Open a clinic, with its own copy of the product catalogue."""
        with work.writing() as session:
            clinic, created = service.create_clinic(
                session, work.change(), row_id=body.id, draft=body.draft()
            )
            if created:
                on_opened(session, work.change(), clinic.id)
            shown = ClinicRead.model_validate(clinic)
        return saved_response(shown, created=created, location=f"{API}/clinics/{shown.id}")


def _add_changing(router: APIRouter) -> None:
    @router.patch("/clinics/{clinic_id}", operation_id="change_clinic", response_model=ClinicRead)
    @needs("clinics.write")
    def change_clinic(
        clinic_id: uuid.UUID, body: ClinicChange, work: Work, if_match: IfMatch = None
    ) -> Response:
        """Change the name or the telephone number; the version before stays readable."""
        with work.writing() as session:
            clinic = service.get_clinic(session, clinic_id, lock=True)
            require_match(if_match, clinic)
            draft = body.draft(service.clinic_draft(clinic))
            change = work.change(body.change_reason)
            service.amend_clinic(session, change, clinic=clinic, draft=draft)
            shown = ClinicRead.model_validate(clinic)
        return row_response(shown)
