"""From stored rows to the calendars of one patient, or of every visible patient of a clinic."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.analysis.cycles import (
    Timeline,
    effective_holds,
    group_courses,
    infusion_days,
    local_day,
    plan_in_force,
)
from app.analysis.next_due import NextCourse, course_calendar, next_course_of
from app.analysis.planned import CourseCalendar, PlannedCourse, standing
from app.analysis.planning import next_planned
from app.analysis.records import CourseRules, PatientRecord, Weight
from app.analysis.settings import Override, settings_in_force
from app.clinics.settings import overrides_of
from app.infusions.repository import infusion, infusions_of
from app.infusions.tables import InfusionRow
from app.kit.access import restrict
from app.kit.timezones import zone_at
from app.patients.repository import weights_of
from app.patients.service import zone_of
from app.patients.settings import settings_of
from app.patients.tables import PatientRow, PatientSettingRow, WeightRow
from app.plans.repository import hold, holds_of, plan_version, plans_of
from app.plans.tables import HoldRow, PlanRow
from app.schedule.repository import exception, exceptions_of
from app.schedule.tables import CourseExceptionRow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    """One patient's calendar on a day; `coming` is the course behind `next_course`."""

    patient_id: uuid.UUID
    external_id: str
    time_zone: str
    today: date
    rules: CourseRules
    record: PatientRecord
    timeline: Timeline
    calendar: CourseCalendar
    next_course: NextCourse
    coming: PlannedCourse | None

    def state_of(self, course: PlannedCourse) -> str:
        """Return where a planned course stands on the day."""
        if course.is_cancelled:
            return "cancelled"
        if course.is_held or course.planned_on is None:
            return "on_hold"
        return standing(
            course.planned_on,
            today=self.today,
            interval_days=course.interval_days,
            grace_days=self.rules.grace_days,
        )


def timeline_of(record: PatientRecord, rules: CourseRules) -> Timeline:
    """Return courses and holds; cycles and epochs are of no use to a calendar."""
    days = infusion_days(record.infusions)
    courses = group_courses(days, record.plans, rules)
    return Timeline(courses, (), (), effective_holds(record.holds, (day.day for day in days)))


def record_of(
    session: Session,
    patient: PatientRow,
    *,
    now: datetime,
    without: uuid.UUID | None = None,
    including: uuid.UUID | None = None,
) -> PatientRecord:
    """Load what the calendar of one patient rests on.

    Less the exception `without`, and with the voided one `including`.
    """
    rows = exceptions_of(session, patient.id, including=including)
    return PatientRecord(
        time_zone=zone_of(patient, now),
        infusions=tuple(infusion(row) for row in infusions_of(session, patient.id)),
        plans=tuple(plan_version(row) for row in plans_of(session, patient.id)),
        holds=tuple(hold(row) for row in holds_of(session, patient.id)),
        weights=tuple(_weight(row) for row in weights_of(session, patient.id)),
        exceptions=tuple(exception(row) for row in rows if row.id != without),
    )


def calendar_of(
    session: Session,
    patient: PatientRow,
    *,
    now: datetime,
    until: date | None = None,
    without: uuid.UUID | None = None,
    including: uuid.UUID | None = None,
) -> OwnCalendar:
    """Return the calendar of one patient up to a day (default: to the next course).

    Less the exception `without`, and with the voided one `including`.
    """
    record = record_of(session, patient, now=now, without=without, including=including)
    rules = settings_of(session, patient, now=now).rules
    today = local_day(now, record.time_zone)
    known = Known(patient.id, patient.external_id, today, rules)
    return own_calendar(known, record, until=until or today)


@dataclass(frozen=True, slots=True)
class Known:
    """Whose calendar it is, on which day, and by which rules."""

    patient_id: uuid.UUID
    external_id: str
    today: date
    rules: CourseRules


def own_calendar(known: Known, record: PatientRecord, *, until: date) -> OwnCalendar:
    """Derive the calendar of one patient from the record, up to a day."""
    today, grace_days = known.today, known.rules.grace_days
    timeline = timeline_of(record, known.rules)
    calendar = course_calendar(record, timeline, today=today, until=max(until, today))
    return OwnCalendar(
        patient_id=known.patient_id,
        external_id=known.external_id,
        time_zone=record.time_zone,
        today=today,
        rules=known.rules,
        record=record,
        timeline=timeline,
        calendar=calendar,
        next_course=next_course_of(
            record, timeline, today=today, grace_days=grace_days, calendar=calendar
        ),
        coming=next_planned(calendar, today=today),
    )


