from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from app.analysis.analyse import analyse_patient
from app.analysis.cycles import build_timeline
from app.analysis.kinds.response import response
from app.analysis.placed import place
from app.analysis.records import PlanVersion, Series
from app.analysis.results import FindingDraft
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import (
    START,
    ZONE,
    a_plan,
    a_record,
    a_series,
    at,
    days_after,
)

SETTINGS = AnalysisSettings()
DAILY = tuple(map(float, range(-28, 84)))
COURSES = (0, 28, 56)


def found(
    *series: Series, courses: Sequence[int] = COURSES, plans: Sequence[PlanVersion] | None = None
) -> FindingDraft | None:
    record = a_record(days_after(START, *courses), plans=plans, series=series)
    timeline = build_timeline(record, SETTINGS.rules)
    return response(place(record.series, timeline), timeline, SETTINGS, zone=ZONE)


def ratings(
    level: Callable[[float], float],
    *,
    days: Sequence[float] = DAILY,
    noise: float = 0.5,
    seed: int = 1,
    **others: Any,
) -> Series:
    rng = np.random.default_rng(seed)
    values = [round(level(day) + noise * rng.normal()) for day in days]
    return a_series(days, values, **others)


def rises(on: float, by: float, *, before: float = 4.0) -> Callable[[float], float]:
    return lambda day: before + by * (day >= on)


def numbers(finding: FindingDraft | None) -> dict[str, Any]:
    assert finding is not None
    return finding.evidence["series"][0]  # type: ignore[index, no-any-return]


class TestStart:
    @pytest.mark.parametrize(
        ("on", "course", "word"), [(1, 1, "first"), (29, 2, "second"), (57, 3, "third")]
    )
    def test_the_course_after_which_it_rose(self, on: int, course: int, word: str) -> None:
        finding = found(ratings(rises(on, 4.0)))
        assert numbers(finding)["responded_after"] == course
        assert finding is not None
        assert finding.sentence.startswith(
            f"Infusions began in this record on 6 January 2025; after the {word} course strength "
            "of the right hand was better by 4"
        )
        assert finding.sentence.endswith(" than in the weeks before it.")

    def test_every_course_has_its_change_with_an_interval(self) -> None:
        one = numbers(found(ratings(rises(29, 4.0))))
        assert [course["course"] for course in one["courses"]] == [1, 2, 3]
        assert one["courses"][0]["change"]["low"] < 0.0 < one["courses"][0]["change"]["high"]
        assert one["courses"][1]["change"]["low"] < 4.0 < one["courses"][1]["change"]["high"]
        assert one["courses"][1]["on"] == "2025-02-03"
        assert one["before"] == pytest.approx(4.0, abs=0.3)
        assert one["readings_before"] == 28

    def test_the_open_cycle_counts(self) -> None:
        days = DAILY[:45]
        assert (
            numbers(found(ratings(rises(1, 4.0), days=days), courses=[0]))["responded_after"] == 1
        )

    def test_a_fourth_course_is_no_response(self) -> None:
        days = tuple(map(float, range(-28, 112)))
        courses = (*COURSES, 84)
        assert found(ratings(rises(85, 4.0), days=days), courses=courses) is None
        assert found(ratings(rises(57, 4.0), days=days), courses=courses) is not None

    def test_nothing_changed(self) -> None:
        assert found(ratings(rises(1, 0.0))) is None

    def test_it_got_worse(self) -> None:
        assert found(ratings(rises(1, -3.0, before=8.0))) is None

    @pytest.mark.parametrize(("by", "seen"), [(2.2, True), (1.7, False)])
    def test_less_than_what_matters(self, by: float, seen: bool) -> None:
        values = [4.0 + by * (day >= 1) for day in DAILY]
        assert (found(a_series(DAILY, values)) is not None) is seen

    def test_grip_by_weight_of_the_own_level(self) -> None:
        for to, seen in ((10.9, False), (11.5, True)):
            values = [10.0 + (to - 10.0) * (day >= 1) for day in DAILY]
            series = a_series(DAILY, values, measure="grip_kg")
            assert (found(series) is not None) is seen

    def test_faster_is_better(self) -> None:
        values = [10.0 - 4.0 * (day >= 1) for day in DAILY]
        finding = found(a_series(DAILY, values, measure="walk_10m_s", site="global"))
        assert numbers(finding)["before"] == 10.0
        assert numbers(finding)["courses"][0]["change"]["estimate"] == pytest.approx(4.0)

    def test_the_last_week_of_an_interval_is_left_out(self) -> None:
        def level(day: float) -> float:
            return 8.0 if day >= 1 and day % 28 < 20 else 4.0

        assert numbers(found(ratings(level)))["responded_after"] == 1

    def test_symptoms_are_not_strength(self) -> None:
        assert found(ratings(rises(1, -4.0, before=6.0), measure="cramp_nrs")) is None

    def test_the_largest_rise_comes_first(self) -> None:
        finding = found(ratings(rises(29, 3.0)), ratings(rises(1, 5.0), site="left_hand", seed=2))
        assert finding is not None
        assert finding.sites == ("left_hand", "right_hand")
        assert finding.sentence.endswith(" Likewise strength of the right hand after the second.")

    def test_what_data_can_rule_out_is_said(self) -> None:
        calm = ratings(rises(1, 0.0), site="left_hand", seed=2)
        unsure = ratings(rises(1, 1.5), site="left_foot", noise=2.0, seed=3)
        finding = found(ratings(rises(1, 4.0)), calm, unsure)
        assert finding is not None
        assert finding.sentence.endswith(
            " No rise that matters is seen in strength of the left hand."
        )
        (ruled_out,) = finding.evidence["ruled_out"]  # type: ignore[misc, attr-defined]
        assert ruled_out["site"] == "left_hand"

    def test_two_courses_rule_nothing_out(self) -> None:
        calm = ratings(rises(1, 0.0), days=DAILY[:75], site="left_hand", seed=2)
        finding = found(ratings(rises(1, 4.0), days=DAILY[:75]), calm, courses=(0, 28))
        assert finding is not None
        assert finding.evidence["ruled_out"] == []


