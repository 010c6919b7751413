"""The people of `ivig demo`: one of each role, and links by which to sign in as them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.cli.context import now, operator

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session

    from app.accounts.acts import Log
    from app.accounts.tables import AccountRow
    from app.db import Database
    from app.patients.tables import PatientRow

_FIRST: Final = "DEMO-01"
_FEW: Final = frozenset({"DEMO-01", "DEMO-02", "DEMO-03"})


@dataclass(frozen=True, slots=True)
class _Person:
    """One person of the demo.

    `kind` is what they are on care teams, of `patients`: None stands for everybody.
    """

    login: str
    role: str
    name: str
    says: str
    kind: str | None = None
    patients: frozenset[str] | None = None
    scope: tuple[str, ...] | None = None


_ONE: Final = frozenset({_FIRST})
_PEOPLE: Final = (
    _Person("demo-patient", "patient", "Patient One", f"is {_FIRST}", "self", _ONE),
    _Person(
        *("demo-proxy", "proxy", "Relative of One", f"sees {_FIRST} and reports for them"),
        kind="proxy",
        patients=_ONE,
        scope=("see", "report"),
    ),
    _Person("demo-nurse", "nurse", "Nurse Kim", "looks after everybody", "member"),
    _Person("demo-nurse-2", "nurse", "Nurse Lee", "has three patients, visits two", "member", _FEW),
    _Person("demo-physician", "physician", "Dr. Example", "looks after everybody", "member"),
    _Person("demo-coordinator", "coordinator", "Coordinator Ray", "plans, reads no notes"),
    _Person("demo-pharmacist", "pharmacist", "Pharmacist Ito", "products, lots, recipients"),
    _Person("demo-administrator", "administrator", "Admin Sol", "accounts; sees no patient"),
)


def sign_in_links(database: Database, origin: str) -> Sequence[str]:
    """Make the people who are missing, and return a line with a new link for each of them."""
    from app.accounts.acts import log_of_operator, recorded
    from app.accounts.links import issue_link, link_address
    from app.accounts.rules import Purpose
    from app.clinics.service import list_clinics

    log = log_of_operator(operator(), now=now(), operation="demo")
    lines = []
    with recorded(database, log) as session:
        clinic = list_clinics(session)[0]
        patients = patients_of(session, clinic.id)
        for person in _PEOPLE:
            account = _account(session, log, person, clinic_id=clinic.id)
            _join(session, log, person, account=account, patients=patients)
            secret = issue_link(session, log, account, purpose=Purpose.DEMO)
            lines.append(f"  {person.role}: {person.name}, {person.says}")
            lines.append(f"      {link_address(origin, secret)}")
    return lines


def nurses_of(session: Session, log: Log, *, clinic_id: uuid.UUID) -> Mapping[str, AccountRow]:
    """Make the nurses who are missing, and return them by login."""
    nurses = (person for person in _PEOPLE if person.role == "nurse")
    return {one.login: _account(session, log, one, clinic_id=clinic_id) for one in nurses}


def patients_of(session: Session, clinic_id: uuid.UUID) -> dict[str, PatientRow]:
    """Return the live patients of the clinic by their external id."""
    from sqlalchemy import select

    from app.patients.tables import PatientRow

    live = (PatientRow.clinic_id == clinic_id, PatientRow.voided_at.is_(None))
    return {row.external_id: row for row in session.scalars(select(PatientRow).where(*live))}


def _account(session: Session, log: Log, person: _Person, *, clinic_id: uuid.UUID) -> AccountRow:
    from app.accounts.rules import AccountDraft
    from app.accounts.service import create_account, find_by_login

    found = find_by_login(session, person.login)
    if found is not None:
        return found
    draft = AccountDraft(clinic_id, person.role, person.name, person.login)
    return create_account(session, log, draft)


def _join(
    session: Session,
    log: Log,
    person: _Person,
    *,
    account: AccountRow,
    patients: Mapping[str, PatientRow],
) -> None:
    """Put a person on the care teams that they belong to and are not on yet."""
    from sqlalchemy import select

    from app.care.rules import MemberDraft
    from app.care.service import MEMBER
    from app.kit.audit.acts import Act
    from app.patients import entries
    from app.patients.entries import Entering
    from app.patients.tables import CareTeamRow

    if person.kind is None:
        return
    of_account = select(CareTeamRow.patient_id).where(CareTeamRow.account_id == account.id)
    known = set(session.scalars(of_account))
    draft = MemberDraft(account.id, person.kind, log.now, scope=person.scope)
    for called, patient in patients.items():
        is_theirs = person.patients is None or called in person.patients
        if not is_theirs or patient.id in known:
            continue
        circumstances = Entering(session, log.change())
        saved = entries.create(circumstances, MEMBER, patient=patient, row_id=None, draft=draft)
        log.acts.append(
            Act(
                at=log.now,
                actor_id=None,
                actor=log.actor,
                via=log.via,
                action="write",
                operation=log.operation,
                clinic_id=patient.clinic_id,
                patient_id=patient.id,
                ids=(saved.row.id,),
            )
        )
