"""JSON API of what is derived: courses, the next course, analyses, findings, the work list."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

from fastapi import Query, Response

from app.findings import reading
from app.findings.schemas import (
    AnalysisRead,
    FindingsRead,
    NextCourseToday,
    TimelineRead,
    WorklistRead,
)
from app.findings.service import ensure_analysed
from app.findings.worklist import read_worklist
from app.kit.answers import model_response
from app.kit.deps import Work
from app.kit.routing import api_router

router: Final = api_router("findings")


@router.get(
    "/patients/{patient_id}/courses", operation_id="read_courses", response_model=TimelineRead
)
def read_courses(patient_id: uuid.UUID, work: Work) -> Response:
    """Show courses and cycles, each with the plan that was in force then."""
    with work.reading() as session:
        return model_response(reading.read_timeline(session, patient_id, now=work.now))


@router.get(
    "/patients/{patient_id}/next-course",
    operation_id="read_next_course",
    response_model=NextCourseToday,
)
def read_next_course(patient_id: uuid.UUID, work: Work) -> Response:
    """Say when the next course is due by the patient's own calendar, and how it stands."""
    with work.reading() as session:
        return model_response(reading.read_next_course(session, patient_id, now=work.now))


@router.get(
    "/patients/{patient_id}/analysis", operation_id="read_analysis", response_model=AnalysisRead
)
def read_analysis(patient_id: uuid.UUID, work: Work) -> Response:
    """Show what the analysis says; a stale one is computed first."""
    ensure_analysed(work.database, patient_id, now=work.now)
    with work.reading() as session:
        return model_response(reading.read_analysis(session, patient_id, now=work.now))


@router.get(
    "/patients/{patient_id}/findings", operation_id="read_findings", response_model=FindingsRead
)
def read_findings(
    *, patient_id: uuid.UUID, work: Work, include_closed: Annotated[bool, Query()] = False
) -> Response:
    """Show the findings of a patient; a stale analysis is computed first."""
    ensure_analysed(work.database, patient_id, now=work.now)
    with work.reading() as session:
        findings = reading.read_findings(
            session, patient_id, now=work.now, include_closed=include_closed
        )
        return model_response(findings)


@router.get("/worklist", operation_id="read_worklist", response_model=WorklistRead)
def read_clinic_worklist(clinic_id: Annotated[uuid.UUID, Query()], work: Work) -> Response:
    """Show which patients need eyes first; those being recalculated without old figures."""
    with work.reading() as session:
        worklist = read_worklist(session, clinic_id, now=work.now)
        return model_response(WorklistRead.model_validate(worklist))
