"""What somebody at home sees of today before they answer.

The questions, and nothing that would make or hide the dip: no strength or grip of before, no day
of the interval.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.rules import AT_HOME
from app.analysis.cycles import local_day
from app.analysis.measures import MEASURES
from app.clinics.tables import ClinicRow
from app.diary.repository import (
    diary_of,
    last_answers,
    last_devices,
    means_since,
    values_at,
    was_reported,
)
from app.diary.rules import (
    LOOK_BACK,
    DiaryDraft,
    Known,
    Question,
    default_diary,
    questions,
)
from app.diary.schemas import LastRead, OwnPatientRead, QuestionRead, SeriesRead, TodayRead
from app.diary.service import diary_draft
from app.errors import NotFound
from app.kit.access import access_of, note_rows
from app.patients.access import PatientAccess, in_force
from app.patients.service import get_patient
from app.patients.tables import CareTeamRow, PatientRow
from app.reports.rules import REPEATABLE
from app.said import say
from app.schedule.calendars import calendar_of

_GRIPS: Final = ("grip_kpa", "grip_kg")
_MAY_BE_ADDED: Final = ("strength_nrs", *REPEATABLE)
_PERMISSION_TO_SEE: Final = "analysis.read"


def may(session: Session, patient: PatientRow, permission: str, *, now: datetime) -> bool:
    """Say whether whoever uses the session has a permission for this very patient.

    What a proxy may do differs from patient to patient, so the role alone does not say it.
    """
    access = access_of(session)
    if access is None:
        return True
    who = access.principal
    return permission in who.permissions and PatientAccess(who, permission, now=now).sees_patient(
        session, clinic_id=patient.clinic_id, patient_id=patient.id
    )


def has_to_report_first(session: Session, patient: PatientRow, *, now: datetime) -> bool:
    """Say whether whoever asks reports for the patient, and has not done so today.

    Never of staff, and never of a proxy who may only see.
    """
    access = access_of(session)
    if access is None or access.principal.role not in AT_HOME:
        return False
    if not may(session, patient, "reports.write", now=now):
        return False
    return not was_reported(session, patient.id, local_day(now, patient.time_zone))


def chosen_diary(session: Session, patient: PatientRow) -> tuple[DiaryDraft, bool]:
    """Return what the patient is asked, and whether somebody chose it."""
    row = diary_of(session, patient.id)
    if row is None:
        return default_diary(patient.diagnosis, patient.followed), False
    note_rows(session, [row])
    return diary_draft(row), True


def questions_of(
    session: Session, patient: PatientRow, draft: DiaryDraft, *, now: datetime
) -> tuple[Question, ...]:
    """Return what the patient is asked today."""
    zone = patient.time_zone
    last = last_answers(session, patient.id)
    known = Known(
        today=local_day(now, zone),
        last_on={series: local_day(at, zone) for series, at in last.items()},
        means=means_since(session, patient.id, now - LOOK_BACK),
        dominant=patient.dominant_hand,
    )
    return questions(draft, known)


def read_today(session: Session, patient_id: uuid.UUID, *, now: datetime) -> TodayRead:
    """Return what is asked of a patient today, and what may be shown before the answer.

    Raises
    ------
    NotFound
        There is no such patient, or the record was voided: nobody is asked any more.
    """
    patient = get_patient(session, patient_id)
    if patient.voided_at is not None:
        raise NotFound(say("Diary of the voided patient"), patient_id)
    draft, is_chosen = chosen_diary(session, patient)
    asked = questions_of(session, patient, draft, now=now)
    today = local_day(now, patient.time_zone)
    reported = was_reported(session, patient.id, today)
    last = last_answers(session, patient.id)
    repeatable = {series: at for series, at in last.items() if series[0] in REPEATABLE}
    values = values_at(session, patient.id, repeatable)
    return TodayRead(
        patient_id=patient.id,
        name=patient.given_name,
        time_zone=patient.time_zone,
        today=today,
        weekday=today.weekday(),
        is_chosen=is_chosen,
        note=draft.note,
        items=[_question(one) for one in asked],
        extra=_extra(asked, {measure for measure, _ in last}),
        last={
            f"{measure}@{site}": LastRead(value=values[measure, site], at=at)
            for (measure, site), at in repeatable.items()
        },
        reported_today=reported,
        next_infusion=next_infusion_of(session, patient, now=now, today=today)
        if reported
        else None,
        devices=dict(last_devices(session, patient.id, _GRIPS)),
        clinic_phone=clinic_phone(session, patient),
        may_report=may(session, patient, "reports.write", now=now),
        may_see_course=may(session, patient, _PERMISSION_TO_SEE, now=now),
    )


def clinic_phone(session: Session, patient: PatientRow) -> str | None:
    """Return the number that the patient is to call; None where the clinic names none.

    Read by itself: people at home may not read clinics.
    """
    return session.scalar(select(ClinicRow.phone).where(ClinicRow.id == patient.clinic_id))


def next_infusion_of(
    session: Session, patient: PatientRow, *, now: datetime, today: date
) -> date | None:
    """Return the next planned day of an infusion, today or later; None where none is ahead."""
    own = calendar_of(session, patient, now=now, until=today + timedelta(days=1))
    if own.coming is not None:
        ahead = [day for day in own.coming.days if day >= today]
        if ahead:
            return min(ahead)
    return None


def _series(measure: str, site: str) -> SeriesRead:
    known = MEASURES[measure]
    return SeriesRead(
        measure=measure,
        site=site,
        unit=known.unit,
        low=known.low,
        high=known.high,
        decimals=known.decimals,
        better=known.better.value,
        may_repeat=measure in REPEATABLE,
        scale_version=known.scale_version,
    )


def _question(one: Question) -> QuestionRead:
    return QuestionRead(**_series(*one.series).model_dump(), kind=one.kind)


def _extra(asked: tuple[Question, ...], answered: set[str]) -> list[SeriesRead]:
    """Return what may be added to a report, less what is asked anyway."""
    known = {one.series for one in asked}
    units = [unit for unit in _GRIPS if unit in answered] or list(_GRIPS)
    return [
        _series(measure, site)
        for measure in (*_MAY_BE_ADDED, *units)
        for site in MEASURES[measure].sites
        if (measure, site) not in known
    ]


def own_patients(session: Session, *, now: datetime) -> list[OwnPatientRead]:
    """Return whom somebody at home acts for; nobody of the clinic acts for anybody."""
    access = access_of(session)
    if access is None or access.principal.role not in AT_HOME:
        return []
    own = select(CareTeamRow.patient_id).where(*in_force(access.principal.account_id, now=now))
    patients = session.scalars(
        select(PatientRow)
        .where(PatientRow.id.in_(own), PatientRow.voided_at.is_(None))
        .order_by(PatientRow.recorded_at, PatientRow.id)
    ).all()
    note_rows(session, patients)
    return [
        OwnPatientRead(
            patient_id=one.id,
            name=one.given_name,
            may_report=may(session, one, "reports.write", now=now),
            may_alarm=may(session, one, "alarms.write", now=now),
            may_see_course=may(session, one, _PERMISSION_TO_SEE, now=now),
        )
        for one in patients
        if may(session, one, "diary.read", now=now)
    ]
