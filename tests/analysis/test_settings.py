from __future__ import annotations

import json
import math
from datetime import date
from typing import Literal

import pytest

from app.analysis.measures import MEASURES
from app.analysis.settings import (
    CLINIC_SETTINGS,
    DEFAULT_THRESHOLDS,
    PATIENT_SETTINGS,
    AnalysisSettings,
    Override,
    default_of,
    next_override_on,
    overrides_in_force,
    settings_from,
    settings_in_force,
)
from app.errors import RuleViolation


def test_every_measure_has_a_threshold_with_a_source() -> None:
    assert set(DEFAULT_THRESHOLDS) == set(MEASURES)
    assert all(threshold.source for threshold in DEFAULT_THRESHOLDS.values())


@pytest.mark.parametrize(
    ("measure", "value", "relative"),
    [
        # docs/clinical-facts.md, F6
        ("grip_kpa", 0.10, True),
        ("grip_kg", 0.10, True),
        ("strength_nrs", 2.0, False),
        ("mmn_rods", 4.0, False),
        ("i_rods", 4.0, False),
        ("incat", 1.0, False),
        ("mrc_sum", 2.0, False),
        ("walk_10m_s", 0.28, True),
        ("nine_hole_peg_s", 0.20, True),
    ],
)
def test_the_defaults_are_the_published_ones(measure: str, value: float, relative: bool) -> None:
    threshold = DEFAULT_THRESHOLDS[measure]
    assert (threshold.value, threshold.relative) == (value, relative)


def test_without_overrides_the_defaults_hold() -> None:
    assert settings_from({}) == AnalysisSettings()


def test_overrides_take_the_place_of_defaults() -> None:
    settings = settings_from(
        {"join_gap_days": 5, "grace_days": 0, "min_cycles": 4, "threshold.grip_kg": 0.2}
    )
    assert (settings.rules.join_gap_days, settings.rules.join_span_days) == (5, 9)
    assert (settings.rules.grace_days, settings.min_cycles) == (0, 4)
    assert settings.thresholds["grip_kg"].value == 0.2
    assert settings.thresholds["grip_kg"].source == "set, no source stated"
    assert settings.thresholds["grip_kpa"] == DEFAULT_THRESHOLDS["grip_kpa"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("min_cycles", 2),
        ("min_cycles", 3.5),
        ("grace_days", -1),
        ("report_gap_days", math.inf),
        ("threshold.grip_kg", 0.0),
        ("threshold.grip_kg", math.nan),
        ("threshold.grip_kg", 1.1),  # 10 for 10 %
        ("threshold.strength_nrs", 10.5),  # more than the whole scale
        ("threshold.unknown", 1.0),
        ("grip_kg", 1.0),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(key: str, value: float) -> None:
    with pytest.raises(RuleViolation) as refused:
        settings_from({key: value})
    assert [fault.field for fault in refused.value.faults] == [key]


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(RuleViolation) as refused:
        settings_from({"min_cycles": 1, "nonsense": 1, "report_gap_days": 30})
    assert [fault.field for fault in refused.value.faults] == ["min_cycles", "nonsense"]


def test_parameters_can_be_stored_as_json() -> None:
    stored = json.loads(json.dumps(AnalysisSettings().parameters()))
    assert stored["rules"]["join_gap_days"] == 4
    assert stored["thresholds"]["grip_kg"]["source"].startswith("10 % of own level")


TODAY = date(2026, 6, 1)


def an_override(
    value: float | None,
    effective_date: date = TODAY,
    *,
    key: str = "threshold.grip_kpa",
    level: Literal["clinic", "patient"] = "clinic",
) -> Override:
    return Override(level, key, value, "Dr. Example", effective_date)


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2026, 5, 31), 0.12), (TODAY, 0.15), (date(2026, 6, 2), 0.15)],
)
def test_a_value_holds_from_its_date_on(today: date, expected: float) -> None:
    overrides = [an_override(0.15), an_override(0.12, date(2026, 1, 1))]
    settings = settings_in_force(overrides, today=today)
    assert settings.thresholds["grip_kpa"].value == expected


def test_before_its_date_the_default_holds() -> None:
    assert settings_in_force([an_override(0.15, date(2026, 6, 2))], today=TODAY) == (
        AnalysisSettings()
    )


def test_the_patients_value_goes_before_the_clinics_whatever_their_dates() -> None:
    clinic, patient = an_override(0.15), an_override(0.2, date(2026, 1, 1), level="patient")
    for overrides in ([clinic, patient], [patient, clinic]):
        threshold = settings_in_force(overrides, today=TODAY).thresholds["grip_kpa"]
        assert threshold.value == 0.2
        assert threshold.source == "set for this patient from 2026-01-01: Dr. Example"
        assert threshold.noise_sd == DEFAULT_THRESHOLDS["grip_kpa"].noise_sd


def test_nothing_set_any_more_gives_way_to_what_is_broader() -> None:
    own = an_override(0.2, date(2026, 1, 1), level="patient")
    ended = an_override(None, level="patient")
    clinic = an_override(0.15, date(2026, 2, 1))
    assert overrides_in_force([own, ended, clinic], today=TODAY)["threshold.grip_kpa"] is clinic
    assert settings_in_force([own, ended], today=TODAY) == AnalysisSettings()


def test_the_settings_say_where_they_come_from() -> None:
    overrides = [an_override(5, key="grace_days"), an_override(4, key="min_cycles")]
    settings = settings_in_force(overrides, today=TODAY)
    assert (settings.rules.grace_days, settings.min_cycles) == (5, 4)
    words = "set for this clinic from 2026-06-01: Dr. Example"
    assert settings.sources == {"grace_days": words, "min_cycles": words}
    assert json.loads(json.dumps(settings.parameters()))["sources"]["grace_days"] == words


def test_the_next_date_is_that_of_the_next_value() -> None:
    dates = [date(2026, 5, 1), TODAY, date(2026, 7, 1), date(2026, 6, 2)]
    overrides = [an_override(0.1, day) for day in dates]
    assert next_override_on(overrides, today=TODAY) == date(2026, 6, 2)
    assert next_override_on(overrides, today=date(2026, 7, 1)) is None


def test_a_value_that_is_none_any_more_is_not_analysed() -> None:
    with pytest.raises(RuleViolation):
        settings_in_force([an_override(40, key="grace_days")], today=TODAY)


def test_how_courses_are_joined_is_one_for_the_clinic() -> None:
    assert set(CLINIC_SETTINGS) - set(PATIENT_SETTINGS) == {"join_gap_days", "join_span_days"}


def test_every_default_can_be_shown_with_its_source() -> None:
    assert default_of("grace_days") == (3.0, "3 days: import format")
    assert default_of("min_cycles")[0] == 3
    assert default_of("threshold.mrc_sum") == (2.0, DEFAULT_THRESHOLDS["mrc_sum"].source)
    assert all(default_of(key)[1] for key in CLINIC_SETTINGS)
