"""What the plan was known to be on each day: not what later entries made of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.cycles import local_day
from app.kit.base import Json
from app.kit.history import RecordVersion, content_of
from app.plans.tables import PlanRow


@dataclass(frozen=True, slots=True)
class KnownPlan:
    """One version of one plan, as it stood from `known_from` to before `known_until`.

    `interval_days` is None of a version that says that the plan was a mistake.
    """

    known_from: date
    known_until: date | None
    effective_date: date
    interval_days: int | None


def known_plans(session: Session, patient_id: uuid.UUID, *, zone: str) -> list[KnownPlan]:
    """Return every version of every plan of a patient, of those entered by mistake too."""
    rows = session.scalars(select(PlanRow).where(PlanRow.patient_id == patient_id)).all()
    kept = session.scalars(
        select(RecordVersion)
        .where(
            RecordVersion.table_name == PlanRow.__tablename__,
            RecordVersion.patient_id == patient_id,
        )
        .order_by(RecordVersion.version)
    ).all()
    found = [_plan(v.content, zone, v.valid_from, v.valid_until) for v in kept]
    return [
        *found,
        *(_plan(content_of(row), zone, row.changed_at or row.recorded_at, None) for row in rows),
    ]


def known_since(plans: Sequence[PlanRow], *, zone: str) -> date | None:
    """Return the day from which on plans are known here, where one was in force before it.

    So it is of plans that came from another system or from paper.
    """
    first = min((local_day(row.recorded_at, zone) for row in plans), default=None)
    if first is None or all(row.effective_date >= first for row in plans):
        return None
    return first


def _plan(content: Json, zone: str, since: datetime, until: datetime | None) -> KnownPlan:
    return KnownPlan(
        known_from=local_day(since, zone),
        known_until=None if until is None else local_day(until, zone),
        effective_date=date.fromisoformat(content["effective_date"]),
        interval_days=None if content["voided_at"] else content["interval_days"],
    )


def intervals_as_known(plans: Sequence[KnownPlan], *, today: date) -> list[tuple[date, int | None]]:
    """Return the planned interval of every day as that day's evening knew it.

    Returns
    -------
    list of (date, int or None)
        One step for each change, oldest first: the interval, days, from that date on; None
        where no plan was known to be in force.
    """
    steps: list[tuple[date, int | None]] = []
    for day in sorted(_days_of_change(plans)):
        if day > today:
            break
        interval = _in_force(plans, day)
        if (steps[-1][1] if steps else None) != interval:
            steps.append((day, interval))
    return steps


def _days_of_change(plans: Iterable[KnownPlan]) -> set[date]:
    """Return the days on which another plan may have been in force than the day before."""
    days: set[date] = set()
    for plan in plans:
        days.add(max(plan.known_from, plan.effective_date))
        if plan.known_until is not None:
            days.add(max(plan.known_until, plan.effective_date))
    return days


def _in_force(plans: Iterable[KnownPlan], day: date) -> int | None:
    known = (
        plan
        for plan in plans
        if plan.known_from <= day
        and (plan.known_until is None or day < plan.known_until)
        and plan.effective_date <= day
        and plan.interval_days is not None
    )
    newest = max(known, key=lambda plan: plan.effective_date, default=None)
    return None if newest is None else newest.interval_days
