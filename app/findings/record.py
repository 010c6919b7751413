"""From stored rows to the records that the analysis is told, and a fingerprint of them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from itertools import groupby
from typing import Any, cast

import numpy as np
from sqlalchemy.orm import Session

from app.analysis.next_due import is_plain
from app.analysis.records import SECONDS_PER_DAY, PatientRecord, Series, Therapy, Weight
from app.analysis.results import METHOD, VERSION
from app.analysis.settings import AnalysisSettings
from app.findings.safety import safety_events
from app.infusions.repository import infusion, infusions_of
from app.patients.repository import therapies_of, weights_of
from app.patients.service import zone_of
from app.patients.tables import PatientRow, TherapyRow, WeightRow
from app.plans.repository import hold, holds_of, plan_version, plans_of
from app.reports.repository import readings_of
from app.schedule.repository import exception, exceptions_of


def build_record(session: Session, patient: PatientRow, *, now: datetime) -> PatientRecord:
    """Load everything that the analysis may use about one patient, who lives where at `now`."""
    return PatientRecord(
        time_zone=zone_of(patient, now),
        infusions=tuple(infusion(row) for row in infusions_of(session, patient.id)),
        plans=tuple(plan_version(row) for row in plans_of(session, patient.id)),
        holds=tuple(hold(row) for row in holds_of(session, patient.id)),
        therapies=tuple(_therapy(row) for row in therapies_of(session, patient.id)),
        weights=tuple(_weight(row) for row in weights_of(session, patient.id)),
        series=_series(session, patient),
        followed=tuple(_measure_and_site(entry) for entry in patient.followed),
        safety=tuple(safety_events(session, patient.id)),
        exceptions=tuple(exception(row) for row in exceptions_of(session, patient.id)),
    )


def _therapy(row: TherapyRow) -> Therapy:
    return Therapy(row.therapy, cast("Any", row.status), row.from_date, row.to_date)


def _weight(row: WeightRow) -> Weight:
    return Weight(row.measured_at, row.weight_kg, cast("Any", row.kind))


def _measure_and_site(entry: str) -> tuple[str, str]:
    measure, _, site = entry.partition("@")
    return measure, site


def _series(session: Session, patient: PatientRow) -> tuple[Series, ...]:
    readings = readings_of(session, patient.id)
    series = []
    for (measure, site), group in groupby(readings, key=lambda row: (row[0], row[1])):
        rows = list(group)
        series.append(
            Series(
                measure=measure,
                site=site,
                at_days=np.array([row[2].timestamp() / SECONDS_PER_DAY for row in rows]),
                value=np.array([row[3] for row in rows], dtype=np.float64),
                fresh=np.array([row[4] == "fresh" for row in rows]),
                device=tuple(row[5] for row in rows),
            )
        )
    return tuple(series)


def fingerprint(record: PatientRecord, settings: AnalysisSettings) -> str:
    """Return a digest of everything that went into an analysis, its version included."""
    digest = hashlib.sha256(f"{METHOD} {VERSION} {settings.parameters()!r}".encode())
    for part in (
        record.time_zone,
        record.infusions,
        record.plans,
        record.holds,
        record.therapies,
        record.weights,
        record.followed,
        # Most records have none; left out, so that their fingerprints stay what they were.
        *([record.safety] if record.safety else []),
    ):
        digest.update(repr(part).encode())
    if not is_plain(record):
        fixed = [plan.effective_date for plan in record.plans if plan.calendar == "fixed"]
        digest.update(repr((record.exceptions, fixed)).encode())
    for series in record.series:
        digest.update(f"{series.measure}@{series.site} {series.device!r}".encode())
        for array in (series.at_days, series.value, series.fresh):
            digest.update(array.tobytes())
    return digest.hexdigest()
