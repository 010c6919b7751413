"""Red flags and severe reactions: told at once, for a year, whatever the strength does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.analysis.analyse import AnalysisSettings, analyse_patient
from app.analysis.kinds.safety import SHOWN_DAYS, safety
from app.analysis.records import PatientRecord, SafetyEvent
from tests.analysis.builders import START, ZONE, at


def an_event(**changes: Any) -> SafetyEvent:
    content: dict[str, Any] = {
        "key": "a",
        "at": at(START),
        "source": "reaction",
        "what": "chest pain",
        "danger": "Thrombosis",
        "grade": 3,
        "physician_told": True,
    }
    return SafetyEvent(**{**content, **changes})


def sentence(*events: SafetyEvent, today: date = START) -> str:
    found = safety(events, zone=ZONE, today=today)
    assert found is not None
    return found.sentence


def test_without_an_event_there_is_nothing_to_tell() -> None:
    assert safety([], zone=ZONE, today=START) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            (
                "Red flag on 6 January 2025: chest pain (possible sign of:"
                " Thrombosis), grade 3, during the infusion."
            ),
        ),
        (
            {"is_delayed": True, "physician_told": False},
            (
                "Red flag on 6 January 2025: chest pain (possible sign of:"
                " Thrombosis), grade 3, after the infusion."
                " No physician was noted as told."
            ),
        ),
        (
            {"danger": None, "what": "rash"},
            "Severe reaction on 6 January 2025: rash, grade 3, during the infusion.",
        ),
        (
            {"source": "call", "grade": None, "physician_told": None, "is_delayed": True},
            (
                "Red flag on 6 January 2025: chest pain (possible sign of:"
                " Thrombosis), told on a call."
            ),
        ),
        (
            {"source": "patient", "danger": None, "grade": None, "physician_told": None},
            "Alarm on 6 January 2025: chest pain, told from home.",
        ),
        (
            {"source": "patient", "grade": None, "physician_told": None, "is_taken_back": True},
            (
                "Red flag on 6 January 2025: chest pain (possible sign of:"
                " Thrombosis), told from home and taken"
                " back there."
            ),
        ),
    ],
)
def test_the_newest_event_is_told_in_plain_words(changes: dict[str, Any], expected: str) -> None:
    assert sentence(an_event(**changes)) == expected


def test_the_newest_event_comes_first_and_the_others_are_counted() -> None:
    older = an_event(key="b", at=at(START) - timedelta(days=9), what="wheeze")
    found = safety([older, an_event()], zone=ZONE, today=START)
    assert found is not None
    assert found.sentence.endswith("during the infusion. 1 more in the year before.")
    events: Any = found.evidence["events"]
    assert [event["key"] for event in events] == ["a", "b"]
    assert events[1] == {
        "key": "b",
        "on": "2024-12-28",
        "source": "reaction",
        "what": "wheeze",
        "danger": "Thrombosis",
        "grade": 3,
        "is_delayed": False,
        "physician_told": True,
        "is_taken_back": False,
    }


def test_the_day_is_the_patients_own() -> None:
    late = an_event(at=datetime.fromisoformat("2025-01-06T23:30:00+00:00"))
    assert sentence(late).startswith("Red flag on 7 January 2025")


def test_an_event_is_told_for_a_year_and_the_analysis_looks_again_then() -> None:
    last = START + timedelta(days=SHOWN_DAYS - 1)
    assert safety([an_event()], zone=ZONE, today=last) is not None
    assert safety([an_event()], zone=ZONE, today=last + timedelta(days=1)) is None
    record = PatientRecord(ZONE, safety=(an_event(),))
    analysis = analyse_patient(record, AnalysisSettings(), now=at(last))
    assert [finding.kind for finding in analysis.findings] == ["safety"]
    assert analysis.look_again_on == last + timedelta(days=1)
