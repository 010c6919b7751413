from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from app.analysis.analyse import analyse_patient
from app.analysis.cycles import build_timeline
from app.analysis.kinds.acute_drop import SILENT_DAYS, AcuteDrop, acute_drop, acute_drops
from app.analysis.placed import Placed, place
from app.analysis.records import FloatArray, PatientRecord, Series
from app.analysis.results import FindingDraft
from app.analysis.settings import AnalysisSettings, settings_from
from tests.analysis.builders import START, ZONE, a_plan, a_record, a_series, at, days_after

SETTINGS = AnalysisSettings()


def drops(record: PatientRecord, settings: AnalysisSettings = SETTINGS) -> tuple[AcuteDrop, ...]:
    timeline = build_timeline(record, settings.rules)
    return acute_drops(place(record.series, timeline), settings, zone=record.time_zone)


def patient(*series: Series, courses: int = 6, interval: int = 28) -> PatientRecord:
    days = days_after(START, *(interval * k for k in range(courses)))
    return a_record(days, plans=[a_plan(interval_days=interval)], series=series)


def ratings(
    until: int,
    *,
    drop: float = 0.0,
    since: float = 1000.0,
    back: float = 1000.0,
    every: int = 1,
    first: int = 1,
    seed: int = 1,
    level: float = 8.0,
    noise: float = 0.6,
    **others: str,
) -> Series:
    """Give ratings up to day `until`, with a drop on the days since <= day < back."""
    rng = np.random.default_rng(seed)
    days = np.arange(first, until + 1, every)
    low = drop * ((days >= since) & (days < back))
    values = np.clip(np.round(level - low + noise * rng.normal(size=days.size)), 0, 10)
    return a_series(days.astype(float).tolist(), values.tolist(), **others)  # type: ignore[arg-type]


class TestFound:
    def test_a_drop_in_the_open_cycle(self) -> None:
        (found,) = drops(patient(ratings(155, drop=4.0, since=151)))
        assert (found.measure, found.site) == ("strength_nrs", "right_hand")
        assert found.since == START + timedelta(days=151)
        assert found.newest == START + timedelta(days=155)
        assert found.until == START + timedelta(days=155 + SILENT_DAYS)
        assert found.drop.low < 4.0 < found.drop.high
        assert found.predicted == pytest.approx(8.0, abs=0.5)
        assert found.readings == 5

    def test_before_the_first_infusion(self) -> None:
        (found,) = drops(patient(ratings(40, drop=4.0, since=36), courses=0))
        assert found.since == START + timedelta(days=36)

    def test_by_weight_of_the_own_level(self) -> None:
        rng = np.random.default_rng(2)
        days = np.arange(1.0, 156.0)
        value = np.round((20.0 - 6.0 * (days >= 152)) * (1 + 0.05 * rng.normal(size=155)), 1)
        series = a_series(days.tolist(), value.tolist(), measure="grip_kg")
        (found,) = drops(patient(series))
        assert found.drop.low < 6.0 < found.drop.high
        assert found.unit == "kg"

    def test_upwards_where_lower_is_better(self) -> None:
        rng = np.random.default_rng(2)
        days = np.arange(1.0, 156.0)
        value = np.round((10.0 + 6.0 * (days >= 152)) * (1 + 0.06 * rng.normal(size=155)), 2)
        series = a_series(days.tolist(), value.tolist(), measure="walk_10m_s", site="global")
        (found,) = drops(patient(series))
        assert found.drop.estimate == pytest.approx(6.0, abs=1.5)
        assert found.predicted == pytest.approx(10.0, abs=1.0)

    def test_the_largest_drop_comes_first(self) -> None:
        found = drops(
            patient(
                ratings(155, drop=3.5, since=148),
                ratings(155, drop=6.0, since=150, site="left_hand", seed=2),
            )
        )
        assert [one.site for one in found] == ["left_hand", "right_hand"]

    def test_in_a_short_cycle(self) -> None:
        series = ratings(100, drop=6.0, since=95)
        (found,) = drops(patient(series, courses=14, interval=7))
        assert found.since == START + timedelta(days=95)

    def test_a_second_drop_after_an_old_one(self) -> None:
        old = ratings(155, drop=3.0, since=80)
        new = np.where(np.arange(1, 156) >= 150, 3.0, 0.0)
        series = replace(old, value=np.clip(old.value - new, 0, 10))
        (found,) = drops(patient(series))
        assert found.since == START + timedelta(days=150)


