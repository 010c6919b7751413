from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.analysis.cycles import FIRST_ANALYSIS_DAY
from app.analysis.wearing_off.shapes import SHAPES, fall_shapes, planned_end
from tests.analysis.wearing_off.cases import INTERVAL, times


def shapes_on(*days: float) -> np.ndarray:
    readings = times(np.random.default_rng(1), cycles=(0,), each=len(days))
    return fall_shapes(replace(readings, day=np.array(days)))


def test_prior_weights_are_a_distribution() -> None:
    assert SHAPES.weight.sum() == pytest.approx(1.0)
    assert (SHAPES.weight > 0.0).all()
    assert SHAPES.weight.size == SHAPES.number == SHAPES.begins.size


def test_every_shape_is_one_at_the_planned_end() -> None:
    assert shapes_on(INTERVAL)[0] == pytest.approx(np.ones(SHAPES.number))


def test_no_shape_has_fallen_before_its_onset() -> None:
    (found,) = shapes_on(0.5 * INTERVAL)
    before = SHAPES.onset >= 0.5
    assert (found[before] <= 1e-12).all()
    assert (found[~before] > 0.0).all()


def test_past_the_planned_end_the_fall_stops() -> None:
    late, later = shapes_on(1.2 * INTERVAL, 3.0 * INTERVAL)
    assert (late > 1.0).all()
    assert late.tolist() == later.tolist()


def test_a_fall_begins_where_a_tenth_has_happened() -> None:
    straight = SHAPES.curvature == 1.0
    assert SHAPES.begins[straight].tolist() == SHAPES.onset[straight].tolist()
    curved = np.flatnonzero(~straight)
    found = shapes_on(*(SHAPES.begins[curved] * INTERVAL))
    assert found[np.arange(curved.size), curved] == pytest.approx(0.1)


def test_a_short_cycle_ends_a_day_after_the_first_analysis_day_at_least() -> None:
    readings = times(np.random.default_rng(1))
    short = replace(readings, planned_end=np.full(readings.day.size, 2.0))
    assert planned_end(short).tolist() == [FIRST_ANALYSIS_DAY + 1.0] * readings.day.size
    assert planned_end(readings).tolist() == readings.planned_end.tolist()
