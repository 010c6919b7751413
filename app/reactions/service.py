"""How reactions are entered."""

from __future__ import annotations

import uuid
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.errors import Fault
from app.infusions.service import followed_by
from app.infusions.tables import InfusionRow
from app.kit import history
from app.kit.base import Json
from app.kit.history import FIRST_VERSION
from app.kit.rows import hold_live
from app.monitoring.repository import live_infusion, rate_at
from app.patients.entries import Entering, Entry
from app.patients.service import local_columns
from app.patients.tables import PatientRow
from app.reactions.rules import (
    InfusionTimes,
    ReactionDraft,
    check_reaction,
    phase_of,
    red_flag_of,
)
from app.reactions.tables import ReactionRow

_COLUMNS: Final = tuple(name for name in ReactionDraft.__dataclass_fields__ if name != "actions")


def _draft(row: ReactionRow) -> ReactionDraft:
    columns: dict[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
    return ReactionDraft(**columns, actions=tuple(row.actions))


def _content(draft: ReactionDraft) -> Json:
    columns = {name: getattr(draft, name) for name in _COLUMNS}
    return {**columns, "actions": list(draft.actions)}


def _derived(draft: ReactionDraft, patient: PatientRow) -> Json:
    session: Session | None = object_session(patient)
    infusion = None if session is None else live_infusion(session, patient, draft.infusion_id)
    ended_at = None if infusion is None else infusion.ended_at
    return {
        **local_columns(patient, draft.onset_at),
        "rate_ml_per_h": None if session is None else rate_at(session, infusion, draft.onset_at),
        "phase": phase_of(draft.onset_at, ended_at),
        "is_red_flag": red_flag_of(draft.term) is not None,
    }


def _check(
    entering: Entering, patient: PatientRow, draft: ReactionDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del row_id
    infusion = live_infusion(entering.session, patient, draft.infusion_id)
    times = None if infusion is None else InfusionTimes(infusion.started_at, infusion.ended_at)
    return check_reaction(
        draft, now=entering.change.now, birth_date=patient.birth_date, infusion=times
    )


def _follow(entering: Entering, row: ReactionRow) -> None:
    if row.version == FIRST_VERSION:
        hold_live(entering.session, InfusionRow, row.infusion_id)


REACTION: Final[Entry[ReactionDraft, ReactionRow]] = Entry(
    what="Reaction",
    table=ReactionRow,
    draft_of=_draft,
    content_of=_content,
    derived_of=_derived,
    check=_check,
    row_key=("infusion_id", "term", "onset_at"),
    follow=_follow,
)


def _void_with_infusion(entering: Entering, row: InfusionRow) -> None:
    named = ReactionRow.infusion_id == row.id
    live = select(ReactionRow).where(named, ReactionRow.voided_at.is_(None))
    for each in entering.session.scalars(live).all():
        history.void(entering.session, each, entering.change)


followed_by(_void_with_infusion)
