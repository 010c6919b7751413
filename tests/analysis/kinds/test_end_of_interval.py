from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from app.analysis.analyse import FindingDraft, analyse_patient
from app.analysis.assess import assess
from app.analysis.cycles import build_timeline
from app.analysis.kinds.end_of_interval import cycles_with_fall, resolved
from app.analysis.records import CourseRules, Series
from app.analysis.results import SeriesResult
from app.analysis.series_epochs import series_epochs
from app.analysis.settings import AnalysisSettings
from app.analysis.verdicts import Judged
from tests.analysis.builders import (
    START,
    a_plan,
    a_record,
    a_series,
    at,
    days_after,
    regular_days,
    wearing_off,
)

NOW = at(START + timedelta(days=170))


def findings(*series: Series, now_after: int = 170) -> dict[str, FindingDraft]:
    record = a_record(regular_days(6), series=series)
    now = at(START + timedelta(days=now_after))
    found = analyse_patient(record, AnalysisSettings(), now=now).findings
    return {finding.kind: finding for finding in found}


def series(seed: int, *, site: str, drop: float, measure: str = "strength_nrs") -> Series:
    days, values = wearing_off(np.random.default_rng(seed), drop=drop)
    return a_series(days, values, measure=measure, site=site)


class TestWeakness:
    def test_the_sites_come_strongest_first(self) -> None:
        found = findings(
            series(1, site="left_hand", drop=3.0),
            series(2, site="right_hand", drop=5.0),
            series(3, site="right_leg", drop=0.0),
        )["end_of_interval_weakness"]
        assert found.sites == ("right_hand", "left_hand")
        assert found.measure == "strength_nrs"

    def test_further_sites_are_named_without_their_numbers(self) -> None:
        found = findings(
            series(1, site="left_hand", drop=3.0), series(2, site="right_hand", drop=5.0)
        )["end_of_interval_weakness"]
        assert found.sentence.endswith(" Likewise strength of the left hand.")
        assert found.sentence.count("intervals") == 1

    def test_a_course_that_still_runs_does_not_move_the_day(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=5.0, noise=0.5, onset=0.7)
        five_days = [START + timedelta(days=28 * k + i) for k in range(6) for i in range(5)]
        said = []
        for running in (1, 5):
            last = [START + timedelta(days=28 * 6 + i) for i in range(running)]
            plan = a_plan(course_days=5)
            record = a_record(five_days + last, plans=[plan], series=[a_series(days, values)])
            found = analyse_patient(
                record, AnalysisSettings(), now=at(START + timedelta(days=175))
            ).findings
            said.append(found[0].sentence)
        assert said[0] == said[1]

    def test_nothing_is_said_of_a_patient_without_a_fall(self) -> None:
        assert findings(series(3, site="right_hand", drop=0.0)) == {}

    def test_the_sentence_says_what_was_seen(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=5.0, noise=0.5, onset=0.7)
        sentence = findings(a_series(days, values))["end_of_interval_weakness"].sentence
        assert sentence.startswith(
            "In 6 of the last 6 intervals strength of the right hand was worse at the end, from "
            "about day "
        )
        assert "and recovered after the infusion; the loss on the planned date was " in sentence

    def test_the_sentence_tells_no_dose_and_gives_no_advice(self) -> None:
        sentence = findings(series(1, site="right_hand", drop=5.0))[
            "end_of_interval_weakness"
        ].sentence
        assert not {"g/kg", "should", "dose", "grams"} & set(sentence.lower().split())

    def test_without_an_onset_the_sentence_names_no_day(self) -> None:
        days = [28.0 * k + day for k in range(6) for day in (7, 8, 25, 26)]
        values = [8.0, 7.0, 3.0, 2.0] * 6
        found = findings(a_series(days, values))["end_of_interval_weakness"]
        assert "from about day" not in found.sentence

    def test_twitching_that_swings_is_not_weakness(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=5.0)
        twitching = a_series(
            days, [10.0 - v for v in values], measure="fasciculation_nrs", site="left_arm"
        )
        assert findings(twitching) == {}

    def test_beside_weakness_it_is_named_for_what_it_is(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=5.0)
        twitching = a_series(
            days, [10.0 - v for v in values], measure="fasciculation_nrs", site="left_arm"
        )
        weak = series(2, site="right_hand", drop=5.0)
        found = findings(weak, twitching)["end_of_interval_weakness"]
        assert found.sites == ("right_hand",)
        assert "twitching of the left arm was stronger at the end" in found.sentence

    def test_a_symptom_without_an_onset_names_no_day(self) -> None:
        days = [28.0 * k + day for k in range(6) for day in (7, 8, 25, 26)]
        twitching = a_series(
            days, [2.0, 3.0, 7.0, 8.0] * 6, measure="fasciculation_nrs", site="left_arm"
        )
        weak = series(2, site="right_hand", drop=5.0)
        found = findings(weak, twitching)["end_of_interval_weakness"]
        assert found.sentence.endswith(
            "intervals twitching of the left arm was stronger at the end and eased after the "
            "infusion."
        )

    def test_a_site_that_is_only_possible_is_mentioned_in_the_evidence(self) -> None:
        days, values = wearing_off(np.random.default_rng(1), drop=1.4, noise=0.6)
        found = findings(
            series(2, site="left_hand", drop=5.0), a_series(days, values, site="right_hand")
        )["end_of_interval_weakness"]
        assert found.evidence["also_possible"] == [
            {"measure": "strength_nrs", "site": "right_hand"}
        ]

    def test_evidence_and_parameters_can_be_stored_as_json(self) -> None:
        found = findings(series(1, site="right_hand", drop=5.0))["end_of_interval_weakness"]
        stored = json.loads(json.dumps([found.evidence, found.parameters]))
        assert stored[0]["series"][0]["cycles_with_fall"] == 6
        assert stored[1]["thresholds"]["strength_nrs"]["value"] == 2.0

    def test_a_series_without_estimates_has_no_cycles_with_a_fall(self) -> None:
        record = a_record(regular_days(1), series=[a_series([1.0], [5.0])])
        (result,) = analyse_patient(record, AnalysisSettings(), now=NOW).series
        assert cycles_with_fall(judged_without_estimates(result)) == (0, 0)


