"""Who cares for a patient, and opening a record in an emergency."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from fastapi import Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.tables import AccountRow
from app.care import emergency, service
from app.care.rules import EMERGENCY as IN_EMERGENCY
from app.care.rules import ROLES, MemberDraft
from app.config import Settings
from app.errors import AppError, Fault, NotFound, RuleViolation
from app.kit.access import hidden_fields, needs, note_rows
from app.kit.audit.writing import append
from app.kit.deps import Asked, Work
from app.patients import entries
from app.patients.access_log import names_of
from app.patients.entries import Entering
from app.patients.service import get_patient
from app.patients.tables import CareTeamRow, PatientRow
from app.web.forms import Typed, said
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router, see_other
from app.web.paths import EMERGENCY, PATIENTS, WORKLIST
from app.web.templating import render

router: Final = page_router()
TEAM: Final = f"{PATIENTS}/{{patient_id}}/care-team"


@dataclass(frozen=True, slots=True)
class Member:
    """One place on the care team, with the name of who has it."""

    row: CareTeamRow
    name: str
    standing: Literal["now", "later", "over"]


@dataclass(frozen=True, slots=True)
class CareTeamView:
    """Everything that the page shows; `people` are who can be chosen where `may_change`."""

    patient: PatientRow
    members: Sequence[Member]
    people: Sequence[AccountRow]
    may_change: bool
    shows_reasons: bool
    may_note: bool


def _team(
    request: Request, work: Asked, patient_id: uuid.UUID, error: AppError | None = None
) -> Response:
    may = work.person.permissions
    with work.reading() as session:
        patient = get_patient(session, patient_id)
        rows = session.scalars(
            select(CareTeamRow)
            .where(CareTeamRow.patient_id == patient.id, CareTeamRow.voided_at.is_(None))
            .order_by(CareTeamRow.valid_from.desc(), CareTeamRow.id)
        ).all()
        names = names_of(session, (row.account_id for row in rows))
        may_change = "care_team.write" in may
        people = service.assignable_accounts(session, patient.clinic_id) if may_change else []
        note_rows(session, [*rows, *people])
        view = CareTeamView(
            patient=patient,
            members=[Member(row, names[row.account_id], _standing(row, work)) for row in rows],
            people=people,
            may_change=may_change,
            shows_reasons="reason" not in hidden_fields(session, CareTeamRow.__tablename__),
            may_note="findings.review" in may,
        )
    status, errors = (200, []) if error is None else (error.status_code, said(error))
    own = work.person.account_id
    return render(request, "care_team.html", status=status, view=view, errors=errors, own=own)


def _standing(row: CareTeamRow, work: Asked) -> Literal["now", "later", "over"]:
    if row.valid_from > work.now:
        return "later"
    return "now" if service.is_in_force(row, now=work.now) else "over"


def _on_fault(request: Request, work: Asked, patient_id: uuid.UUID) -> None:
    on_fault(request, lambda error: _team(request, work, patient_id, error))


@router.get(TEAM)
@needs("care_team.read")
def show_care_team(request: Request, work: Work, patient_id: uuid.UUID) -> Response:
    """Show who cares for the patient, who did, and who opened the record in an emergency."""
    return _team(request, work, patient_id)


@router.post(TEAM)
@needs("care_team.write")
def add_to_care_team(
    request: Request,
    work: Work,
    patient_id: uuid.UUID,
    account: Typed = "",
    login: Typed = "",
    scope: Typed = "",
) -> Response:
    """Put somebody on the care team from now on: chosen from the list, or named by the login."""
    _on_fault(request, work, patient_id)
    with work.writing() as session:
        patient = get_patient(session, patient_id)
        person = _person(session, patient, account=account, login=login.strip())
        kind = next(kind for kind, roles in ROLES.items() if person.role in roles)
        granted = tuple(scope.split("+")) if kind == "proxy" and scope else None
        draft = MemberDraft(person.id, kind, work.now, scope=granted)
        entering = Entering(session, work.change())
        entries.create(entering, service.MEMBER, patient=patient, row_id=None, draft=draft)
    return see_other(f"{PATIENTS}/{patient_id}/care-team")


def _person(session: Session, patient: PatientRow, *, account: str, login: str) -> AccountRow:
    """Return who is meant; who is of another clinic is as unknown as who does not exist."""
    if bool(account) == bool(login):
        reason = _("choose one of the list, or type a login")
        raise RuleViolation([Fault("account", None, reason)])
    if login:
        found = service.account_of_login(session, patient.clinic_id, login)
        fault = Fault("login", None, _("nobody of the clinic who can be on a team has this login"))
    else:
        found = service.account_of_id(session, patient.clinic_id, _id_of(account))
        fault = Fault("account", None, _("choose one of the list"))
    if found is None:
        raise RuleViolation([fault])
    return found


def _id_of(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)  # nobody's


@router.post(f"{TEAM}/{{member_id}}/end")
@needs("care_team.write")
def end_membership(
    request: Request, work: Work, patient_id: uuid.UUID, member_id: uuid.UUID, reason: Typed = ""
) -> Response:
    """End somebody's place on the care team now."""
    _on_fault(request, work, patient_id)
    if not reason.strip():
        raise RuleViolation([Fault("reason", None, _("say why; it is kept"))])
    with work.writing() as session:
        row = entries.get_row(session, service.MEMBER, member_id, lock=True)
        if row.patient_id != patient_id:
            raise NotFound(service.MEMBER.what, member_id)
        draft = replace(service.MEMBER.draft_of(row), valid_until=work.now)
        entering = Entering(session, work.change(reason))
        entries.amend(entering, service.MEMBER, row=row, draft=draft)
    return see_other(f"{PATIENTS}/{patient_id}/care-team")


