from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import Severity
from app.lookback.export import as_csv
from app.lookback.rules import (
    LotUse,
    Reacted,
    case_of,
    courses_of,
    reacted_on_call,
    recipient,
    total_g,
)
from tests.support.plausible_vials import NOTICE, recall_notices

START = datetime(2026, 5, 4, 13, tzinfo=UTC)
PATIENT = uuid.UUID(int=7)
USE = LotUse(
    infusion_id=uuid.UUID(int=1),
    local_date=START.date(),
    started_at=START,
    status="completed",
    product="privigen",
    lots=("P100",),
    used_g=40.0,
    wasted_g=0.0,
    vials=4,
    dose_g=80.0,
    nurse="Nurse Kim",
)


def on_day(days: int, used_g: float | None = 40.0) -> LotUse:
    later = START + timedelta(days=days)
    return replace(USE, started_at=later, local_date=later.date(), used_g=used_g)


@pytest.mark.parametrize(("days", "courses"), [(1, 1), (9, 1), (10, 2)])
def test_days_of_one_course_are_joined(days: int, courses: int) -> None:
    found = courses_of([USE, on_day(days)])
    assert len(found) == courses
    assert (found[0].first_day, found[-1].last_day) == (USE.local_date, on_day(days).local_date)


def test_a_course_is_counted_from_its_first_day() -> None:
    assert [one.used_g for one in courses_of([USE, on_day(6), on_day(12)])] == [80, 40]


def test_grams_are_not_known_where_those_of_one_infusion_are_not() -> None:
    assert total_g([USE, on_day(1)]) == 80
    assert total_g([USE, on_day(1, None)]) is None
    assert total_g([]) == 0


def test_a_recipient_has_their_infusions_in_order() -> None:
    found = recipient(PATIENT, "P-1", [on_day(28), USE])
    assert [use.local_date for use in found.uses] == [USE.local_date, on_day(28).local_date]
    assert (found.used_g, len(found.courses)) == (80, 2)


def test_a_case_is_the_same_each_time_and_not_the_patient() -> None:
    assert case_of(PATIENT) == case_of(PATIENT) != case_of(uuid.UUID(int=8))
    assert len(case_of(PATIENT)) == 12


def test_a_notice_in_time_has_no_fault() -> None:
    assert recall_notices() == []
    assert recall_notices(confirmed_at=NOTICE.sent_at) == []


def test_a_notice_to_somebody_who_did_not_get_the_lot_is_asked_about() -> None:
    (fault,) = recall_notices(recalled="not_given")
    assert (fault.field, fault.severity) == ("recall_id", Severity.UNUSUAL)


def test_of_a_call_only_alarming_answers_are_taken() -> None:
    answers = {"dark_urine": "yes", "fever": "yes", "jaundice": "no"}
    (shown,) = reacted_on_call(answers, START)
    assert shown == Reacted("dark_urine", None, START, is_red_flag=True, source="call")
    use = replace(USE, reactions=(shown,))
    line = as_csv([recipient(PATIENT, "SECRET", [use])]).splitlines()[1]
    assert line.endswith('"dark_urine, said on the phone, 2026-05-04T13:00+00:00"')


def test_the_export_has_cases_reactions_and_no_formula() -> None:
    reacted = Reacted("headache", 1, START, is_red_flag=False)
    use = replace(USE, lots=("=1+1",), reactions=(reacted,), wasted_g=None, vials=0)
    line = as_csv([recipient(PATIENT, "SECRET", [use])]).splitlines()[1]
    assert line == (
        f"{case_of(PATIENT)},privigen,'=1+1,2026-05-04,completed,40,,,80,"
        '"headache, grade 1, 2026-05-04T13:00+00:00"'
    )
