from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.api.conftest import MovableClock
from tests.api.world import API, PATIENT, World, an_id, wrong_fields


def test_a_patient_is_entered_and_read(world: World) -> None:
    patient = world.client.get(world.patient).json()
    assert {name: patient[name] for name in PATIENT} == PATIENT
    assert (patient["version"], patient["followed"], patient["identifiers"]) == (1, [], {})


def test_the_codes_of_the_two_diseases_are_written_as_words(world: World) -> None:
    body = {**PATIENT, "clinic_id": world.clinic_id, "external_id": "P-2", "diagnosis": "g61.81"}
    assert world.client.post(f"{API}/patients", json=body).json()["diagnosis"] == "CIDP"
    changed = world.amend("patients", world.patient_id, diagnosis="G61.82")
    assert (changed.json()["diagnosis"], changed.json()["version"]) == ("MMN", 1)


def test_patients_are_found_by_clinic_and_identifier(world: World) -> None:
    other = world.another_patient("P-0")
    address = f"{API}/patients"

    def ids(**query: Any) -> list[str]:
        items = world.client.get(address, params={"limit": 500, **query}).json()["items"]
        return [item["id"] for item in items]

    def found(external_id: str, clinic_id: str = world.clinic_id) -> list[str]:
        body = {"clinic_id": clinic_id, "external_id": external_id}
        page = world.client.post(f"{address}/search", json=body).json()
        assert (page["next"], page["next_cursor"]) == (None, None)
        return [item["id"] for item in page["items"]]

    assert set(ids(clinic_id=world.clinic_id)) == {other, world.patient_id}
    assert ids(clinic_id=an_id()) == []
    assert {other, world.patient_id} <= set(ids())
    assert found("P-1") == [world.patient_id]
    assert found("P-0") == [other]
    assert found("p-1") == found("P-1", an_id()) == []


def test_an_identifier_is_looked_for_in_no_address(world: World) -> None:
    refused = world.client.get(f"{API}/patients", params={"external_id": "P-1"})
    assert wrong_fields(refused) == {"external_id"}
    for external_id in ("\x00", "P-1 ", "x" * 65):
        body = {"clinic_id": world.clinic_id, "external_id": external_id}
        assert wrong_fields(world.client.post(f"{API}/patients/search", json=body)) == {
            "external_id"
        }


def test_a_search_shows_voided_patients_on_request(world: World) -> None:
    world.void("patients", world.patient_id)
    body = {"clinic_id": world.clinic_id, "external_id": "P-1"}
    address = f"{API}/patients/search"
    assert world.client.post(address, json=body).json()["items"] == []
    shown = world.client.post(address, json={**body, "include_voided": True}).json()["items"]
    assert [item["id"] for item in shown] == [world.patient_id]


def test_patients_come_in_pages_the_newest_first(world: World, clock: MovableClock) -> None:
    for number in range(2, 6):
        clock.move(seconds=1)
        world.another_patient(f"P-{number}")
    query = {"clinic_id": world.clinic_id, "limit": 3}
    first = world.client.get(f"{API}/patients", params=query).json()
    clock.move(seconds=1)
    world.another_patient("P-6")
    rest = world.client.get(first["next"]).json()
    names = [patient["external_id"] for patient in (*first["items"], *rest["items"])]
    assert names == ["P-5", "P-4", "P-3", "P-2", "P-1"]
    assert rest["next"] is None


def test_an_identifier_is_taken_until_its_patient_is_voided(world: World) -> None:
    body = {**PATIENT, "clinic_id": world.clinic_id}
    assert world.client.post(f"{API}/patients", json=body).status_code == 409
    assert world.void("patients", world.patient_id).status_code == 200
    assert world.client.post(f"{API}/patients", json=body).status_code == 201
    address = f"{API}/patients?clinic_id={world.clinic_id}"
    assert len(world.client.get(address).json()["items"]) == 1
    assert len(world.client.get(f"{address}&include_voided=true").json()["items"]) == 2


def test_an_identifier_that_another_patient_has_is_refused_in_a_change(world: World) -> None:
    world.another_patient("P-2")
    assert world.amend("patients", world.patient_id, external_id="P-2").status_code == 409


def test_null_clears_a_field_that_may_be_empty(world: World) -> None:
    changed = world.amend("patients", world.patient_id, birth_date=None)
    assert changed.json()["birth_date"] is None
    refused = world.amend("patients", world.patient_id, version=2, time_zone=None)
    assert wrong_fields(refused) == {"time_zone"}


