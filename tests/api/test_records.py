"""What holds for every kind of row about a patient."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import Database
from tests.api.conftest import MovableClock
from tests.api.world import API, CHANGES, RECORDS, World, an_id, change_number, wrong_fields

every_kind = pytest.mark.parametrize("kind", RECORDS)


@every_kind
def test_a_row_is_entered(world: World, kind: str) -> None:
    response = world.post(kind)
    assert response.status_code == 201
    row = response.json()
    assert response.headers["location"] == f"{API}/{kind}/{row['id']}"
    assert response.headers["etag"] == '"1"'
    assert (row["version"], row["patient_id"]) == (1, world.patient_id)
    assert world.client.get(response.headers["location"]).json() == row


@every_kind
def test_the_same_body_again_is_answered_with_the_stored_row(world: World, kind: str) -> None:
    row_id = an_id()
    first = world.post(kind, id=row_id)
    again = world.post(kind, id=row_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert len(world.client.get(f"{world.patient}/{kind}").json()["items"]) == 1


@every_kind
def test_a_repeated_entry_does_not_undo_a_correction(world: World, kind: str) -> None:
    row = world.entered(kind, id=an_id())
    amended = world.amend(kind, row["id"], **CHANGES[kind]).json()
    again = world.post(kind, id=row["id"])
    assert again.status_code == 200
    assert again.json() == amended


@every_kind
def test_another_body_under_the_same_id_is_refused_with_both(world: World, kind: str) -> None:
    row = world.entered(kind, id=an_id())
    response = world.post(kind, id=row["id"], **CHANGES[kind])
    assert response.status_code == 409
    name, value = next(iter(CHANGES[kind].items()))
    problem = response.json()
    assert problem["code"] == "conflict"
    assert problem["sent"][name] == value
    assert problem["stored"][name] == row[name]


@every_kind
def test_an_id_of_another_patients_row_is_refused(world: World, kind: str) -> None:
    row = world.entered(kind, id=an_id())
    other = world.another_patient()
    body = {**RECORDS[kind], "id": row["id"]}
    response = world.client.post(f"{API}/patients/{other}/{kind}", json=body)
    assert response.status_code == 409


@every_kind
def test_a_correction_makes_a_new_version(world: World, kind: str, clock: MovableClock) -> None:
    row = world.entered(kind)
    clock.move(hours=1)
    response = world.amend(kind, row["id"], **CHANGES[kind])
    assert response.status_code == 200
    assert response.headers["etag"] == '"2"'
    amended = response.json()
    assert amended["change_reason"] == "A slip."
    assert {name: amended[name] for name in CHANGES[kind]} == CHANGES[kind]


@every_kind
def test_every_version_stays_readable(world: World, kind: str, clock: MovableClock) -> None:
    row = world.entered(kind)
    clock.move(hours=1)
    amended = world.amend(kind, row["id"], **CHANGES[kind]).json()
    clock.move(hours=1)
    voided = world.void(kind, row["id"], version=2).json()
    history = world.client.get(f"{API}/{kind}/{row['id']}/history").json()["items"]
    assert history == [row, amended, voided]


@every_kind
def test_a_correction_without_the_version_is_refused(world: World, kind: str) -> None:
    row = world.entered(kind)
    body = {"change_reason": "A slip.", **CHANGES[kind]}
    for headers in ({}, {"If-Match": "*"}):
        response = world.client.patch(f"{API}/{kind}/{row['id']}", json=body, headers=headers)
        assert response.status_code == 428


@every_kind
def test_a_correction_of_an_old_version_is_refused(world: World, kind: str) -> None:
    row = world.entered(kind)
    assert world.amend(kind, row["id"], **CHANGES[kind]).status_code == 200
    response = world.amend(kind, row["id"], **CHANGES[kind])
    assert response.status_code == 412
    assert response.json()["code"] == "version-mismatch"


@every_kind
def test_a_correction_needs_a_reason(world: World, kind: str) -> None:
    row = world.entered(kind)
    response = world.amend(kind, row["id"], change_reason=" ", **CHANGES[kind])
    assert wrong_fields(response) == {"change_reason"}


@every_kind
def test_a_voided_row_is_readable_but_not_listed(world: World, kind: str) -> None:
    row = world.entered(kind)
    voided = world.void(kind, row["id"])
    assert voided.status_code == 200
    assert voided.json()["void_reason"] == "Wrong patient."
    assert world.client.get(f"{API}/{kind}/{row['id']}").json() == voided.json()
    address = f"{world.patient}/{kind}"
    assert world.client.get(address).json()["items"] == []
    shown = world.client.get(address, params={"include_voided": True}).json()["items"]
    assert shown == [voided.json()]


@every_kind
def test_a_voided_row_is_not_changed(world: World, kind: str) -> None:
    row = world.entered(kind)
    world.void(kind, row["id"])
    assert world.amend(kind, row["id"], version=2, **CHANGES[kind]).status_code == 409
    assert world.void(kind, row["id"], version=2).status_code == 409


@every_kind
def test_nothing_is_deleted(world: World, kind: str) -> None:
    row = world.entered(kind)
    response = world.client.delete(f"{API}/{kind}/{row['id']}")
    assert response.status_code == 405
    assert response.json()["code"] == "method-not-allowed"
    assert "DELETE" not in response.headers["allow"]


@every_kind
def test_a_client_that_holds_the_version_gets_no_body(world: World, kind: str) -> None:
    row = world.entered(kind)
    address = f"{API}/{kind}/{row['id']}"
    held = world.client.get(address, headers={"If-None-Match": '"7", W/"1"'})
    assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", '"1"')
    assert world.client.get(address, headers={"If-None-Match": '"2"'}).status_code == 200


@every_kind
def test_who_entered_it_is_kept(world: World, kind: str) -> None:
    body = RECORDS[kind]
    address = f"{world.patient}/{kind}"
    response = world.client.post(address, json=body, headers={"Authorization": "Bearer Zoe Kim"})
    assert response.json()["recorded_by"] == "Zoe Kim"
    assert world.entered(kind, **_later(kind))["recorded_by"] == "a tester"


def _later(kind: str) -> dict[str, Any]:
    """Return what gives a second row of the kind another row key."""
    return {
        "weights": {"kind": "dosing"},
        "therapies": {"from_date": "2026-02-11"},
        "plans": {"effective_date": "2026-02-11"},
        "holds": {"from_date": "2026-03-01", "to_date": "2026-03-04"},
        "settings": {"key": "grace_days", "value": 5},
    }.get(kind, {})


@every_kind
def test_every_change_makes_the_analysis_stale_in_its_own_transaction(
    world: World, kind: str, database: Database
) -> None:
    before = change_number(database, world.patient_id)
    row = world.entered(kind)
    assert change_number(database, world.patient_id) == before + 1
    world.amend(kind, row["id"], **CHANGES[kind])
    assert change_number(database, world.patient_id) == before + 2
    world.void(kind, row["id"], version=2)
    assert change_number(database, world.patient_id) == before + 3


@every_kind
def test_a_refused_entry_leaves_nothing(world: World, kind: str, database: Database) -> None:
    before = change_number(database, world.patient_id)
    body: dict[str, Any] = {"note": "x" * 5000} if kind != "plans" else {"prescriber": "\x07"}
    if kind in ("weights", "settings"):
        body = {"weight_kg": 900} if kind == "weights" else {"value": 2}
    assert world.post(kind, **body).status_code == 422
    assert world.client.get(f"{world.patient}/{kind}").json()["items"] == []
    assert change_number(database, world.patient_id) == before


@every_kind
def test_an_unknown_row_is_not_found(world: World, kind: str) -> None:
    for address in (f"{API}/{kind}/{an_id()}", f"{API}/{kind}/{an_id()}/history"):
        response = world.client.get(address)
        assert response.status_code == 404
        assert response.json()["code"] == "not-found"
    assert world.amend(kind, an_id(), **CHANGES[kind]).status_code == 404
    assert world.void(kind, an_id()).status_code == 404


@every_kind
def test_an_unknown_patient_is_not_found(world: World, kind: str) -> None:
    address = f"{API}/patients/{an_id()}/{kind}"
    assert world.client.get(address).status_code == 404
    assert world.client.post(address, json=RECORDS[kind]).status_code == 404


@every_kind
def test_a_voided_patient_gets_no_entries(world: World, kind: str) -> None:
    row = world.entered(kind, id=an_id())
    assert world.void("patients", world.patient_id).status_code == 200
    assert world.post(kind).status_code == 409
    again = world.post(kind, id=row["id"])
    assert again.status_code == 200
    assert world.amend(kind, row["id"], version=2, **CHANGES[kind]).status_code == 409
    shown = world.client.get(f"{API}/{kind}/{row['id']}").json()
    assert shown == again.json() != row
    assert {name: shown[name] for name in RECORDS[kind]} == {
        name: row[name] for name in RECORDS[kind]
    }


@every_kind
def test_a_field_that_does_not_exist_is_named(world: World, kind: str) -> None:
    assert wrong_fields(world.post(kind, colour="red")) == {"colour"}


@every_kind
def test_pages_hold_still_while_rows_are_added(world: World, kind: str) -> None:
    entered = [world.entered(kind, **_numbered(kind, number)) for number in range(5)]
    address = f"{world.patient}/{kind}"
    first = world.client.get(address, params={"limit": 2}).json()
    world.entered(kind, **_numbered(kind, 9))
    second = world.client.get(first["next"]).json()
    third = world.client.get(address, params={"limit": 2, "cursor": second["next_cursor"]}).json()
    pages = [*first["items"], *second["items"], *third["items"]]
    assert [row["id"] for row in pages] == [row["id"] for row in reversed(entered)]
    assert (third["next"], third["next_cursor"]) == (None, None)


def _numbered(kind: str, number: int) -> dict[str, Any]:
    day = f"2026-03-{10 + number}"
    return {
        "weights": {"measured_at": f"{day}T09:00:00Z"},
        "therapies": {"from_date": day},
        "plans": {"effective_date": day},
        "holds": {"from_date": day, "to_date": None},
        "settings": {"effective_date": day},
        "infusions": {"started_at": f"{day}T09:00:00Z", "dose_g": 10},
        "reports": {"observed_at": f"{day}T09:00:00Z"},
    }[kind]


@pytest.mark.parametrize(("kind", "content"), [("infusions", {"dose_g": 10}), ("reports", {})])
def test_rows_at_the_same_moment_are_each_shown_once(
    world: World, kind: str, content: dict[str, Any]
) -> None:
    ids = {world.entered(kind, **content)["id"] for _ in range(5)}
    address, seen = f"{world.patient}/{kind}?limit=1", []
    while address:
        page = world.client.get(address).json()
        seen += [row["id"] for row in page["items"]]
        address = page["next"]
    assert len(seen) == 5
    assert set(seen) == ids
