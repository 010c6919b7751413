"""The whole model: against the slow version, and what must not change an answer."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.series_epochs import Readings
from app.analysis.wearing_off.hierarchy import site_factors
from app.analysis.wearing_off.model import Evidence, SeriesInput, _sites, look
from app.analysis.wearing_off.reference import ReferenceModel
from tests.analysis.wearing_off.cases import an_input, falling, times, with_values

# What the fast version leaves out as negligible is less than a hundred-thousandth of the sum.
LEFT_OUT = 1e-5


def a_patient(
    seed: int, *, cycles: int = 4, sites: int = 2, drop: float = 2.0, shared: bool = False
) -> list[SeriesInput]:
    rng = np.random.default_rng(seed)
    first = times(rng, cycles=range(cycles), each=int(rng.integers(3, 7)))
    found = [first]
    for _ in range(sites - 1):
        # Another site may have no readings in a cycle that the first one has.
        left_out = 1 if cycles > 3 else -1
        others = [cycle for cycle in range(cycles) if cycle != left_out]
        found.append(first if shared else times(rng, cycles=others, each=int(rng.integers(3, 7))))
    return [an_input(falling(one, rng, drop=drop)) for one in found]


def score_of(found: list[Evidence]) -> list[float]:
    return [one.score for one in found]


def finest(patient: list[SeriesInput]) -> list[np.ndarray]:
    return [site_factors(site).sigma for site in _sites(patient)]


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    cycles=st.integers(3, 5),
    sites=st.integers(1, 2),
    drop=st.floats(-1.0, 5.0),
    shared=st.booleans(),
)
def test_the_fast_version_says_what_the_slow_one_says(
    seed: int, cycles: int, sites: int, drop: float, *, shared: bool
) -> None:
    patient = a_patient(seed, cycles=cycles, sites=sites, drop=drop, shared=shared)
    slow = ReferenceModel(patient, finest(patient)).scores()
    assert score_of(look(patient)) == pytest.approx(slow, rel=1e-6, abs=LEFT_OUT)


def test_a_finer_and_wider_grid_of_scatters_changes_next_to_nothing() -> None:
    patient = a_patient(3, sites=1, cycles=3)
    fine = [
        np.exp(np.arange(np.log(sigma[0]) - 0.5, np.log(sigma[-1]) + 1.0, 0.05))
        for sigma in finest(patient)
    ]
    slow = ReferenceModel(patient, fine).scores()
    assert score_of(look(patient)) == pytest.approx(slow, abs=0.01)


class TestWhatChangesNothing:
    patient = a_patient(5, drop=3.0)
    before = score_of(look(patient))

    def changed(self, value: str) -> list[float]:
        def of(readings: Readings) -> Readings:
            years = (readings.at - 20_000.0) / 365.25
            added = 40.0 if value == "constant" else 20.0 * years
            return with_values(readings, readings.value + added)

        return score_of(look([an_input(of(one.readings)) for one in self.patient]))

    @pytest.mark.parametrize("value", ["constant", "trend"])
    def test_a_level_or_a_trend(self, value: str) -> None:
        assert self.changed(value) == pytest.approx(self.before, abs=1e-4)

    def test_the_order_of_the_sites(self) -> None:
        assert score_of(look(self.patient[::-1])) == pytest.approx(self.before[::-1], abs=1e-9)

    def test_whether_other_series_were_read_at_the_same_times(self) -> None:
        shared = a_patient(6, shared=True)
        moved = [shared[0], an_input(later(shared[1].readings))]
        assert score_of(look(shared)) == pytest.approx(score_of(look(moved)), abs=1e-4)


def later(readings: Readings) -> Readings:
    """Move every instant by so little that it is another one, and nothing else."""
    given = {field.name: getattr(readings, field.name) for field in fields(readings)}
    return Readings(**{**given, "at": readings.at + 1e-6})


def finite(found: Evidence) -> bool:
    numbers = [found.score, found.p_value, found.standard_error, found.level, found.sigma]
    arrays = [found.cycle_level, found.cycle_variance, found.cycle_year]
    return bool(np.isfinite(numbers).all() and all(np.isfinite(one).all() for one in arrays))


class TestExtremes:
    readings = times(np.random.default_rng(1))

    @pytest.mark.parametrize("level", [0.0, 5.0, -5.0, 1e6])
    def test_a_constant_series(self, level: float) -> None:
        constant = with_values(self.readings, np.full(self.readings.at.size, level))
        (found,) = look([an_input(constant)])
        assert finite(found)
        assert found.score < 0.0
        assert found.drop is not None
        assert found.drop.estimate == pytest.approx(0.0, abs=0.01)

    @pytest.mark.parametrize("factor", [1e-6, 1e3, 1e6])
    def test_values_of_any_size(self, factor: float) -> None:
        value = factor * falling(self.readings, np.random.default_rng(2), drop=3.0).value
        (found,) = look([an_input(with_values(self.readings, value))])
        assert finite(found)

    def test_one_reading_a_cycle(self) -> None:
        single = times(np.random.default_rng(3), cycles=(0, 1, 2), each=1)
        (found,) = look([an_input(falling(single, np.random.default_rng(4), drop=0.0))])
        assert finite(found)

    def test_readings_of_one_instant(self) -> None:
        single = times(np.random.default_rng(3), cycles=(0, 1, 2), each=3)
        single.at[:3] = single.at[0]
        (found,) = look([an_input(falling(single, np.random.default_rng(4), drop=0.0))])
        assert finite(found)

    def test_the_clearest_fall(self) -> None:
        many = times(np.random.default_rng(5), cycles=range(30), each=25)
        (found,) = look([an_input(falling(many, np.random.default_rng(6), drop=9.0))])
        assert finite(found)
        assert found.score > 100.0


def test_series_come_back_in_the_order_given_whatever_their_measure() -> None:
    rng = np.random.default_rng(9)
    falls = [4.0, 0.0, 4.0, 0.0]
    measures = ["strength_nrs", "fatigue_nrs", "fatigue_nrs", "strength_nrs"]
    found = look(
        [
            an_input(falling(times(rng, each=20), rng, drop=fall), measure=measure)
            for fall, measure in zip(falls, measures, strict=True)
        ]
    )
    assert [one.score > 3.0 for one in found] == [True, False, True, False]


def test_a_site_beside_it_that_falls_too_adds_to_the_evidence() -> None:
    rng = np.random.default_rng(10)
    falls = [an_input(falling(times(rng, each=12), rng, drop=2.5)) for _ in range(2)]
    alone = [score_of(look([one]))[0] for one in falls]
    assert max(score_of(look(falls))) > max(alone)
