from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from app.analysis.cycles import Cycle, Timeline, build_timeline
from app.analysis.long_gaps import end_of_gap, long_gaps, mid_cycle, newest_entry, restored
from app.analysis.placed import Placed, place
from app.analysis.records import BoolArray, CourseRules, PatientRecord
from tests.analysis.builders import START, ZONE, a_plan, a_record, a_series, days_after

DAILY = [float(day) for day in range(-5, 250)]


def scene(
    *courses: int, interval: int = 28, days: list[float] = DAILY
) -> tuple[Placed, Timeline, PatientRecord]:
    record = a_record(
        days_after(START, *courses),
        plans=[a_plan(interval_days=interval)],
        series=[a_series(days, [5.0] * len(days))] if days else [],
    )
    timeline = build_timeline(record, CourseRules())
    placed = place(record.series, timeline)
    return placed[0] if placed else None, timeline, record  # type: ignore[return-value]


def first_and_last(mask: BoolArray) -> tuple[float, float] | None:
    days = np.array(DAILY)[mask]
    return (float(days[0]), float(days[-1])) if days.size else None


def test_a_gap_is_long_from_half_an_interval_over_the_plan_on() -> None:
    assert long_gaps(scene(0, 28, 70, 113)[1]) == [2]


def test_the_end_of_a_gap_is_its_last_four_weeks() -> None:
    readings, timeline, _ = scene(0, 100)
    # The clocks went forward on 30 March: the reading of day 100 and the infusion coincide.
    assert first_and_last(end_of_gap(readings, timeline, 0)) == (72.0, 99.0)


def test_the_end_of_a_gap_begins_after_the_planned_end() -> None:
    readings, timeline, _ = scene(0, 43)
    assert first_and_last(end_of_gap(readings, timeline, 0)) == (28.0, 43.0)


@pytest.mark.parametrize(
    ("courses", "interval", "mask", "expected"),
    [
        # From analysis day 4 to the planned end; readings are at 08:00.
        ((0, 100), 28, restored, (4.0, 27.0)),
        # Open: to 9 days before the planned end; closed early: before its last 7 days, too.
        ((0,), 28, mid_cycle, (4.0, 18.0)),
        ((0, 28), 28, mid_cycle, (4.0, 18.0)),
        ((0, 20), 28, mid_cycle, (4.0, 13.0)),
        ((0,), 14, mid_cycle, (4.0, 8.0)),
        # No reference window: everything up to the planned end.
        ((0,), 10, mid_cycle, (4.0, 9.0)),
        ((0, 10), 28, mid_cycle, (4.0, 10.0)),
        ((0, 1, 2, 3, 4, 32), 28, mid_cycle, (8.0, 18.0)),
    ],
)
def test_stretches_of_a_cycle(
    courses: tuple[int, ...],
    interval: int,
    mask: Callable[[Placed, Cycle], BoolArray],
    expected: tuple[float, float],
) -> None:
    readings, timeline, _ = scene(*courses, interval=interval)
    found = first_and_last(mask(readings, timeline.cycles[0]))
    assert found == expected


@pytest.mark.parametrize(
    ("days", "courses", "expected"),
    [
        ([1.0, 40.0], (0, 28), START + timedelta(days=40)),
        ([1.0], (0, 28), START + timedelta(days=28)),
        ([], (0, 28), START + timedelta(days=28)),
        ([3.0], (), START + timedelta(days=3)),
        ([], (), None),
    ],
)
def test_the_newest_entry_is_a_reading_or_a_course(
    days: list[float], courses: tuple[int, ...], expected: date | None
) -> None:
    readings, timeline, _ = scene(*courses, days=days)
    assert newest_entry([readings] if days else [], timeline, ZONE) == expected
