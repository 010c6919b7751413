from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.kit.timezones import known_zones, zone_at

MOVES = [
    {"until": "2025-06-01T00:00:00+00:00", "time_zone": "Europe/Berlin"},
    {"until": "2024-01-01T00:00:00+00:00", "time_zone": "Asia/Tokyo"},
]


@pytest.mark.parametrize("key", ["UTC", "America/New_York", "Asia/Kathmandu", "Etc/UTC", "CET"])
def test_keys_of_the_database_are_known(key: str) -> None:
    assert key in known_zones()


@pytest.mark.parametrize(
    "key",
    [
        *("GMT+4", "Etc/GMT-1", "Etc/GMT0", "GMT0", "GMT+0", "EST5EDT", "Factory", "UTC+2"),
        *("+02:00", "america/new_york", "", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ],
)
def test_offsets_and_posix_strings_are_not(key: str) -> None:
    assert key not in known_zones()


def test_every_known_zone_can_be_opened() -> None:
    assert all(ZoneInfo(key).key == key for key in known_zones())


@pytest.mark.parametrize(
    ("instant", "zone"),
    [
        (datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC), "Asia/Tokyo"),
        (datetime(2024, 1, 1, tzinfo=UTC), "Europe/Berlin"),
        (datetime(2025, 5, 31, 23, 59, 59, tzinfo=UTC), "Europe/Berlin"),
        (datetime(2025, 6, 1, tzinfo=UTC), "America/New_York"),
    ],
)
def test_a_zone_holds_until_its_change(instant: datetime, zone: str) -> None:
    assert zone_at("America/New_York", MOVES, instant) == zone
    assert zone_at("America/New_York", MOVES[::-1], instant) == zone


def test_who_never_moved_is_always_in_the_current_zone() -> None:
    assert zone_at("UTC", [], datetime(1950, 1, 1, tzinfo=UTC)) == "UTC"


def test_the_instant_may_come_in_any_offset() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2025, 6, 1, 1, 59, tzinfo=berlin)
    assert zone_at("America/New_York", MOVES, before) == "Europe/Berlin"
    after = before + timedelta(minutes=1)
    assert zone_at("America/New_York", MOVES, after) == "America/New_York"
