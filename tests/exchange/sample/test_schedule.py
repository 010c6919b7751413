from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.sample.cast import CAST
from app.exchange.sample.people import LAST_DAY, Care, Mishap, Pause, Person, PlanStep
from app.exchange.sample.schedule import Treatment, course_dose_g, treat

SEEDS = st.integers(0, 2**32 - 1)
MONTHLY = PlanStep(-300, 28, product="privigen", dose_g_per_kg=1.0)


def treated(seed: int = 1, **care: object) -> Treatment:
    plans = care.pop("plans", (MONTHLY,))
    return treat(
        Care(plans=plans, **care),  # type: ignore[arg-type]
        rng=np.random.default_rng(seed),
    )


@given(SEEDS)
def test_courses_follow_the_plan_within_a_quarter_interval(seed: int) -> None:
    days = [course.day for course in treated(seed).courses]
    gaps = np.diff(days)
    assert days[0] == -300
    assert ((gaps >= 26) & (gaps <= 35)).all()


@given(SEEDS, st.sampled_from(CAST))
def test_nothing_runs_after_the_last_day(seed: int, person: Person) -> None:
    treatment = treat(person.care, rng=np.random.default_rng(seed))
    assert max(infusion.day for infusion in treatment.infusions) <= LAST_DAY


@given(SEEDS)
def test_nobody_is_overdue_by_chance(seed: int) -> None:
    assert treated(seed).courses[-1].day + 28 > LAST_DAY


def test_punctual_people_are_a_day_off_at_most() -> None:
    gaps = np.diff([course.day for course in treated(punctual=True).courses])
    assert set(gaps) <= {27, 28, 29}


@given(SEEDS)
def test_no_course_inside_a_hold_and_one_on_the_day_it_ends(seed: int) -> None:
    pause = Pause(-200, -120, reason="travel")
    days = [course.day for course in treated(seed, pauses=(pause,)).courses]
    assert not [day for day in days if -200 <= day < -120]
    assert -120 in days


def test_an_open_hold_ends_the_courses() -> None:
    days = [c.day for c in treated(pauses=(Pause(-100, None, reason="insurance"),)).courses]
    assert max(days) < -100


def test_a_shorter_interval_takes_effect_at_once() -> None:
    weekly = PlanStep(-150, 14, product="privigen", dose_g_per_kg=0.5, reason="sooner")
    courses = treated(plans=(MONTHLY, weekly), punctual=True).courses
    assert {c.plan.interval_days for c in courses if c.day >= -150} == {14}
    assert {c.plan.interval_days for c in courses if c.day < -150} == {28}


@pytest.mark.parametrize("person", CAST, ids=lambda person: person.key)
def test_every_course_gives_what_is_ordered(person: Person) -> None:
    treatment = treat(person.care, rng=np.random.default_rng(2))
    ordered = sum(
        course_dose_g(course.plan, _weight(treatment, course.day)) for course in treatment.courses
    )
    assert sum(infusion.dose_g for infusion in treatment.infusions) == pytest.approx(ordered)


def _weight(treatment: Treatment, day: int) -> float:
    weights = [each for each in treatment.weighings if each.day <= day]
    return weights[-1].weight_kg


def test_a_loading_course_runs_on_days_in_a_row() -> None:
    loading = PlanStep(-30, 28, product="privigen", dose_g_per_kg=2.0, course_days=5)
    infusions = treated(plans=(loading,), weight_kg=80.0, no_course_after=-20).infusions
    assert [each.day for each in infusions] == [-30, -29, -28, -27, -26]
    assert sorted({each.dose_g for each in infusions}) in ([30.0, 35.0], [30.0])


def test_a_stopped_infusion_is_finished_later() -> None:
    mishap = Mishap(-200, "stopped", days=2, note="Hives.")
    infusions = treated(mishaps=(mishap,), weight_kg=80.0).infusions
    index = [each.status for each in infusions].index("stopped")
    stopped, rest = infusions[index : index + 2]
    assert stopped.note == "Hives."
    assert rest.day - stopped.day == 2
    assert 0 < stopped.dose_g < rest.dose_g


def test_an_infusion_not_done_leaves_a_row_without_dose() -> None:
    mishap = Mishap(-200, "not_done", days=6, note="Fever.")
    infusions = treated(mishaps=(mishap,)).infusions
    index = [each.status for each in infusions].index("not_done")
    missed, given_later = infusions[index : index + 2]
    assert (missed.dose_g, missed.note, missed.lots) == (0.0, "Fever.", ())
    assert given_later.day - missed.day == 6


def test_a_fixed_dose_ignores_the_weight() -> None:
    plan = PlanStep(-300, 28, product="panzyga", dose_g=80.0)
    infusions = treated(plans=(plan,), weight_kg=80.0, weight_gain_kg=16.0).infusions
    assert {each.dose_g for each in infusions} == {80.0}


def test_an_adjusted_weight_is_recorded_beside_the_actual_one() -> None:
    actual, dosing = treated(weight_kg=120.0, adjusted_weight=0.8).weighings[:2]
    assert (actual.kind, dosing.kind) == ("actual", "dosing")
    assert dosing.weight_kg == pytest.approx(0.8 * actual.weight_kg, abs=0.06)


def test_large_doses_come_from_several_lots() -> None:
    first = treated(weight_kg=100.0).infusions[0]
    assert len(set(first.lots)) == 3
