"""The cohort: as many queries for many patients as for few, and marks that lead to the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.clinics.tables import ClinicRow
from app.db import Database
from app.findings.service import analyse_stale
from app.web.charts.cohort import CohortChart, Point, draw
from app.web.pages.cohort import get_cohort_view
from tests.support.clinic import a_patient, a_plan
from tests.support.story import a_wearing_off_patient
from tests.support.ward import NOW


@contextmanager
def _statements(session: Session) -> Iterator[list[str]]:
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _queries(database: Database) -> tuple[int, int]:
    """Return how many patients the cohort has, and how many statements it took."""
    with database.reading() as session, _statements(session) as told:
        view = get_cohort_view(session, None, diagnosis="", now=NOW)
        return len(view.lines), len(told)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_many_patients_take_as_many_queries_as_few(database: Database) -> None:
    with database.writing() as session:
        first = a_wearing_off_patient(session)
    analyse_stale(database, now=lambda: NOW)
    few = _queries(database)
    with database.writing() as session:
        clinic = session.get_one(ClinicRow, first.clinic_id)
        for number in range(12):
            a_plan(session, a_patient(session, clinic, external_id=f"N-{number}"))
    analyse_stale(database, now=lambda: NOW)
    many = _queries(database)
    assert (few[0], many[0]) == (1, 13)
    assert few[1] == many[1]


def test_every_mark_says_who_it_is_and_leads_there() -> None:
    point = Point("/patients/1", "N-1 <b>: 0.5 g/kg/week", x=0.5, y=20.0, low=10.0, high=30.0)
    chart = CohortChart([point], (0.5, 20.0), "x", "y", ("a", "b", "c", "d"), "One patient.")
    drawn = draw(chart, width=400, height=300)
    assert '<a href="/patients/1" aria-label="N-1 &lt;b&gt;: 0.5 g/kg/week">' in drawn
    assert "<title>N-1 &lt;b&gt;: 0.5 g/kg/week</title>" in drawn


def test_the_axis_follows_the_estimates_and_what_is_cut_ends_in_an_arrow() -> None:
    whole = Point("/patients/1", "one", x=0.5, y=20.0, low=10.0, high=22.0)
    wide = Point("/patients/2", "two", x=0.7, y=15.0, low=-80.0, high=95.0)
    chart = CohortChart([whole, wide], (0.6, 17.0), "x", "y", ("a", "b", "c", "d"), "Two.")
    drawn = draw(chart, width=400, height=300)
    assert drawn.count("whisker arrow") == 2
    assert ">25<" in drawn
    assert ">50<" not in drawn
