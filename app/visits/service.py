"""How visits and the calls after them are entered."""

from __future__ import annotations

import uuid
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.accounts.tables import AccountRow
from app.errors import Conflict, Fault
from app.infusions.service import followed_by
from app.infusions.tables import InfusionRow
from app.kit import history
from app.kit.base import ClinicalRow, Json
from app.kit.history import FIRST_VERSION
from app.kit.rows import hold_live
from app.patients.entries import Entering, Entry, nothing_derived
from app.patients.repository import mark_stale
from app.patients.tables import PatientRow
from app.plans.tables import PlanRow
from app.said import say
from app.schedule.tables import AssignmentRow
from app.visits.ordering import plan_on
from app.visits.repository import calls_of
from app.visits.rules import (
    CallDraft,
    VisitDraft,
    VisitLinks,
    all_symptoms,
    check_call,
    check_visit,
)
from app.visits.tables import CallRow, VisitRow

R = TypeVar("R", bound=ClinicalRow)

_VISIT_COLUMNS: Final = (
    *("planned_on", "course_day", "course_days", "infusion_id", "assignment_id", "nurse_id"),
    *("plan_id", "plan_version", "ordered_g", "arrived_at", "left_at"),
    *("outcome", "outcome_reason", "no_trough_reason", "note"),
)
_PLAN_COLUMNS: Final = ("plan_id", "plan_version")
_CALL_COLUMNS: Final = ("visit_id", "called_at", "reached", "symptoms", "advice", "note")


def _visit_content(draft: VisitDraft) -> Json:
    content = {name: getattr(draft, name) for name in _VISIT_COLUMNS}
    if _names_plan(draft):
        return content
    return {name: value for name, value in content.items() if name not in _PLAN_COLUMNS}


def _names_plan(draft: VisitDraft) -> bool:
    return draft.plan_id is not None or draft.plan_version is not None


def _plan_in_force(draft: VisitDraft, patient: PatientRow) -> Json:
    """Return the plan of the day, as it stands now, for a visit that does not name any."""
    session = object_session(patient)
    if _names_plan(draft) or session is None:
        return {}
    infusion = _of_patient(session, InfusionRow, patient, draft.infusion_id)
    plan = plan_on(session, patient, draft.planned_on if infusion is None else infusion.local_date)
    if plan is None:
        return dict.fromkeys(_PLAN_COLUMNS)
    return {"plan_id": plan.id, "plan_version": plan.version}


def visit_draft(row: VisitRow) -> VisitDraft:
    """Return the draft that the stored visit stands for."""
    columns: dict[str, Any] = {name: getattr(row, name) for name in _VISIT_COLUMNS}
    return VisitDraft(**columns)


def _check_visit(
    entering: Entering, patient: PatientRow, draft: VisitDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    stored = None if row_id is None else entering.session.get(VisitRow, row_id)
    before = VisitDraft(draft.planned_on) if stored is None else visit_draft(stored)
    return check_visit(
        draft,
        now=entering.change.now,
        birth_date=patient.birth_date,
        links=_links(entering.session, patient, draft, before),
    )


def _links(
    session: Session, patient: PatientRow, draft: VisitDraft, before: VisitDraft
) -> VisitLinks:
    """Look up what a visit names; what it named `before` may have been voided since."""
    account = None if draft.nurse_id is None else session.get(AccountRow, draft.nurse_id)
    is_ours = account is not None and account.clinic_id == patient.clinic_id
    plan = _of_patient(session, PlanRow, patient, draft.plan_id, before=before.plan_id)
    infusion = _of_patient(
        session, InfusionRow, patient, draft.infusion_id, before=before.infusion_id
    )
    assignment = _of_patient(
        session, AssignmentRow, patient, draft.assignment_id, before=before.assignment_id
    )
    return VisitLinks(
        has_infusion=infusion is not None,
        has_assignment=assignment is not None,
        nurse_role=account.role if account is not None and is_ours else None,
        newest_plan=None if plan is None else plan.version,
    )


def _of_patient(
    session: Session,
    table: type[R],
    patient: PatientRow,
    row_id: uuid.UUID | None,
    *,
    before: uuid.UUID | None = None,
) -> R | None:
    """Return the patient's row with this id, if it is live or was named before."""
    row = None if row_id is None else session.get(table, row_id)
    if row is None or row.patient_id != patient.id:
        return None
    return row if row.voided_at is None or row.id == before else None


def _follow_visit(entering: Entering, row: VisitRow) -> None:
    """Hold the infusion of a visit that stands; void the calls after one that never was."""
    session = entering.session
    if row.voided_at is None:
        if row.infusion_id is not None:
            hold_live(session, InfusionRow, row.infusion_id)
        return
    calls = calls_of(session, row.id)
    for call in calls:
        history.void(session, call, entering.change)
    if calls:
        mark_stale(session, row.patient_id)


VISIT: Final[Entry[VisitDraft, VisitRow]] = Entry(
    what="Visit",
    table=VisitRow,
    draft_of=visit_draft,
    content_of=_visit_content,
    derived_of=_plan_in_force,
    check=_check_visit,
    row_key=("infusion_id",),
    is_analysed=False,
    follow=_follow_visit,
)


def _require_no_visit(entering: Entering, row: InfusionRow) -> None:
    """Refuse to void an infusion that a visit stands on: somebody decides what became of it."""
    named = VisitRow.infusion_id == row.id
    live = select(VisitRow.id).where(named, VisitRow.voided_at.is_(None))
    visit_id = entering.session.scalars(live).one_or_none()
    if visit_id is not None:
        message = say(
            "Visit %(visit)s is the visit of infusion %(infusion)s: void the visit first, or link"
            " it to another infusion.",
            visit=str(visit_id),
            infusion=str(row.id),
        )
        raise Conflict(message)


followed_by(_require_no_visit)


def _call_content(draft: CallDraft) -> Json:
    content: Json = {name: getattr(draft, name) for name in _CALL_COLUMNS}
    return {**content, "symptoms": all_symptoms(draft.symptoms)}


def _call_draft(row: CallRow) -> CallDraft:
    columns: dict[str, Any] = {name: getattr(row, name) for name in _CALL_COLUMNS}
    return CallDraft(**columns)


def _check_call(
    entering: Entering, patient: PatientRow, draft: CallDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    session = entering.session
    stored = None if row_id is None else session.get(CallRow, row_id)
    before = None if stored is None else stored.visit_id
    visit = _of_patient(session, VisitRow, patient, draft.visit_id, before=before)
    named = None if visit is None or visit.infusion_id is None else visit.infusion_id
    infusion = None if named is None else session.get(InfusionRow, named)
    return check_call(
        draft,
        now=entering.change.now,
        birth_date=patient.birth_date,
        has_visit=visit is not None,
        started_at=None if infusion is None else infusion.started_at,
    )


def _follow_call(entering: Entering, row: CallRow) -> None:
    if row.version == FIRST_VERSION:
        hold_live(entering.session, VisitRow, row.visit_id)


CALL: Final[Entry[CallDraft, CallRow]] = Entry(
    what="Follow-up call",
    table=CallRow,
    draft_of=_call_draft,
    content_of=_call_content,
    derived_of=nothing_derived,
    check=_check_call,
    row_key=("visit_id", "called_at"),
    follow=_follow_call,
)
"""An alarming answer is a finding of its own, so the analysis does not stand after a call."""
