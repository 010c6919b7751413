"""What the charts of a review are drawn from."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.db import Database
from app.findings import repository as findings
from app.findings.service import analyse_stale
from app.patients import entries
from app.patients.tables import PatientRow
from app.plans.repository import plans_of
from app.plans.rules import PlanDraft
from app.plans.service import PLAN
from app.web.charts.known_plans import KnownPlan, intervals_as_known, known_plans
from app.web.evidence import evidence_lines
from app.web.pages.review import get_chart_data
from tests.support.clinic import PRODUCT, a_hold, entering
from tests.support.story import FIFTH, a_quiet_patient, a_wearing_off_patient

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
NOW = FIFTH + timedelta(days=2)


def stored(database: Database, story: Any = a_wearing_off_patient) -> tuple[PatientRow, Any]:
    with database.writing() as session:
        patient = story(session)
    analyse_stale(database, now=lambda: NOW)
    with database.reading() as session:
        return patient, get_chart_data(session, patient.id, now=NOW)


@on_sqlite
def test_the_document_holds_what_was_recorded_and_what_the_analysis_stored(
    database: Database,
) -> None:
    patient, data = stored(database)
    with database.reading() as session:
        results = findings.state_of(session, patient.id).results or {}
    assert data["cycles"]["first"][0] == "2026-01-05"
    assert data["cycles"]["planned"] == [28] * 5
    assert data["cycles"]["actual"] == [28, 28, 28, 28, None]
    assert data["today"] == "2026-04-29"
    assert len(data["infusion_days"]) == 5
    (series,) = data["series"]
    (result,) = results["series"]
    assert series["key"] == "grip_kpa@right_hand"
    assert series["side"] == "right"
    assert series["onset"] == result["onset_day"]
    assert series["drop"] == result["drop"]
    assert len(series["value"]) == result["reports"]
    assert series["at"] == [0, 1, -25, 2, 1, -25, 2, 1, -25, 2, 1, -25]
    assert series["from"] == [0, 27, 54, 81, 108]
    assert sum(series["weeks"]) == 4 * 27


@on_sqlite
def test_the_modal_cycle_has_quartiles_where_three_readings_are(database: Database) -> None:
    _, data = stored(database)
    (modal,) = data["series"][0]["modal"]
    assert modal["cycles"] == [0, 5]
    assert (modal["drawn"], modal["readings"], modal["planned_end"]) == (4, 4 * 27, 28.0)
    assert modal["n"] == [4] * 27
    assert modal["p50"][0] > modal["p50"][-1] + 10
    assert set(modal["p5"]) == {None}
    assert modal["share"] == pytest.approx(108 / 114, abs=0.01)


@on_sqlite
def test_without_readings_there_is_still_a_document(database: Database) -> None:
    _, data = stored(database, a_quiet_patient)
    assert data["series"] == []
    assert data["cycles"]["actual"] == [28, None]


@on_sqlite
def test_cycles_on_hold_are_not_in_the_modal_cycle(database: Database) -> None:
    def held(session: Session) -> PatientRow:
        patient = a_wearing_off_patient(session)
        a_hold(session, patient, date(2026, 2, 10), date(2026, 2, 20))
        return patient

    _, data = stored(database, held)
    assert data["cycles"]["on_hold"] == [0, 1, 0, 0, 0]
    assert data["holds"][0][:2] == ["2026-02-10", "2026-02-20"]
    assert [modal["drawn"] for modal in data["series"][0]["modal"]] == [1, 2]


@on_sqlite
def test_a_corrected_plan_is_known_from_the_day_of_its_correction(database: Database) -> None:
    patient, _ = stored(database)
    with database.writing() as session:
        (plan,) = plans_of(session, patient.id)
        draft = PlanDraft(
            effective_date=plan.effective_date,
            interval_days=21,
            course_days=1,
            product=PRODUCT,
            dose_g_per_kg=1.0,
        )
        later = entering(session, now=plan.recorded_at + timedelta(days=9), reason="misread")
        entries.amend(later, PLAN, row=plan, draft=draft)
    with database.reading() as session:
        known = known_plans(session, patient.id, zone="UTC")
        recorded = plan.recorded_at.date()
    end = recorded + timedelta(days=30)
    assert intervals_as_known(known, today=end) == [
        (recorded, 28),
        (recorded + timedelta(days=9), 21),
    ]
    assert intervals_as_known(known, today=recorded) == [(recorded, 28)]


def test_a_plan_taken_back_is_known_until_then() -> None:
    first = KnownPlan(date(2026, 1, 1), None, date(2026, 1, 1), 28)
    mistake = [
        KnownPlan(date(2026, 2, 1), date(2026, 3, 1), date(2026, 2, 10), 14),
        KnownPlan(date(2026, 3, 1), None, date(2026, 2, 10), None),
    ]
    assert intervals_as_known([first, *mistake], today=date(2026, 4, 1)) == [
        (date(2026, 1, 1), 28),
        (date(2026, 2, 10), 14),
        (date(2026, 3, 1), 28),
    ]


def test_the_numbers_of_a_finding_become_lines() -> None:
    evidence = {
        "series": [
            {
                "measure": "grip_kpa",
                "site": "right_hand",
                "drop": {"estimate": 7.0, "low": 5.9, "high": 8.2},
                "is_clear": True,
                "note": None,
            }
        ],
        "changed_on": "2026-03-01",
        "also_possible": ["grip_kpa@left_hand"],
        "thresholds": {"grip_kpa": {"value": 0.1, "source": "a paper"}},
        "pairs": [{"days": 3}],
        "empty": [],
    }
    assert [(line.name, line.value) for line in evidence_lines(evidence)] == [
        ("series \u00b7 Grip (kPa), right hand \u00b7 drop", "7 (5.9 to 8.2)"),
        ("series \u00b7 Grip (kPa), right hand \u00b7 is clear", "yes"),
        ("changed on", "1 Mar 2026"),
        ("also possible", "Grip (kPa), left hand"),
        ("smallest fall that matters \u00b7 Grip \u00b7 value", "0.1"),
        ("smallest fall that matters \u00b7 Grip \u00b7 source", "a paper"),
        ("pairs 1 \u00b7 days", "3"),
    ]
