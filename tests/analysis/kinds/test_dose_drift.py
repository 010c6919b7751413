from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.analysis.analyse import FindingDraft, PatientAnalysis, analyse_patient
from app.analysis.records import Infusion, PatientRecord, PlanVersion, Weight
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import START, a_plan, a_record, an_infusion, at

IN_GRAMS = a_plan(dose_g_per_kg=None, dose_g=70.0)


def weight(day: int, kg: float, *, dosing: bool = False) -> Weight:
    when = at(START + timedelta(days=day), hour=8)
    return Weight(when, kg, "dosing" if dosing else "actual")


def course(
    day: int, *, dose_g: float = 70.0, weight_kg: float | None = None, days: int = 1
) -> list[Infusion]:
    """Give one infusion day after the other; `dose_g` is that of each."""
    return [
        replace(an_infusion(START + timedelta(days=day + n), dose_g=dose_g), weight_kg=weight_kg)
        for n in range(days)
    ]


def record(
    *courses: Sequence[Infusion],
    weights: Sequence[Weight] = (),
    plans: Sequence[PlanVersion] = (IN_GRAMS,),
) -> PatientRecord:
    infusions = tuple(infusion for one in courses for infusion in one)
    weighed = sorted(weights, key=lambda one: one.measured_at)
    return replace(a_record(plans=plans, weights=weighed), infusions=infusions)


def analysed(found: PatientRecord, day: int) -> PatientAnalysis:
    return analyse_patient(found, AnalysisSettings(), now=at(START + timedelta(days=day)))


def drift(found: PatientRecord, *, day: int = 100) -> FindingDraft | None:
    return next((f for f in analysed(found, day).findings if f.kind == "dose_drift"), None)


def told(found: PatientRecord, *, day: int = 100) -> FindingDraft:
    finding = drift(found, day=day)
    assert finding is not None
    return finding


def moved(found: PatientRecord) -> Any:
    """Give what the evidence says of the weight."""
    finding = drift(found)
    return None if finding is None else finding.evidence["weight"]


class TestGramsThatStayed:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (77.7, False),
            (70.0 / 0.9, True),  # exactly 10 % less a kilogram
            (77.8, True),
            (63.7, False),
            (70.0 / 1.1, True),  # exactly 10 % more
            (63.6, True),
        ],
    )
    def test_ten_percent_either_way_is_a_drift(self, now: float, expected: bool) -> None:
        found = record(course(0), weights=[weight(0, 70.0), weight(90, now)])
        assert (moved(found) is not None) == expected

    def test_the_sentence_says_what_was_and_is(self) -> None:
        finding = told(record(course(0), weights=[weight(0, 70.0), weight(90, 80.0)]))
        assert finding.sentence == (
            "The planned 70 g a course were 1 g/kg at 70 kg (6 January 2025) and are 0.88 g/kg at "
            "80 kg (6 April 2025)."
        )
        assert finding.evidence["weight"] == {
            "weight_then_kg": 70.0,
            "weighed_then_on": "2025-01-06",
            "weight_now_kg": 80.0,
            "weighed_now_on": "2025-04-06",
            "dose_g": 70.0,
            "g_per_kg_then": 1.0,
            "g_per_kg_now": 0.875,
            "change": -0.125,
        }
        assert (finding.measure, finding.sites) == (None, ())

    def test_a_weight_written_at_an_infusion_counts(self) -> None:
        assert moved(record(course(0, weight_kg=70.0), course(28, weight_kg=80.0))) is not None
        assert moved(record(course(0, weight_kg=70.0), course(28, weight_kg=71.0))) is None

    def test_the_weight_nearest_to_the_plan_is_where_it_began(self) -> None:
        weights = [weight(-200, 60.0), weight(3, 70.0), weight(90, 71.0)]
        assert moved(record(course(0), weights=weights)) is None

    def test_a_new_interval_with_the_same_grams_fixes_none_anew(self) -> None:
        weights = [weight(0, 70.0), weight(50, 80.0)]
        again = replace(IN_GRAMS, effective_date=START + timedelta(days=50), interval_days=21)
        assert moved(record(course(0), weights=weights, plans=[IN_GRAMS, again])) is not None
        more = replace(again, dose_g=80.0)
        assert moved(record(course(0), weights=weights, plans=[IN_GRAMS, more])) is None

    def test_a_dose_that_was_another_in_between_was_fixed_anew(self) -> None:
        day = START + timedelta(days=20)
        other = replace(IN_GRAMS, effective_date=day, dose_g=60.0)
        back = replace(IN_GRAMS, effective_date=day + timedelta(days=30))
        weights = [weight(0, 70.0), weight(50, 80.0)]
        assert moved(record(course(0), weights=weights, plans=[IN_GRAMS, other, back])) is None

    @pytest.mark.parametrize("plans", [[], [a_plan(dose_g_per_kg=None)]])
    def test_without_a_dose_there_is_nothing_to_drift(self, plans: list[PlanVersion]) -> None:
        weights = [weight(0, 70.0), weight(90, 90.0)]
        assert drift(record(course(0), weights=weights, plans=plans)) is None

    def test_nor_without_a_weight(self) -> None:
        assert drift(record(course(0))) is None

    def test_a_plan_to_come_does_not_count_yet(self) -> None:
        weights = [weight(0, 70.0), weight(50, 80.0)]
        coming = replace(IN_GRAMS, effective_date=START + timedelta(days=60), dose_g=80.0)
        found = record(course(0), weights=weights, plans=[IN_GRAMS, coming])
        assert [drift(found, day=day) is not None for day in (59, 60)] == [True, False]


