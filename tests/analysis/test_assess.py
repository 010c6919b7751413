from __future__ import annotations

import numpy as np
import pytest

from app.analysis.assess import Assessment, assess
from app.analysis.cycles import build_timeline
from app.analysis.records import CourseRules, PlanVersion, Series
from app.analysis.series_epochs import series_epochs
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import a_record, a_series, regular_days, wearing_off


def assessed(
    *series: Series, cycles: int = 6, plans: list[PlanVersion] | None = None
) -> tuple[Assessment, ...]:
    timeline = build_timeline(a_record(regular_days(cycles), plans=plans), CourseRules())
    return assess([series_epochs(one, timeline)[-1] for one in series], AnalysisSettings())


def grip(values: list[float], days: list[float], *, site: str = "right_hand") -> Series:
    return a_series(days, values, measure="grip_kg", site=site)


def test_grip_is_analysed_relative_to_the_patients_own_median() -> None:
    rng = np.random.default_rng(1)
    days, values = wearing_off(rng, noise=1.0)
    weak, strong = (
        assessed(grip([factor * value for value in values], days))[0] for factor in (1.0, 7.0)
    )
    assert strong.scale == pytest.approx(7.0 * weak.scale)
    assert weak.found is not None
    assert strong.found is not None
    # Not quite the same: a step of the device is a smaller share of the stronger hand.
    assert strong.found.score == pytest.approx(weak.found.score, rel=0.01)


def test_a_hand_without_any_grip_is_no_division_by_zero() -> None:
    days = [float(day) for day in range(1, 168)]
    (one,) = assessed(grip([0.0] * len(days), days))
    assert one.scale == 1.0
    assert one.typical == 0.0


def test_ratings_are_analysed_as_they_are() -> None:
    (one,) = assessed(a_series(*wearing_off(np.random.default_rng(1))))
    assert one.scale == 1.0


def test_two_cycles_with_readings_have_no_score() -> None:
    days, values = wearing_off(np.random.default_rng(1), cycles=2)
    (one,) = assessed(a_series(days, values))
    assert one.found is None
    assert one.trend is None


def test_three_have_one() -> None:
    days, values = wearing_off(np.random.default_rng(1), cycles=3)
    (one,) = assessed(a_series(days, values))
    assert one.found is not None


def test_a_series_without_readings_has_nothing() -> None:
    (one,) = assessed(a_series([1.0], [5.0]))
    assert (one.typical, one.found) == (None, None)


def test_another_site_of_the_same_measure_informs_the_noise() -> None:
    rng = np.random.default_rng(3)
    sparse = a_series(*wearing_off(rng, noise=0.4, every=7))
    quiet = a_series(*wearing_off(rng, noise=0.4, drop=0.0), site="left_hand")
    alone = assessed(sparse)[0].found
    beside = assessed(sparse, quiet)[0].found
    assert alone is not None
    assert beside is not None
    assert beside.sigma < alone.sigma


def test_a_site_of_another_measure_does_not() -> None:
    rng = np.random.default_rng(3)
    sparse = a_series(*wearing_off(rng, noise=0.4, every=7))
    days, values = wearing_off(rng, noise=0.4, drop=0.0)
    fatigue = a_series(days, values, measure="fatigue_nrs", site="global")
    alone = assessed(sparse)[0].found
    beside = assessed(sparse, fatigue)[0].found
    assert alone is not None
    assert beside is not None
    assert beside.sigma == alone.sigma
