"""The document that shows a whole visit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.infusions.schemas import InfusionRead, SignatureRead
from app.infusions.signing import signatures_of
from app.kit.access import access_of, hidden_fields, note_rows
from app.monitoring.reading import monitoring_of
from app.monitoring.schemas import EventRead
from app.reactions.rules import RED_FLAGS, red_flag_of
from app.reactions.schemas import ReactionRead
from app.reports.reading import content_of
from app.reports.schemas import ReportRead
from app.vials.schemas import VialRead
from app.visits.calls import calls_of_visit
from app.visits.completeness import missing, reconcile
from app.visits.record import (
    Whole,
    calls_after,
    fingerprint_of,
    live,
    recorded_of,
    reports_of_day,
    whole_of,
)
from app.visits.record_schemas import (
    AlarmRead,
    CallDueRead,
    GapRead,
    TotalsRead,
    VisitRecordRead,
)
from app.visits.rules import alarming
from app.visits.schemas import CallRead, VisitRead
from app.visits.tables import CallRow, VisitRow


def read_record(session: Session, visit: VisitRow, *, now: datetime) -> VisitRecordRead:
    """Return the visit with all that belongs to it, as whoever asks may see it."""
    whole = whole_of(session, visit)
    recorded = recorded_of(session, whole, now=now)
    calls = calls_after(session, visit)
    infusion = whole.infusion
    is_there = infusion is not None and infusion.voided_at is None
    return VisitRecordRead(
        visit=_shown(session, VisitRead, visit),
        infusion=_shown(session, InfusionRead, infusion) if is_there else None,
        vials=[_shown(session, VialRead, row) for row in live(whole.vials)],
        events=[_shown(session, EventRead, row) for row in live(whole.events)],
        reactions=[_shown(session, ReactionRead, row) for row in live(whole.reactions)],
        reports=_reports(session, whole),
        monitoring=monitoring_of(session, infusion, now=now) if is_there and infusion else None,
        calls=[_shown(session, CallRead, row) for row in calls],
        calls_due=[
            CallDueRead.model_validate(due) for due in calls_of_visit(session, visit, now=now)
        ],
        signatures=[
            SignatureRead.of(one) for one in signatures_of(session, visit, parts=whole.parts)
        ],
        totals=TotalsRead.model_validate(reconcile(recorded)),
        red_flags=[*_flags_of_reactions(whole), *_flags_of_calls(calls)],
        fingerprint=fingerprint_of(whole),
        missing=[GapRead.model_validate(gap) for gap in missing(recorded)],
    )


def _shown(session: Session, schema: type[BaseModel], row: Any) -> Any:
    hidden = hidden_fields(session, row.__tablename__)
    return schema.model_validate(row).model_copy(update=dict.fromkeys(hidden))


def _reports(session: Session, whole: Whole) -> list[ReportRead] | None:
    access = access_of(session)
    if access is not None and "reports.read" not in access.principal.permissions:
        return None
    reports = reports_of_day(session, whole)
    note_rows(session, reports)
    return [ReportRead.model_validate(content_of(session, report)) for report in reports]


def _flags_of_reactions(whole: Whole) -> Iterator[AlarmRead]:
    for row in live(whole.reactions):
        if row.is_red_flag:
            yield _alarm(row, row.term, row.onset_at)


def _flags_of_calls(calls: Any) -> Iterator[AlarmRead]:
    row: CallRow
    for row in calls:
        for symptom in alarming(row.symptoms):
            yield _alarm(row, symptom, row.called_at)


def _alarm(row: Any, term: str, at: datetime) -> AlarmRead:
    flag = RED_FLAGS[red_flag_of(term) or ""]
    return AlarmRead(
        table=row.__tablename__,
        id=row.id,
        term=term,
        at=at,
        name=flag.name,
        signs=flag.signs,
        what_to_do=flag.what_to_do,
    )
