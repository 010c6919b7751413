"""JSON API of what is derived: courses, the next course, analyses, findings, the work list."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from fastapi import Query, Response
from sqlalchemy.orm import Session

from app.errors import Fault
from app.findings import reading
from app.findings.reviewing import get_finding, review_finding
from app.findings.rules import Review, check_review
from app.findings.schemas import (
    AnalysisRead,
    FindingRead,
    FindingsRead,
    NextCourseToday,
    ReviewBody,
    SnoozeBody,
    TimelineRead,
    WorklistRead,
)
from app.findings.service import ensure_analysed_for
from app.findings.worklist import read_worklist
from app.kit.access import needs
from app.kit.answers import Versions, model_response, row_response, versions_response
from app.kit.deps import Work
from app.kit.etags import IfMatch, IfNoneMatch
from app.kit.history import history_of
from app.kit.routing import api_router, rules_of_body
from app.patients.service import get_patient
from app.patients.settings import today_of

router: Final = api_router("findings")


@router.get(
    "/patients/{patient_id}/courses", operation_id="read_courses", response_model=TimelineRead
)
@needs("courses.read")
def read_courses(patient_id: uuid.UUID, work: Work) -> Response:
    """Show courses and cycles, each with the plan that was in force then."""
    with work.reading() as session:
        return model_response(reading.read_timeline(session, patient_id, now=work.now))


@router.get(
    "/patients/{patient_id}/next-course",
    operation_id="read_next_course",
    response_model=NextCourseToday,
)
@needs("next_course.read")
def read_next_course(patient_id: uuid.UUID, work: Work) -> Response:
    """Say when the next course is due by the patient's own calendar, and how it stands."""
    with work.reading() as session:
        return model_response(reading.read_next_course(session, patient_id, now=work.now))


@router.get(
    "/patients/{patient_id}/analysis", operation_id="read_analysis", response_model=AnalysisRead
)
@needs("analysis.read")
def read_analysis(patient_id: uuid.UUID, work: Work) -> Response:
    """Show what the analysis says; a stale one is computed first."""
    ensure_analysed_for(work, patient_id)
    with work.reading() as session:
        return model_response(reading.read_analysis(session, patient_id, now=work.now))


@router.get(
    "/patients/{patient_id}/findings", operation_id="read_findings", response_model=FindingsRead
)
@needs("analysis.read")
def read_findings(
    *, patient_id: uuid.UUID, work: Work, include_closed: Annotated[bool, Query()] = False
) -> Response:
    """Show the findings of a patient; a stale analysis is computed first."""
    ensure_analysed_for(work, patient_id)
    with work.reading() as session:
        findings = reading.read_findings(
            session, patient_id, now=work.now, include_closed=include_closed
        )
        return model_response(findings)


@router.get(
    "/patients/{patient_id}/findings/{finding_id}",
    operation_id="read_finding",
    response_model=FindingRead,
    responses={304: {"description": "The client holds the newest version."}},
)
@needs("analysis.read")
def read_finding(
    patient_id: uuid.UUID, finding_id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None
) -> Response:
    """Show one finding, closed or not; a stale analysis is computed first."""
    ensure_analysed_for(work, patient_id)
    with work.reading() as session:
        shown = FindingRead.model_validate(get_finding(session, patient_id, finding_id))
    return row_response(shown, if_none_match=if_none_match)


@router.get(
    "/patients/{patient_id}/findings/{finding_id}/history",
    operation_id="read_finding_history",
    response_model=Versions[FindingRead],
)
@needs("analysis.read")
def read_finding_history(patient_id: uuid.UUID, finding_id: uuid.UUID, work: Work) -> Response:
    """Show every version of a finding, oldest first: its numbers, and what the team said."""
    with work.reading() as session:
        versions = history_of(session, get_finding(session, patient_id, finding_id))
    return versions_response(versions, FindingRead)


def _faults_of_review(
    session: Session, body: ReviewBody, *, path: Mapping[str, str], now: datetime
) -> list[Fault]:
    patient = get_patient(session, uuid.UUID(path["patient_id"]))
    return check_review(body.draft("snoozed"), today=today_of(patient, now))


def _add_review(review: Review, verb: str, body_schema: type[ReviewBody], summary: str) -> None:
    @needs("findings.review")
    def review_record(
        *,
        patient_id: uuid.UUID,
        finding_id: uuid.UUID,
        body: ReviewBody,
        work: Work,
        if_match: IfMatch = None,
    ) -> Response:
        # Nobody shall review what the record, as it is now, does not show any more.
        ensure_analysed_for(work, patient_id)
        with work.writing() as session:
            row = review_finding(
                session,
                work.change(body.review_reason),
                patient_id=patient_id,
                finding_id=finding_id,
                draft=body.draft(review),
                if_match=if_match,
            )
            shown = FindingRead.model_validate(row)
        return row_response(shown)

    review_record.__annotations__["body"] = body_schema
    rules_of_body(body_schema, _faults_of_review)(review_record)
    router.add_api_route(
        f"/patients/{{patient_id}}/findings/{{finding_id}}/{verb}",
        review_record,
        methods=["POST"],
        operation_id=f"{verb}_finding",
        summary=summary,
        response_model=FindingRead,
    )


_add_review("acknowledged", "acknowledge", ReviewBody, "Take note: it stays down until it clears")
_add_review("disagreed", "disagree", ReviewBody, "Say that it is not so; it stays down likewise")
_add_review("snoozed", "snooze", SnoozeBody, "Let it wait until a date")
_add_review("reopened", "reopen", ReviewBody, "Take back what was said: it is new again")


@router.get("/worklist", operation_id="read_worklist", response_model=WorklistRead)
@needs("worklist.read")
def read_clinic_worklist(clinic_id: Annotated[uuid.UUID, Query()], work: Work) -> Response:
    """Show which patients need eyes first; those being recalculated without old figures."""
    with work.reading() as session:
        worklist = read_worklist(session, clinic_id, now=work.now)
        return model_response(WorklistRead.model_validate(worklist))
