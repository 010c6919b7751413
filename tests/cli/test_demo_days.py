"""A day of the demo: vials and rates give the dose."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.cli.demo_days import Day, Opened, events_of, vials_of, whole_vials

DAY = Day(
    infusion_id=uuid.UUID(int=1),
    number=1,
    product="gammagard-liquid",
    dose_g=85.0,
    lots=("SIM1", "SIM2"),
    weight_kg=84.0,
    started_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
    hours=3.5,
)


def rates(day: Day) -> list[tuple[datetime, float]]:
    steps = [event for event in events_of(day) if event["kind"] == "rate"]
    return [(step["at"], step["details"]["ml_per_h"]) for step in steps]


def test_whole_vials_are_the_largest_that_give_the_dose() -> None:
    assert [vial.nominal_g for vial in whole_vials(67.5, (2.5, 5, 10, 20))] == [20, 20, 20, 5, 2.5]
    with pytest.raises(ValueError, match="3 g cannot be given in whole vials"):
        whole_vials(3, (5, 10))


@pytest.mark.parametrize(
    "day",
    [DAY, replace(DAY, hours=1.0, dose_g=20.0), replace(DAY, cut_at=75)],
    ids=["long", "short", "cut"],
)
def test_the_rates_give_the_dose(day: Day) -> None:
    ran = rates(day)
    hours = timedelta(hours=1)
    volume = sum(rate * ((after - at) / hours) for (at, rate), (after, _) in pairwise(ran))
    assert volume == pytest.approx(day.dose_g * 10, rel=0.01)
    assert ran[-1] == (day.at(day.minutes), 0.0)


def test_vials_begin_in_their_order_and_every_lot_is_used() -> None:
    vials = list(vials_of(replace(DAY, vials=(Opened(30, 30), Opened(30, 30), Opened(30, 25)))))
    begun = [vial["started_at"] for vial in vials]
    assert begun[0] == DAY.started_at
    assert begun == sorted(set(begun))
    assert begun[-1] < DAY.at(DAY.minutes)
    assert {vial["lot"] for vial in vials} == set(DAY.lots)
    assert [vial["wasted_ml"] for vial in vials] == [0, 0, 50]


def test_nothing_is_told_that_has_not_happened() -> None:
    until = DAY.at(70)
    day = replace(DAY, until=until)
    told = [event["at"] for event in events_of(day)] + [v["started_at"] for v in vials_of(day)]
    assert max(told) <= until
    assert len(told) < len([*events_of(DAY), *vials_of(DAY)])
