from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.analysis.wearing_off.detectable import detectable_fall
from app.analysis.wearing_off.model import Evidence, look
from tests.analysis.wearing_off.cases import an_input, falling, times

SCORE = 4.0


def flat(*, each: int = 8, cycles: int = 5) -> Evidence:
    rng = np.random.default_rng(11)
    readings = times(rng, cycles=range(cycles), each=each)
    return look([an_input(falling(readings, rng, drop=0.0))])[0]


def detectable(found: Evidence, *, score: float = SCORE, series: int = 1) -> float:
    fall = detectable_fall(found, score=score, threshold=1.0, series=series)
    assert fall is not None
    return fall


def test_more_readings_show_smaller_falls() -> None:
    assert detectable(flat(each=20)) < detectable(flat(each=5))


def test_a_higher_score_and_more_series_need_larger_falls() -> None:
    found = flat()
    assert detectable(found) < detectable(found, score=SCORE + 3.0)
    assert detectable(found) < detectable(found, series=6)


def test_it_is_never_below_the_threshold() -> None:
    certain = replace(flat(), standard_error=1e-3)
    assert detectable(certain) > 1.0


@pytest.mark.parametrize("error", [np.inf, 1e6])
def test_readings_that_tell_nothing_detect_nothing(error: float) -> None:
    found = replace(flat(), standard_error=error)
    assert detectable_fall(found, score=SCORE, threshold=1.0, series=1) is None


def test_such_a_fall_is_found_four_times_out_of_five() -> None:
    # Of 60 such falls 48 are expected; fewer than 39 would come with a chance of 0.2 %.
    rng = np.random.default_rng(12)
    reached = 0
    for _ in range(60):
        readings = times(rng, cycles=range(5), each=10)
        fall = detectable(look([an_input(falling(readings, rng, drop=0.0))])[0])
        found = look([an_input(falling(readings, rng, drop=fall))])[0]
        assert found.drop is not None
        reached += found.score >= SCORE and found.drop.estimate >= 1.0
    assert reached >= 39
