"""JSON API of strength reports."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

from fastapi import Query, Request, Response

from app.kit.access import needs
from app.kit.answers import (
    Versions,
    json_response,
    page_response,
    row_response,
    saved_response,
    versions_response,
)
from app.kit.deps import Work
from app.kit.etags import IfMatch, IfNoneMatch, require_match
from app.kit.pagination import PageOf, RecordsQuery
from app.kit.problems import api_names
from app.kit.routing import API, api_router, rules_of_body
from app.kit.shapes import VoidBody
from app.patients.entries import Entering
from app.patients.record_routes import entering
from app.patients.service import get_patient
from app.reports import reading, service
from app.reports.body_rules import faults_of_change, faults_of_new
from app.reports.schemas import (
    REPORT_NAMES,
    ReportChange,
    ReportCreate,
    ReportRead,
    SeriesList,
    changed_report,
)

router: Final = api_router("reports")


@router.get(
    "/patients/{patient_id}/reports",
    operation_id="list_reports",
    response_model=PageOf[ReportRead],
)
@needs("reports.read")
def list_reports(
    request: Request, patient_id: uuid.UUID, query: Annotated[RecordsQuery, Query()], work: Work
) -> Response:
    """List the reports of a patient, newest first, each with its values."""
    with work.reading() as session:
        page = reading.list_reports(session, get_patient(session, patient_id), query)
        return page_response(request, page, page.rows)


@router.post(
    "/patients/{patient_id}/reports",
    operation_id="create_report",
    status_code=201,
    response_model=ReportRead,
    responses={200: {"model": ReportRead, "description": "The same row was stored before."}},
)
@rules_of_body(ReportCreate, faults_of_new)
@needs("reports.write")
def create_report(patient_id: uuid.UUID, body: ReportCreate, work: Work) -> Response:
    """Enter a report with all its values."""
    with work.writing() as session, api_names(REPORT_NAMES):
        patient = get_patient(session, patient_id, hold=True)
        circumstances = entering(work, session, body)
        saved = service.create_report(
            circumstances, patient=patient, row_id=body.id, draft=body.draft()
        )
        shown = ReportRead.model_validate(reading.content_of(session, saved.row))
    location = f"{API}/reports/{shown.id}"
    return saved_response(shown, created=saved.created, location=location)


@router.get(
    "/reports/{report_id}",
    operation_id="read_report",
    response_model=ReportRead,
    responses={304: {"description": "The client holds the newest version."}},
)
@needs("reports.read")
def read_report(report_id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None) -> Response:
    """Show one report with its values."""
    with work.reading() as session:
        report = service.get_report(session, report_id)
        shown = ReportRead.model_validate(reading.content_of(session, report))
    return row_response(shown, if_none_match=if_none_match)


@router.patch("/reports/{report_id}", operation_id="change_report", response_model=ReportRead)
@rules_of_body(ReportChange, faults_of_change)
@needs("reports.write")
def change_report(
    report_id: uuid.UUID,
    body: ReportChange,  # type: ignore[valid-type]
    work: Work,
    if_match: IfMatch = None,
) -> Response:
    """Correct a report; the version before stays readable."""
    with work.writing() as session, api_names(REPORT_NAMES):
        report = service.get_report(session, report_id, lock=True)
        require_match(if_match, report)
        draft = changed_report(service.draft_of(session, report), body)
        service.amend_report(entering(work, session, body), report=report, draft=draft)
        shown = ReportRead.model_validate(reading.content_of(session, report))
    return row_response(shown)


@router.post("/reports/{report_id}/void", operation_id="void_report", response_model=ReportRead)
@needs("reports.write")
def void_report(
    report_id: uuid.UUID, body: VoidBody, work: Work, if_match: IfMatch = None
) -> Response:
    """Declare a report with all its values a mistake; it stays readable."""
    with work.writing() as session:
        report = service.get_report(session, report_id, lock=True)
        require_match(if_match, report)
        service.void_report(Entering(session, work.change(body.void_reason)), report=report)
        shown = ReportRead.model_validate(reading.content_of(session, report))
    return row_response(shown)


@router.get(
    "/reports/{report_id}/history",
    operation_id="read_report_history",
    response_model=Versions[ReportRead],
)
@needs("reports.read")
def read_report_history(report_id: uuid.UUID, work: Work) -> Response:
    """Show every version of a report with the values that it had, oldest first."""
    with work.reading() as session:
        versions = reading.versions_of(session, service.get_report(session, report_id))
    return versions_response(versions, ReportRead)


@router.get("/patients/{patient_id}/series", operation_id="read_series", response_model=SeriesList)
@needs("reports.read")
def read_series(
    patient_id: uuid.UUID,
    work: Work,
    measure: Annotated[str | None, Query(max_length=40)] = None,
    site: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Show the values of a patient as columns, for charts; of one measure or site on request."""
    with work.reading() as session:
        patient = get_patient(session, patient_id)
        series = reading.series_of(session, patient.id, measure=measure, site=site)
    return json_response({"series": series})