def interval_of(own: OwnCalendar) -> int | None:
    """Return the interval of the plan in force today."""
    plan = plan_in_force(own.record.plans, own.today)
    return None if plan is None else plan.interval_days


def _weight(row: Any) -> Weight:
    return Weight(row.measured_at, row.weight_kg, cast("Any", row.kind))


# --- a whole clinic ------------------------------------------------------------------------------


def calendars_of_clinic(
    session: Session, clinic_id: uuid.UUID, *, now: datetime, on: date | None, until: date | None
) -> list[OwnCalendar]:
    """Return the calendars of the clinic's live patients whom whoever asks may see.

    `on` stands for every patient's date today; without it each has their own. A few queries
    serve them all.
    """
    patients = session.execute(
        _visible(
            session,
            select(
                PatientRow.id,
                PatientRow.external_id,
                PatientRow.time_zone,
                PatientRow.previous_time_zones,
            ).where(PatientRow.clinic_id == clinic_id, PatientRow.voided_at.is_(None)),
            PatientRow,
        )
    ).all()
    loaded = _Loaded.of(session, clinic_id)
    found = []
    for patient in patients:
        zone = zone_at(patient.time_zone, patient.previous_time_zones, now)
        today = on or local_day(now, zone)
        rules = settings_in_force(loaded.overrides(patient.id), today=today).rules
        known = Known(patient.id, patient.external_id, today, rules)
        found.append(own_calendar(known, loaded.record(patient.id, zone), until=until or today))
    return found


@dataclass(frozen=True, slots=True)
class _Loaded:
    """Every row of a clinic that calendars rest on, by patient."""

    infusions: Mapping[uuid.UUID, Sequence[Any]]
    plans: Mapping[uuid.UUID, Sequence[PlanRow]]
    holds: Mapping[uuid.UUID, Sequence[HoldRow]]
    weights: Mapping[uuid.UUID, Sequence[Any]]
    exceptions: Mapping[uuid.UUID, Sequence[CourseExceptionRow]]
    settings: Mapping[uuid.UUID, Sequence[PatientSettingRow]]
    of_clinic: Sequence[Override]

    @classmethod
    def of(cls, session: Session, clinic_id: uuid.UUID) -> _Loaded:
        def rows(table: Any, *order: Any, columns: Sequence[Any] = ()) -> dict[uuid.UUID, Any]:
            # Columns where there are many rows: objects would cost several times as much.
            what = select(*columns) if columns else select(table)
            live = what.where(table.clinic_id == clinic_id, table.voided_at.is_(None))
            statement = _visible(session, live.order_by(*order), table)
            result = session.execute(statement) if columns else session.scalars(statement)
            return _by_patient(result.all())

        given, weight = InfusionRow, WeightRow
        return cls(
            infusions=rows(
                given,
                given.started_at,
                columns=(
                    *(given.patient_id, given.started_at, given.time_zone, given.status),
                    *(given.product, given.dose_g, given.weight_kg),
                ),
            ),
            plans=rows(PlanRow, PlanRow.effective_date),
            holds=rows(HoldRow, HoldRow.from_date),
            weights=rows(
                weight,
                weight.measured_at,
                columns=(weight.patient_id, weight.measured_at, weight.weight_kg, weight.kind),
            ),
            exceptions=rows(
                CourseExceptionRow, CourseExceptionRow.recorded_at, CourseExceptionRow.id
            ),
            settings=rows(PatientSettingRow),
            of_clinic=overrides_of(session, clinic_id),
        )

    def record(self, patient_id: uuid.UUID, zone: str) -> PatientRecord:
        return PatientRecord(
            time_zone=zone,
            infusions=tuple(infusion(row) for row in self.infusions.get(patient_id, ())),
            plans=tuple(plan_version(row) for row in self.plans.get(patient_id, ())),
            holds=tuple(hold(row) for row in self.holds.get(patient_id, ())),
            weights=tuple(_weight(row) for row in self.weights.get(patient_id, ())),
            exceptions=tuple(exception(row) for row in self.exceptions.get(patient_id, ())),
        )

    def overrides(self, patient_id: uuid.UUID) -> list[Override]:
        own = self.settings.get(patient_id, ())
        return [
            *self.of_clinic,
            *(Override("patient", r.key, r.value, r.source, r.effective_date) for r in own),
        ]


def _visible(session: Session, statement: Select[Any], table: Any) -> Select[Any]:
    patient = table.id if table is PatientRow else table.patient_id
    return restrict(session, statement, clinic=table.clinic_id, patient=patient)


def _by_patient(rows: Sequence[Any]) -> dict[uuid.UUID, list[Any]]:
    grouped: dict[uuid.UUID, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.patient_id, []).append(row)
    return grouped
