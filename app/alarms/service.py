"""How alarms are entered, and who may change them."""

from __future__ import annotations

import uuid
from typing import Any, Final

from sqlalchemy.orm import Session

from app.alarms.rules import AlarmDraft, check_alarm, check_sender
from app.alarms.tables import AlarmRow
from app.errors import Fault
from app.kit.access import access_of
from app.kit.base import Json
from app.patients.entries import Entering, Entry
from app.patients.senders import require_own
from app.patients.service import local_columns
from app.patients.tables import PatientRow
from app.said import say


def _draft(row: AlarmRow) -> AlarmDraft:
    return AlarmDraft(row.noticed_at, tuple(row.signs), row.source, row.note)


def _content(draft: AlarmDraft) -> Json:
    return {
        "noticed_at": draft.noticed_at,
        "signs": list(draft.signs),
        "source": draft.source,
        "note": draft.note,
    }


def _check(
    entering: Entering, patient: PatientRow, draft: AlarmDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    stored = None if row_id is None else entering.session.get(AlarmRow, row_id)
    access = access_of(entering.session)
    faults = check_alarm(draft, now=entering.change.now, birth_date=patient.birth_date)
    # A source that stays as it was is nobody's claim.
    if access is None or (stored is not None and stored.source == draft.source):
        return faults
    return [*faults, *check_sender(draft.source, role=access.principal.role)]


def _own_only(session: Session, row: Any, *, is_void: bool) -> None:
    del is_void
    refusal = say("Somebody else sent this alarm; you can change your own ones.")
    require_own(session, row.source, refusal=refusal)


ALARM: Final[Entry[AlarmDraft, AlarmRow]] = Entry(
    what="Alarm",
    table=AlarmRow,
    draft_of=_draft,
    content_of=_content,
    derived_of=lambda draft, patient: local_columns(patient, draft.noticed_at),
    check=_check,
    row_key=("noticed_at", "source"),
    guard=_own_only,
)