@pytest.mark.parametrize(
    ("kind", "first_day", "what"),
    [
        ("weights", "2026-05-01", "a weight"),
        ("therapies", "2026-02-10", "a therapy"),
        ("settings", "2026-03-01", "a setting"),
        ("plans", "2026-01-05", "a plan"),
        ("holds", "2026-04-01", "a hold"),
        ("infusions", "2026-05-04", "an infusion"),
        ("reports", "2026-05-05", "a report"),
    ],
)
def test_nobody_is_born_after_an_entry_about_them(
    world: World, kind: str, first_day: str, what: str
) -> None:
    row = world.entered(kind)
    after = date.fromisoformat(first_day) + timedelta(days=1)
    refused = world.amend("patients", world.patient_id, birth_date=after.isoformat())
    assert wrong_fields(refused) == {"birth_date"}
    assert f"{what} of {first_day}" in refused.json()["errors"][0]["reason"]
    unreadable = world.amend(
        "patients", world.patient_id, birth_date=after.isoformat(), family_name=1
    )
    assert wrong_fields(unreadable) == {"birth_date", "family_name"}
    then = world.amend("patients", world.patient_id, birth_date=first_day)
    assert then.json()["birth_date"] == first_day
    world.void(kind, row["id"])
    freed = world.amend("patients", world.patient_id, version=2, birth_date=after.isoformat())
    assert freed.status_code == 200


def test_a_patient_stays_in_the_clinic(world: World) -> None:
    assert wrong_fields(world.amend("patients", world.patient_id, clinic_id=an_id())) == {
        "clinic_id"
    }


def test_every_version_of_a_patient_stays_readable(world: World, clock: MovableClock) -> None:
    first = world.client.get(world.patient).json()
    clock.move(hours=1)
    second = world.amend("patients", world.patient_id, sex="female").json()
    assert world.client.get(f"{world.patient}/history").json()["items"] == [first, second]


def test_a_move_changes_the_zone_from_then_on_and_no_stored_date(
    world: World, clock: MovableClock
) -> None:
    # 23:30 in New York on 4 May is 5 May in Europe.
    before = world.entered("infusions", started_at="2026-05-05T03:30:00Z")
    assert before["local_date"] == "2026-05-04"
    moved = world.amend(
        "patients",
        world.patient_id,
        time_zone="Europe/Berlin",
        time_zone_from="2026-05-10T00:00:00Z",
    )
    assert moved.json()["previous_time_zones"] == [
        {"until": "2026-05-10T00:00:00+00:00", "time_zone": "America/New_York"}
    ]
    assert world.client.get(f"{API}/infusions/{before['id']}").json() == before
    late_entry = world.entered("weights", measured_at="2026-05-08T03:30:00Z")
    assert (late_entry["local_date"], late_entry["time_zone"]) == (
        "2026-05-07",
        "America/New_York",
    )
    after = world.entered("weights", measured_at="2026-05-20T22:30:00Z")
    assert (after["local_date"], after["time_zone"]) == ("2026-05-21", "Europe/Berlin")


def test_a_correction_that_leaves_the_moment_leaves_the_date(world: World) -> None:
    row = world.entered("infusions", started_at="2026-05-05T03:30:00Z")
    world.amend(
        "patients",
        world.patient_id,
        time_zone="Europe/Berlin",
        time_zone_from="2026-01-01T00:00:00Z",
    )
    noted = world.amend("infusions", row["id"], note="Slow at first.").json()
    assert noted["local_date"] == "2026-05-04"
    moved = world.amend("infusions", row["id"], version=2, started_at="2026-05-06T03:30:00Z").json()
    assert (moved["local_date"], moved["time_zone"]) == ("2026-05-06", "Europe/Berlin")


@pytest.mark.parametrize("zone_from", ["2040-01-01T00:00:00Z", "1960-01-01T00:00:00Z"])
def test_a_move_at_an_impossible_time_is_refused(world: World, zone_from: str) -> None:
    response = world.amend(
        "patients", world.patient_id, time_zone="Europe/Berlin", time_zone_from=zone_from
    )
    assert wrong_fields(response) == {"time_zone_from"}


def test_moves_are_entered_in_their_order(world: World) -> None:
    at = "2026-05-10T00:00:00Z"
    world.amend("patients", world.patient_id, time_zone="Europe/Berlin", time_zone_from=at)
    response = world.amend(
        "patients", world.patient_id, version=2, time_zone="Europe/Paris", time_zone_from=at
    )
    assert wrong_fields(response) == {"time_zone_from"}


@pytest.mark.parametrize(
    ("started_at", "local_date"),
    [
        ("2026-03-08T04:59:00Z", "2026-03-07"),  # 23:59 standard time, before the change
        ("2026-03-08T05:00:00Z", "2026-03-08"),
        ("2026-03-09T03:59:00Z", "2026-03-08"),  # 23:59 summer time, the day has 23 hours
        ("2026-03-09T04:00:00Z", "2026-03-09"),
        ("2025-11-03T04:59:00Z", "2025-11-02"),  # the day has 25 hours
        ("2025-11-03T05:00:00Z", "2025-11-03"),
    ],
)
def test_the_local_date_follows_the_clocks(world: World, started_at: str, local_date: str) -> None:
    assert world.entered("infusions", started_at=started_at)["local_date"] == local_date
