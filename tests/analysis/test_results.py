from __future__ import annotations

from datetime import date

import pytest

from app.analysis.results import Interval, SeriesResult, rounded


def test_the_fields_stand_in_the_order_of_the_contract() -> None:
    # `ivig export analysis`, without patient_id, which the caller puts first.
    fields = (
        "measure, site, epoch_from, cycles, cycles_evaluable, reports, verdict, reason, score, "
        "p_value, drop, drop_fraction, onset_day, rebound_share, trend_per_year, noise_cv, "
        "detectable_drop"
    )
    result = SeriesResult("grip_kg", "right_hand", None, 0, 0, 1, "absent", None)
    assert list(result.to_dict()) == fields.split(", ")


def test_values_are_plain_and_short() -> None:
    result = SeriesResult(
        "grip_kg",
        "right_hand",
        date(2025, 1, 6),
        5,
        4,
        40,
        "absent",
        None,
        score=1.23456789,
        drop=Interval(1 / 3, -0.0000012345678, 2.0),
    )
    found = result.to_dict()
    assert found["epoch_from"] == "2025-01-06"
    assert found["score"] == 1.23457
    assert found["drop"] == {"estimate": 0.333333, "low": -1.23457e-06, "high": 2.0}
    assert found["onset_day"] is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_figure_that_is_not_finite_is_never_a_result(value: float) -> None:
    with pytest.raises(ValueError, match="not a finite result"):
        rounded(value)