def judged_without_estimates(result: SeriesResult) -> Judged:
    timeline = build_timeline(a_record(regular_days(1)), CourseRules())
    epochs = series_epochs(a_series([1.0], [5.0]), timeline)
    return Judged(assess(epochs, AnalysisSettings())[0], result)


class TestResolved:
    @staticmethod
    def record_with_change(later_drop: float, *, every: int = 1) -> dict[str, FindingDraft]:
        """Six falls at 28 days, then six intervals of 21."""
        change = START + timedelta(days=168)
        before = wearing_off(np.random.default_rng(1), drop=5.0)
        after = wearing_off(np.random.default_rng(2), interval=21, drop=later_drop, every=every)
        days = [*before[0], *(168.0 + day for day in after[0])]
        record = a_record(
            [*regular_days(6), *days_after(change, *(21 * k for k in range(1, 7)))],
            plans=[a_plan(), a_plan(effective_date=change, interval_days=21)],
            series=[a_series(days, [*before[1], *after[1]])],
        )
        now = at(change + timedelta(days=127))
        found = analyse_patient(record, AnalysisSettings(), now=now).findings
        return {finding.kind: finding for finding in found}

    def test_present_before_and_absent_now(self) -> None:
        found = self.record_with_change(0.0)["resolved"]
        assert found.sites == ("right_hand",)
        assert "since 23 June 2025 in: strength of the right hand." in found.sentence

    def test_a_fall_that_goes_on_is_not_resolved(self) -> None:
        found = self.record_with_change(5.0)
        assert "resolved" not in found
        assert "end_of_interval_weakness" in found

    def test_without_a_date_of_the_change_it_is_since_the_first_course(self) -> None:
        record = a_record(regular_days(1), series=[a_series([1.0], [5.0])])
        (result,) = analyse_patient(record, AnalysisSettings(), now=NOW).series
        result = replace(result, epoch_from=None, reason=None)
        before, now = (
            judged_without_estimates(replace(result, verdict=verdict))
            for verdict in ("present", "absent")
        )
        found = resolved([[before]], [now], AnalysisSettings())
        assert found is not None
        assert found.sentence == (
            "The fall before infusions that was clear earlier is not seen any more since the "
            "first course in: strength of the right hand."
        )
        assert found.wording == found.said.tree

    def test_too_little_to_say_is_not_resolved(self) -> None:
        assert "resolved" not in self.record_with_change(0.0, every=19)


@pytest.mark.parametrize("drop", [0.0, 5.0])
def test_a_first_epoch_cannot_be_resolved(drop: float) -> None:
    assert "resolved" not in findings(series(1, site="right_hand", drop=drop))
