"""Simulated patients are what they are said to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.analysis.cycles import build_timeline
from app.analysis.records import CourseRules
from app.analysis.series_epochs import series_epochs
from benchmarks.simulation.cells import DENSITIES, LOOKALIKES, MEASURES, Cell
from benchmarks.simulation.cohort import cut, simulate
from benchmarks.simulation.noise import chain
from benchmarks.simulation.shapes import Courses, Power, Turnover

EVERY = [Cell(measure, density) for measure in MEASURES for density in DENSITIES]


@pytest.mark.parametrize("cell", EVERY, ids=lambda cell: cell.key)
class TestTruth:
    def test_readings_without_noise_are_the_mean(self, cell: Cell) -> None:
        for truth in simulate(cell, 3, noise=0.0).truth:
            assert truth.value == pytest.approx(truth.mean)

    def test_the_mean_is_a_line_less_the_fall(self, cell: Cell) -> None:
        for truth in simulate(cell, 3, noise=0.0).truth:
            falls = []
            for cycle in np.unique(truth.cycle):
                mine = truth.cycle == cycle
                if np.ptp(truth.pattern[mine]) > 0.3 and mine.sum() > 3:
                    design = np.column_stack((np.ones(mine.sum()), -truth.pattern[mine]))
                    solved = np.linalg.lstsq(design, truth.mean[mine], rcond=None)[0]
                    falls.append(solved[1])
            if len(falls) == cell.cycles:
                assert np.mean(falls) == pytest.approx(truth.drop_seen, abs=0.1)

    def test_the_analysis_uses_the_same_readings(self, cell: Cell) -> None:
        patient = simulate(cell, 5)
        timeline = build_timeline(patient.record, CourseRules())
        for series, truth in zip(patient.record.series, patient.truth, strict=True):
            readings = series_epochs(series, timeline)[-1].readings
            assert np.array_equal(readings.value, truth.value)
            assert readings.day == pytest.approx(truth.day, abs=1e-5)

    def test_it_is_the_same_patient_every_time(self, cell: Cell) -> None:
        assert np.array_equal(simulate(cell, 8).truth[0].value, simulate(cell, 8).truth[0].value)
        other = simulate(cell, 8, seed=1).truth[0].value
        assert not np.array_equal(simulate(cell, 8).truth[0].value, other)

    def test_a_cut_record_ends_with_the_course_that_closes_the_cycle(self, cell: Cell) -> None:
        patient = cut(simulate(cell, 5), 3)
        timeline = build_timeline(patient.record, CourseRules())
        assert len(timeline.cycles) == 4
        readings = series_epochs(patient.record.series[0], timeline)[-1].readings
        assert np.array_equal(readings.value, patient.truth[0].value)


@pytest.mark.parametrize("truth", LOOKALIKES)
@pytest.mark.parametrize("measure", MEASURES)
def test_no_lookalike_falls(truth: str, measure: str) -> None:
    cell = replace(Cell("grip_kg", "twice a week", truth), measure=measure)
    patient = simulate(cell, 1)
    assert not patient.falls
    assert [(one.drop, one.onset_day) for one in patient.truth] == [(0.0, None)] * 2
    low, high = (0.0, 90.0) if measure == "grip_kg" else (0.0, 10.0)
    assert all(((s.value >= low) & (s.value <= high)).all() for s in patient.record.series)


def test_a_person_can_be_read_again_with_a_given_drop() -> None:
    cell = Cell("grip_kg", "daily", "flat")
    first = simulate(cell, 4)
    again = simulate(cell, 4, drops={"left_hand": 3.0}, again=1)
    assert [truth.drop for truth in again.truth] == pytest.approx([0.0, 3.0])
    assert np.array_equal(first.truth[0].at, again.truth[0].at)
    assert first.truth[0].sigma == again.truth[0].sigma
    assert not np.array_equal(first.truth[0].value, again.truth[0].value)


# Typical patient of Li et al. 2024 (83.5 kg, 6.48 L) in steady state, solved independently from
# the published parameters: grams, interval, infusion days, day of the peak, peak, trough (kg).
TYPICAL = [
    (33.4, 7, 1, 2.8, 16.4, 15.9),
    (83.5, 14, 1, 4.7, 17.5, 16.0),
    (83.5, 21, 1, 5.5, 16.4, 14.0),
    (83.5, 28, 1, 6.0, 15.8, 12.7),
    (167.0, 28, 2, 7.2, 18.4, 14.5),
    (167.0, 28, 5, 8.6, 18.4, 14.8),
]


@pytest.mark.parametrize(("grams", "interval", "days", "peak_day", "peak", "trough"), TYPICAL)
def test_the_turnover_model_gives_the_published_patient(
    grams: float, interval: int, days: int, peak_day: float, peak: float, trough: float
) -> None:
    model = Turnover(rise=grams / 6.48 / days)
    first = np.arange(0, 15 * interval, interval)
    doses = (first[:, None] + np.arange(days)).ravel().astype(float)
    day = np.linspace(0.0, interval, 200)
    strength = model.strength(doses, first[-2] + day)
    assert day[strength.argmax()] == pytest.approx(peak_day, abs=0.2)
    assert strength.max() == pytest.approx(peak, abs=0.1)
    assert strength[-1] == pytest.approx(trough, abs=0.1)


class TestOnset:
    COURSES = Courses(np.array([0, 28, 56]), 28, 3, 0.5)

    def test_of_a_hinge_is_the_hinge(self) -> None:
        assert Power(0.5, 1.0).onset(self.COURSES) == pytest.approx(13.0)  # of 26 analysis days

    def test_of_a_curve_is_where_a_tenth_has_gone(self) -> None:
        shape = Power(0.5, 2.0)
        at = np.array([2.0 + shape.onset(self.COURSES), 2.0 + 26.0])
        assert shape.fall(self.COURSES, at) == pytest.approx([0.1, 1.0])

    def test_of_the_turnover_model_too(self) -> None:
        shape, courses = Turnover(rise=4.0), Courses(28 * np.arange(8), 28, 3, 0.5)
        at = 28.0 + np.array([2.0 + shape.onset(courses), 2.0 + 26.0])
        assert shape.fall(courses, at) == pytest.approx([0.1, 1.0], abs=0.01)


@pytest.mark.parametrize("freedom", [None, 5.0])
def test_noise_correlates_in_real_time(freedom: float | None) -> None:
    at = np.cumsum(np.tile([1.0, 2.5], 100))
    noise = chain(np.random.default_rng(1), at, rho=0.5, freedom=freedom, series=400)
    assert noise.std() == pytest.approx(1.0, abs=0.02)
    assert (noise[:, 1::2] * noise[:, ::2]).mean() == pytest.approx(0.5**2.5, abs=0.02)
    assert (noise[:, 2::2] * noise[:, 1:-1:2]).mean() == pytest.approx(0.5, abs=0.02)
