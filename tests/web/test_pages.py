"""The pages as they are sent: what they say, and that text of people stays text."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from fastapi import FastAPI

from app.config import Settings
from app.db import Database
from app.findings import service
from app.findings.service import analyse_stale
from app.main import create_app
from app.patients.service import get_patient, void_patient
from app.tables import void_entries
from tests.support.client import ApiClient
from tests.support.clinic import a_hold, a_report, entering
from tests.support.gate import OpenGuard
from tests.support.story import FIFTH, a_quiet_patient, a_wearing_off_patient

NOW = FIFTH + timedelta(days=2)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings, clock=lambda: NOW, gate=OpenGuard())


def test_an_empty_database_says_what_would_fill_it(client: ApiClient) -> None:
    page = client.get("/worklist")
    assert page.status_code == 200
    assert "ivig import FOLDER" in page.text


def test_the_list_shows_findings_and_the_next_course(client: ApiClient, database: Database) -> None:
    with database.writing() as session:
        a_wearing_off_patient(session)
    analyse_stale(database, now=lambda: NOW)
    page = client.get("/worklist").text
    assert "Weaker at the end of the interval" in page
    assert "due 25 May 2026" in page


def test_a_stale_patient_shows_no_old_figure_in_the_list(
    client: ApiClient, database: Database
) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    analyse_stale(database, now=lambda: NOW)
    with database.writing() as session:
        a_report(session, get_patient(session, patient.id), NOW - timedelta(hours=1), 60)
    page = client.get("/worklist").text
    assert "1 being recalculated" in page
    assert "Weaker at the end of the interval" not in page
    assert "25 May 2026" not in page


def test_a_patients_page_computes_what_is_stale_first(
    client: ApiClient, database: Database
) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    page = client.get(f"/patients/{patient.id}").text
    for text in (
        "In 4 of the last 4 intervals",
        "Gammagard Liquid 1 g/kg every 28 days",
        "0.25 g/kg/week",
        "first course",
        "Grip (kPa), right hand",
        "27 Apr 2026",
    ):
        assert text in page


def test_names_are_text_and_not_markup(client: ApiClient, database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    page = client.get(f"/patients/{patient.id}").text
    assert "Örs &lt;b&gt;" in page
    assert "Örs <b>" not in page


def test_a_patient_without_readings_has_a_page(client: ApiClient, database: Database) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
        a_hold(session, patient, NOW.date() - timedelta(days=90), None)
    page = client.get(f"/patients/{patient.id}")
    assert page.status_code == 200
    assert "Nothing to draw yet" in page.text
    assert "An infusion inside this hold ended it" in page.text


def test_a_voided_patient_has_a_page_without_old_findings(
    client: ApiClient, database: Database
) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    analyse_stale(database, now=lambda: NOW)
    with database.writing() as session:
        stored = get_patient(session, patient.id)
        void_patient(
            entering(session, now=NOW, reason="entered twice"),
            patient=stored,
            void_dependents=void_entries,
        )
    page = client.get(f"/patients/{patient.id}")
    assert page.status_code == 200
    assert "This record was voided: entered twice" in page.text
    assert "No open finding" in page.text


def test_a_failed_analysis_shows_no_old_figure(
    client: ApiClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    analyse_stale(database, now=lambda: NOW)
    with database.writing() as session:
        a_report(session, get_patient(session, patient.id), NOW - timedelta(hours=1), 60)

    def fails(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(service, "analyse_patient", fails)
    page = client.get(f"/patients/{patient.id}")
    assert page.status_code == 200
    assert "The analysis of this patient failed (ZeroDivisionError)" in page.text
    assert "Weaker at the end of the interval" not in page.text
    assert "No open finding" not in page.text


def test_what_the_team_said_is_on_both_pages(client: ApiClient, database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    address = f"/api/v1/patients/{patient.id}/findings"
    (finding,) = (
        item
        for item in client.get(address).json()["items"]
        if item["kind"] == "end_of_interval_weakness"
    )
    pages = ("/worklist", f"/patients/{patient.id}")
    assert all(' seen">' not in client.get(page).text for page in pages)
    response = client.post(
        f"{address}/{finding['id']}/disagree",
        json={"review_reason": "She had <flu>."},
        headers={"If-Match": f'"{finding["version"]}"', "Authorization": "Bearer Dr. Kim"},
    )
    assert response.status_code == 200
    for page in pages:
        text = client.get(page).text
        assert "Disagreed · Dr. Kim, 29 Apr 2026, 11:00: She had &lt;flu&gt;." in text
        assert ' seen">' in text


def test_settings_that_are_not_the_usual_ones_are_shown(
    client: ApiClient, database: Database
) -> None:
    with database.writing() as session:
        patient = a_quiet_patient(session)
    page = f"/patients/{patient.id}"
    assert "Settings that are not the usual ones" not in client.get(page).text
    setting = {
        "key": "threshold.grip_kpa",
        "value": 0.15,
        "source": "Agreed with her.",
        "effective_date": "2026-04-01",
    }
    response = client.post(f"/api/v1{page}/settings", json=setting)
    assert response.status_code == 201
    text = " ".join(client.get(page).text.split())
    assert "15 % of the own level instead of 10 % of the own level, for this patient" in text
    assert "since 1 Apr 2026: Agreed with her." in text


def test_another_series_can_be_chosen(client: ApiClient, database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
        for day in (10, 20):
            at = FIFTH - timedelta(days=day)
            a_report(session, patient, at, 5, measure="strength_nrs", site="left_foot")
    page = client.get(f"/patients/{patient.id}?series=strength_nrs@left_foot").text
    assert "<b>Strength, left foot</b>" in page
    fallback = client.get(f"/patients/{patient.id}?series=nothing@nowhere").text
    assert "<b>Grip (kPa), right hand</b>" in fallback


def test_an_unknown_patient_is_absent(client: ApiClient) -> None:
    assert client.get(f"/patients/{uuid.uuid4()}").status_code == 404


def test_each_clinic_has_its_own_list(client: ApiClient, database: Database) -> None:
    with database.writing() as session:
        mine = a_quiet_patient(session, "East")
        other = a_quiet_patient(session, "West")
    page = client.get(f"/worklist?clinic={other.clinic_id}").text
    assert other.external_id in page
    assert mine.external_id not in page
