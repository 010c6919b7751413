from __future__ import annotations

import numpy as np
import pytest

from app.analysis.cycles import build_timeline
from app.analysis.placed import Placed, place
from app.analysis.records import CourseRules, PatientRecord, PlanVersion
from tests.analysis.builders import START, a_plan, a_record, a_series, days_after


def placed(record: PatientRecord) -> Placed:
    (one,) = place(record.series, build_timeline(record, CourseRules()))
    return one


def test_readings_know_their_cycle_and_day() -> None:
    # Readings at 08:00, infusions at 09:00 on days 0 and 28.
    record = a_record(
        days_after(START, 0, 28), series=[a_series([-1.0, 0.0, 5.0, 28.0, 29.0], [1, 2, 3, 4, 5])]
    )
    found = placed(record)
    assert found.cycle.tolist() == [-1, -1, 0, 0, 1]
    np.testing.assert_allclose(
        found.day, [np.nan, np.nan, 5 + 8 / 24, 28 + 8 / 24, 1 + 8 / 24], atol=1e-9
    )
    np.testing.assert_allclose(found.planned_end, [np.nan, np.nan, 28, 28, 28])


def test_repeated_answers_are_left_out() -> None:
    series = a_series([1.0, 2.0], [5, 6], fresh=[False, True])
    assert placed(a_record([], series=[series])).value.tolist() == [6.0]


def test_a_series_without_a_fresh_answer_has_no_place() -> None:
    series = a_series([1.0], [5], fresh=[False])
    assert place([series], build_timeline(a_record([]), CourseRules())) == ()


def test_lower_is_better_is_turned_and_back() -> None:
    found = placed(a_record([], series=[a_series([1.0], [3], measure="cramp_nrs")]))
    assert (found.value.tolist(), found.plain(-3.0)) == ([-3.0], 3.0)


def test_higher_is_better_stays() -> None:
    found = placed(a_record([], series=[a_series([1.0], [3])]))
    assert (found.value.tolist(), found.plain(3.0)) == ([3.0], 3.0)


@pytest.mark.parametrize(
    ("device", "numbers"),
    [
        ([None, None, None, None], [0, 0, 0, 0]),
        (["a", None, "a", None], [0, 0, 0, 0]),
        ([None, "a", None, "b"], [0, 0, 0, 1]),
        (["a", "b", None, "a"], [0, 1, 1, 2]),
    ],
)
def test_devices_are_counted_by_their_changes(device: list[str | None], numbers: list[int]) -> None:
    series = a_series([1.0, 2.0, 3.0, 4.0], [5, 5, 5, 5], device=device)
    assert placed(a_record([], series=[series])).device.tolist() == numbers


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([a_plan(interval_days=28)], 27.0),
        # Without a plan the usual interval, less the further day of the course.
        ([], 29.0),
    ],
)
def test_the_planned_end_is_that_of_the_cycle(plans: list[PlanVersion], expected: float) -> None:
    record = a_record(days_after(START, 0, 1, 30), plans=plans, series=[a_series([10.0], [5.0])])
    assert placed(record).planned_end.tolist() == [expected]


def test_without_plan_and_interval_no_end_is_known() -> None:
    record = a_record([START], plans=[], series=[a_series([10.0], [5.0])])
    assert np.isnan(placed(record).planned_end).all()


def test_a_mask_keeps_what_belongs_together() -> None:
    record = a_record([START], series=[a_series([1.0, 2.0, 3.0], [5, 6, 7])])
    whole = placed(record)
    part = whole.where(np.array([True, False, True]))
    assert part.value.tolist() == [5.0, 7.0]
    assert (part.at - whole.at[0]).tolist() == pytest.approx([0.0, 2.0])
    assert part.site == whole.site
