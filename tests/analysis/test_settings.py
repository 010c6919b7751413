from __future__ import annotations

import json
import math

import pytest

from app.analysis.measures import MEASURES
from app.analysis.settings import DEFAULT_THRESHOLDS, AnalysisSettings, settings_from
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
    assert settings.thresholds["grip_kg"].source == "set by the clinic"
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