class TestNotFound:
    def test_a_steady_patient(self) -> None:
        assert drops(patient(ratings(155))) == ()

    def test_one_low_reading(self) -> None:
        assert drops(patient(ratings(155, drop=6.0, since=155))) == ()
        assert drops(patient(ratings(155, drop=6.0, since=154))) != ()

    def test_two_low_readings_of_one_day(self) -> None:
        days = [*map(float, range(1, 155)), 154.1, 154.2]
        values = [8.0] * 154 + [2.0, 2.0]
        one_day = a_series(days, values)
        assert drops(patient(one_day)) == ()
        two_days = a_series([*days[:-1], 155.2], values)
        assert drops(patient(two_days)) != ()

    def test_less_than_what_matters(self) -> None:
        calm = {"noise": 0.1, "until": 155, "since": 146}
        assert drops(patient(ratings(drop=1.0, **calm))) == ()  # type: ignore[arg-type]
        assert drops(patient(ratings(drop=2.0, **calm))) != ()  # type: ignore[arg-type]

    def test_the_threshold_is_a_setting(self) -> None:
        record = patient(ratings(155, drop=4.0, since=146, noise=0.1))
        assert drops(record, settings_from({"threshold.strength_nrs": 3.0})) != ()
        assert drops(record, settings_from({"threshold.strength_nrs": 5.0})) == ()

    def test_a_drop_that_came_back(self) -> None:
        assert drops(patient(ratings(155, drop=5.0, since=146, back=155))) != ()
        assert drops(patient(ratings(155, drop=5.0, since=146, back=154))) == ()

    def test_a_rise(self) -> None:
        assert drops(patient(ratings(155, drop=-4.0, since=149, level=4.0))) == ()

    @pytest.mark.parametrize(("before", "found"), [(6, True), (5, False)])
    def test_too_few_readings_before(self, before: int, found: bool) -> None:
        days = [1.0, *(16.0 - k for k in range(before - 2, -1, -1)), *map(float, range(17, 27))]
        series = a_series(days, [9.0] * before + [2.0] * 10)
        assert bool(drops(patient(series, courses=0))) is found

    @pytest.mark.parametrize(("first", "found"), [(6.0, True), (6.1, False)])
    def test_too_short_a_time_before(self, first: float, found: bool) -> None:
        days = [first, *map(float, range(8, 21)), *map(float, range(21, 29))]
        series = a_series(days, [9.0] * 14 + [2.0] * 8)
        assert bool(drops(patient(series, courses=0))) is found

    @pytest.mark.parametrize(("silent", "found"), [(28, True), (29, False)])
    def test_nobody_knows_that_it_was_sudden(self, silent: int, found: bool) -> None:
        days = [*range(60), *range(59 + silent, 59 + silent + 12)]
        series = a_series([float(day) for day in days], [9.0] * 60 + [2.0] * 12)
        assert bool(drops(patient(series, courses=0))) is found

    def test_after_some_weeks_it_is_a_level(self) -> None:
        assert drops(patient(ratings(155, drop=5.0, since=129))) != ()
        assert drops(patient(ratings(155, drop=5.0, since=125))) == ()

    def test_symptoms_are_not_strength(self) -> None:
        pain = ratings(155, drop=-5.0, since=149, level=2.0, measure="cramp_nrs")
        assert drops(patient(pain)) == ()

    def test_the_first_days_after_an_infusion(self) -> None:
        # An infusion on day 140; analysis day 4 begins at the midnight after day 143.
        assert drops(patient(ratings(143, drop=5.0, since=140))) == ()
        assert drops(patient(ratings(150, drop=5.0, since=140))) != ()

    def test_another_device_is_another_scale(self) -> None:
        series = ratings(155, drop=5.0, since=149)
        device = ("a",) * 148 + ("b",) * 7
        assert drops(patient(replace(series, device=device))) == ()
        assert drops(patient(replace(series, device=("a",) * 155))) != ()

    @pytest.mark.parametrize(("last", "found"), [(182, True), (183, False)])
    def test_a_series_that_was_given_up(self, last: int, found: bool) -> None:
        other = ratings(last, site="left_hand", seed=2)
        dropped = ratings(155, drop=5.0, since=149)
        assert bool(drops(patient(dropped, other))) is found

    def test_no_grip_at_all_cannot_drop(self) -> None:
        assert drops(patient(ratings(155, level=0.0, noise=0.0, measure="grip_kg"))) == ()

    def test_a_level_that_never_rests(self) -> None:
        level = np.repeat([6.0, 9.0, 2.0, 8.0, 6.0, 0.0, 3.0], [31, 12, 6, 27, 16, 20, 43])
        series = a_series([float(day) for day in range(1, 156)], level.tolist())
        assert drops(patient(series, courses=0)) == ()

    def test_a_handful_of_readings(self) -> None:
        assert drops(patient(ratings(7, drop=8.0, since=6))) == ()

    def test_two_outliers_where_outliers_are_usual(self) -> None:
        series = ratings(155, drop=5.0, since=154)
        wild = series.value.copy()
        wild[5::20] = 1.0
        assert drops(patient(series)) != ()
        assert drops(patient(replace(series, value=wild))) == ()


