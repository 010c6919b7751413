"""How events beside an infusion are entered."""

from __future__ import annotations

import uuid
from typing import Any, Final

from app.errors import Fault
from app.infusions.service import followed_by
from app.infusions.tables import InfusionRow
from app.kit import history
from app.kit.base import Json
from app.kit.history import FIRST_VERSION
from app.kit.rows import hold_live
from app.monitoring import repository
from app.monitoring.rules import EventDraft, InfusionFacts, check_event
from app.monitoring.tables import InfusionEventRow
from app.patients.entries import Entering, Entry
from app.patients.service import local_columns
from app.patients.tables import PatientRow


def facts_of(infusion: InfusionRow | None) -> InfusionFacts | None:
    """Return what the rules know of an infusion; None where there is none."""
    if infusion is None:
        return None
    return InfusionFacts(infusion.started_at, infusion.ended_at, infusion.status)


def _draft(row: InfusionEventRow) -> EventDraft:
    return EventDraft(row.infusion_id, row.at, row.kind, row.details)


def _content(draft: EventDraft) -> Json:
    # A field that is null is one that was left out.
    details: dict[str, Any] = {
        name: value for name, value in draft.details.items() if value is not None
    }
    return {
        "infusion_id": draft.infusion_id,
        "at": draft.at,
        "kind": draft.kind,
        "details": details,
    }


def _check(
    entering: Entering, patient: PatientRow, draft: EventDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del row_id
    session = entering.session
    infusion = repository.live_infusion(session, patient, draft.infusion_id)
    rates = None
    if infusion is not None and draft.kind == "rate":
        rates = repository.rate_context(session, infusion, draft.at)
    return check_event(
        draft,
        now=entering.change.now,
        birth_date=patient.birth_date,
        infusion=facts_of(infusion),
        rates=rates,
    )


def _follow(entering: Entering, row: InfusionEventRow) -> None:
    if row.version == FIRST_VERSION:
        hold_live(entering.session, InfusionRow, row.infusion_id)


EVENT: Final[Entry[EventDraft, InfusionEventRow]] = Entry(
    what="Event",
    table=InfusionEventRow,
    draft_of=_draft,
    content_of=_content,
    derived_of=lambda draft, patient: local_columns(patient, draft.at),
    check=_check,
    row_key=("infusion_id", "kind", "at"),
    is_analysed=False,
    follow=_follow,
)


def _void_with_infusion(entering: Entering, row: InfusionRow) -> None:
    for each in repository.events_of(entering.session, row.id):
        history.void(entering.session, each, entering.change)


followed_by(_void_with_infusion)