class TestTooLittle:
    def test_without_courses(self) -> None:
        assert found(ratings(rises(1, 4.0)), courses=()) is None

    def test_without_readings(self) -> None:
        assert found() is None

    @pytest.mark.parametrize(("before", "seen"), [(3, True), (2, False)])
    def test_few_readings_before(self, before: int, seen: bool) -> None:
        days = [*(-1.0 - 8.0 * index for index in range(before))][::-1] + list(DAILY[29:])
        values = [4.0 if day < 0 else 9.0 for day in days]
        assert (found(a_series(days, values)) is not None) is seen

    @pytest.mark.parametrize(("first", "seen"), [(-7.9, True), (-7.8, False)])
    def test_a_few_days_before(self, first: float, seen: bool) -> None:
        days = [first, -5.0, -3.0, -0.9, *DAILY[29:]]
        values = [4.0 if day < 0 else 9.0 for day in days]
        assert (found(a_series(days, values)) is not None) is seen

    def test_readings_of_long_before(self) -> None:
        days = [*range(-80, -40), *DAILY[29:]]
        values = [4.0 if day < 0 else 9.0 for day in days]
        assert found(a_series(days, values)) is None

    @pytest.mark.parametrize(("after", "seen"), [([8.0, 15.0], True), ([8.0], False)])
    def test_few_readings_after(self, after: list[float], seen: bool) -> None:
        days = [*DAILY[:28], *after]
        values = [4.0 if day < 0 else 9.0 for day in days]
        assert (found(a_series(days, values), courses=[0]) is not None) is seen

    def test_another_device(self) -> None:
        values = [4.0 if day < 1 else 9.0 for day in DAILY]
        for other, seen in (("a", True), ("b", False)):
            device = ["a"] * 28 + [other] * 84
            assert (found(a_series(DAILY, values, device=device)) is not None) is seen


class TestRestart:
    courses = (0, 28, 156, 184, 212)
    days = tuple(map(float, range(-28, 240)))

    def level(self, day: float) -> float:
        return 4.0 if day < 1 or 60 <= day < 190 else 8.0

    def test_the_newest_restart_counts(self) -> None:
        finding = found(ratings(self.level, days=self.days), courses=self.courses)
        assert finding is not None
        assert finding.evidence["start"] == "restart"
        assert finding.evidence["on"] == "2025-06-11"
        assert numbers(finding)["responded_after"] == 2
        assert finding.sentence.startswith(
            "Infusions began again on 11 June 2025; after the second"
        )

    def test_a_start_long_ago_is_history(self) -> None:
        def rose_once(day: float) -> float:
            return 4.0 if day < 1 else 8.0

        assert found(ratings(rose_once, days=self.days), courses=self.courses) is None
        regular = tuple(range(0, 240, 28))
        assert found(ratings(rose_once, days=self.days), courses=regular) is not None

    def test_it_is_part_of_the_whole_analysis(self) -> None:
        record = a_record(
            days_after(START, *self.courses), series=[ratings(self.level, days=self.days)]
        )
        kinds = {
            finding.kind for finding in analyse_patient(record, SETTINGS, now=at(START)).findings
        }
        assert "response" in kinds


@pytest.mark.parametrize(("last", "seen"), [(365, True), (366, False)])
def test_it_is_told_while_the_record_goes_on_for_a_year(last: int, seen: bool) -> None:
    days = [*DAILY, float(last)]
    values = [4.0 if day < 1 else 8.0 for day in days]
    courses = tuple(range(0, 364, 28))
    assert (found(a_series(days, values), courses=courses) is not None) is seen


def test_without_a_plan_no_middle_is_known() -> None:
    series = ratings(rises(1, 4.0))
    assert found(series, plans=[]) is None
    assert found(series, plans=[a_plan()]) is not None


def test_false_alarms() -> None:
    """Two hands whose level stays, with noise as in ratings at home; seeded."""
    rng = np.random.default_rng(3)
    came, patients = 0, 200
    for _ in range(patients):
        hands = []
        for site in ("right_hand", "left_hand"):
            noise = rng.normal(size=len(DAILY))
            for day in range(1, noise.size):
                noise[day] = 0.3 * noise[day - 1] + 0.95 * noise[day]
            sigma = 0.08 * np.exp(0.35 * rng.normal())
            shift = 0.02 * rng.normal(size=5)[np.arange(noise.size) // 28]
            values = np.round(20.0 * (1.0 + shift + sigma * noise), 1)
            hands.append(a_series(DAILY, values.tolist(), measure="grip_kg", site=site))
        came += found(*hands) is not None
    assert came <= 0.05 * patients
