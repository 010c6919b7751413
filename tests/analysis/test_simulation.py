"""How often the detector is wrong and right, on simulated patients with known truth.

The bounds are wide, for a few hundred patients; docs/methods/end-of-interval-weakness.md has the
figures of a larger run. Seeded: the same patients every time.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from app.analysis.analyse import AnalysisSettings, analyse_patient
from app.analysis.records import Series
from tests.analysis.builders import START, a_record, a_series, at, regular_days

CYCLES = 6
INTERVAL = 28
NOW = at(START + timedelta(days=CYCLES * INTERVAL + 1))
SETTINGS = AnalysisSettings()


def chain(rng: np.random.Generator, days: np.ndarray) -> np.ndarray:
    """Give noise of SD 1 whose neighbours a day apart correlate by 0.3."""
    noise = rng.normal(size=days.size)
    for later in range(1, days.size):
        alike = 0.3 ** (days[later] - days[later - 1])
        noise[later] = alike * noise[later - 1] + np.sqrt(1 - alike**2) * noise[later]
    return noise


def hand(
    rng: np.random.Generator, measure: str, site: str, *, every: int, drop: float, bad: int | None
) -> Series:
    """Give one hand; `drop` in falls that matter, in all cycles or in the bad one only."""
    # An hour before the infusions: the reading of that morning is the ending cycle's last.
    days = np.arange(rng.integers(1, every + 1), CYCLES * INTERVAL + 1, every).astype(float)
    in_cycle, day_before = np.divmod(days - 1, INTERVAL)
    falling = np.ones(days.size) if bad is None else in_cycle == bad
    fall = falling * drop * np.maximum(0.0, (day_before + 1) / INTERVAL - 0.6) / 0.4
    if measure == "grip_kg":  # CV 6 %, a threshold of 10 % [F3, F6]
        values = np.round(20.0 * (1.0 - 0.10 * fall + 0.06 * chain(rng, days)), 1)
    else:
        values = np.clip(np.round(6.0 - 2.0 * fall + 1.2 * chain(rng, days)), 0, 10)
    return a_series(days.tolist(), values.tolist(), measure=measure, site=site)


def share_present(
    measure: str, *, every: int, patients: int, drop: float = 0.0, one_bad_cycle: bool = False
) -> float:
    rng = np.random.default_rng(20_250_106)
    called = 0
    for _ in range(patients):
        bad = int(rng.integers(CYCLES)) if one_bad_cycle else None
        series = [
            hand(rng, measure, "right_hand", every=every, drop=drop, bad=bad),
            hand(rng, measure, "left_hand", every=every, drop=0.0, bad=None),
        ]
        record = a_record(regular_days(CYCLES, INTERVAL), series=series)
        found = analyse_patient(record, SETTINGS, now=NOW).series
        called += any(result.verdict == "present" for result in found)
    return called / patients


@pytest.mark.parametrize("measure", ["grip_kg", "strength_nrs"])
@pytest.mark.parametrize("every", [1, 7])
class TestRates:
    def test_a_flat_patient_is_rarely_called_present(self, measure: str, every: int) -> None:
        # 1 % is promised; 3 of 60 or more would come with a chance of 2 %.
        assert share_present(measure, every=every, patients=60) <= 2 / 60

    def test_nor_is_a_patient_with_one_bad_cycle(self, measure: str, every: int) -> None:
        rate = share_present(measure, every=every, patients=30, drop=3.0, one_bad_cycle=True)
        assert rate <= 2 / 30


@pytest.mark.parametrize("measure", ["grip_kg", "strength_nrs"])
def test_a_patient_who_clearly_falls_is_found(measure: str) -> None:
    assert share_present(measure, every=1, patients=20, drop=2.0) >= 0.9
