"""Words about people and what they entered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.accounts.ways import Ways
from app.web.people import field_label, format_field, format_membership, format_ways, in_groups


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("note", None, "—"),
        ("note", "", "—"),
        ("note", "as ever", "as ever"),
        ("lot_numbers", [], "—"),
        ("lot_numbers", ["A1", "B2"], "A1, B2"),
        ("identifiers", {}, "—"),
        ("identifiers", {"mrn": "7"}, "mrn: 7"),
        ("dose_g", 80.0, "80"),
        ("is_x", True, "yes"),
        ("is_x", False, "no"),
        ("effective_date", "2026-02-03", "3 Feb 2026"),
        ("observed_at", "2026-02-03T12:00:00+00:00", "3 Feb 2026, 07:00"),
        ("valid_from", "2026-02-03T12:00:00+00:00", "3 Feb 2026, 07:00"),
        ("weight_kg", 0, "0"),
    ],
)
def test_a_stored_value_is_written_for_reading(name: str, value: Any, expected: str) -> None:
    assert format_field(name, value, "America/New_York") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dose_g_per_kg", "dose (g/kg)"),
        ("dose_g", "dose (g)"),
        ("weight_kg", "weight (kg)"),
        ("interval_days", "interval (days)"),
        ("local_date", "local date"),
    ],
)
def test_a_field_has_its_unit_behind_it(name: str, expected: str) -> None:
    assert field_label(name) == expected


def test_ways_and_memberships_are_told() -> None:
    ways = Ways(passkeys=2, has_password=True, has_totp=True, identities=1, recovery_codes=3)
    told = "2 passkeys, password and app, organisation, 3 recovery codes left"
    assert format_ways(ways) == told
    assert format_ways(Ways(1, True, False, 0, 0)) == "1 passkey"
    proxy = SimpleNamespace(kind="proxy", scope=["see", "report"])
    assert format_membership(proxy) == (
        "stands in and may see everything and report for the patient"
    )
    assert format_membership(SimpleNamespace(kind="member", scope=None)) == "cares for the patient"


def test_a_key_can_be_read_out() -> None:
    assert in_groups("ABCDEFGHIJ") == "ABCD EFGH IJ"
