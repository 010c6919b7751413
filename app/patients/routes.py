"""JSON API of patients, their weights and their other therapies."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from app.clinics.schemas import SettingChange, SettingCreate
from app.kit.access import needs
from app.kit.answers import (
    Versions,
    model_response,
    row_response,
    saved_response,
    shown_page,
    versions_response,
)
from app.kit.deps import Asked, Work
from app.kit.etags import IfMatch, IfNoneMatch, require_match
from app.kit.history import history_of
from app.kit.pagination import PageOf
from app.kit.problems import api_names
from app.kit.routing import API, api_router, rules_of_body
from app.kit.shapes import VoidBody
from app.patients import service, settings
from app.patients.body_rules import faults_of_change, faults_of_new
from app.patients.entries import Entering
from app.patients.record_routes import RecordKind, add_record_routes, entering
from app.patients.schemas import (
    PATIENT_NAMES,
    PatientChange,
    PatientCreate,
    PatientRead,
    PatientSearch,
    PatientsQuery,
    SettingRead,
    SettingsInForceRead,
    TherapyChange,
    TherapyCreate,
    TherapyRead,
    WeightChange,
    WeightCreate,
    WeightRead,
    changed_patient,
)
from app.patients.tables import PatientRow, PatientSettingRow, TherapyRow, WeightRow

HELD: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "The client holds the newest version."}
}


def patient_router(
    *, find_first: service.FindFirst, void_dependents: service.VoidDependents
) -> APIRouter:
    """Return the routes of patients, their weights, therapies and settings.

    Parameters
    ----------
    find_first : callable
        Finds the first entry about a patient, in whatever feature it is.
    void_dependents : callable
        Voids every entry about a patient, likewise.
    """
    router = api_router("patients")
    _add_finding(router)
    _add_reading(router)
    _add_creating(router)
    _add_changing(router, find_first)
    _add_voiding(router, void_dependents)
    for kind in (_WEIGHTS, _THERAPIES, _SETTINGS):
        add_record_routes(router, kind)
    _add_settings_in_force(router)
    return router


def _hidden(work: Asked) -> frozenset[str]:
    """Return the fields of patients that are not shown to whoever asks."""
    return work.access.hidden_fields(PatientRow.__tablename__) if work.access else frozenset()


def _add_finding(router: APIRouter) -> None:
    @router.get("/patients", operation_id="list_patients", response_model=PageOf[PatientRead])
    @needs("patients.read")
    def list_patients(
        request: Request, query: Annotated[PatientsQuery, Query()], work: Work
    ) -> Response:
        """List patients, those recorded last first."""
        with work.reading() as session:
            page = service.list_patients(
                session, query, clinic_id=query.clinic_id, include_voided=query.include_voided
            )
            return shown_page(request, page, PatientRead, hidden=_hidden(work))

    @router.post(
        "/patients/search", operation_id="find_patients", response_model=PageOf[PatientRead]
    )
    @needs("patients.read")
    def find_patients(request: Request, body: PatientSearch, work: Work) -> Response:
        """Find a clinic's patients by their identifier, which no address carries."""
        with work.reading() as session:
            page = service.find_patients(
                session,
                clinic_id=body.clinic_id,
                external_id=body.external_id,
                include_voided=body.include_voided,
            )
            return shown_page(request, page, PatientRead, hidden=_hidden(work))


