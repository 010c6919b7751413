from __future__ import annotations

import numpy as np
import pytest

from app.analysis.noise import (
    MOST_ALIKE,
    NoisePrior,
    all_products,
    neighbour_correlations,
    nuisance_columns,
    pooled_prior,
)
from app.analysis.series_epochs import Readings
from app.analysis.wear_off import design


def two_cycles(day: list[float], planned_end: float = 28.0) -> Readings:
    days = np.array([*day, *day])
    cycle = np.repeat([0, 1], len(day))
    return Readings(
        20_000 + 28.0 * cycle + days, days, days, cycle, np.full(days.size, planned_end)
    )


class TestNeighbours:
    def test_correlation_falls_with_the_days_between(self) -> None:
        found = neighbour_correlations(two_cycles([5.0, 6.0, 8.0]), 0.5)
        assert found.tolist() == [0.0, 0.5, 0.25, 0.0, 0.5, 0.25]

    def test_two_readings_of_one_moment_are_alike_but_not_the_same(self) -> None:
        assert neighbour_correlations(two_cycles([5.0, 5.0]), 0.5)[1] == MOST_ALIKE


class TestNuisance:
    @pytest.mark.parametrize(
        ("planned_end", "day", "slump"),
        [(28.0, 5.0, 0.5), (28.0, 10.0, 0.0), (28.0, 27.0, 0.0), (20.0, 4.0, 0.5)],
    )
    def test_the_slump_is_over_after_ten_days_or_two_fifths(
        self, planned_end: float, day: float, slump: float
    ) -> None:
        assert nuisance_columns(two_cycles([day], planned_end))[0, 2] == slump

    def test_calendar_time_is_in_years_around_the_middle(self) -> None:
        years = nuisance_columns(two_cycles([5.0]))[:, 1]
        assert years.tolist() == pytest.approx([-14 / 365.25, 14 / 365.25])


def test_the_grid_has_every_correlation_with_every_level_share() -> None:
    data = two_cycles([5.0, 12.0, 20.0, 27.0])
    assert len(list(all_products(data, design(data)))) == 15


class TestPooling:
    BASE = NoisePrior(1.0)

    def test_without_other_sites_the_usual_scatter_stands(self) -> None:
        assert pooled_prior(self.BASE, [], rounding_variance=0.1) == self.BASE

    def test_a_quiet_patient_is_expected_to_be_quiet_elsewhere(self) -> None:
        found = pooled_prior(self.BASE, [(4.0, 36.0)], rounding_variance=0.01)
        assert found == NoisePrior((4.0 + 4.0) / 40.0, self.BASE.readings)

    def test_no_series_is_quieter_than_its_rounding(self) -> None:
        found = pooled_prior(self.BASE, [(0.0, 1e6)], rounding_variance=1 / 12)
        assert found.variance == 1 / 12
