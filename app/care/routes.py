"""JSON API of care teams, consents and emergency access."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from fastapi import Request, Response

from app.care import emergency, service
from app.care.schemas import (
    ConsentChange,
    ConsentCreate,
    ConsentRead,
    EmergencyCreate,
    MemberChange,
    MemberCreate,
    MemberRead,
    PeopleRead,
    PersonRead,
)
from app.clinics.service import get_clinic
from app.config import Settings
from app.kit.access import needs
from app.kit.answers import model_response, row_response, saved_response
from app.kit.audit.writing import append
from app.kit.deps import Work
from app.kit.routing import API, api_router
from app.patients.record_routes import RecordKind, add_record_routes
from app.patients.tables import CareTeamRow, ConsentRow

router: Final = api_router("care")

add_record_routes(
    router,
    RecordKind(
        plural="care-team",
        singular="care_team_member",
        area="care_team",
        entry=service.MEMBER,
        create=MemberCreate,
        draft_of=MemberCreate.draft,
        change=MemberChange,
        read=MemberRead,
        newest_by=CareTeamRow.valid_from,
    ),
)
add_record_routes(
    router,
    RecordKind(
        plural="consents",
        singular="consent",
        area="consents",
        entry=service.CONSENT,
        create=ConsentCreate,
        draft_of=ConsentCreate.draft,
        change=ConsentChange,
        read=ConsentRead,
        newest_by=ConsentRow.from_date,
    ),
)


@router.get("/clinics/{clinic_id}/people", operation_id="list_people", response_model=PeopleRead)
@needs("care_team.write")
def list_people(clinic_id: uuid.UUID, work: Work) -> Response:
    """List who of a clinic can be on a care team: whoever enters one needs the ids."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        people = service.assignable_accounts(session, clinic.id)
        shown = PeopleRead(items=[PersonRead.model_validate(person) for person in people])
    return model_response(shown)


@router.post(
    "/emergency-access",
    operation_id="open_record_in_emergency",
    status_code=201,
    response_model=MemberRead,
    responses={404: {"description": "The body names a patient whom the clinic does not have."}},
)
@needs("emergency.write")
def open_record_in_emergency(request: Request, body: EmergencyCreate, work: Work) -> Response:
    """Open the record of a patient for some hours, with a reason that their physicians read."""
    settings: Settings = request.app.state.settings
    with work.writing() as session:
        row = emergency.open_record(
            session,
            work.change(),
            request=emergency.Request(
                body.clinic_id, body.external_id, body.patient_id, body.reason
            ),
            who=work.person,
            lasts=timedelta(hours=settings.emergency_hours),
        )
        shown = MemberRead.model_validate(row)
        append(session, work.take_acts("emergency"))
    return saved_response(shown, created=True, location=f"{API}/care-team/{shown.id}")


@router.post("/care-team/{id}/seen", operation_id="mark_emergency_seen", response_model=MemberRead)
@needs("findings.review")
def mark_emergency_seen(id: uuid.UUID, work: Work) -> Response:
    """Take note of an emergency access: it alerts nobody any more, and stays readable."""
    with work.writing() as session:
        row = emergency.mark_seen(session, work.change(), row_id=id, who=work.person)
        shown = MemberRead.model_validate(row)
    return row_response(shown)
