"""JSON API of what a clinic sets of the analysis and of its care."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.clinics import settings
from app.clinics.care_settings import CARE_SETTINGS
from app.clinics.rules import check_setting
from app.clinics.schemas import ClinicSettingRead, SettingChange, SettingCreate
from app.clinics.service import get_clinic
from app.errors import Fault
from app.kit.access import needs
from app.kit.answers import Versions, row_response, saved_response, shown_page, versions_response
from app.kit.deps import Work
from app.kit.etags import IfMatch, IfNoneMatch, require_match
from app.kit.history import history_of
from app.kit.limits import split_faults
from app.kit.pagination import PageOf, RecordsQuery
from app.kit.routing import API, rules_of_body
from app.kit.shapes import ChangeBody, VoidBody

OnNewSettings = Callable[[Session, uuid.UUID], None]


def add_setting_routes(router: APIRouter, on_new_settings: OnNewSettings) -> None:
    """Give `router` the routes of a clinic's settings.

    `on_new_settings` is told of every change of the analysis in its own transaction: each analysis
    of the clinic rests on them. None rests on the settings of care.
    """
    _add_reading(router)
    _add_creating(router, on_new_settings)
    _add_changing(router, on_new_settings)
    _add_voiding(router, on_new_settings)


def _faults_of_new(
    session: Session, body: SettingCreate, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    get_clinic(session, uuid.UUID(path["clinic_id"]))
    faults = check_setting(body.draft(), now=now)
    return split_faults(faults, confirmed=body.confirmation())[0]


def _faults_of_change(
    session: Session, body: ChangeBody, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    row = settings.get_setting(session, uuid.UUID(path["id"]))
    draft = replace(settings.setting_draft(row), **body.sent())
    return split_faults(check_setting(draft, now=now), confirmed=body.confirmation())[0]


def _add_reading(router: APIRouter) -> None:
    @router.get(
        "/clinics/{clinic_id}/settings",
        operation_id="list_clinic_settings",
        response_model=PageOf[ClinicSettingRead],
    )
    @needs("clinic_settings.read")
    def list_clinic_settings(
        *,
        request: Request,
        clinic_id: uuid.UUID,
        query: Annotated[RecordsQuery, Query()],
        work: Work,
    ) -> Response:
        """List what the clinic set of the analysis and of its care, the latest date first."""
        with work.reading() as session:
            clinic = get_clinic(session, clinic_id)
            page = settings.page_of_settings(session, clinic.id, query)
            return shown_page(request, page, ClinicSettingRead)

    @router.get(
        "/clinic-settings/{id}",
        operation_id="read_clinic_setting",
        response_model=ClinicSettingRead,
        responses={304: {"description": "The client holds the newest version."}},
    )
    @needs("clinic_settings.read")
    def read_clinic_setting(
        id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Show one setting of a clinic."""
        with work.reading() as session:
            shown = ClinicSettingRead.model_validate(settings.get_setting(session, id))
        return row_response(shown, if_none_match=if_none_match)

    @router.get(
        "/clinic-settings/{id}/history",
        operation_id="read_clinic_setting_history",
        response_model=Versions[ClinicSettingRead],
    )
    @needs("clinic_settings.read")
    def read_clinic_setting_history(id: uuid.UUID, work: Work) -> Response:
        """Show every version of a setting, oldest first."""
        with work.reading() as session:
            versions = history_of(session, settings.get_setting(session, id))
        return versions_response(versions, ClinicSettingRead)


def _add_creating(router: APIRouter, on_new_settings: OnNewSettings) -> None:
    @router.post(
        "/clinics/{clinic_id}/settings",
        operation_id="create_clinic_setting",
        status_code=201,
        response_model=ClinicSettingRead,
        responses={
            200: {"model": ClinicSettingRead, "description": "The same row was stored before."}
        },
    )
    @rules_of_body(SettingCreate, _faults_of_new)
    @needs("clinic_settings.write")
    def create_clinic_setting(clinic_id: uuid.UUID, body: SettingCreate, work: Work) -> Response:
        """Set something for all patients of a clinic, from a date on."""
        with work.writing() as session:
            row, created = settings.create_setting(
                session,
                work.change(),
                clinic=get_clinic(session, clinic_id),
                row_id=body.id,
                draft=body.draft(),
                confirm=body.confirmation(),
            )
            if created and row.key not in CARE_SETTINGS:
                on_new_settings(session, row.clinic_id)
            shown = ClinicSettingRead.model_validate(row)
        location = f"{API}/clinic-settings/{shown.id}"
        return saved_response(shown, created=created, location=location)


def _add_changing(router: APIRouter, on_new_settings: OnNewSettings) -> None:
    @router.patch(
        "/clinic-settings/{id}",
        operation_id="change_clinic_setting",
        response_model=ClinicSettingRead,
    )
    @rules_of_body(SettingChange, _faults_of_change)
    @needs("clinic_settings.write")
    def change_clinic_setting(
        *,
        id: uuid.UUID,
        body: SettingChange,  # type: ignore[valid-type]
        work: Work,
        if_match: IfMatch = None,
    ) -> Response:
        """Correct a setting; the version before stays readable."""
        sent: ChangeBody = body
        with work.writing() as session:
            row = settings.get_setting(session, id, lock=True)
            require_match(if_match, row)
            key_before = row.key
            is_changed = settings.amend_setting(
                session,
                work.change(sent.change_reason),
                row=row,
                draft=replace(settings.setting_draft(row), **sent.sent()),
                confirm=sent.confirmation(),
            )
            if is_changed and not {key_before, row.key} <= CARE_SETTINGS.keys():
                on_new_settings(session, row.clinic_id)
            shown = ClinicSettingRead.model_validate(row)
        return row_response(shown)


def _add_voiding(router: APIRouter, on_new_settings: OnNewSettings) -> None:
    @router.post(
        "/clinic-settings/{id}/void",
        operation_id="void_clinic_setting",
        response_model=ClinicSettingRead,
    )
    @needs("clinic_settings.write")
    def void_clinic_setting(
        *, id: uuid.UUID, body: VoidBody, work: Work, if_match: IfMatch = None
    ) -> Response:
        """Declare a setting a mistake; what was in force before it is again."""
        with work.writing() as session:
            row = settings.get_setting(session, id, lock=True)
            require_match(if_match, row)
            settings.void_setting(session, work.change(body.void_reason), row=row)
            if row.key not in CARE_SETTINGS:
                on_new_settings(session, row.clinic_id)
            shown = ClinicSettingRead.model_validate(row)
        return row_response(shown)
