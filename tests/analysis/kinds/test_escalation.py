from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.analysis.kinds.escalation import interval_escalation
from app.analysis.records import PlanVersion
from tests.analysis.builders import START, a_plan

LATER = START + timedelta(days=2000)


def plans(*steps: tuple[int, int]) -> list[PlanVersion]:
    return [
        a_plan(effective_date=START + timedelta(days=day), interval_days=interval)
        for day, interval in steps
    ]


def is_found(*steps: tuple[int, int], today: date = LATER) -> bool:
    return interval_escalation(plans(*steps), today=today) is not None


def test_two_shortenings_within_18_months_are_reported() -> None:
    found = interval_escalation(plans((0, 28), (200, 21), (400, 14)), today=LATER)
    assert found is not None
    assert found.sentence == (
        "The planned interval was shortened 2 times: 28, 21 then 14 days, last on 10 February 2026."
    )


@pytest.mark.parametrize(("second", "expected"), [(648, True), (649, False)])
def test_eighteen_months_are_548_days(second: int, expected: bool) -> None:
    assert is_found((0, 28), (100, 21), (second, 14)) == expected


def test_one_shortening_is_not_enough() -> None:
    assert not is_found((0, 28), (200, 21))


def test_a_version_with_the_same_interval_is_no_shortening() -> None:
    assert not is_found((0, 28), (100, 28), (200, 21), (300, 21))


def test_a_lengthening_since_then_clears_it() -> None:
    assert not is_found((0, 28), (100, 21), (200, 14), (300, 21))


def test_shortenings_after_a_lengthening_count_anew() -> None:
    assert not is_found((0, 28), (100, 21), (200, 28), (300, 21))
    assert is_found((0, 28), (100, 21), (200, 28), (300, 21), (400, 14))


def test_a_planned_shortening_counts_from_its_day_on() -> None:
    steps = ((0, 28), (100, 21), (200, 14))
    assert not is_found(*steps, today=START + timedelta(days=199))
    assert is_found(*steps, today=START + timedelta(days=200))


def test_without_plans_there_is_nothing_to_say() -> None:
    assert not is_found()
