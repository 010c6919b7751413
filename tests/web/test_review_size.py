"""What the review of a patient with a long history sends."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import insert, inspect, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import Database
from app.findings.service import analyse_stale
from app.main import create_app
from app.patients.tables import PatientRow
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.service import create_report
from app.reports.tables import ReportRow, ValueRow
from tests.support.client import ApiClient
from tests.support.clinic import a_clinic, a_patient, a_plan, courses, entering
from tests.support.gate import OpenGuard
from tests.support.story import FIRST

MOST_BYTES: Final = 250_000
"""Asked for beside the chart library and what is immutable."""
DAYS: Final = 5 * 365
INTERVAL: Final = 21
NOW: Final = FIRST + timedelta(days=DAYS)
SERIES: Final = tuple(
    (measure, f"{side}_hand")
    for measure in ("grip_kpa", "strength_nrs", "cramp_nrs")
    for side in ("right", "left")
)


def _value(measure: str, day: int) -> float:
    fall = max(0, day % INTERVAL - 12) / 2
    wobble = (day * 7 % 11) / 10
    return round(60 - 4 * fall + 3 * wobble, 1) if measure == "grip_kpa" else round(7 - fall)


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(row).mapper.column_attrs}


def _five_years(session: Session) -> PatientRow:
    """Enter a report of six values, and copy it to every day: entered singly it takes a while."""
    patient = a_patient(session, a_clinic(session))
    a_plan(session, patient, effective_date=FIRST.date(), interval_days=INTERVAL)
    courses(session, patient, first=FIRST, interval_days=INTERVAL, count=DAYS // INTERVAL)
    at = FIRST + timedelta(hours=3)
    values = tuple(ValueDraft(measure, site, _value(measure, 0)) for measure, site in SERIES)
    draft = ReportDraft(observed_at=at, entered_at=at, source="patient", values=values)
    change = entering(session, now=NOW)
    report = create_report(change, patient=patient, row_id=None, draft=draft).row
    session.flush()
    one = _columns(report)
    six = [
        _columns(row)
        for row in session.scalars(select(ValueRow).where(ValueRow.report_id == report.id))
    ]
    reports, copies = [], []
    for day in range(1, DAYS):
        report_id, later = uuid.uuid4(), timedelta(days=day)
        when = {"observed_at": one["observed_at"] + later, "local_date": one["local_date"] + later}
        reports.append({**one, "id": report_id, **when})
        for row in six:
            new = {"report_id": report_id, "value": _value(row["measure"], day)}
            moved = {key: when[key] for key in when if key in row}
            own_id = {"id": uuid.uuid4()} if "id" in row else {}
            entered = {"entered_at": row["entered_at"] + later}
            copies.append({**row, **new, **moved, **own_id, **entered})
    session.execute(insert(ReportRow), reports)
    session.execute(insert(ValueRow), copies)
    return patient


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_five_years_of_six_daily_series_are_small_enough(
    settings: Settings, database: Database
) -> None:
    with database.writing() as session:
        patient = _five_years(session)
    analyse_stale(database, now=lambda: NOW)
    app = create_app(settings, clock=lambda: NOW, gate=OpenGuard())
    with ApiClient(app) as client:
        page = client.get(f"/patients/{patient.id}")
        charts = client.get(f"/patients/{patient.id}/charts.json")
    series = charts.json()["data"]["series"]
    assert [len(one["value"]) for one in series] == [DAYS] * len(SERIES)
    assert "Infusions (86)" in page.text
    assert page.text.count("history/infusions/") < 20
    assert len(page.content) + len(charts.content) <= MOST_BYTES
