from __future__ import annotations

import pytest

from app.clinics.rules import ClinicDraft, check_clinic


def test_a_clinic_with_settings_in_range_is_in_order() -> None:
    assert check_clinic(ClinicDraft("North", {"grace_days": 28, "threshold.grip_kpa": 0.15})) == []


@pytest.mark.parametrize("name", ["", " ", "North ", "x" * 201, "bell\x07"])
def test_a_name_that_cannot_be_kept_is_a_fault(name: str) -> None:
    assert [fault.field for fault in check_clinic(ClinicDraft(name))] == ["name"]


def test_every_wrong_setting_is_named_beside_the_name() -> None:
    settings = {"grace_days": 29, "min_cycles": 2, "threshold.colour": 1}
    fields = [fault.field for fault in check_clinic(ClinicDraft("", settings))]
    assert fields == [
        "name",
        "settings.grace_days",
        "settings.min_cycles",
        "settings.threshold.colour",
    ]
