"""How care teams and consents are entered, and who may change them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.rules import AT_HOME, Role
from app.accounts.tables import AccountRow
from app.care.rules import (
    EMERGENCY,
    AccountFacts,
    ConsentDraft,
    MemberDraft,
    check_consent,
    check_member,
)
from app.errors import Conflict, Fault, Forbidden
from app.kit.access import access_of
from app.kit.base import Json
from app.patients.entries import Entering, Entry, nothing_derived
from app.patients.tables import CareTeamRow, ConsentRow, PatientRow

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
    """Let nobody declare an emergency access a mistake: it happened, and stays to be looked at."""
    del session
    if is_void and row.kind == EMERGENCY:
        message = "Emergency access is never voided. End it: set valid_until."
        raise Conflict(message)


def _own_entries(session: Session, row: Any, *, is_void: bool) -> None:
    """Let patients change what they entered themselves, and nothing that the clinic did."""
    del is_void
    access = access_of(session)
    if access is None or access.principal.role not in AT_HOME:
        return
    if row.recorded_by != access.principal.name:
        message = "The clinic entered this; enter a new decision instead."
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


def assignable_accounts(session: Session, clinic_id: uuid.UUID) -> list[AccountRow]:
    """Return the active accounts of a clinic that can be on a care team, by role and name."""
    roles = (Role.PHYSICIAN, Role.NURSE, Role.PATIENT, Role.PROXY)
    rows = session.scalars(
        select(AccountRow).where(
            AccountRow.clinic_id == clinic_id,
            AccountRow.status == "active",
            AccountRow.role.in_([role.value for role in roles]),
        )
    ).all()
    return sorted(rows, key=lambda row: (roles.index(Role(row.role)), row.name, row.id))


def is_in_force(row: CareTeamRow, *, now: datetime) -> bool:
    """Say whether a row of the care team holds at `now`."""
    ended = row.valid_until is not None and row.valid_until <= now
    return row.voided_at is None and row.valid_from <= now and not ended