class TestGramsByWeight:
    PER_KG = (a_plan(),)

    def test_grams_that_follow_the_weight_do_not_drift(self) -> None:
        courses = course(0, weight_kg=70.0), course(28, weight_kg=85.0)
        assert moved(record(*courses, plans=self.PER_KG)) is None

    def test_a_new_weight_after_the_last_course_is_told(self) -> None:
        found = record(course(0, weight_kg=70.0), weights=[weight(27, 80.0)], plans=self.PER_KG)
        assert told(found).sentence == (
            "The planned 1 g/kg were last counted for 70 kg (6 January 2025); at 80 kg "
            "(2 February 2025) the same grams are 0.88 g/kg."
        )
        assert moved(found)["dose_g"] is None

    def test_an_outdated_dosing_weight_is_told(self) -> None:
        weights = [weight(0, 70.0), weight(0, 70.0, dosing=True), weight(90, 80.0)]
        assert moved(record(course(28), weights=weights, plans=self.PER_KG))["change"] == -0.125

    def test_it_may_differ_from_the_actual_one_on_purpose(self) -> None:
        # Dosed by 80 kg at 100 kg; still 100 kg now.
        weights = [weight(0, 100.0), weight(0, 80.0, dosing=True), weight(90, 101.0)]
        assert moved(record(course(28), weights=weights, plans=self.PER_KG)) is None

    @pytest.mark.parametrize(("day", "expected"), [(30, None), (31, pytest.approx(-0.2))])
    def test_an_actual_weight_a_month_away_says_nothing_of_it(
        self, day: int, expected: object
    ) -> None:
        weights = [weight(0, 80.0, dosing=True), weight(day, 100.0)]
        found = moved(record(course(28), weights=weights, plans=self.PER_KG))
        assert (None if found is None else found["change"]) == expected

    def test_a_dosing_weight_written_at_every_infusion_is_no_new_weight(self) -> None:
        weights = [weight(0, 70.0), weight(0, 70.0, dosing=True), weight(20, 80.0)]
        found = record(course(28, weight_kg=70.0), weights=weights, plans=self.PER_KG)
        assert moved(found)["weight_now_kg"] == 80.0

    def test_another_weight_at_the_infusion_goes_before_the_dosing_weight(self) -> None:
        weights = [weight(0, 70.0), weight(0, 70.0, dosing=True)]
        found = record(course(28, weight_kg=85.0), weights=weights, plans=self.PER_KG)
        assert moved(found) is None

    def test_a_dosing_weight_that_was_renewed_ends_it(self) -> None:
        old = [weight(0, 70.0), weight(0, 70.0, dosing=True), weight(50, 80.0)]
        courses = course(28, weight_kg=70.0)
        assert moved(record(courses, weights=old, plans=self.PER_KG)) is not None
        renewed = [*old, weight(51, 80.0, dosing=True)]
        assert moved(record(courses, weights=renewed, plans=self.PER_KG)) is None

    def test_without_one_the_weight_before_the_course_counts(self) -> None:
        weights = [weight(0, 70.0), weight(20, 71.0), weight(90, 80.0)]
        found = moved(record(course(28), weights=weights, plans=self.PER_KG))
        assert found["weight_then_kg"] == 71.0

    def test_weights_after_the_course_alone_tell_from_the_first(self) -> None:
        weights = [weight(40, 70.0), weight(90, 80.0)]
        found = moved(record(course(28), weights=weights, plans=self.PER_KG))
        assert found["weight_then_kg"] == 70.0

    def test_before_the_first_course_nothing_was_counted(self) -> None:
        weights = [weight(0, 70.0), weight(20, 90.0)]
        assert moved(record(weights=weights, plans=self.PER_KG)) is None


def months(*doses: float) -> list[list[Infusion]]:
    """Give one course every four weeks."""
    return [course(28 * number, dose_g=dose) for number, dose in enumerate(doses)]


