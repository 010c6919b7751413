"""Dose and fluctuation of many patients, without any conclusion."""

from __future__ import annotations

from typing import Any

import pytest

from app.findings.cohort import Fluctuation, fluctuation, middles, quadrant, weekly_g_per_kg


@pytest.mark.parametrize(
    ("dose", "weekly"),
    [
        ({"dose_g_per_kg": 1.0, "dose_g": None, "weight_kg": None}, 0.25),
        ({"dose_g_per_kg": None, "dose_g": 80.0, "weight_kg": 80.0}, 0.25),
        ({"dose_g_per_kg": None, "dose_g": 80.0, "weight_kg": None}, None),
        ({"dose_g_per_kg": None, "dose_g": None, "weight_kg": 80.0}, None),
    ],
)
def test_the_weekly_dose_needs_a_dose_and_for_grams_a_weight(
    dose: dict[str, Any], weekly: float | None
) -> None:
    assert weekly_g_per_kg(interval_days=28, **dose) == weekly


def _result(
    score: float | None, estimate: float | None, site: str = "right_hand"
) -> dict[str, Any]:
    loss = None if estimate is None else {"estimate": estimate, "low": 0.0, "high": 1.0}
    return {"measure": "grip_kpa", "site": site, "score": score, "drop_fraction": loss}


def test_the_clearest_fall_is_taken_and_not_the_largest() -> None:
    results = [_result(0.4, 0.6), _result(0.99, 0.2, "left_hand"), _result(None, None)]
    assert fluctuation(results) == Fluctuation("grip_kpa", "left_hand", 0.2, 0.0, 1.0)


def test_what_cannot_be_judged_has_no_fluctuation() -> None:
    cramps = {**_result(1.0, 0.9), "measure": "cramp_nrs"}
    assert fluctuation([_result(None, None), _result(0.5, None), cramps]) is None


def test_quadrants_meet_at_the_medians_and_a_point_on_one_is_not_beyond_it() -> None:
    points = [(0.1, 0.1), (0.2, 0.4), (0.3, 0.2), (0.4, 0.3), (0.25, 0.25)]
    middle = middles(points)
    assert middle == (0.25, 0.25)
    assert [quadrant(point, middle) for point in points] == [
        *("less_small", "less_large", "more_small", "more_large"),
        "less_small",
    ]
    assert middles([]) is None
