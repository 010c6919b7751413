from __future__ import annotations

import numpy as np
import pytest

from app.analysis.wearing_off.hierarchy import GroupFactors
from app.analysis.wearing_off.scores import ALL_SITES, BAD_CYCLE, scores


def a_group(
    fall: list[float], bad: list[float], *, all_fall: float = 0.0, all_bad: float = 0.0
) -> GroupFactors:
    return GroupFactors(tuple(fall), tuple(bad), all_fall, all_bad, (), ())


def patient_score(groups: list[GroupFactors]) -> float:
    """Give log H1 / H0 as the formula has it."""
    fall = np.exp([one for group in groups for one in group.log_fall])
    bad = np.exp([one for group in groups for one in group.log_bad])
    all_fall = np.mean([np.exp(group.log_all_fall) for group in groups])
    all_bad = np.mean([np.exp(group.log_all_bad) for group in groups])
    h1 = (1.0 - ALL_SITES) * fall.mean() + ALL_SITES * all_fall
    return float(np.log(h1 / (1.0 + BAD_CYCLE * bad.mean() + BAD_CYCLE * all_bad)))


def test_the_largest_score_is_the_patients_evidence() -> None:
    group = a_group([5.0, 2.0, -1.0], [1.0, 3.0, 0.0], all_fall=4.0, all_bad=2.0)
    (found,) = scores([group])
    assert max(found) == pytest.approx(patient_score([group]))


def test_series_keep_the_order_and_distance_of_their_own_evidence() -> None:
    (found,) = scores([a_group([5.0, 2.0, -1.0], [-9.0, -9.0, -9.0])])
    assert [found[0] - found[1], found[1] - found[2]] == pytest.approx([3.0, 3.0])


def test_a_bad_cycle_takes_evidence_from_its_own_series() -> None:
    (found,) = scores([a_group([5.0, 5.0], [8.0, -9.0])])
    assert found[0] < found[1]


def test_measures_are_weighed_together_and_kept_apart() -> None:
    groups = [a_group([6.0, 1.0], [0.0, 0.0], all_fall=5.0), a_group([2.0], [1.0], all_fall=2.0)]
    found = scores(groups)
    assert [len(one) for one in found] == [2, 1]
    assert found[0][0] == pytest.approx(patient_score(groups))
    assert found[0][0] > found[1][0]


def test_looking_at_more_series_costs_evidence() -> None:
    one = scores([a_group([5.0], [-3.0], all_fall=0.0)])[0][0]
    five = scores([a_group([5.0] + [-2.0] * 4, [-3.0] * 5, all_fall=0.0)])[0][0]
    assert five < one


def test_evidence_beyond_any_float_stays_finite() -> None:
    (found,) = scores([a_group([4000.0, -900.0], [2000.0, 0.0], all_fall=3000.0)])
    assert np.isfinite(found).all()
