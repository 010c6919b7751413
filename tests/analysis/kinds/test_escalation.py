from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from app.analysis.analyse import FindingDraft, analyse_patient
from app.analysis.kinds.escalation import interval_escalation
from app.analysis.records import PlanVersion, Series
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import START, a_plan, a_record, a_series, at, days_after

LATER = START + timedelta(days=2000)


def plans(*steps: tuple[int, int]) -> list[PlanVersion]:
    return [
        a_plan(effective_date=START + timedelta(days=day), interval_days=interval)
        for day, interval in steps
    ]


def is_found(*steps: tuple[int, int], today: date = LATER) -> bool:
    return interval_escalation(plans(*steps), {}, today=today) is not None


def test_two_shortenings_within_18_months_are_reported() -> None:
    found = interval_escalation(plans((0, 28), (200, 21), (400, 14)), {}, today=LATER)
    assert found is not None
    assert found.sentence == (
        "The planned interval was shortened 2 times: 28, 21 then 14 days, last on 10 February 2026."
    )


@pytest.mark.parametrize(("second", "expected"), [(648, True), (649, False)])
def test_eighteen_months_are_548_days(second: int, expected: bool) -> None:
    assert is_found((0, 28), (100, 21), (second, 14)) == expected


def test_one_shortening_is_not_enough() -> None:
    assert not is_found((0, 28), (200, 21))


def test_a_version_with_the_same_interval_is_no_shortening() -> None:
    assert not is_found((0, 28), (100, 28), (200, 21), (300, 21))


def test_a_lengthening_since_then_clears_it() -> None:
    assert not is_found((0, 28), (100, 21), (200, 14), (300, 21))


def test_shortenings_after_a_lengthening_count_anew() -> None:
    assert not is_found((0, 28), (100, 21), (200, 28), (300, 21))
    assert is_found((0, 28), (100, 21), (200, 28), (300, 21), (400, 14))


def test_a_planned_shortening_counts_from_its_day_on() -> None:
    steps = ((0, 28), (100, 21), (200, 14))
    assert not is_found(*steps, today=START + timedelta(days=199))
    assert is_found(*steps, today=START + timedelta(days=200))


@pytest.mark.parametrize(("last", "expected"), [(1248, True), (1249, False)])
def test_any_two_steps_in_a_row_may_be_the_close_ones(last: int, expected: bool) -> None:
    assert is_found((0, 49), (100, 42), (700, 35), (last, 28)) == expected


def test_without_plans_there_is_nothing_to_say() -> None:
    assert not is_found()


COURSES = (*range(0, 168, 28), *range(168, 168 + 126, 21), *range(294, 294 + 98, 14))
STEPS = ((0, 28), (168, 21), (294, 14))


def rated(*falls: float, seed: int = 3, **others: Any) -> Series:
    """Give daily ratings that lose so many points under each of the three intervals."""
    rng = np.random.default_rng(seed)
    days = np.arange(1, COURSES[-1])
    number = np.searchsorted(COURSES, days, side="right") - 1
    length = np.diff([*COURSES, COURSES[-1] + 14])[number]
    size = np.asarray(falls)[np.searchsorted((168, 294), days, side="right")]
    day = days - np.asarray(COURSES)[number]
    fall = size * np.maximum(0.0, day / length - 0.6) / 0.4
    values = np.clip(np.round(7.0 - fall + 0.8 * rng.normal(size=days.size)), 0, 10)
    return a_series(days.tolist(), values.tolist(), **others)


def escalation(*series: Series, steps: tuple[tuple[int, int], ...] = STEPS) -> FindingDraft:
    record = a_record(days_after(START, *COURSES), plans=plans(*steps), series=series)
    now = at(START + timedelta(days=COURSES[-1] + 1))
    found = analyse_patient(record, AnalysisSettings(), now=now).findings
    return next(one for one in found if one.kind == "interval_escalation")


class TestTrajectory:
    def test_what_each_interval_did_stands_beside_the_steps(self) -> None:
        finding = escalation(rated(4.0, 3.0, 1.5))
        assert (finding.measure, finding.sites) == ("strength_nrs", ("right_hand",))
        path: Any = finding.evidence["trajectory"]
        assert [one["interval_days"] for one in path[0]["intervals"]] == [28, 21, 14]
        assert [one["since"] for one in path[0]["intervals"]] == [
            "2025-01-06",
            "2025-06-23",
            "2025-10-27",
        ]
        drops = [one["drop"]["estimate"] for one in path[0]["intervals"]]
        assert drops == sorted(drops, reverse=True)
        assert " At the end of the interval the loss in strength of the right hand was " in (
            finding.sentence
        )
        assert " at 28 days, " in finding.sentence
        assert " at 21 days then " in finding.sentence
        assert " at 14 days; the level after infusions was " in finding.sentence
        assert finding.sentence.endswith(" points.")

    def test_without_readings_before_the_fall_there_is_no_level(self) -> None:
        # Under the last plan only the late readings of each interval are left.
        series = rated(4.0, 3.0, 1.5)
        days = np.arange(1, COURSES[-1])
        late = [day < 294 or (day - 294) % 14 >= 10 for day in days]
        sparse = a_series(days[late].tolist(), series.value[late].tolist())
        finding = escalation(sparse)
        path: Any = finding.evidence["trajectory"]
        assert [one["level"] is None for one in path[0]["intervals"]] == [False, False, True]
        assert finding.sentence.endswith(" at 14 days.")

    def test_the_strongest_comes_first(self) -> None:
        weaker = rated(2.5, 0.0, 0.0, site="left_hand", seed=4)
        assert escalation(weaker, rated(4.0, 4.0, 3.0)).sites == ("right_hand", "left_hand")

    def test_a_hand_that_never_fell_has_no_path(self) -> None:
        finding = escalation(rated(0.0, 0.0, 0.0))
        assert (finding.measure, finding.sites, finding.evidence["trajectory"]) == (None, (), [])
        assert finding.sentence.endswith("last on 27 October 2025.")

    def test_nor_has_twitching(self) -> None:
        assert escalation(rated(4.0, 3.0, 2.0, measure="fasciculation_nrs")).sites == ()

    def test_one_interval_alone_is_no_path(self) -> None:
        # The readings end with the first interval.
        series = rated(4.0, 3.0, 2.0)
        early = a_series(list(range(1, 168)), series.value[:167].tolist())
        assert escalation(early).sites == ()

    def test_an_interval_of_before_the_run_is_left_out(self) -> None:
        # 21 days at first, then 28, 21 and 14: the first 21 days were taken back.
        steps = ((0, 21), (84, 28), (168, 21), (294, 14))
        path: Any = escalation(rated(4.0, 3.0, 2.0), steps=steps).evidence["trajectory"]
        assert [one["since"] for one in path[0]["intervals"]] == [
            "2025-03-31",
            "2025-06-23",
            "2025-10-27",
        ]
