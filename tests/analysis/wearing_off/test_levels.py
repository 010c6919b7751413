from __future__ import annotations

import numpy as np
import pytest

from app.analysis.wearing_off.model import Evidence, look
from tests.analysis.wearing_off.cases import INTERVAL, an_input, falling, times, with_values


def seen(
    *, drop: float = 3.0, each: int = 25, steps: tuple[float, ...] = (0.0,) * 4, seed: int = 1
) -> Evidence:
    rng = np.random.default_rng(seed)
    readings = falling(times(rng, each=each), rng, drop=drop)
    value = readings.value + np.array(steps)[readings.cycle]
    return look([an_input(with_values(readings, value))])[0]


def test_the_level_is_that_before_any_fall() -> None:
    assert seen().level == pytest.approx(6.0, abs=0.6)


def test_the_scatter_is_what_fall_and_level_leave() -> None:
    assert seen(drop=6.0).sigma == pytest.approx(1.0, abs=0.2)


def test_every_cycle_has_a_fall_and_a_level_of_its_own() -> None:
    found = seen(steps=(0.0, 0.0, 2.0, 0.0))
    assert found.falls == pytest.approx(np.full(4, 3.0), abs=1.5)
    assert int(np.argmax(found.cycle_level)) == 2
    assert (found.cycle_variance > 0.0).all()


def test_a_fall_is_no_loss_of_level() -> None:
    assert seen(drop=5.0).cycle_level == pytest.approx(np.full(4, 6.0), abs=1.0)


def test_cycles_are_an_interval_apart() -> None:
    assert np.diff(seen().cycle_year) == pytest.approx(np.full(3, INTERVAL / 365.25), abs=0.01)
    assert 2024.0 < 1970.0 + seen().cycle_year[0] < 2025.0


def test_a_cycle_without_late_readings_tells_no_fall() -> None:
    rng = np.random.default_rng(3)
    readings = falling(times(rng, each=25), rng, drop=3.0)
    # Those of the second cycle that are not early are moved to its first days.
    second = (readings.cycle == 1) & (readings.day > 4.0)
    moved = np.where(second, 4.0 + np.linspace(0.0, 0.1, second.size), readings.day)
    readings.at[:] += moved - readings.day
    readings.day[:] = moved
    found = look([an_input(readings)])[0]
    assert np.isnan(found.falls).tolist() == [False, True, False, False]
