"""How care teams and consents are entered, and who may change them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.rules import AT_HOME, Role, Status
from app.accounts.service import login_index
from app.accounts.tables import AccountRow
from app.care.rules import (
    EMERGENCY,
    VISIT,
    AccountFacts,
    ConsentDraft,
    MemberDraft,
    check_consent,
    check_member,
)
from app.errors import Conflict, Fault, Forbidden
from app.kit.access import access_of, restrict
from app.kit.base import Json
from app.patients.entries import Entering, Entry, nothing_derived
from app.patients.tables import CareTeamRow, ConsentRow, PatientRow
from app.said import say

NOT_YOUR_ENTRY: Final = "not-your-entry"


def _member_draft(row: CareTeamRow) -> MemberDraft:
    scope = None if row.scope is None else tuple(row.scope)
    return MemberDraft(
        row.account_id, row.kind, row.valid_from, row.valid_until, scope=scope, reason=row.reason
    )


def _member_content(draft: MemberDraft) -> Json:
    return {
        "account_id": draft.account_id,
        "kind": draft.kind,
        "scope": None if draft.scope is None else list(draft.scope),
        "valid_from": draft.valid_from,
        "valid_until": draft.valid_until,
        "reason": draft.reason,
    }


def _check_member(
    entering: Entering, patient: PatientRow, draft: MemberDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    stored = None if row_id is None else entering.session.get(CareTeamRow, row_id)
    return check_member(
        draft,
        now=entering.change.now,
        account=_facts_of(entering.session, patient, draft.account_id),
        before=None if stored is None else _member_draft(stored),
    )


def _facts_of(session: Session, patient: PatientRow, account_id: uuid.UUID) -> AccountFacts:
    account = session.get(AccountRow, account_id)
    if account is None or account.clinic_id != patient.clinic_id:
        return AccountFacts(None)
    other = select(CareTeamRow.id).where(
        CareTeamRow.account_id == account_id,
        CareTeamRow.patient_id != patient.id,
        CareTeamRow.kind == "self",
        CareTeamRow.voided_at.is_(None),
    )
    return AccountFacts(account.role, session.scalars(other.limit(1)).first() is not None)


def _keep_emergencies(session: Session, row: Any, *, is_void: bool) -> None:
    """Let nobody declare an emergency access a mistake: it happened, and stays to be looked at.

    Access for a visit follows its assignment, and is changed there.
    """
    del session
    if row.kind == VISIT:
        message = say("This access is one for a visit. Change or void the visit's assignment.")
        raise Conflict(message)
    if is_void and row.kind == EMERGENCY:
        message = say("Emergency access is never voided. End it: set valid_until.")
        raise Conflict(message)


def _own_entries(session: Session, row: Any, *, is_void: bool) -> None:
    """Let patients change what they entered themselves, and nothing that the clinic did."""
    del is_void
    access = access_of(session)
    if access is None or access.principal.role not in AT_HOME:
        return
    if row.recorded_by != access.principal.name:
        message = say("The clinic entered this; enter a new decision instead.")
        raise Forbidden(message, code=NOT_YOUR_ENTRY)


MEMBER: Final[Entry[MemberDraft, CareTeamRow]] = Entry(
    what="Care team member",
    table=CareTeamRow,
    draft_of=_member_draft,
    content_of=_member_content,
    derived_of=nothing_derived,
    check=_check_member,
    row_key=("account_id", "kind", "valid_from"),
    guard=_keep_emergencies,
    is_analysed=False,
)


def consent_draft(row: ConsentRow) -> ConsentDraft:
    """Return the draft that the stored consent stands for."""
    return ConsentDraft(row.purpose, row.decision, row.from_date, row.form, row.note)


def _consent_content(draft: ConsentDraft) -> Json:
    return {
        "purpose": draft.purpose,
        "decision": draft.decision,
        "from_date": draft.from_date,
        "form": draft.form,
        "note": draft.note,
    }


def _check_consent(
    entering: Entering, patient: PatientRow, draft: ConsentDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del row_id
    return check_consent(draft, now=entering.change.now, birth_date=patient.birth_date)


CONSENT: Final[Entry[ConsentDraft, ConsentRow]] = Entry(
    what="Consent",
    table=ConsentRow,
    draft_of=consent_draft,
    content_of=_consent_content,
    derived_of=nothing_derived,
    check=_check_consent,
    row_key=("purpose", "from_date", "decision"),
    guard=_own_entries,
    is_analysed=False,
)


_STAFF: Final = (Role.PHYSICIAN, Role.NURSE)
_ANYBODY: Final = (*_STAFF, Role.PATIENT, Role.PROXY)


def assignable_accounts(session: Session, clinic_id: uuid.UUID) -> list[AccountRow]:
    """Return whom whoever asks can choose for a care team of a clinic, by role and name.

    Coordinators choose among everybody with an account. Physicians choose among staff: who else
    is a patient of the clinic is not theirs to see (`account_of_login` finds the one they name).
    """
    access = access_of(session)
    sees_all = access is None or access.principal.role == Role.COORDINATOR
    roles = _ANYBODY if sees_all else _STAFF
    rows = session.scalars(_assignable(clinic_id, roles)).all()
    return sorted(rows, key=lambda row: (roles.index(Role(row.role)), row.name, row.id))


def account_of_login(session: Session, clinic_id: uuid.UUID, login: str) -> AccountRow | None:
    """Return the account of a clinic with exactly this login, if it can be on a care team."""
    is_called = AccountRow.login_index == login_index(session, login)
    return session.scalars(_assignable(clinic_id, _ANYBODY).where(is_called)).one_or_none()


def account_of_id(session: Session, clinic_id: uuid.UUID, row_id: uuid.UUID) -> AccountRow | None:
    """Return the account of a clinic with this id, if it can be on a care team."""
    is_it = AccountRow.id == row_id
    return session.scalars(_assignable(clinic_id, _ANYBODY).where(is_it)).one_or_none()


def _assignable(clinic_id: uuid.UUID, roles: Sequence[Role]) -> Select[AccountRow]:
    return select(AccountRow).where(
        AccountRow.clinic_id == clinic_id,
        AccountRow.status == Status.ACTIVE.value,
        AccountRow.role.in_([role.value for role in roles]),
    )


def has_physician(patient_id: Any, *, now: datetime, other_than: Any = None) -> ColumnElement[bool]:
    """Return the condition that a physician who can sign in is on a patient's team at `now`.

    Emergency access does not count. `patient_id` is the column with the patient's id; the account
    `other_than`, a column too, does not count either.
    """
    team = aliased(CareTeamRow)
    found = [
        team.patient_id == patient_id,
        team.kind == "member",
        team.voided_at.is_(None),
        team.valid_from <= now,
        or_(team.valid_until.is_(None), team.valid_until > now),
        AccountRow.id == team.account_id,
        AccountRow.role == Role.PHYSICIAN.value,
        AccountRow.status == Status.ACTIVE.value,
    ]
    if other_than is not None:
        found.append(team.account_id != other_than)
    return exists(select(team.id).where(*found).correlate_except(team, AccountRow))


def without_physician(
    session: Session, clinic_id: uuid.UUID, *, now: datetime
) -> frozenset[uuid.UUID]:
    """Return the clinic's patients on whose team no physician is at `now`: imported ones begin so.

    Only patients whom whoever asks may see are among them.
    """
    statement = select(PatientRow.id).where(
        PatientRow.clinic_id == clinic_id,
        PatientRow.voided_at.is_(None),
        ~has_physician(PatientRow.id, now=now),
    )
    visible = restrict(session, statement, clinic=PatientRow.clinic_id, patient=PatientRow.id)
    return frozenset(session.scalars(visible))


def is_in_force(row: CareTeamRow, *, now: datetime) -> bool:
    """Say whether a row of the care team holds at `now`."""
    ended = row.valid_until is not None and row.valid_until <= now
    return row.voided_at is None and row.valid_from <= now and not ended
