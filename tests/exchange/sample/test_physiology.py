"""Strength between infusions, compared with the published model's own answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.sample.people import FLAT, Reserve, WearingOff
from app.exchange.sample.physiology import (
    HINGE_CAP,
    IMAX,
    Courses,
    excess_igg,
    hinge_fall,
    igg_rise_g_per_l,
    simulate,
    slow_reserve,
    turnover_strength,
)

UNTREATED_KG = 10.6  # Li et al. 2024: G0
WEIGHT_KG = 83.5


def some_courses(*starts: float, interval: float = 28.0, rise: float = 12.0) -> Courses:
    start = np.array(starts)
    return Courses(start, np.full(len(start), interval), start, np.full(len(start), rise))


# The steady state of the typical patient under the published parameters, computed apart from
# this program: grip in kg at peak and trough, and the day of the peak.
@pytest.mark.parametrize(
    ("dose_g_per_kg", "interval", "peak_kg", "trough_kg", "peak_day"),
    [
        (0.4, 7, 16.4, 15.9, 2.8),
        (1.0, 14, 17.5, 16.0, 4.7),
        (1.0, 21, 16.4, 14.0, 5.5),
        (0.5, 28, 13.8, 11.7, 5.2),
        (1.0, 28, 15.8, 12.7, 6.0),
        (1.0, 42, 15.3, 11.5, 6.4),
    ],
)
def test_agrees_with_the_published_model(
    dose_g_per_kg: float, interval: int, peak_kg: float, trough_kg: float, peak_day: float
) -> None:
    starts = np.arange(0, 20 * interval, interval, dtype=float)
    rise = igg_rise_g_per_l(dose_g_per_kg * WEIGHT_KG, weight_kg=WEIGHT_KG)
    days = np.arange(0, 20 * interval, 0.05)
    excess = excess_igg(days, starts, dose_g_per_l=np.full(len(starts), rise))
    grip = UNTREATED_KG * turnover_strength(excess, step_days=0.05)
    last = days >= 19 * interval
    assert grip[last].max() == pytest.approx(peak_kg, abs=0.1)
    assert grip[last].min() == pytest.approx(trough_kg, abs=0.1)
    assert days[last][grip[last].argmax()] - 19 * interval == pytest.approx(peak_day, abs=0.15)


def test_without_treatment_nothing_changes() -> None:
    assert turnover_strength(np.zeros(400)) == pytest.approx(np.ones(400))


@given(st.lists(st.floats(0, 200), min_size=2, max_size=60))
def test_strength_stays_between_untreated_and_the_model_s_ceiling(excess: list[float]) -> None:
    grip = turnover_strength(np.array(excess))
    assert (grip >= 1 - 1e-9).all()
    assert (grip <= 1 / (1 - IMAX) + 1e-9).all()


def test_igg_halves_in_twelve_days() -> None:
    # Li et al. 2024: half-life 11.9 days.
    left = excess_igg(np.array([0.0, 11.9]), np.array([0.0]), dose_g_per_l=np.array([10.0]))
    assert left[1] == pytest.approx(5.0, abs=0.01)


def test_no_igg_before_the_infusion() -> None:
    days = np.array([-0.01, 0.0])
    assert excess_igg(days, np.array([0.0]), dose_g_per_l=np.array([10.0])).tolist() == [0, 10]


class TestHinge:
    def at(self, *days: float, late: float = 0.0) -> list[float]:
        courses = some_courses(0.0, 28.0 + late)
        fall = hinge_fall(
            np.array([*days, 60.0]), courses, depth=np.array([0.2, 0.2]), last_share=0.25
        )
        return [round(each, 6) for each in fall[:-1]]

    def test_level_up_to_the_hinge(self) -> None:
        assert self.at(-5.0, 0.0, 10.0, 21.0) == [0, 0, 0, 0]

    def test_falls_in_a_straight_line_to_the_planned_end(self) -> None:
        assert self.at(24.5, 27.999) == [pytest.approx(0.1), pytest.approx(0.2, abs=1e-3)]

    def test_goes_on_falling_when_the_course_is_late(self) -> None:
        assert self.at(29.75, late=10.0) == [pytest.approx(0.25)]

    def test_never_falls_by_more_than_half_again(self) -> None:
        assert self.at(37.9, late=10.0) == [pytest.approx(0.2 * HINGE_CAP)]

    def test_mends_after_the_next_course(self) -> None:
        (at_once, next_week) = self.at(28.0, 35.0)
        assert at_once == pytest.approx(0.2)
        assert next_week < 0.01


class TestSlowReserve:
    def after(self, day: float, **reserve: float) -> float:
        days = np.arange(-20.0, 300.0, 0.25)
        courses = some_courses(0.0, 28.0, 56.0)
        level = slow_reserve(days, courses, reserve=Reserve(**reserve))
        return float(level[days == day][0])

    def test_full_while_courses_come(self) -> None:
        assert self.after(70.0) == 1.0

    def test_full_until_a_week_past_the_planned_end(self) -> None:
        assert self.after(91.0) == 1.0
        assert self.after(91.5) < 1.0

    def test_fades_towards_its_depth(self) -> None:
        assert self.after(91.0 + 60.0, depth=0.4, days_down=60.0) == pytest.approx(
            1 - 0.4 * (1 - np.exp(-1)), abs=0.005
        )

    def test_stays_where_it_stood_before_the_first_course(self) -> None:
        assert self.after(-1.0, start=0.6) == pytest.approx(0.6)

    def test_comes_back_with_the_courses(self) -> None:
        assert self.after(45.0, start=0.6, days_up=45.0) == pytest.approx(
            1 - 0.4 * np.exp(-1), abs=0.005
        )


def test_a_flat_person_does_not_fall() -> None:
    courses = some_courses(-80.0, -52.0, -24.0)
    curves = simulate(-90, courses, wearing_off=FLAT, depth=np.zeros(3), reserve=Reserve())
    assert not curves.fall.any()
    assert curves.days[-1] < 0 <= curves.days[-1] + 0.25


def test_the_model_s_fall_is_counted_from_the_best_days() -> None:
    courses = some_courses(*np.arange(-280.0, 0.0, 28.0))
    curves = simulate(
        -281, courses, wearing_off=WearingOff(pkpd=1.0), depth=np.zeros(10), reserve=Reserve()
    )
    treated = curves.fall[curves.days > -140]
    assert -0.03 < treated.min() < 0.0
    assert 0.15 < treated.max() < 0.25  # about a fifth of the peak at four weeks
