"""Everything that is recorded of one visit, collected."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.infusions.tables import InfusionRow, VialRow
from app.kit.access import note_rows
from app.kit.base import ClinicalRow
from app.monitoring.judging import judgement_of
from app.monitoring.tables import InfusionEventRow
from app.reactions.rules import is_serious
from app.reactions.tables import ReactionRow
from app.reports.tables import ReportRow, ValueRow
from app.visits.completeness import GRIP, trough_of
from app.visits.ordering import ordered_of
from app.visits.recorded import RateOver, ReactionFacts, Reading, Recorded, VialFacts
from app.visits.repository import calls_of
from app.visits.service import visit_draft
from app.visits.tables import CallRow, VisitRow

_PARTS: Final[tuple[tuple[type[ClinicalRow], str], ...]] = (
    (VialRow, "started_at"),
    (InfusionEventRow, "at"),
    (ReactionRow, "onset_at"),
)
"""What belongs to the infusion of a visit, and the column that puts it in order."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A visit with all that belongs to it, voided rows included, each kind in its order."""

    visit: VisitRow
    infusion: InfusionRow | None
    vials: Sequence[VialRow]
    events: Sequence[InfusionEventRow]
    reactions: Sequence[ReactionRow]

    @property
    def parts(self) -> list[ClinicalRow]:
        """Every row but the visit itself."""
        own = [] if self.infusion is None else [self.infusion]
        return [*own, *self.vials, *self.events, *self.reactions]


def whole_of(session: Session, visit: VisitRow) -> Whole:
    """Return the visit with everything that belongs to it, voided rows included."""
    infusion = None if visit.infusion_id is None else session.get(InfusionRow, visit.infusion_id)
    if infusion is None:
        return Whole(visit, None, (), (), ())
    found: list[Sequence[Any]] = []
    for kind, order in _PARTS:
        table: Any = kind
        statement = (
            select(table)
            .where(table.infusion_id == infusion.id)
            .order_by(getattr(table, order).nulls_last(), table.recorded_at, table.id)
            .execution_options(populate_existing=True)  # what is signed is what is kept now
        )
        found.append(session.scalars(statement).all())
    whole = Whole(visit, infusion, *found)
    note_rows(session, whole.parts)
    return whole


def fingerprint_of(whole: Whole) -> str:
    """Return a digest of every live row's version: what somebody saw who has seen this."""
    rows = [whole.visit, *live(whole.parts)]
    seen = sorted(f"{row.__tablename__} {row.id} {row.version}" for row in rows)
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


def live(rows: Sequence[Any]) -> list[Any]:
    """Return the rows that were not voided."""
    return [row for row in rows if row.voided_at is None]


def calls_after(session: Session, visit: VisitRow) -> Sequence[CallRow]:
    """Return the live calls after a visit, oldest first."""
    calls = calls_of(session, visit.id)
    note_rows(session, calls)
    return calls


def recorded_of(session: Session, whole: Whole, *, now: datetime) -> Recorded:
    """Return what the rules are told of a visit, its rates judged by what is known now."""
    infusion = whole.infusion
    if infusion is not None and infusion.voided_at is not None:
        infusion = None
    draft = visit_draft(whole.visit)
    ordered = ordered_of(session, whole.visit, infusion, now=now)
    facts: dict[str, Any] = {
        **_facts_of_events(live(whole.events)),
        "plan": ordered.plan,
        "order": ordered.order,
        "has_earlier_day": ordered.has_earlier_day,
        "vials": tuple(_vial(row) for row in live(whole.vials)),
        "reactions": tuple(_reaction(row) for row in live(whole.reactions)),
        "trough": trough_of(
            _grips(session, whole), before=None if infusion is None else infusion.started_at
        ),
        "tolerance_percent": ordered.tolerance_percent,
    }
    if infusion is None:
        return Recorded(draft, **facts)
    return Recorded(
        draft,
        status=infusion.status,
        started_at=infusion.started_at,
        ended_at=infusion.ended_at,
        infused_g=infusion.dose_g,
        weight_kg=infusion.weight_kg,
        has_baseline=any(
            event.kind == "vitals" and event.at <= infusion.started_at
            for event in live(whole.events)
        ),
        **facts,
    )


def _facts_of_events(events: Sequence[InfusionEventRow]) -> dict[str, Any]:
    """Return what the live events say, oldest first."""
    first_at: dict[str, datetime] = {}
    for event in events:
        first_at.setdefault(event.kind, event.at)
    rates = [event for event in events if event.kind == "rate"]
    return {
        "first_at": first_at,
        "ran_at": next((event.at for event in rates if event.details["ml_per_h"] > 0), None),
        "last_rate_ml_per_h": rates[-1].details["ml_per_h"] if rates else None,
        "has_access": any(
            event.kind == "access" and event.details.get("outcome") == "working" for event in events
        ),
        "rates_over": tuple(_rates_over(events)),
    }


def _rates_over(events: Sequence[InfusionEventRow]) -> Iterator[RateOver]:
    for place, event in enumerate(events):
        judgement = judgement_of(event)
        is_over = judgement is not None and judgement.verdict == "over"
        if judgement is not None and is_over and not event.details.get("over_limit_reason"):
            yield RateOver(place, event.at, judgement.message)


def _vial(row: VialRow) -> VialFacts:
    return VialFacts(row.nominal_g, row.used_g, row.wasted_g, row.looks_right)


def _reaction(row: ReactionRow) -> ReactionFacts:
    return ReactionFacts(
        term=row.term,
        is_alarming=is_serious(row.term, row.grade),
        outcome=None if row.outcome == "unknown" else row.outcome,
        is_notified=row.physician_notified_at is not None,
    )


def reports_of_day(session: Session, whole: Whole) -> Sequence[ReportRow]:
    """Return the live reports of the patient on the day of the visit, oldest first."""
    infusion, visit = whole.infusion, whole.visit
    day = visit.planned_on if infusion is None else infusion.local_date
    return session.scalars(
        select(ReportRow)
        .where(
            ReportRow.patient_id == visit.patient_id,
            ReportRow.local_date == day,
            ReportRow.voided_at.is_(None),
        )
        .order_by(ReportRow.observed_at, ReportRow.id)
    ).all()


def _grips(session: Session, whole: Whole) -> list[Reading]:
    reports = [report.id for report in reports_of_day(session, whole)]
    rows = session.scalars(
        select(ValueRow).where(
            ValueRow.report_id.in_(reports),
            ValueRow.measure.in_(GRIP),
            ValueRow.voided_at.is_(None),
        )
    )
    return [Reading(row.observed_at, row.measure, row.site, row.device) for row in rows]
