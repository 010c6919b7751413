"""JSON API of care teams, consents and emergency access."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.accounts.tables import AccountRow
from app.care import emergency, service
from app.care.schemas import (
    ConsentChange,
    ConsentCreate,
    ConsentRead,
    EmergenciesRead,
    EmergencyCreate,
    EmergencyRead,
    MemberChange,
    MemberCreate,
    MemberRead,
    PeopleRead,
    PersonRead,
    PersonSearch,
)
from app.clinics.service import get_clinic
from app.config import Settings
from app.kit.access import needs, note_list
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
    """List who of a clinic can be on a care team: physicians are shown nurses and physicians.

    A patient's or proxy's account they find by its login.
    """
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        return _people(session, service.assignable_accounts(session, clinic.id))


@router.post(
    "/clinics/{clinic_id}/people/search", operation_id="find_people", response_model=PeopleRead
)
@needs("care_team.write")
def find_people(clinic_id: uuid.UUID, body: PersonSearch, work: Work) -> Response:
    """Find who can be on a care team by exactly the login, which no address carries."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        found = service.account_of_login(session, clinic.id, body.login)
        return _people(session, [] if found is None else [found])


def _people(session: Session, people: Sequence[AccountRow]) -> Response:
    note_list(session, [person.id for person in people])
    return model_response(
        PeopleRead(items=[PersonRead.model_validate(person) for person in people])
    )


@router.get(
    "/clinics/{clinic_id}/emergency-access",
    operation_id="list_emergencies",
    response_model=EmergenciesRead,
)
@needs("care_team.write")
def list_emergencies(clinic_id: uuid.UUID, work: Work) -> Response:
    """List emergency accesses that nobody took note of yet, of whom you are told.

    Physicians are told of those to their patients; every physician and coordinator of those to
    patients who have no physician on the team.
    """
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        alerts = emergency.unseen(session, clinic.id, now=work.now)
        shown = [EmergencyRead.model_validate(alert) for alert in alerts]
    return model_response(EmergenciesRead(items=shown))


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
