from __future__ import annotations

import pytest

from app.analysis.measures import ALL_SITES, HAND_SITES, MEASURES, Better


@pytest.mark.parametrize(
    ("key", "low", "high", "better", "step"),
    [
        # the measures of the import format
        ("strength_nrs", 0, 10, "higher", 1),
        ("grip_kpa", 0, 160, "higher", 0.1),
        ("grip_kg", 0, 90, "higher", 0.1),
        ("fasciculation_nrs", 0, 10, "lower", 1),
        ("cramp_nrs", 0, 10, "lower", 1),
        ("fatigue_nrs", 0, 10, "lower", 1),
        ("ability_writing", 0, 2, "higher", 1),
        ("mmn_rods", 0, 100, "higher", 0.01),
        ("i_rods", 0, 100, "higher", 0.01),
        ("incat", 0, 10, "lower", 1),
        ("mrc_sum", 0, 60, "higher", 1),
        ("walk_10m_s", 1, 600, "lower", 0.01),
        ("nine_hole_peg_s", 1, 600, "lower", 0.01),
    ],
)
def test_the_catalogue_is_that_of_the_contract(
    key: str, low: float, high: float, better: str, step: float
) -> None:
    measure = MEASURES[key]
    assert (measure.low, measure.high, measure.better) == (low, high, Better(better))
    assert measure.step == pytest.approx(step)


def test_there_are_seventeen_measures() -> None:
    assert len(MEASURES) == 17


def test_strength_is_asked_for_twelve_limb_sites_and_overall() -> None:
    assert len(ALL_SITES) == 13
    assert MEASURES["strength_nrs"].sites == ALL_SITES
    assert MEASURES["nine_hole_peg_s"].sites == HAND_SITES
