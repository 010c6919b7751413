"""Queries about diaries, and about what was answered."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.diary.tables import DiaryRow
from app.patients.rules import OWN_SOURCE
from app.reports.tables import ReportRow, ValueRow

Series = tuple[str, str]


def diary_of(session: Session, patient_id: uuid.UUID) -> DiaryRow | None:
    """Return the patient's diary; None where nobody chose one."""
    statement = select(DiaryRow).where(
        DiaryRow.patient_id == patient_id, DiaryRow.voided_at.is_(None)
    )
    return session.scalars(statement).one_or_none()


def last_answers(session: Session, patient_id: uuid.UUID) -> Mapping[Series, datetime]:
    """Return when each measure at each site was last answered, by whomever."""
    rows = session.execute(
        select(ValueRow.measure, ValueRow.site, func.max(ValueRow.observed_at))
        .where(ValueRow.patient_id == patient_id, ValueRow.voided_at.is_(None))
        .group_by(ValueRow.measure, ValueRow.site)
    )
    return {(measure, site): at for measure, site, at in rows}


def values_at(
    session: Session, patient_id: uuid.UUID, last: Mapping[Series, datetime]
) -> Mapping[Series, float]:
    """Return the value of some answers by the moment that they are about."""
    rows = session.execute(
        select(ValueRow.measure, ValueRow.site, ValueRow.observed_at, ValueRow.value).where(
            ValueRow.patient_id == patient_id,
            ValueRow.voided_at.is_(None),
            ValueRow.measure.in_({measure for measure, _ in last}),
            ValueRow.observed_at.in_(set(last.values())),
        )
    )
    return {
        (measure, site): value
        for measure, site, at, value in rows
        if last.get((measure, site)) == at
    }


def means_since(session: Session, patient_id: uuid.UUID, since: datetime) -> Mapping[Series, float]:
    """Return the mean of what was freshly answered since a moment, by measure and site."""
    rows = session.execute(
        select(ValueRow.measure, ValueRow.site, func.avg(ValueRow.value))
        .where(
            ValueRow.patient_id == patient_id,
            ValueRow.voided_at.is_(None),
            ValueRow.observed_at >= since,
            ValueRow.entry == "fresh",
        )
        .group_by(ValueRow.measure, ValueRow.site)
    )
    return {(measure, site): mean for measure, site, mean in rows}


def last_devices(
    session: Session, patient_id: uuid.UUID, measures: Collection[str]
) -> Mapping[str, str]:
    """Return the device that each measure was last taken with, where one was named."""
    devices = {}
    for measure in sorted(measures):
        device = session.scalars(
            select(ValueRow.device)
            .where(
                ValueRow.patient_id == patient_id,
                ValueRow.voided_at.is_(None),
                ValueRow.measure == measure,
                ValueRow.device.is_not(None),
            )
            .order_by(ValueRow.observed_at.desc())
            .limit(1)
        ).one_or_none()
        if device is not None:
            devices[measure] = device
    return devices


def was_reported(session: Session, patient_id: uuid.UUID, day: date) -> bool:
    """Say whether somebody at home reported about the patient's own `day`."""
    statement = select(ReportRow.id).where(
        ReportRow.patient_id == patient_id,
        ReportRow.voided_at.is_(None),
        ReportRow.local_date == day,
        ReportRow.source.in_(set(OWN_SOURCE.values())),
    )
    return session.execute(statement.limit(1)).first() is not None
