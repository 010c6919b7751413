"""Assigned visits: who is sent sees the record for a while, and no longer."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.kit.audit.tables import AuditEntryRow
from app.patients.tables import CareTeamRow, PatientRow
from app.schedule.service import _access_id
from tests.access.rows import a_row
from tests.access.world import Place, World
from tests.support.people import Clock

API = "/api/v1"
ON = "2026-06-11"
# Two days before 11 June, and the eleventh day after it over, by the clock of New York.
BEGINS = datetime(2026, 6, 9, 4, tzinfo=UTC)
ENDS = datetime(2026, 6, 23, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def patient(world: World) -> Place:
    """Give a patient whom the nurse of the tests does not look after, with a course that is due."""
    return world.fresh(world.stranger, ["plans"])


def assign(world: World, patient: Place, *, who: str = "nurse", **changes: Any) -> httpx.Response:
    body = {"account_id": str(world.people[who].id), "on_date": ON, **changes}
    path = f"{API}/patients/{patient.patient_id}/visit-assignments"
    return world.as_person("coordinator", "POST", path, json=body)


def assigned(world: World, patient: Place, **changes: Any) -> str:
    response = assign(world, patient, **changes)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def sees(world: World, patient: Place, role: str = "nurse") -> bool:
    response = world.as_person(role, "GET", f"{API}/patients/{patient.patient_id}/infusions")
    assert response.status_code in (200, 404)
    return response.status_code == 200


def change(world: World, row: str, **changes: Any) -> httpx.Response:
    version = changes.pop("version", 1)
    what, path = ("POST", "/void") if "void_reason" in changes else ("PATCH", "")
    body = changes if what == "POST" else {"change_reason": "Swapped.", **changes}
    headers = {"if-match": f'"{version}"'}
    path = f"{API}/visit-assignments/{row}{path}"
    return world.as_person("coordinator", what, path, json=body, headers=headers)


def access_rows(world: World, patient: Place) -> list[CareTeamRow]:
    with world.database.reading() as session:
        rows = session.scalars(
            select(CareTeamRow)
            .where(CareTeamRow.patient_id == patient.patient_id, CareTeamRow.kind == "visit")
            .order_by(CareTeamRow.valid_from)
        ).all()
        session.expunge_all()
        return list(rows)


def test_a_visit_opens_the_record_for_its_days(world: World, patient: Place, clock: Clock) -> None:
    assert not sees(world, patient)
    assigned(world, patient)
    expected = {BEGINS - MINUTE: False, BEGINS: True, ENDS - MINUTE: True, ENDS: False}
    found = {}
    for clock.now in expected:
        found[clock.now] = sees(world, patient)
    assert found == expected


def test_whoever_is_sent_instead_sees_it_instead(
    world: World, patient: Place, clock: Clock
) -> None:
    row = assigned(world, patient)
    clock.now = BEGINS + timedelta(days=1)
    assert (sees(world, patient), sees(world, patient, "physician")) == (True, False)
    other = str(world.people["physician"].id)
    assert change(world, row, account_id=other).status_code == 200
    assert (sees(world, patient), sees(world, patient, "physician")) == (False, True)
    back = str(world.people["nurse"].id)
    assert change(world, row, account_id=back, version=2).status_code == 200
    assert (sees(world, patient), sees(world, patient, "physician")) == (True, False)


def test_a_visit_that_is_put_off_takes_its_access_along(
    world: World, patient: Place, clock: Clock
) -> None:
    row = assigned(world, patient)
    assert change(world, row, on_date="2026-06-30").status_code == 200
    clock.now = BEGINS + timedelta(days=1)
    assert not sees(world, patient)
    clock.now = datetime(2026, 6, 29, 12, tzinfo=UTC)
    assert sees(world, patient)


@pytest.mark.parametrize("begun", [True, False])
def test_a_voided_assignment_ends_its_access(
    world: World, patient: Place, clock: Clock, *, begun: bool
) -> None:
    row = assigned(world, patient)
    clock.now = BEGINS + timedelta(days=1) if begun else BEGINS - timedelta(days=1)
    assert change(world, row, void_reason="Wrong nurse.").status_code == 200
    clock.now = BEGINS + timedelta(days=2)
    assert not sees(world, patient)
    (access,) = access_rows(world, patient)
    assert access.voided_at is None  # that they saw it is never taken back
    assert access.valid_until == (BEGINS + timedelta(days=1) if begun else BEGINS)
    again = assigned(world, patient)
    assert sees(world, patient)
    assert change(world, again, void_reason="No.").status_code == 200
    assert not sees(world, patient)


def test_what_has_passed_stays_as_it_was(world: World, patient: Place, clock: Clock) -> None:
    row = assigned(world, patient)
    clock.now = ENDS + timedelta(days=1)
    assert change(world, row, void_reason="Never took place.").status_code == 200
    (access,) = access_rows(world, patient)
    assert (access.valid_until, access.version) == (ENDS, 1)


def test_access_for_a_visit_is_changed_with_its_assignment_alone(
    world: World, patient: Place
) -> None:
    assigned(world, patient)
    (access,) = access_rows(world, patient)
    for method, path, body in (
        ("PATCH", "", {"change_reason": "x", "valid_until": "2027-06-01T00:00:00Z"}),
        ("POST", "/void", {"void_reason": "x"}),
    ):
        response = world.as_person(
            "coordinator",
            method,
            f"{API}/care-team/{access.id}{path}",
            json=body,
            headers={"if-match": '"1"'},
        )
        assert response.status_code == 409, response.text
    listed = world.as_person(
        "coordinator", "GET", f"{API}/patients/{patient.patient_id}/care-team"
    ).json()
    assert "visit" in {member["kind"] for member in listed["items"]}


def test_a_visit_opens_neither_the_care_team_nor_the_end_of_the_record(
    world: World, patient: Place, clock: Clock
) -> None:
    row = assigned(world, patient, who="physician")
    clock.now = BEGINS
    path = f"{API}/patients/{patient.patient_id}"
    assert sees(world, patient, "physician")
    longer = {"account_id": str(world.people["physician"].id), "on_date": "2026-06-30"}
    more = world.as_person("physician", "POST", f"{path}/visit-assignments", json=longer)
    assert more.status_code == 404
    moved = world.as_person(
        "physician",
        "PATCH",
        f"{API}/visit-assignments/{row}",
        json={"change_reason": "Later.", "on_date": "2026-06-30"},
        headers={"if-match": '"1"'},
    )
    assert moved.status_code == 404
    void = world.as_person(
        "physician", "POST", f"{path}/void", json={"void_reason": "x"}, headers={"if-match": '"1"'}
    )
    assert void.status_code == 404
    body = {"account_id": str(world.people["nurse"].id), "kind": "member"}
    body["valid_from"] = "2026-06-01T12:00:00Z"
    assert world.as_person("physician", "POST", f"{path}/care-team", json=body).status_code == 404


def test_an_assignment_never_changes_a_row_of_the_care_team_that_is_not_its_own(
    world: World, patient: Place
) -> None:
    account_id = str(world.people["nurse"].id)
    theirs = world.fresh(world.own, [])
    taken = _access_id(patient.patient_id, uuid.UUID(account_id), date.fromisoformat(ON))
    member = {"id": str(taken), "account_id": account_id, "kind": "member"}
    member["valid_from"] = "2026-06-01T12:00:00Z"
    path = f"{API}/patients/{theirs.patient_id}/care-team"
    entered = world.as_person("coordinator", "POST", path, json=member)
    assert entered.status_code == 201, entered.text
    refused = assign(world, patient)
    assert refused.status_code == 409
    assert "stored" not in refused.json()
    listed = world.as_person("coordinator", "GET", path).json()["items"]
    assert entered.json() in listed
    assert access_rows(world, patient) == []


@pytest.mark.parametrize("who", ["coordinator", "patient"])
def test_only_nurses_and_physicians_are_sent(world: World, patient: Place, who: str) -> None:
    assert assign(world, patient, who=who).status_code == 422


def test_an_account_of_elsewhere_is_like_none(world: World, patient: Place) -> None:
    found = [
        assign(world, patient, account_id=str(account)).json()["errors"]
        for account in (world.foreigners["nurse"].id, patient.patient_id)
    ]
    assert [error["reason"] for errors in found for error in errors] == [
        "the clinic has no such account"
    ] * 2


def test_who_left_is_sent_nowhere(world: World, patient: Place) -> None:
    with world.database.writing() as session:
        row = session.get_one(PatientRow, patient.patient_id)
        gone = str(a_row(session, row, "disabled-accounts").id)
    assert assign(world, patient, account_id=gone).status_code == 422


# --- lists ---------------------------------------------------------------------------------------


def due(world: World, role: str) -> dict[str, Any]:
    path = f"{API}/clinics/{world.north}/due?limit=500"
    response = world.as_person(role, "GET", path)
    assert response.status_code == 200
    content: dict[str, Any] = response.json()
    return content


def patients_in(content: dict[str, Any]) -> set[str]:
    return {item["patient_id"] for item in content["items"]}


def test_the_due_list_counts_whom_one_sees(world: World, patient: Place, clock: Clock) -> None:
    clock.now = BEGINS
    own = due(world, "nurse")
    assert str(patient.patient_id) not in patients_in(own)
    assert str(patient.patient_id) in patients_in(due(world, "coordinator"))
    assigned(world, patient)
    now = due(world, "nurse")
    assert str(patient.patient_id) in patients_in(now)
    assert sum(now["counts"].values()) == sum(own["counts"].values()) + 1


def test_a_nurse_finds_her_own_visits_of_the_week(
    world: World, patient: Place, clock: Clock
) -> None:
    assigned(world, patient)
    clock.now = BEGINS
    path = f"{API}/clinics/{world.north}/week?monday=2026-06-08&account=me"
    items = world.as_person("nurse", "GET", path).json()["items"]
    (visit,) = [item for item in items if item["patient_id"] == str(patient.patient_id)]
    assert (visit["date"], visit["state"]) == (ON, "visit")
    assert [one["account_id"] for one in visit["visitors"]] == [str(world.people["nurse"].id)]
    own = str(world.people["nurse"].id)
    assert all(own in {one["account_id"] for one in item["visitors"]} for item in items)
    others = world.as_person("physician", "GET", path).json()
    assert str(patient.patient_id) not in patients_in(others)


@pytest.mark.parametrize("what", ["due?limit=1", "week?monday=2026-06-08"])
def test_whom_a_list_showed_is_in_the_audit_trail(world: World, patient: Place, what: str) -> None:
    assigned(world, patient)
    asking = world.newcomer(world.north, "coordinator")
    path = f"{API}/clinics/{world.north}/{what}"
    shown = patients_in(world.send("GET", path, asking.bearer).json())
    assert shown
    with world.database.reading() as session:
        entry = session.scalars(
            select(AuditEntryRow).where(AuditEntryRow.actor_id == asking.id)
        ).one()
        told = entry.ids or b""
    ids = {str(uuid.UUID(bytes=told[at : at + 16])) for at in range(0, len(told), 16)}
    assert ids - {str(world.north)} == shown