@router.post(f"{TEAM}/{{member_id}}/seen")
@needs("findings.review")
def note_emergency(work: Work, patient_id: uuid.UUID, member_id: uuid.UUID) -> Response:
    """Take note of an emergency access."""
    del patient_id
    with work.writing() as session:
        emergency.mark_seen(session, work.change(), row_id=member_id, who=work.person)
    return see_other(WORKLIST)


# --- emergency -----------------------------------------------------------------------------------


def _form(
    request: Request, error: AppError | None = None, *, external_id: str = "", reason: str = ""
) -> Response:
    settings: Settings = request.app.state.settings
    return render(
        request,
        "emergency.html",
        status=200 if error is None else error.status_code,
        errors=[] if error is None else said(error),
        hours=settings.emergency_hours,
        external_id=external_id,
        reason=reason,
    )


@router.get(EMERGENCY)
@needs("emergency.write")
def show_emergency(request: Request) -> Response:
    """Ask whose record is to be opened, and why."""
    return _form(request)


@router.post(EMERGENCY)
@needs("emergency.write")
def open_in_emergency(
    request: Request, work: Work, external_id: Typed = "", reason: Typed = ""
) -> Response:
    """Open the record of a patient for some hours; their physicians are told."""

    def again(error: AppError) -> Response:
        return _form(request, error, external_id=external_id, reason=reason)

    on_fault(request, again)
    clinic_id = work.person.clinic_id
    if clinic_id is None or not external_id.strip():
        raise RuleViolation([Fault("external_id", None, _("whose record is it?"))])
    asked = emergency.Request(clinic_id, external_id.strip(), None, reason)
    settings: Settings = request.app.state.settings
    lasts = timedelta(hours=settings.emergency_hours)
    with work.writing() as session:
        row = emergency.open_record(
            session, work.change(), request=asked, who=work.person, lasts=lasts
        )
        append(session, work.take_acts(IN_EMERGENCY))
    return see_other(f"{PATIENTS}/{row.patient_id}")