class TestPlaceInTheCycle:
    @staticmethod
    def falling(falls: Sequence[float]) -> Series:
        """Fall by so many points in the last 11 days of each cycle."""
        rng = np.random.default_rng(3)
        days = np.arange(1, 28 * len(falls))
        fall = np.array(falls)[days // 28] * np.maximum(0.0, days % 28 - 17) / 10
        value = np.clip(np.round(8.0 - fall + 0.6 * rng.normal(size=days.size)), 0, 10)
        return a_series(days.astype(float).tolist(), value.tolist())

    def test_a_usual_fall_is_not_acute(self) -> None:
        assert drops(patient(self.falling([4.0] * 6))) == ()

    def test_the_same_days_without_such_a_usual_fall(self) -> None:
        flat = self.falling([0.0] * 6)
        low = np.where(np.arange(1, 168) >= 163, 4.0, 0.0)
        assert drops(patient(replace(flat, value=flat.value - low))) != ()

    def test_far_below_the_usual_fall(self) -> None:
        usual = self.falling([3.0] * 6)
        low = np.where(np.arange(1, 168) >= 161, 5.0, 0.0)
        deep = replace(usual, value=np.clip(usual.value - low, 0, 10))
        assert drops(patient(deep)) != ()

    def test_a_slow_decline_is_not_acute(self) -> None:
        days = np.arange(1, 168)
        rng = np.random.default_rng(4)
        value = np.round(9.0 - days / 28.0 + 0.6 * rng.normal(size=days.size))
        series = a_series(days.astype(float).tolist(), value.tolist())
        assert drops(patient(series)) == ()

    def test_a_slow_decline_while_a_course_is_overdue_is_not_acute(self) -> None:
        days = np.arange(1, 90)
        rng = np.random.default_rng(4)
        value = np.round(8.0 - np.maximum(0, days - 56) / 12.0 + 0.6 * rng.normal(size=89))
        series = a_series(days.astype(float).tolist(), value.tolist())
        assert drops(patient(series, courses=2)) == ()


class TestFinding:
    record = patient(
        ratings(155, drop=5.0, since=150), ratings(155, drop=4.0, since=150, site="left_hand")
    )

    def found(self, *, day: int) -> FindingDraft | None:
        return acute_drop(drops(self.record), today=START + timedelta(days=day))

    @pytest.mark.parametrize(("day", "found"), [(155, True), (519, True), (520, False)])
    def test_silence_ends_it_after_a_year(self, day: int, found: bool) -> None:
        assert (self.found(day=day) is not None) is found

    def test_in_plain_words(self) -> None:
        finding = self.found(day=155)
        assert finding is not None
        assert finding.sites == ("right_hand", "left_hand")
        assert finding.sentence.startswith(
            "From 5 June 2025 to the newest reading on 10 June 2025, strength of the right hand "
            "was worse by "
        )
        assert finding.sentence.endswith(
            "than this patient's own earlier readings at the same place in the interval. "
            "Likewise strength of the left hand."
        )

    def test_the_numbers_that_fired_it(self) -> None:
        finding = self.found(day=155)
        assert finding is not None
        numbers = finding.evidence["series"][0]  # type: ignore[index]
        assert numbers["since"] == "2025-06-05"
        assert numbers["newest"] == "2025-06-10"
        assert numbers["until"] == "2026-06-10"
        assert numbers["readings"] == 6
        assert numbers["p_value"] < 1e-5
        assert numbers["t_value"] < -4.0

    def test_the_patient_is_looked_at_again_when_it_ends(self) -> None:
        for day, until in ((400, 520), (520, None)):
            found = analyse_patient(self.record, SETTINGS, now=at(START + timedelta(days=day)))
            kinds = [finding.kind for finding in found.findings]
            assert ("acute_drop" in kinds) is (until is not None)
            if until is not None:
                assert found.look_again_on is not None
                assert found.look_again_on <= START + timedelta(days=until)


@pytest.mark.parametrize(
    ("every", "per_year"),
    [(1, 0.25), (3, 0.25), (7, 0.25)],
    ids=["daily", "twice a week", "weekly"],
)
def test_false_alarms(every: int, per_year: float) -> None:
    """Two hands that fall before infusions, looked at after every report; seeded.

    benchmarks/alarms.py does it with thousands of patient-years and other kinds of noise.
    """
    rng = np.random.default_rng(5)
    years, openings = 0.0, 0
    for _ in range(4):
        days = np.arange(1, 366, every).astype(float)
        drop = rng.uniform(0.1, 0.25)
        fall = drop * np.maximum(0.0, days % 28 - rng.uniform(12, 20)) / 12
        hands = [
            a_series(days.tolist(), _grip(rng, fall).tolist(), measure="grip_kg", site=site)
            for site in ("right_hand", "left_hand")
        ]
        record = patient(*hands, courses=13)
        whole = place(record.series, build_timeline(record, SETTINGS.rules))
        seen = [False]
        for count in range(8, days.size):
            stood = [_upto(one, count) for one in whole]
            seen.append(bool(acute_drops(stood, SETTINGS, zone=ZONE)))
        openings += sum(now and not before for before, now in pairwise(seen))
        years += 1.0
    assert openings <= per_year * years


def _grip(rng: np.random.Generator, fall: FloatArray) -> FloatArray:
    noise = rng.normal(size=fall.size)
    for day in range(1, fall.size):
        noise[day] = 0.3 * noise[day - 1] + 0.95 * noise[day]
    return np.round(20.0 * (1.0 - fall + 0.06 * noise), 1)


def _upto(one: Placed, count: int) -> Placed:
    return one.where(np.arange(one.at.size) < count)
