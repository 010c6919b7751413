from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.analysis.settings import CLINIC_SETTINGS, PATIENT_SETTINGS, default_of
from app.clinics.rules import ClinicDraft, SettingDraft, check_clinic, check_setting
from app.errors import Severity

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def a_setting(**changes: Any) -> SettingDraft:
    content: dict[str, Any] = {
        "key": "grace_days",
        "value": 5.0,
        "source": "Agreed in the team.",
        "effective_date": date(2026, 6, 1),
    }
    return SettingDraft(**{**content, **changes})


def fields(draft: SettingDraft, **options: Any) -> list[str]:
    return [fault.field for fault in check_setting(draft, now=NOW, **options)]


def test_a_clinic_with_a_name_is_in_order() -> None:
    assert check_clinic(ClinicDraft("North")) == []


@pytest.mark.parametrize("name", ["", " ", "North ", "x" * 201, "bell\x07"])
def test_a_name_that_cannot_be_kept_is_a_fault(name: str) -> None:
    assert [fault.field for fault in check_clinic(ClinicDraft(name))] == ["name"]


@pytest.mark.parametrize("phone", [None, "112", "+44 (0)20 7946 0000", "(020) 7946 0000"])
def test_a_telephone_number_is_in_order(phone: str | None) -> None:
    assert check_clinic(ClinicDraft("North", phone)) == []


@pytest.mark.parametrize(
    "phone", ["", "11", "1 (", "+", "ward 3", "0800-123", "44+20", " 112", "1" * 31, "\u0661" * 4]
)
def test_what_cannot_be_called_is_a_fault(phone: str) -> None:
    assert [fault.field for fault in check_clinic(ClinicDraft("North", phone))] == ["phone"]


@pytest.mark.parametrize("key", CLINIC_SETTINGS)
def test_the_default_of_every_setting_can_be_set(key: str) -> None:
    value, source = default_of(key)
    assert source
    assert fields(a_setting(key=key, value=value)) == []


def test_nothing_can_be_set_from_a_date_on() -> None:
    assert fields(a_setting(value=None)) == []


def test_everything_wrong_with_a_setting_is_named() -> None:
    draft = a_setting(value=29, source=" ", effective_date=date(1899, 12, 31))
    assert fields(draft) == ["value", "source", "effective_date"]
    assert fields(a_setting(key="threshold.colour", value=-1)) == ["key"]


def test_a_date_more_than_a_year_ahead_asks_for_a_confirmation() -> None:
    (fault,) = check_setting(a_setting(effective_date=date(2028, 1, 1)), now=NOW)
    assert (fault.field, fault.severity) == ("effective_date", Severity.UNUSUAL)


def test_what_a_course_is_cannot_differ_between_patients() -> None:
    draft = a_setting(key="join_gap_days")
    assert fields(draft) == []
    (fault,) = check_setting(draft, now=NOW, keys=PATIENT_SETTINGS)
    assert fault.reason == '"join_gap_days" can only be set for the whole clinic'


def test_a_setting_does_not_begin_before_its_patient() -> None:
    assert fields(a_setting(), birth_date=date(2026, 6, 1)) == []
    assert fields(a_setting(), birth_date=date(2026, 6, 2)) == ["effective_date"]
