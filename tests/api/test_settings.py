"""Thresholds and other settings: for a clinic, for one patient, from a date on, and why."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.analysis.settings import CLINIC_SETTINGS
from app.clinics.settings import care_settings_of, overrides_of
from app.db import Database
from tests.api.conftest import MovableClock
from tests.api.world import API, RECORDS, World, an_id, change_number, wrong_fields
from tests.support.client import ApiClient

GRIP = RECORDS["settings"]


def set_for_clinic(world: World, **changes: Any) -> httpx.Response:
    address = f"{API}/clinics/{world.clinic_id}/settings"
    return world.client.post(address, json={**GRIP, **changes})


def in_force(world: World, key: str = "threshold.grip_kpa") -> dict[str, Any]:
    response = world.client.get(f"{world.patient}/settings/in-force")
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    assert [item["key"] for item in items] == list(CLINIC_SETTINGS)
    return next(item for item in items if item["key"] == key)


def test_without_anything_set_the_defaults_hold_with_their_source(world: World) -> None:
    grip = in_force(world)
    assert (grip["value"], grip["level"], grip["effective_date"]) == (0.10, "default", None)
    assert "GRIPPER" in grip["source"]


def test_the_patients_value_goes_before_the_clinics(world: World) -> None:
    assert set_for_clinic(world, value=0.2, effective_date="2026-05-01").status_code == 201
    assert (in_force(world)["value"], in_force(world)["level"]) == (0.2, "clinic")
    own = world.entered("settings")
    assert in_force(world) == {
        "key": "threshold.grip_kpa",
        "value": 0.15,
        "level": "patient",
        "source": own["source"],
        "effective_date": "2026-03-01",
        "default": 0.10,
    }
    world.entered("settings", value=None, effective_date="2026-06-01")
    assert in_force(world)["level"] == "clinic"


def test_of_two_dates_the_later_one_that_has_come_holds(world: World, clock: MovableClock) -> None:
    world.entered("settings")
    world.entered("settings", value=0.18, effective_date="2026-06-02")
    assert in_force(world)["value"] == 0.15
    clock.now = datetime(2026, 6, 2, 3, 59, tzinfo=UTC)  # still 1 June in New York
    assert in_force(world)["value"] == 0.15
    clock.move(minutes=1)
    assert in_force(world)["value"] == 0.18


def test_a_voided_setting_gives_way_to_the_one_before(world: World) -> None:
    world.entered("settings", value=0.2, effective_date="2026-01-01")
    mistake = world.entered("settings")
    assert in_force(world)["value"] == 0.15
    world.void("settings", mistake["id"])
    assert in_force(world)["value"] == 0.2
    assert world.post("settings").status_code == 201


def test_one_value_for_one_day(world: World) -> None:
    world.entered("settings")
    assert world.post("settings", value=0.3).status_code == 409
    other = world.entered("settings", effective_date="2026-04-01")
    assert world.amend("settings", other["id"], effective_date="2026-03-01").status_code == 409
    assert set_for_clinic(world).status_code == 201
    assert set_for_clinic(world, value=0.3).status_code == 409


def test_everything_wrong_with_a_setting_is_named(world: World) -> None:
    wrong = {"value": 10, "source": " ", "effective_date": "1899-01-01", "why": "?"}
    expected = {"value", "source", "effective_date", "why"}
    assert wrong_fields(world.post("settings", **wrong)) == expected
    assert wrong_fields(set_for_clinic(world, **wrong)) == expected
    assert wrong_fields(world.post("settings", key="threshold.girp")) == {"key"}


def test_how_courses_are_joined_is_set_for_the_whole_clinic(world: World) -> None:
    joined = {"key": "join_gap_days", "value": 5}
    assert wrong_fields(world.post("settings", **joined)) == {"key"}
    assert set_for_clinic(world, **joined).status_code == 201


def test_a_far_date_needs_a_confirmation_that_stays(world: World) -> None:
    far = {"effective_date": "2028-01-01"}
    assert wrong_fields(set_for_clinic(world, **far)) == {"effective_date"}
    row = set_for_clinic(world, **far, confirm=["effective_date"]).json()
    assert row["confirmed"] == ["effective_date"]
    amended = world.amend("clinic-settings", row["id"], value=0.2)
    assert (amended.status_code, amended.json()["confirmed"]) == (200, ["effective_date"])
    later = world.amend("clinic-settings", row["id"], version=2, effective_date="2029-01-01")
    assert wrong_fields(later) == {"effective_date"}
    sure = {"effective_date": "2029-01-01", "confirm": True}
    assert world.amend("clinic-settings", row["id"], version=2, **sure).status_code == 200


def test_every_version_of_a_clinics_setting_stays_readable(
    world: World, clock: MovableClock
) -> None:
    first = set_for_clinic(world).json()
    address = f"{API}/clinic-settings/{first['id']}"
    assert world.client.get(address, headers={"If-None-Match": '"1"'}).status_code == 304
    clock.move(hours=1)
    second = world.amend("clinic-settings", first["id"], value=0.2).json()
    assert world.amend("clinic-settings", first["id"], value=0.3).status_code == 412
    refused = world.amend("clinic-settings", first["id"], version=2, value=7, source=3)
    assert wrong_fields(refused) == {"value", "source"}
    clock.move(hours=1)
    third = world.void("clinic-settings", first["id"], version=2).json()
    assert third["void_reason"] == "Wrong patient."
    assert world.amend("clinic-settings", first["id"], version=3, value=0.3).status_code == 409
    assert world.void("clinic-settings", first["id"], version=3).status_code == 409
    assert world.client.get(f"{address}/history").json()["items"] == [first, second, third]
    listed = f"{API}/clinics/{world.clinic_id}/settings"
    assert world.client.get(listed).json()["items"] == []
    assert world.client.get(f"{listed}?include_voided=true").json()["items"] == [third]


def test_a_clinics_setting_sent_twice_is_stored_once(world: World) -> None:
    row_id = an_id()
    first, again = (set_for_clinic(world, id=row_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["location"] == f"{API}/clinic-settings/{row_id}"
    assert first.json() == again.json()
    other = set_for_clinic(world, id=row_id, value=0.3)
    assert (other.status_code, other.json()["stored"]["value"]) == (409, 0.15)


def test_an_unknown_setting_or_clinic_is_not_found(client: ApiClient) -> None:
    for address in (f"{API}/clinic-settings/{an_id()}", f"{API}/clinics/{an_id()}/settings"):
        assert client.get(address).status_code == 404
    assert client.post(f"{API}/clinics/{an_id()}/settings", json=GRIP).status_code == 404
    assert client.get(f"{API}/patients/{an_id()}/settings/in-force").status_code == 404


def test_every_change_for_a_clinic_makes_its_analyses_stale(
    world: World, database: Database
) -> None:
    def changes() -> int:
        return change_number(database, world.patient_id)

    before = changes()
    row_id = set_for_clinic(world, id=an_id()).json()["id"]
    assert changes() == before + 1
    set_for_clinic(world, id=row_id)
    world.amend("clinic-settings", row_id, value=0.15)
    assert changes() == before + 1
    world.amend("clinic-settings", row_id, value=0.2)
    assert changes() == before + 2
    world.void("clinic-settings", row_id, version=2)
    assert changes() == before + 3


@pytest.mark.parametrize("level", ["clinic", "patient"])
def test_more_grace_makes_a_course_overdue_later(
    world: World, clock: MovableClock, level: str
) -> None:
    world.entered("plans")
    world.entered("infusions")
    clock.now = datetime(2026, 6, 5, 12, tzinfo=UTC)

    def state() -> str:
        return str(world.client.get(f"{world.patient}/next-course").json()["state"])

    assert state() == "overdue"
    grace = {"key": "grace_days", "value": 5}
    response = (
        set_for_clinic(world, **grace) if level == "clinic" else world.post("settings", **grace)
    )
    assert response.status_code == 201
    assert state() == "due"


def findings(world: World) -> dict[str, dict[str, Any]]:
    items = world.client.get(f"{world.patient}/findings").json()["items"]
    return {item["kind"]: item for item in items}


def test_a_finding_says_what_was_set_and_why(world: World) -> None:
    world.entered("plans")
    world.entered("infusions")
    world.entered("reports")  # 27 days ago
    before = findings(world)["reporting_gap"]["parameters"]
    assert before["report_gap_days"] == 21
    assert "set" not in before
    world.entered("settings", key="report_gap_days", value=14, source="Reports weekly.")
    assert findings(world)["reporting_gap"]["parameters"] == {
        **before,
        "report_gap_days": 14,
        "set": {"report_gap_days": "set for this patient from 2026-03-01: Reports weekly."},
    }


def test_a_setting_of_a_coming_date_is_seen_on_it_without_a_write(
    world: World, clock: MovableClock
) -> None:
    world.entered("plans")
    world.entered("infusions")
    world.entered("reports")
    far = {"key": "report_gap_days", "value": 60}
    world.entered("settings", **far, effective_date="2026-06-03")
    assert "reporting_gap" in findings(world)
    look_again = world.client.get(f"{world.patient}/analysis").json()["look_again_at"]
    assert look_again <= "2026-06-03T04:00:00Z"  # midnight in New York
    clock.now = datetime(2026, 6, 3, 4, tzinfo=UTC) - timedelta(seconds=1)
    assert "reporting_gap" in findings(world)
    clock.move(seconds=1)
    assert "reporting_gap" not in findings(world)


def test_how_care_is_given_is_set_for_the_clinic_and_leaves_every_analysis_alone(
    world: World, database: Database
) -> None:
    before = change_number(database, world.patient_id)
    care = {"key": "vitals.first_every_minutes", "value": 10}
    row = set_for_clinic(world, **care)
    assert row.status_code == 201, row.text
    assert wrong_fields(set_for_clinic(world, key="calls.until_hours", value=24)) == {"value"}
    assert wrong_fields(world.post("settings", **care)) == {"key"}
    row_id = row.json()["id"]
    assert world.amend("clinic-settings", row_id, value=20).status_code == 200
    with database.reading() as session:
        clinic = uuid.UUID(world.clinic_id)
        assert overrides_of(session, clinic) == []
        found = care_settings_of(session, clinic, today=date(2026, 6, 1))
        assert found.vitals_first_every_minutes == 20
    assert world.void("clinic-settings", row_id, version=2).status_code == 200
    assert change_number(database, world.patient_id) == before
    assert in_force(world)["level"] == "default"


def test_a_setting_of_care_that_was_meant_for_the_analysis_makes_it_stale(
    world: World, database: Database
) -> None:
    row = set_for_clinic(world, key="vitals.grace_minutes", value=10).json()
    before = change_number(database, world.patient_id)
    moved = world.amend("clinic-settings", row["id"], key="grace_days")
    assert moved.status_code == 200, moved.text
    assert change_number(database, world.patient_id) > before
