from __future__ import annotations

import pytest

from app.analysis.cycles import build_timeline
from app.analysis.rebound import Rebound, rebound
from app.analysis.records import CourseRules
from app.analysis.series_epochs import series_epochs
from tests.analysis.builders import a_record, a_series, regular_days


def of_windows(*windows: tuple[float | None, float | None]) -> Rebound:
    """Give each cycle one reading in its reference and one in its late window."""
    days, values = [], []
    for number, window in enumerate(windows):
        for day, value in zip((8, 25), window, strict=True):
            if value is not None:
                days.append(28 * number + day)
                values.append(value)
    timeline = build_timeline(a_record(regular_days(len(windows))), CourseRules())
    (epoch,) = series_epochs(a_series(days, values), timeline)
    return rebound(epoch)


def test_a_fall_that_comes_back_is_a_rebound() -> None:
    found = of_windows((8, 4), (8, 4), (8, 4))
    assert (found.share, found.regained, found.is_missing) == (1.0, 1.0, False)


@pytest.mark.parametrize(("after", "share"), [(6.0, 1.0), (5.9, 0.0)])
def test_half_of_the_fall_is_enough(after: float, share: float) -> None:
    assert of_windows((8, 4), (after, after)).share == share


def test_a_fall_that_stays_is_missing_its_rebound() -> None:
    found = of_windows((9, 7), (7, 5), (5, 3))
    assert found.is_missing
    assert found.falls_on_average


def test_the_last_fall_waits_for_the_next_course() -> None:
    found = of_windows((8, 4))
    assert (found.share, found.regained, found.is_missing) == (None, None, False)


def test_cycles_without_a_fall_are_no_pairs() -> None:
    found = of_windows((5, 5), (5, 6), (5, 5))
    assert (found.share, found.regained) == (None, None)


def test_a_cycle_without_late_readings_is_no_pair() -> None:
    found = of_windows((8, None), (8, 4), (8, 4))
    assert found.share == 1.0


def test_a_next_cycle_without_reference_is_no_pair() -> None:
    assert of_windows((8, 4), (None, 4), (8, 4)).share is None


def test_a_fall_in_one_cycle_of_four_is_no_fall_on_average() -> None:
    assert not of_windows((6, 2), (6, 6), (6, 7), (6, 6)).falls_on_average


def test_two_cycles_are_too_few_for_an_average() -> None:
    assert not of_windows((8, 4), (8, 4)).falls_on_average