class TestLessThanOrdered:
    @pytest.mark.parametrize(("dose", "expected"), [(63.0, False), (62.9, True), (56.0, True)])
    def test_nine_tenths_are_enough(self, dose: float, expected: bool) -> None:
        assert (drift(record(*months(70.0, dose, dose))) is not None) == expected

    @pytest.mark.parametrize(
        ("doses", "expected"),
        [
            ((70.0, 70.0, 60.0), False),
            ((70.0, 60.0, 60.0), True),
            ((60.0, 70.0, 60.0), True),
            ((60.0, 70.0, 70.0, 60.0), False),  # of the last three one
        ],
    )
    def test_it_must_be_repeated(self, doses: tuple[float, ...], expected: bool) -> None:
        assert (drift(record(*months(*doses)), day=120) is not None) == expected

    @pytest.mark.parametrize(("dose", "expected"), [(35.0, False), (34.9, True)])
    def test_or_a_single_one_be_less_than_half(self, dose: float, expected: bool) -> None:
        assert (drift(record(*months(70.0, dose, 70.0))) is not None) == expected

    def test_the_sentence_names_every_short_course_the_newest_first(self) -> None:
        finding = told(record(*months(60.0, 70.0, 55.5)))
        assert finding.sentence == (
            "Less than 90 % of the ordered grams ran: 55.5 of 70 g in the course of "
            "3 March 2025 and 60 of 70 g in the course of 6 January 2025."
        )
        assert finding.evidence["weight"] is None
        assert finding.evidence["short_courses"][1] == {  # type: ignore[index]
            "first_day": "2025-03-03",
            "given_g": 55.5,
            "ordered_g": 70.0,
            "share": 0.792857,
        }

    def test_all_days_of_a_course_count_together(self) -> None:
        courses = [course(28 * k, dose_g=14.0, days=5) for k in range(3)]
        assert drift(record(*courses)) is None

    def test_the_rest_of_a_stopped_course_completes_it(self) -> None:
        # Six days later is a course of its own, but less than half an interval after the first.
        found = record(*months(70.0, 70.0), course(56, dose_g=20.0), course(62, dose_g=50.0))
        assert drift(found) is None

    @pytest.mark.parametrize(("gap", "expected"), [(13, False), (14, True)])
    def test_half_an_interval_later_is_a_course_of_its_own(self, gap: int, expected: bool) -> None:
        found = record(*months(70.0, 70.0), course(28 + gap, dose_g=20.0))
        assert (drift(found) is not None) == expected

    def test_what_was_ordered_may_be_unknown(self) -> None:
        courses = months(60.0, 60.0, 60.0)
        assert drift(record(*courses, plans=[a_plan()])) is None
        weights = [weight(-3, 70.0)]
        assert drift(record(*courses, plans=[a_plan()], weights=weights)) is not None

    def test_courses_before_any_plan_have_no_order(self) -> None:
        later = replace(IN_GRAMS, effective_date=START + timedelta(days=200))
        assert drift(record(*months(10.0, 5.0), plans=[later])) is None


class TestACourseThatStillRuns:
    planned = replace(IN_GRAMS, course_days=5)
    so_far = record(*months(70.0), course(28, dose_g=14.0, days=2), plans=[planned])

    @pytest.mark.parametrize(("day", "expected"), [(28, False), (33, False), (34, True)])
    def test_it_is_judged_when_no_further_day_can_join_it(self, day: int, expected: bool) -> None:
        # The last infusion was on day 29, and another may join up to four days later.
        assert (drift(self.so_far, day=day) is not None) == expected

    def test_the_day_is_announced(self) -> None:
        assert analysed(self.so_far, 33).look_again_on == START + timedelta(days=34)

    def test_not_before_its_planned_days_are_over(self) -> None:
        one_by_one = AnalysisSettings(rules=replace(AnalysisSettings().rules, join_gap_days=0))
        found = record(course(0, dose_g=14.0), plans=[self.planned])

        def kinds(day: int) -> list[str]:
            analysis = analyse_patient(found, one_by_one, now=at(START + timedelta(days=day)))
            return [finding.kind for finding in analysis.findings]

        assert ["dose_drift" in kinds(day) for day in (4, 5)] == [False, True]

    def test_a_next_course_ends_it(self) -> None:
        found = record(*months(70.0), course(28, dose_g=14.0, days=2), course(56))
        assert drift(found, day=56) is not None

    def test_a_full_course_waits_for_nothing(self) -> None:
        # Silence is the first thing that time alone brings.
        announced = analysed(record(*months(70.0)), 0).look_again_on
        assert announced == START + timedelta(days=22)


def test_both_are_told_in_one_finding() -> None:
    found = record(*months(70.0, 60.0, 60.0), weights=[weight(0, 70.0), weight(60, 80.0)])
    sentence = told(found).sentence
    assert sentence.startswith("The planned 70 g a course were")
    assert "(7 March 2025). Less than 90 % of the ordered grams ran" in sentence


def test_infusions_that_were_not_done_have_no_dose() -> None:
    skipped = replace(course(28)[0], status="not_done", dose_g=None)
    assert drift(record(*months(70.0), [skipped])) is None
