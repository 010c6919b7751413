"""The benchmark of the findings on changes of plan, discordance and sparse reports."""

from __future__ import annotations

import pytest

from benchmarks.kinds import cells, rates

LOOKS = cells()
ONE_OF_EACH = (
    "interval_effect, interval, grip_kg, twice a week, fall goes",
    "interval_effect, dose, strength_nrs, twice a week, fall stays",
    "discordance, wandering, weekly, both",
    "reporting_gap, grip_kg, 3 late and 3 before",
)


@pytest.mark.parametrize("cell", ONE_OF_EACH)
def test_a_patient_is_the_same_whatever_else_is_run(cell: str) -> None:
    assert LOOKS[cell](3) == LOOKS[cell](3)


def test_a_fall_that_goes_is_right_to_be_called_smaller() -> None:
    rows = [LOOKS["interval_effect, interval, grip_kg, daily, fall goes"](i) for i in range(4)]
    assert all(row["told"] and row["perhaps and right"] for row in rows)
    assert not any(row["clear and wrong"] for row in rows)


def test_a_new_dose_keeps_the_interval() -> None:
    row = LOOKS["interval_effect, dose, grip_kg, daily, fall goes"](0)
    assert row["told"]
    assert row["perhaps and right"]


def test_daily_readings_answer() -> None:
    assert LOOKS["reporting_gap, grip_kg, 7 late and 12 before"](0)["a hand answers"]


def test_shares_are_of_all_patients_and_coverage_of_those_told() -> None:
    rows = [{"told": True, "held": True}, {"told": False}, {"told": True, "held": False}]
    assert rates(rows) == {"patients": 3, "told": 66.67, "held": 50.0}
