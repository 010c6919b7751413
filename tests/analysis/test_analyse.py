"""One patient, from record to results, and what becomes true by time alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.analyse import AnalysisSettings, PatientAnalysis, analyse_patient
from app.analysis.records import Hold, PatientRecord
from tests.analysis.builders import (
    START,
    ZONE,
    a_plan,
    a_record,
    a_series,
    at,
    days_after,
    regular_days,
    wearing_off,
)

SETTINGS = AnalysisSettings()


def analysed(record: PatientRecord, *, day: int) -> PatientAnalysis:
    return analyse_patient(record, SETTINGS, now=at(START + timedelta(days=day)))


def said(analysis: PatientAnalysis) -> str:
    """Give everything that a reader could see, without the clock."""
    return json.dumps(
        {
            "series": [result.to_dict() for result in analysis.series],
            "findings": [
                [f.kind, f.measure, f.sites, f.evidence, f.sentence, f.parameters]
                for f in analysis.findings
            ],
        }
    )


class TestSeries:
    def test_every_series_with_a_report_has_one_result(self) -> None:
        record = a_record(
            [START],
            series=[
                a_series([5.0], [4], site="left_hand"),
                a_series([], [], site="right_leg"),
                a_series([5.0], [4]),
                a_series([5.0], [20.0], measure="grip_kg"),
            ],
        )
        found = [(one.measure, one.site) for one in analysed(record, day=6).series]
        # In the order of the catalogue, whatever the order of the record.
        assert found == [
            ("strength_nrs", "right_hand"),
            ("strength_nrs", "left_hand"),
            ("grip_kg", "right_hand"),
        ]

    def test_a_patient_without_anything_has_nothing(self) -> None:
        found = analysed(a_record([], plans=[]), day=0)
        assert (found.series, found.findings, found.look_again_on) == ((), (), None)

    def test_a_report_without_any_course_is_too_few_cycles(self) -> None:
        record = a_record([], series=[a_series([5.0], [4])])
        (found,) = analysed(record, day=6).series
        assert (found.verdict, found.epoch_from, found.reports) == ("insufficient_data", None, 1)

    def test_on_hold_a_series_is_not_assessable(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=5.0)
        hold = Hold(START + timedelta(days=169), START + timedelta(days=200), "travel")
        record = a_record(regular_days(6), holds=[hold], series=[a_series(days, values)])
        verdicts = [analysed(record, day=day).series[0] for day in (168, 169, 199, 200)]
        assert [v.verdict for v in verdicts] == [
            "present",
            "not_assessable",
            "not_assessable",
            "present",
        ]
        assert verdicts[1].reason == "on_hold"
        assert verdicts[1].score == verdicts[0].score

    def test_a_plan_under_the_skin_counts_from_its_first_course_on(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=5.0)
        changed = a_plan(effective_date=START + timedelta(days=169), subcutaneous=True)
        series = [a_series(days, values)]

        def verdict(courses: int, day: int) -> str:
            record = a_record(regular_days(courses), plans=[a_plan(), changed], series=series)
            return analysed(record, day=day).series[0].verdict

        assert [verdict(6, 168), verdict(6, 169), verdict(7, 197)] == [
            "present",
            "present",
            "not_assessable",
        ]

    def test_the_open_cycle_changes_nothing(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=2.0)
        longer = a_series([*days, 180.0, 190.0], [*values, 0, 0])
        (short,) = analysed(
            a_record(regular_days(6), series=[a_series(days, values)]), day=191
        ).series
        (long,) = analysed(a_record(regular_days(6), series=[longer]), day=191).series
        assert replace(long, reports=short.reports) == short

    def test_the_same_question_has_the_same_answer(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=2.0)
        record = a_record(regular_days(6), series=[a_series(days, values)])
        assert said(analysed(record, day=191)) == said(analysed(record, day=191))

    def test_only_the_local_date_matters(self) -> None:
        record = a_record(days_after(START, 0, 28))
        # 00:30 in Amsterdam on the first overdue day is still the day before in UTC.
        just_before = datetime(2025, 3, 6, 22, 59, tzinfo=UTC)
        kinds = [
            [f.kind for f in analyse_patient(record, SETTINGS, now=now).findings]
            for now in (just_before, just_before + timedelta(minutes=1))
        ]
        assert "lapse" not in kinds[0]
        assert "lapse" in kinds[1]
        assert record.time_zone == ZONE

    def test_earlier_epochs_are_judged_by_their_own_route(self) -> None:
        change = START + timedelta(days=168)
        before = wearing_off(np.random.default_rng(1), drop=5.0)
        after = wearing_off(np.random.default_rng(2), drop=0.0)
        courses = [*regular_days(6), *days_after(change, *(28 * k for k in range(1, 7)))]
        series = a_series([*before[0], *(168.0 + d for d in after[0])], [*before[1], *after[1]])
        plans = [a_plan(subcutaneous=True), a_plan(effective_date=change)]
        found = analysed(a_record(courses, plans=plans, series=[series]), day=337)
        assert found.series[0].verdict == "absent"
        assert "resolved" not in [f.kind for f in found.findings]


class TestLookAgain:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (0, 22),  # silence, counted from the first infusion
            (22, 28),  # due
            (28, 32),  # overdue
            (32, 43),  # missed
            (43, None),
        ],
    )
    def test_the_next_date_on_which_a_rule_can_change(self, day: int, expected: int | None) -> None:
        found = analysed(a_record([START]), day=day).look_again_on
        assert found == (None if expected is None else START + timedelta(days=expected))

    @pytest.mark.parametrize(("day", "expected"), [(0, 5), (5, 9), (9, 22)])
    def test_holds_and_plans_to_come(self, day: int, expected: int) -> None:
        record = a_record(
            [START],
            plans=[a_plan(), a_plan(effective_date=START + timedelta(days=9))],
            holds=[Hold(START + timedelta(days=5), START + timedelta(days=60), "travel")],
        )
        found = analysed(record, day=day).look_again_on
        assert found == START + timedelta(days=expected)

    def test_the_date_that_a_held_course_was_planned_for(self) -> None:
        record = a_record([START], holds=[Hold(START + timedelta(days=5), None, "travel")])
        assert analysed(record, day=22).look_again_on == START + timedelta(days=28)


@st.composite
def records(draw: st.DrawFn) -> PatientRecord:
    """Draw a patient to whom things will happen in the next months without any entry."""
    interval = draw(st.sampled_from([7, 14, 21, 28, 42]))
    courses = days_after(START, *(interval * k for k in range(draw(st.integers(0, 4)))))
    day = st.integers(-20, 220)
    first = a_plan(effective_date=START - timedelta(days=9), interval_days=interval)
    changed = [
        a_plan(
            effective_date=START + timedelta(days=planned),
            interval_days=draw(st.sampled_from([14, 28, 35])),
            subcutaneous=draw(st.booleans()),
        )
        for planned in draw(st.lists(day, max_size=2, unique=True))
    ]
    holds = [
        Hold(
            START + timedelta(days=begins),
            None if length is None else START + timedelta(days=begins + length),
            "travel",
        )
        for begins, length in draw(
            st.lists(st.tuples(day, st.none() | st.integers(1, 90)), max_size=2)
        )
    ]
    reports = [float(d) for d in range(1, draw(st.integers(0, 60)), draw(st.integers(1, 9)))]
    record = a_record(
        courses,
        plans=sorted([first, *changed], key=lambda p: p.effective_date)[draw(st.integers(0, 1)) :],
        holds=sorted(holds, key=lambda hold: hold.from_date),
        series=[a_series(reports, [5.0 + (r % 3) for r in reports])] if reports else [],
    )
    # Of 70 g that are ordered: enough, less, and so little that a further day is waited for.
    dose_g = st.sampled_from([70.0, 60.0, 20.0])
    return replace(
        record, infusions=tuple(replace(one, dose_g=draw(dose_g)) for one in record.infusions)
    )


@settings(max_examples=25)
@given(records())
def test_nothing_changes_on_a_day_that_was_not_announced(record: PatientRecord) -> None:
    before = analysed(record, day=60)
    for day in range(61, 261):
        today: date = START + timedelta(days=day)
        after = analysed(record, day=day)
        if before.look_again_on != today:
            assert said(after) == said(before)
            assert after.look_again_on == before.look_again_on
        assert after.look_again_on is None or after.look_again_on > today
        before = after


def test_five_years_of_daily_reports_at_six_sites_are_analysed() -> None:
    rng = np.random.default_rng(0)
    sites = ("global", "right_hand", "left_hand", "right_leg", "left_leg", "right_foot")
    days, _ = wearing_off(rng, cycles=87, interval=21)
    series = [
        a_series(days, wearing_off(rng, cycles=87, interval=21, drop=3.0)[1], site=site)
        for site in sites
    ]
    record = a_record(regular_days(87, 21), plans=[a_plan(interval_days=21)], series=series)
    found = analysed(record, day=87 * 21 + 1)
    assert {result.verdict for result in found.series} == {"present"}
