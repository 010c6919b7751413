"""The calls of a clinic that are due."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.analysis.cycles import group_courses, infusion_days
from app.analysis.records import CourseRules, PlanVersion
from app.clinics.care_settings import CareSettings
from app.clinics.service import get_clinic
from app.clinics.settings import care_settings_of
from app.infusions.repository import infusion as infusion_of
from app.infusions.tables import InfusionRow
from app.kit.access import note_list
from app.patients.repository import dosing_weight_at
from app.plans.repository import plan_version
from app.visits import repository
from app.visits.due import CallDue, CallMade, Ended, asked_in, calls_due
from app.visits.repository import Called
from app.visits.tables import VisitRow

DONE_FOR: Final = timedelta(days=7)
MISSED_FOR: Final = timedelta(days=30)
"""How long after its last moment a call stays on the list, made or missed; a judgement."""

_LONGEST_COURSE: Final = timedelta(days=20)
_ORDER: Final = ("overdue", "due", "missed", "waiting", "done")


@dataclass(frozen=True, slots=True)
class Line:
    """One call of one visit, with the dose of the whole course in g/kg."""

    called: Called
    call: CallDue
    g_per_kg: float | None


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known of the patients: infusions, plans and calls by patient."""

    settings: CareSettings
    infusions: Mapping[uuid.UUID, Sequence[InfusionRow]]
    plans: Mapping[uuid.UUID, Sequence[PlanVersion]]
    calls: Mapping[uuid.UUID, Sequence[CallMade]]


def list_calls(session: Session, clinic_id: uuid.UUID, *, now: datetime) -> list[Line]:
    """Return the calls after the clinic's visits, overdue ones first, then by their last moment.

    One that was missed stays for a month, so that it does not vanish without anybody seeing it.

    Raises
    ------
    NotFound
        There is no such clinic.
    """
    clinic = get_clinic(session, clinic_id)
    settings = _settings(session, clinic.id, now)
    kept = timedelta(days=max(settings.late_call_until_days, settings.calls_until_hours / 24))
    since = now - kept - MISSED_FOR
    visits = repository.visits_since(session, clinic.id, since)
    note_list(session, [called.patient.id for called in visits])
    around = _around(session, settings, {called.patient.id for called in visits}, since=since)
    lines = [
        line
        for called in visits
        for line in _lines(session, called, around, now=now)
        if line.call.due_until + (DONE_FOR if line.call.state == "done" else MISSED_FOR) > now
    ]
    return sorted(lines, key=lambda line: (_ORDER.index(line.call.state), line.call.due_until))


def calls_of_visit(session: Session, visit: VisitRow, *, now: datetime) -> list[CallDue]:
    """Return the calls that belong to one visit; none where its infusion did not run."""
    called = repository.visit_called(session, visit)
    if called is None:
        return []
    settings = _settings(session, visit.clinic_id, now)
    since = called.infusion.started_at
    around = _around(session, settings, {visit.patient_id}, since=since)
    return [line.call for line in _lines(session, called, around, now=now)]


def _settings(session: Session, clinic_id: uuid.UUID, now: datetime) -> CareSettings:
    return care_settings_of(session, clinic_id, today=now.astimezone(UTC).date())


def _lines(session: Session, called: Called, around: _Around, *, now: datetime) -> list[Line]:
    g_per_kg = _g_per_kg(session, called, around)
    ended = Ended(called.ended_at, g_per_kg, _next_seen_at(called, around))
    made = around.calls.get(called.patient.id, ())
    due = calls_due(ended, made, now=now, settings=around.settings)
    return [Line(called, call, g_per_kg) for call in due]


def _around(
    session: Session, settings: CareSettings, patients: set[uuid.UUID], *, since: datetime
) -> _Around:
    infusions: dict[uuid.UUID, list[InfusionRow]] = defaultdict(list)
    for row in repository.infusions_since(session, patients, since - _LONGEST_COURSE):
        infusions[row.patient_id].append(row)
    plans: dict[uuid.UUID, list[PlanVersion]] = defaultdict(list)
    for plan in repository.plans_of_many(session, patients):
        plans[plan.patient_id].append(plan_version(plan))
    calls: dict[uuid.UUID, list[CallMade]] = defaultdict(list)
    for call in repository.calls_since(session, patients, since):
        made = CallMade(call.called_at, call.reached, asked_in(call.symptoms))
        calls[call.patient_id].append(made)
    return _Around(settings, infusions, plans, calls)


def _next_seen_at(called: Called, around: _Around) -> datetime | None:
    """Return when the next infusion began that somebody came for."""
    later = (
        row.started_at
        for row in around.infusions[called.patient.id]
        if row.started_at > called.infusion.started_at and row.status != "not_done"
    )
    return min(later, default=None)


def _g_per_kg(session: Session, called: Called, around: _Around) -> float | None:
    """Return the dose of the course up to this visit, by the weight of the infusion.

    Courses are joined by the usual rules here; a clinic's own rules matter for cycles only.
    """
    own = called.infusion
    weight_kg = own.weight_kg or dosing_weight_at(session, own.patient_id, own.started_at)
    if not weight_kg:
        return None
    until = [r for r in around.infusions[own.patient_id] if r.started_at <= own.started_at]
    days = infusion_days([infusion_of(row) for row in until])
    courses = group_courses(days, around.plans[own.patient_id], CourseRules())
    return courses[-1].dose_g / weight_kg if courses else None
