from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from app.exchange.sample.diary import Habit, Report, visit_reports
from app.exchange.sample.observe import Observer
from app.exchange.sample.people import (
    FLAT,
    HANDS,
    Body,
    Care,
    Diary,
    Event,
    Identity,
    Person,
    PlanStep,
    Visits,
    ask,
)
from app.exchange.sample.physiology import Curves
from app.exchange.sample.schedule import treat

DAYS = np.arange(-200.0, 0.0, 0.25)
DIARY = Diary(every=1, from_day=-100, items=ask("strength_nrs"), missing=0.0, bad_day_missing=0.0)
PERSON = Person(
    key="X",
    story="",
    who=Identity(
        family_name="X", given_name="X", age=40, sex="other", time_zone="UTC", diagnosis="CIDP"
    ),
    care=Care(plans=(PlanStep(-150, 28, product="privigen", dose_g_per_kg=1.0),)),
    body=Body(wearing_off=FLAT, sites=HANDS),
    diaries=(DIARY,),
)


def observer(person: Person, *, fall: float = 0.0) -> Observer:
    curves = Curves(DAYS, np.full(DAYS.shape, fall), np.ones(DAYS.shape))
    return Observer(person.body, curves, "right", np.random.default_rng(5), np.zeros(DAYS.shape))


def kept(person: Person = PERSON, *, fall: float = 0.0, **diary: object) -> list[Report]:
    changed = replace(DIARY, **diary)  # type: ignore[arg-type]
    habit = Habit(person, changed, observer(person, fall=fall), (), np.random.default_rng(6))
    return list(habit.reports())


def test_a_daily_diary_without_gaps_has_every_day() -> None:
    assert [report.day for report in kept()] == list(range(-100, 0))


def test_other_rhythms_vary_by_a_day() -> None:
    days = [report.day for report in kept(every=3)]
    assert set(np.diff(days)) == {3, 4}


def test_reports_are_left_out() -> None:
    assert 50 < len(kept(missing=0.3)) < 90


def test_more_are_left_out_on_bad_days() -> None:
    assert len(kept(fall=0.2, bad_day_missing=0.5)) < 0.75 * len(kept(bad_day_missing=0.5))


def test_an_item_is_asked_for_no_more_often_than_it_says() -> None:
    reports = kept(items=(*ask("strength_nrs"), *ask("mmn_rods", every=7)))
    weekly = [
        report.day
        for report in reports
        if any(value.item.measure == "mmn_rods" for value in report.values)
    ]
    assert set(np.diff(weekly)) == {7}


def test_an_item_begins_on_its_day() -> None:
    items = (*ask("strength_nrs"), *ask("cramp_nrs", "left_leg", from_day=-40))
    first = next(report for report in kept(items=items) if len(report.values) > 1)
    assert first.day == -40


def test_remembered_abilities_repeat_the_last_answer() -> None:
    values = [report.values[0] for report in kept(items=ask("ability_writing"))]
    repeated = [(before, now) for before, now in pairwise(values) if now.repeated]
    assert 20 < len(repeated) < 70
    assert all(before.value == now.value for before, now in repeated)
    assert not values[0].repeated


def test_ratings_are_never_repeated() -> None:
    assert not any(report.values[0].repeated for report in kept())


def test_the_device_stands_at_grips_only() -> None:
    items = (*ask("grip_kpa", "left_hand"), *ask("strength_nrs"))
    grip, rating = kept(items=items, device="VM-1")[0].values
    assert (grip.device, rating.device) == ("VM-1", "")


def test_an_illness_is_told_once_and_marked_every_day() -> None:
    ill = replace(PERSON, body=replace(PERSON.body, events=(Event(-50, 4, 0.1),)))
    reports = kept(ill)
    assert [report.day for report in reports if "ill" in report.context] == [-50, -49, -48, -47]
    assert [report.day for report in reports if report.note] == [-50]


def test_a_note_is_written_once() -> None:
    noted = [report for report in kept(notes=((-20, "Hello."),)) if report.note]
    assert [(report.day, report.note) for report in noted] == [(-20, "Hello.")]


def test_a_paper_diary_is_entered_in_one_go() -> None:
    reports = kept(typed_in_day=-3, late_entry=1.0)
    assert {(report.entered_day, report.entry_delay_hours) for report in reports} == {(-3, None)}


def test_some_reports_are_entered_late() -> None:
    delays = [report.entry_delay_hours for report in kept(late_entry=0.5)]
    late = [delay for delay in delays if delay is not None]
    assert 30 < len(late) < 70
    assert 1 <= min(late) < max(late) <= 30


@pytest.mark.parametrize("every", [1, 3])
def test_the_nurse_measures_before_the_first_infusion(every: int) -> None:
    visited = replace(PERSON, visits=Visits(items=ask("incat"), every=every))
    treatment = treat(PERSON.care, rng=np.random.default_rng(7))
    reports = list(visit_reports(visited, treatment, observer(visited)))
    hours = {infusion.day: infusion.hour for infusion in treatment.infusions}
    assert [report.day for report in reports] == [c.day for c in treatment.courses][::every]
    assert all(report.hour < hours[report.day] for report in reports)
    assert {report.source for report in reports} == {"nurse"}
