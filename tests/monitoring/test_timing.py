"""Rate steps with volumes, and when vital signs are due: minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.monitoring.timing import (
    Due,
    Protocol,
    Step,
    grams_in,
    rate_table,
    vitals_due,
)

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
# A Canadian health region's procedure of 2017: every 15 minutes for an hour, then hourly.
USUAL = Protocol(
    first_every=timedelta(minutes=15),
    first=timedelta(minutes=60),
    then_every=timedelta(minutes=60),
    after_end=(timedelta(minutes=30), timedelta(minutes=60)),
    grace=timedelta(minutes=5),
)


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def minute(at: datetime) -> float:
    return (at - START) / timedelta(minutes=1)


# --- rates ---------------------------------------------------------------------------------------


def test_what_ran_follows_from_rates_and_times() -> None:
    steps = [Step(START, 30), Step(after(30), 60), Step(after(60), 0), Step(after(90), 60)]
    table = rate_table(steps, until=after(120))
    assert [one.volume_before_ml for one in table] == [0, 15, 45, 45]
    assert table[-1].volume_after_ml == 75
    assert [minute(one.until) for one in table] == [30, 60, 90, 120]


def test_a_volume_that_was_read_off_the_pump_wins() -> None:
    table = rate_table([Step(START, 60), Step(after(30), 60, 28.0)], until=after(60))
    assert [one.volume_before_ml for one in table] == [0, 28]
    assert [one.is_measured for one in table] == [False, True]
    assert table[-1].volume_after_ml == 58


def test_nothing_runs_after_the_end() -> None:
    steps = [Step(START, 60), Step(after(90), 60), Step(after(100), 60)]
    table = rate_table(steps, until=after(60))
    assert [one.volume_after_ml for one in table] == [60, 60, 60]
    assert rate_table([], until=START) == []


def test_grams_need_a_concentration() -> None:
    assert grams_in(350, 100) == 35
    assert grams_in(350, None) is None


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)), unique_by=lambda step: step[0]),
    st.integers(0, 700),
)
def test_what_ran_never_shrinks_and_no_step_overlaps_the_next(
    steps: list[tuple[int, int]], until: int
) -> None:
    table = rate_table([Step(after(at), rate) for at, rate in sorted(steps)], until=after(until))
    for one in table:
        assert one.step.at <= one.until
        assert one.volume_after_ml >= one.volume_before_ml
    for one, following in pairwise(table):
        assert one.until <= following.step.at
        assert one.volume_after_ml == following.volume_before_ml


# --- vital signs ---------------------------------------------------------------------------------


def due(*taken: float, now: float, **options: Any) -> list[Due]:
    values: dict[str, Any] = {"ended_at": None, "rates_at": (), **options}
    return vitals_due(
        USUAL, started_at=START, taken_at=[after(m) for m in taken], now=after(now), **values
    )


def states(found: list[Due]) -> list[tuple[float, str]]:
    return [(minute(one.at), one.state) for one in found]


def test_while_it_runs_the_list_goes_on_to_the_next_time() -> None:
    assert [(minute(one.at), one.why) for one in due(now=70)] == [
        (0, "before"),
        (15, "at_first"),
        (30, "at_first"),
        (45, "at_first"),
        (60, "at_first"),
        (120, "running"),
    ]


def test_before_the_start_only_the_first_ones_are_due() -> None:
    assert states(due(now=-30)) == [(0, "planned")]
    assert states(due(now=-5)) == [(0, "due")]


@pytest.mark.parametrize(
    ("taken", "now", "expected"),
    [
        ((0, 15), 20, "done"),
        ((0, 20), 20, "done"),
        ((0, 20.5), 21, "late"),
        ((0, 24), 24, "late"),
        ((0,), 9.5, "planned"),
        ((0,), 10, "due"),
        ((0,), 20, "due"),
        ((0,), 20.5, "overdue"),
        ((0,), 24, "overdue"),
        ((0,), 25, "missed"),
        ((0, 25), 25, "missed"),  # those are the next ones, five minutes early
        ((0, 8), 20, "done"),  # past half of the way
        ((0, 7), 20, "due"),  # not half of the way: still the ones before
    ],
)
def test_the_first_quarter_of_an_hour(taken: tuple[float, ...], now: float, expected: str) -> None:
    found = due(*taken, now=now)
    assert states(found)[1] == (15, expected)


@pytest.mark.parametrize(
    ("taken", "state"), [(-60, "done"), (-61, "missed"), (0, "done"), (1, "missed"), (6, "missed")]
)
def test_the_first_ones_are_taken_in_the_hour_before_and_never_after_the_start(
    taken: float, state: str
) -> None:
    assert states(due(taken, now=9))[0] == (0, state)


def test_one_reading_never_counts_twice() -> None:
    found = due(0, 52, now=130)
    assert [(minute(one.at), one.state) for one in found if one.done_at is not None] == [
        (0, "done"),
        (45, "late"),
    ]


def test_two_readings_close_together_serve_two_times() -> None:
    found = due(0, 15, 30, 45, 60, 110, now=120)
    assert states(found)[5] == (120, "done")
    assert found[5].done_at == after(110)


def test_a_change_of_the_rate_asks_for_them_unless_they_are_due_anyway() -> None:
    rates = [after(m) for m in (0, 15, 38, 39, 80)]
    found = due(0, 15, 30, 38, 45, 60, now=100, rates_at=rates)
    assert [(minute(one.at), one.why, one.state) for one in found] == [
        (0, "before", "done"),
        (15, "at_first", "done"),
        (30, "at_first", "done"),
        (38, "rate", "done"),
        (45, "at_first", "done"),
        (60, "at_first", "done"),
        (80, "rate", "overdue"),
        (120, "running", "planned"),
    ]


def test_the_end_takes_the_place_of_what_was_due_just_before_it() -> None:
    found = due(now=190, ended_at=after(122))
    assert [(minute(one.at), one.why) for one in found[-4:]] == [
        (60, "at_first"),
        (122, "end"),
        (152, "after"),
        (182, "after"),
    ]
    assert found[-1].state == "overdue"


@pytest.mark.parametrize(
    ("taken", "now", "state"),
    [
        ((), 187, "due"),
        ((), 188, "overdue"),
        ((), 212, "missed"),
        ((211,), 400, "late"),
        ((212,), 400, "missed"),
    ],
)
def test_after_the_last_one_as_long_again_is_too_late(
    taken: tuple[float, ...], now: float, state: str
) -> None:
    assert states(due(*taken, now=now, ended_at=after(122)))[-1] == (182, state)


def test_a_clinic_can_ask_for_none_after_the_end_and_none_more_often_at_first() -> None:
    bare = Protocol(
        first_every=timedelta(minutes=15),
        first=timedelta(0),
        then_every=timedelta(minutes=30),
        after_end=(timedelta(0), timedelta(0)),
        grace=timedelta(0),
    )
    found = vitals_due(
        bare,
        started_at=START,
        ended_at=after(60),
        rates_at=[after(30)],
        taken_at=[after(30), after(30)],
        now=after(90),
    )
    assert states(found) == [(0, "missed"), (30, "done"), (60, "missed")]


def test_a_forgotten_infusion_asks_for_nothing_after_two_days() -> None:
    assert minute(due(now=60 * 24 * 400)[-1].at) == 48 * 60


@given(
    st.lists(st.integers(-90, 400), max_size=30),
    st.lists(st.integers(-10, 400), max_size=8),
    st.one_of(st.none(), st.integers(1, 300)),
    st.integers(-60, 500),
)
def test_times_rise_and_each_reading_is_used_once(
    taken: list[int], rates: list[int], ended: int | None, now: int
) -> None:
    found = due(
        *taken,
        now=now,
        rates_at=[after(m) for m in rates],
        ended_at=None if ended is None else after(ended),
    )
    times = [one.at for one in found]
    assert times == sorted(set(times))
    used = [one.done_at for one in found if one.done_at is not None]
    assert used == sorted(used)
    assert all((one.done_at is None) == (one.state not in {"done", "late"}) for one in found)
    assert len(used) <= len(taken)
