"""Keeping stored findings in step with what the analysis says now.

The status belongs to the team: a finding that somebody has seen stays down, whatever its numbers
do, until the analysis does not show it any more (docs/adr/0006-seen-findings-stay-down.md). The
system only closes a finding, ends a snooze whose date has come, and shows `safety` again when
something new has happened.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, cast

from sqlalchemy.orm import Session

from app.analysis.results import METHOD, VERSION, FindingDraft
from app.findings import repository
from app.findings.rules import Status, has_new_event, has_woken
from app.findings.tables import FindingRow
from app.kit import history
from app.kit.base import Json
from app.kit.history import Change
from app.patients.tables import AnalysisRow

_SAFETY: Final = "safety"
_NEW_EVENT: Final = "There is a new event, or one is graver than it was."
_NOT_SHOWN: Final = "The analysis of the newer record does not show it any more."


@dataclass(frozen=True, slots=True)
class Shown:
    """What an analysis shows, and of which day.

    `sources` says of each setting that is not the default for whom it was set, and why.
    """

    findings: Sequence[FindingDraft]
    fingerprint: str | None
    today: date
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the findings: which changed, and when the next snooze is over."""

    changed: tuple[uuid.UUID, ...]
    wakes_on: date | None


def keep_in_step(session: Session, state: AnalysisRow, *, shown: Shown, change: Change) -> Kept:
    """Open, update, wake and close findings."""
    standing = {row.kind: row for row in repository.open_findings(session, state.patient_id)}
    kept, changed = [], []
    for draft in shown.findings:
        row = standing.pop(draft.kind, None)
        content = _content(draft, shown.sources)
        if row is None:
            changed.append(_open(session, state, shown, content=content, change=change))
            continue
        kept.append(row)
        if _update(session, row, content, shown=shown, change=change):
            changed.append(row.id)
    for row in standing.values():
        _close(session, row, change)
        changed.append(row.id)
    snoozed = [row.snoozed_until for row in kept if row.status == "snoozed"]
    return Kept(tuple(changed), min(filter(None, snoozed), default=None))


def _content(draft: FindingDraft, sources: Mapping[str, str]) -> Json:
    # A threshold carries its source with it; of the other settings it is added here.
    own = {key: sources[key] for key in draft.parameters if key in sources}
    return {
        "kind": draft.kind,
        "measure": draft.measure,
        "sites": list(draft.sites),
        "sentence": draft.sentence,
        "wording": _as_stored(draft.wording),
        "evidence": _as_stored(dict(draft.evidence)),
        "method": METHOD,
        "method_version": VERSION,
        "parameters": _as_stored({**draft.parameters, **({"set": own} if own else {})}),
    }


def _as_stored(value: Any) -> Any:
    """Return JSON content as it comes back from the database: tuples are lists there."""
    if isinstance(value, Mapping):
        return {key: _as_stored(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_stored(item) for item in value]
    return value


def _open(
    session: Session, state: AnalysisRow, shown: Shown, *, content: Json, change: Change
) -> uuid.UUID:
    row = FindingRow(
        id=uuid.uuid4(),
        clinic_id=state.clinic_id,
        patient_id=state.patient_id,
        status="new",
        first_detected_at=change.now,
        fingerprint=shown.fingerprint or "",
        **content,
    )
    history.begin(row, change)
    session.add(row)
    return row.id


def _update(
    session: Session, row: FindingRow, content: Json, *, shown: Shown, change: Change
) -> bool:
    changes: Json = {}
    if any(value != getattr(row, key) for key, value in content.items()):
        changes = {**content, "fingerprint": shown.fingerprint}
    if has_woken(cast("Status", row.status), row.snoozed_until, today=shown.today):
        changes["status"] = "new"
        change = Change(change.actor, change.now, f"The snooze until {row.snoozed_until} is over.")
    elif row.kind == _SAFETY and has_new_event(row.evidence, content["evidence"]):
        changes |= {"status": "new", "snoozed_until": None}
        change = Change(change.actor, change.now, _NEW_EVENT)
    return history.amend(session, row, changes, change=change)


def _close(session: Session, row: FindingRow, change: Change) -> None:
    closing = {"status": repository.CLOSED, "closed_at": change.now, "close_reason": _NOT_SHOWN}
    history.amend(session, row, closing, change=Change(change.actor, change.now, _NOT_SHOWN))
