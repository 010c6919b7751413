"""The patient's count of days and the decimals of a measure, as the tables have them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.db import Database
from app.findings import repository as findings
from app.findings.service import analyse_stale
from app.web.charts.modal_cycle import DaySummary
from app.web.charts.patient_days import further_days, in_patient_days, patient_day
from app.web.measured import format_measured, format_range
from app.web.pages.patient import get_patient_view
from app.web.pages.review_few import say_readings
from tests.support.story import FIFTH, a_wearing_off_patient

NOW = FIFTH + timedelta(days=2)


@pytest.mark.parametrize(("day", "further", "said"), [(1, 0, 2), (9.2, 0, 10), (8.98, 1, 10)])
def test_the_first_infusion_day_is_day_one(day: float, further: int, said: int) -> None:
    assert patient_day(day, further=further) == said
    assert in_patient_days([DaySummary(int(day), 1, 3, None)], further=further) == [
        DaySummary(said, 1, 3, None)
    ]


def test_without_a_course_nothing_is_added() -> None:
    assert further_days([]) == 0


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_table_and_sentence_name_the_same_day(database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    analyse_stale(database, now=lambda: NOW)
    with database.reading() as session:
        view = get_patient_view(session, patient.id, now=NOW, chosen=None)
        (finding,) = findings.open_findings(session, patient.id)
    begins = view.results[0]["begins"]
    range_said = f"day {begins['estimate']} ({begins['low']}-{begins['high']})"
    assert range_said in finding.sentence
    (series,) = view.record.series
    assert say_readings(series, days=[738000, 738001, 738002]) == ""


@pytest.mark.parametrize(
    ("measure", "value", "said"),
    [
        ("strength_nrs", 5, "5.0"),
        ("strength_nrs", -0.04, "0.0"),
        ("grip_kpa", 12.345, "12.3"),
        ("walk_10m_s", 7.1, "7.10"),
        ("grip_kpa", None, "—"),
    ],
)
def test_a_number_has_the_decimals_of_its_measure(
    measure: str, value: float | None, said: str
) -> None:
    assert format_measured(measure, value) == said


def test_an_interval_has_the_decimals_of_its_measure() -> None:
    found = {"estimate": 4.0, "low": 3.26, "high": 4.8}
    assert format_range("fatigue_nrs", found) == "4.0 (3.3 to 4.8)"
    assert format_range("fatigue_nrs", None) == "—"
