from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from app.analysis.assess import Assessment, assess
from app.analysis.cycles import Timeline, build_timeline
from app.analysis.kinds.lines import (
    Levels,
    Line,
    change_words,
    common_cycles,
    cycle_means,
    line,
    recovered_levels,
    since_last_hold,
)
from app.analysis.records import Series
from app.analysis.series_epochs import series_epochs
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import START, a_plan, a_record, a_series, days_after, regular_days

DAYS = [float(day) for day in range(1, 168)]
SETTINGS = AnalysisSettings()
WITHOUT_COURSES = build_timeline(a_record([]), SETTINGS.rules)


def falling(per_day: float, *, first: int = 1, **others: object) -> Series:
    rng = np.random.default_rng(5)
    days = [float(day) for day in range(first, 168)]
    values = [8.0 + per_day * day + 0.3 * rng.normal() for day in days]
    return a_series(days, values, **others)  # type: ignore[arg-type]


def levels(series: Series, *, courses: list[date] | None = None) -> tuple[Levels, Timeline]:
    record = a_record(courses or regular_days(6), series=[series])
    timeline = build_timeline(record, SETTINGS.rules)
    found = recovered_levels(assess(series_epochs(series, timeline), SETTINGS))
    assert found is not None
    return found, timeline


def fitted(series: Series, *, within: tuple[int, int] | None = None) -> Line:
    found = line(*levels(series), within=within)
    assert found is not None
    return found


class TestLevels:
    def test_each_belongs_to_its_cycle(self) -> None:
        found, _ = levels(falling(0.0, first=57))
        assert found.cycle.tolist() == [2, 3, 4, 5]

    def test_a_cycle_without_readings_is_left_out(self) -> None:
        days = [day for day in DAYS if not 28 < day <= 56]
        found, _ = levels(a_series(days, [7.0] * len(days)))
        assert found.cycle.tolist() == [0, 2, 3, 4, 5]

    def test_without_an_estimate_there_are_none(self) -> None:
        series = a_series([5.0], [7.0])
        pieces = assess(series_epochs(series, WITHOUT_COURSES), SETTINGS)
        assert recovered_levels(pieces) is None

    def test_relative_measures_have_their_own_unit(self) -> None:
        found, _ = levels(a_series(DAYS, [20.0] * len(DAYS), measure="grip_kg"))
        assert found.level == pytest.approx(20.0)


class TestCycleMeans:
    def test_good_and_bad_days_count_together(self) -> None:
        days = [28.0 * k + day for k in range(6) for day in (5.0, 10.0, 15.0, 27.0)]
        series = a_series(days, [8.0, 8.0, 8.0, 4.0] * 6, measure="grip_kg")
        timeline = build_timeline(a_record(regular_days(6), series=[series]), SETTINGS.rules)
        found = cycle_means(assess(series_epochs(series, timeline), SETTINGS))
        assert found is not None
        assert found.level.tolist() == [7.0] * 6

    def test_lower_is_better_keeps_its_turn(self) -> None:
        tired = a_series(DAYS, [3.0] * 167, measure="fatigue_nrs", site="global")
        timeline = build_timeline(a_record(regular_days(6), series=[tired]), SETTINGS.rules)
        found = cycle_means(assess(series_epochs(tired, timeline), SETTINGS))
        assert found is not None
        assert found.level == pytest.approx(-3.0)

    def test_without_an_estimate_there_are_none(self) -> None:
        pieces = assess(series_epochs(a_series([5.0], [7.0]), WITHOUT_COURSES), SETTINGS)
        assert cycle_means(pieces) is None


class TestLine:
    def test_it_goes_back_to_the_first_cycle_that_was_read(self) -> None:
        assert fitted(falling(0.0, first=57)).since == START + timedelta(days=56)

    @pytest.mark.parametrize(("last", "cycles"), [(2, None), (3, 4), (5, 6)])
    def test_three_cycles_are_no_line(self, last: int, cycles: int | None) -> None:
        found = line(*levels(falling(0.0)), within=(0, last))
        assert (None if found is None else found.cycles) == cycles

    def test_without_levels_there_is_none(self) -> None:
        assert line(None, WITHOUT_COURSES) is None

    def test_it_knows_up_from_down(self) -> None:
        down, up = fitted(falling(-0.02)), fitted(falling(0.01))
        assert (down.falls(0.01), down.rises(0.01)) == (True, False)
        assert (up.falls(0.01), up.rises(0.01)) == (False, True)

    def test_half_a_threshold_is_what_matters(self) -> None:
        # Two rating points matter [F6]; the levels of six cycles span five intervals.
        half = 1.0 / 140.0
        assert not fitted(falling(-0.8 * half)).falls(0.01)
        assert fitted(falling(-1.2 * half)).falls(0.01)
        assert not fitted(falling(0.8 * half)).rises(0.01)
        assert fitted(falling(1.2 * half)).rises(0.01)

    @pytest.mark.parametrize(
        ("per_day", "measure", "verb"),
        [
            (-0.02, "mrc_sum", "lost 7."),
            (0.02, "mrc_sum", "gained 7."),
            (-0.02, "incat", "fell by 7."),
            (0.02, "incat", "rose by 7."),
        ],
    )
    def test_the_words_follow_the_scale(self, per_day: float, measure: str, verb: str) -> None:
        words = change_words(fitted(falling(per_day, measure=measure, site="global")))
        assert f" {verb}" in str(words)
        assert str(words).endswith(" a year")
        assert "-" not in str(words)


class TestCommonCycles:
    def test_only_the_time_of_both_counts(self) -> None:
        early, _ = levels(a_series(DAYS[:140], [7.0] * 140))
        late, _ = levels(falling(0.0, first=29))
        assert common_cycles(early, late) == (1, 4)


class TestSinceTheLastHold:
    def test_only_the_same_series_on_the_same_device(self) -> None:
        changes = [
            a_plan(effective_date=day, interval_days=28 + i)
            for i, day in enumerate(days_after(START, 0, 84))
        ]
        devices = ["old"] * 100 + ["new"] * 67
        mine = a_series(DAYS, [7.0] * 167, device=devices)
        other = a_series(DAYS, [7.0] * 167, site="left_hand")
        record = a_record(regular_days(6), plans=changes, series=[mine, other])
        timeline = build_timeline(record, SETTINGS.rules)
        pieces = [assess(series_epochs(one, timeline), SETTINGS) for one in (mine, other)]

        def before(which: int) -> list[Assessment]:
            earlier = [[piece[0] for piece in pieces]]
            return since_last_hold(pieces[which][-1], earlier, timeline)[:-1]

        assert before(0) == []
        assert before(1) == [pieces[1][0]]