def _add_reading(router: APIRouter) -> None:
    @router.get(
        "/patients/{patient_id}",
        operation_id="read_patient",
        response_model=PatientRead,
        responses=HELD,
    )
    @needs("patients.read")
    def read_patient(
        patient_id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Show one patient."""
        with work.reading() as session:
            shown = PatientRead.model_validate(service.get_patient(session, patient_id))
        return row_response(shown, if_none_match=if_none_match, hidden=_hidden(work))

    @router.get(
        "/patients/{patient_id}/history",
        operation_id="read_patient_history",
        response_model=Versions[PatientRead],
    )
    @needs("patient_history.read")
    def read_patient_history(patient_id: uuid.UUID, work: Work) -> Response:
        """Show every version of a patient, oldest first."""
        with work.reading() as session:
            versions = history_of(session, service.get_patient(session, patient_id))
        return versions_response(versions, PatientRead, hidden=_hidden(work))


def _add_creating(router: APIRouter) -> None:
    @router.post(
        "/patients",
        operation_id="create_patient",
        status_code=201,
        response_model=PatientRead,
        responses={200: {"model": PatientRead, "description": "The same row was stored before."}},
    )
    @rules_of_body(PatientCreate, faults_of_new)
    @needs("patients.write")
    def create_patient(body: PatientCreate, work: Work) -> Response:
        """Enter a patient."""
        with work.writing() as session, api_names(PATIENT_NAMES):
            circumstances = entering(work, session, body)
            saved = service.create_patient(
                circumstances, clinic_id=body.clinic_id, row_id=body.id, draft=body.draft()
            )
            shown = PatientRead.model_validate(saved.row)
        location = f"{API}/patients/{shown.id}"
        return saved_response(shown, created=saved.created, location=location, hidden=_hidden(work))


def _add_changing(router: APIRouter, find_first: service.FindFirst) -> None:
    @router.patch(
        "/patients/{patient_id}", operation_id="change_patient", response_model=PatientRead
    )
    @rules_of_body(PatientChange, faults_of_change(find_first))
    @needs("patients.write")
    def change_patient(
        patient_id: uuid.UUID,
        body: PatientChange,  # type: ignore[valid-type]
        work: Work,
        if_match: IfMatch = None,
    ) -> Response:
        """Correct a patient; the version before stays readable."""
        with work.writing() as session, api_names(PATIENT_NAMES):
            patient = service.get_patient(session, patient_id, lock=True)
            require_match(if_match, patient)
            draft, zone_from = changed_patient(service.patient_draft(patient), body)
            service.amend_patient(
                entering(work, session, body),
                patient=patient,
                draft=draft,
                find_first=find_first,
                zone_from=zone_from,
            )
            shown = PatientRead.model_validate(patient)
        return row_response(shown, hidden=_hidden(work))


def _add_voiding(router: APIRouter, void_dependents: service.VoidDependents) -> None:
    @router.post(
        "/patients/{patient_id}/void", operation_id="void_patient", response_model=PatientRead
    )
    @needs("patients.void")
    def void_patient(
        patient_id: uuid.UUID, body: VoidBody, work: Work, if_match: IfMatch = None
    ) -> Response:
        """Declare a patient's record with all its entries a mistake; it stays readable."""
        with work.writing() as session:
            patient = service.get_patient(session, patient_id, lock=True)
            require_match(if_match, patient)
            service.void_patient(
                Entering(session, work.change(body.void_reason)),
                patient=patient,
                void_dependents=void_dependents,
            )
            shown = PatientRead.model_validate(patient)
        return row_response(shown, hidden=_hidden(work))


def _add_settings_in_force(router: APIRouter) -> None:
    @router.get(
        "/patients/{patient_id}/settings/in-force",
        operation_id="read_settings_in_force",
        response_model=SettingsInForceRead,
    )
    @needs("patient_settings.read")
    def read_settings_in_force(patient_id: uuid.UUID, work: Work) -> Response:
        """Show every setting of the analysis as it holds for the patient today, and why."""
        with work.reading() as session:
            patient = service.get_patient(session, patient_id)
            shown = SettingsInForceRead.model_validate(
                {
                    "patient_id": patient.id,
                    "today": settings.today_of(patient, work.now),
                    "items": settings.every_setting(session, patient, now=work.now),
                }
            )
        return model_response(shown)


_WEIGHTS: Final = RecordKind(
    plural="weights",
    singular="weight",
    area="weights",
    entry=service.WEIGHT,
    create=WeightCreate,
    draft_of=WeightCreate.draft,
    change=WeightChange,
    read=WeightRead,
    newest_by=WeightRow.measured_at,
)
_THERAPIES: Final = RecordKind(
    plural="therapies",
    singular="therapy",
    area="therapies",
    entry=service.THERAPY,
    create=TherapyCreate,
    draft_of=TherapyCreate.draft,
    change=TherapyChange,
    read=TherapyRead,
    newest_by=TherapyRow.from_date,
)
_SETTINGS: Final = RecordKind(
    plural="settings",
    singular="setting",
    area="patient_settings",
    entry=settings.SETTING,
    create=SettingCreate,
    draft_of=SettingCreate.draft,
    change=SettingChange,
    read=SettingRead,
    newest_by=PatientSettingRow.effective_date,
)
