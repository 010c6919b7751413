from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.analysis.settings import PATIENT_SETTINGS, Override
from app.clinics.care_settings import (
    CARE_SETTINGS,
    CareSettings,
    care_settings_in_force,
    care_value_refusal,
)
from app.clinics.rules import SettingDraft, check_setting

DAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def an_override(**changes: Any) -> Override:
    content: dict[str, Any] = {
        "level": "clinic",
        "key": "vitals.first_every_minutes",
        "value": 10.0,
        "source": "Agreed in the team.",
        "effective_date": DAY,
    }
    return Override(**{**content, **changes})


@pytest.mark.parametrize("key", CARE_SETTINGS)
def test_every_default_and_every_bound_can_be_set_and_says_where_it_comes_from(key: str) -> None:
    setting = CARE_SETTINGS[key]
    assert setting.source
    for value in (setting.low, setting.default, setting.high):
        draft = SettingDraft(key, value, "Agreed in the team.", DAY)
        assert check_setting(draft, now=NOW) == []


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("vitals.first_every_minutes", 4, "4 is not a whole number from 5 to 60 (minutes)"),
        ("vitals.first_every_minutes", 61, "61 is not a whole number from 5 to 60 (minutes)"),
        ("vitals.grace_minutes", 2.5, "2.5 is not a whole number from 0 to 30 (minutes)"),
        ("late_call.from_g_per_kg", 5.5, "5.5 is not a number from 0.1 to 5 (g/kg)"),
        ("late_call.until_days", float("nan"), "nan is not a whole number from 3 to 30 (days)"),
    ],
)
def test_a_value_outside_its_range_is_refused(key: str, value: float, reason: str) -> None:
    assert care_value_refusal(key, value) == reason
    (fault,) = check_setting(SettingDraft(key, value, "Because.", DAY), now=NOW)
    assert (fault.field, fault.reason) == ("value", reason)


def test_half_a_gram_per_kilogram_is_a_value() -> None:
    assert care_value_refusal("late_call.from_g_per_kg", 1.5) is None


def test_no_patient_has_a_protocol_of_their_own() -> None:
    draft = SettingDraft("vitals.grace_minutes", 10, "Because.", DAY)
    (fault,) = check_setting(draft, now=NOW, keys=PATIENT_SETTINGS)
    assert fault.reason == '"vitals.grace_minutes" can only be set for the whole clinic'


def test_without_anything_set_the_defaults_hold() -> None:
    in_force = care_settings_in_force([], today=DAY)
    assert in_force == CareSettings()
    assert (in_force.vitals_first_every_minutes, in_force.calls_until_hours) == (15, 72)


def test_the_latest_value_that_has_come_holds_and_null_ends_it() -> None:
    overrides = [
        an_override(),
        an_override(value=20.0, effective_date=date(2026, 6, 2)),
        an_override(value=None, effective_date=date(2026, 6, 3)),
        an_override(key="grace_days", value=5.0),
    ]
    found = [
        care_settings_in_force(overrides, today=date(2026, *day)).vitals_first_every_minutes
        for day in ((5, 31), (6, 1), (6, 2), (6, 3))
    ]
    assert found == [15, 10, 20, 15]
