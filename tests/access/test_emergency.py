"""Emergency access: it opens at once, ends by itself, alerts the physicians, and is on record."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.accounts.service import disable_account
from app.accounts.tables import AccountRow
from app.kit.audit.tables import AuditEntryRow
from app.patients.tables import CareTeamRow, PatientRow
from tests.access.rows import NOW, a_log, a_patient, join
from tests.access.world import Place, World
from tests.support.people import Clock

API = "/api/v1"
REASON = "Brought in unconscious, needs the plan."


@pytest.fixture
def patient(world: World) -> Place:
    """Give a patient of the other team, whom nobody opened yet."""
    return world.fresh(world.stranger, ["weights", "plans"])


def opens(world: World, patient: Place, role: str = "nurse", **changes: Any) -> httpx.Response:
    body = {
        "clinic_id": str(patient.clinic_id),
        "patient_id": str(patient.patient_id),
        "reason": REASON,
        **changes,
    }
    return world.as_person(role, "POST", f"{API}/emergency-access", json=body)


def alerts(world: World, token: dict[str, str]) -> list[dict[str, Any]]:
    response = world.send("GET", f"{API}/worklist?clinic_id={world.north}", token)
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()["emergencies"]
    return found


def alerts_of(world: World, token: dict[str, str], patient: Place) -> list[dict[str, Any]]:
    mine = str(patient.patient_id)
    return [alert for alert in alerts(world, token) if alert["patient_id"] == mine]


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_it_opens_the_record_at_once_and_ends_by_itself(
    world: World, clock: Clock, patient: Place, role: str
) -> None:
    path = f"{API}/patients/{patient.patient_id}"
    assert world.as_person(role, "GET", path).status_code == 404
    opened = opens(world, patient, role)
    assert opened.status_code == 201, opened.text
    assert opened.json()["kind"] == "emergency"
    assert world.as_person(role, "GET", f"{path}/plans").status_code == 200
    clock.now = NOW + timedelta(hours=4, seconds=-1)
    assert world.as_person(role, "GET", path).status_code == 200
    clock.now = NOW + timedelta(hours=4)
    assert world.as_person(role, "GET", path).status_code == 404


def test_it_opens_by_the_clinics_own_identifier(world: World, patient: Place) -> None:
    with world.database.reading() as session:
        external_id = session.get_one(PatientRow, patient.patient_id).external_id
    assert opens(world, patient, patient_id=None, external_id=external_id).status_code == 201
    unknown = opens(world, patient, patient_id=None, external_id="P-nobody")
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "Curious"}, "reason"),
        ({"external_id": "P-1"}, "external_id"),
        ({"patient_id": None}, "external_id"),
    ],
)
def test_it_needs_a_reason_and_one_name(
    world: World, patient: Place, changes: dict[str, Any], field: str
) -> None:
    refused = opens(world, patient, **changes)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


@pytest.mark.parametrize("named", ["their clinic", "the own clinic"])
def test_a_patient_of_another_clinic_is_absent(world: World, named: str) -> None:
    clinic_id = world.south if named == "their clinic" else world.north
    assert opens(world, world.foreign, clinic_id=str(clinic_id)).status_code == 404


def test_whoever_sees_the_patient_needs_no_emergency(world: World, patient: Place) -> None:
    assert opens(world, world.own).status_code == 409
    assert opens(world, patient).status_code == 201
    assert opens(world, patient).status_code == 409


def test_it_opens_neither_the_care_team_nor_the_end_of_the_record(
    world: World, patient: Place
) -> None:
    assert opens(world, patient, "physician").status_code == 201
    member = {
        "account_id": str(world.people["physician"].id),
        "kind": "member",
        "valid_from": "2026-06-01T12:00:00Z",
    }
    visit = {"account_id": member["account_id"], "on_date": "2026-06-20"}
    path = f"{API}/patients/{patient.patient_id}"
    sent = {"care-team": member, "visit-assignments": visit, "void": {"void_reason": "Gone."}}
    for send, body in sent.items():
        response = world.as_person(
            "physician", "POST", f"{path}/{send}", json=body, headers={"if-match": '"1"'}
        )
        assert response.status_code == 404, send


def test_it_alerts_the_physicians_until_one_has_seen_it(world: World, patient: Place) -> None:
    row = opens(world, patient).json()
    physician, nurse = world.strangers["physician"], world.strangers["nurse"]
    (alert,) = alerts_of(world, physician.bearer, patient)
    assert alert["id"] == row["id"]
    assert alert["opened_by"] == row["recorded_by"]
    assert alert["reason"] == REASON
    assert alert["valid_until"] == "2026-06-01T16:00:00Z"
    page = world.send("GET", f"/worklist?clinic={world.north}", physician.cookie)
    assert REASON in page.text
    assert row["recorded_by"] in page.text
    assert alerts_of(world, nurse.bearer, patient) == []
    assert alerts_of(world, world.people["physician"].bearer, patient) == []
    seen = world.send("POST", f"{API}/care-team/{row['id']}/seen", physician.bearer)
    assert seen.status_code == 200
    assert seen.json()["seen_at"] == "2026-06-01T12:00:00Z"
    assert alerts_of(world, physician.bearer, patient) == []
    again = world.send("POST", f"{API}/care-team/{row['id']}/seen", physician.bearer)
    assert again.json()["version"] == seen.json()["version"]


# --- a patient without a physician ---------------------------------------------------------------


@pytest.fixture
def lonely(world: World) -> Place:
    """Give a patient as an import leaves one: on whose team nobody is."""
    with world.database.writing() as session:
        patient = a_patient(session, world.north)
        return Place(world.north, patient.id, patient.external_id)


def told(world: World, token: dict[str, str], patient: Place) -> list[dict[str, Any]]:
    path = f"{API}/clinics/{patient.clinic_id}/emergency-access"
    response = world.send("GET", path, token)
    assert response.status_code == 200, response.text
    mine = str(patient.patient_id)
    return [alert for alert in response.json()["items"] if alert["patient_id"] == mine]


def add(world: World, patient: Place, account_id: uuid.UUID, **fields: Any) -> None:
    with world.database.writing() as session:
        stored = session.get_one(PatientRow, patient.patient_id)
        join(session, stored, account_id, "member", **fields)


def test_without_a_physician_every_physician_and_coordinator_is_told(
    world: World, lonely: Place
) -> None:
    row = opens(world, lonely).json()
    for team in (world.people, world.strangers):
        (alert,) = alerts_of(world, team["physician"].bearer, lonely)
        assert (alert["reason"], alert["has_physician"]) == (REASON, False)
        assert told(world, team["physician"].bearer, lonely) == [alert]
        (for_coordinator,) = told(world, team["coordinator"].bearer, lonely)
        assert for_coordinator == {**alert, "reason": None}
        list_of_patients = world.send("GET", "/patients", team["coordinator"].cookie).text
        assert f"{row['recorded_by']} opened the record" in list_of_patients
        assert REASON not in list_of_patients
        worklist = world.send("GET", "/worklist", team["physician"].cookie).text
        assert f"/care-team/{row['id']}/seen" in worklist
        assert f'"/patients/{lonely.patient_id}"' not in worklist  # which is not theirs
    assert alerts_of(world, world.strangers["nurse"].bearer, lonely) == []


def test_nobody_of_another_clinic_is_told(world: World, lonely: Place) -> None:
    row = opens(world, lonely).json()
    for role in ("physician", "coordinator"):
        path = f"{API}/clinics/{world.north}/emergency-access"
        bearer = world.foreigners[role].bearer
        assert world.send("GET", path, bearer).status_code == 404
        own = world.send("GET", f"{API}/clinics/{world.south}/emergency-access", bearer)
        assert str(lonely.patient_id) not in own.text
    seen = f"{API}/care-team/{row['id']}/seen"
    assert world.send("POST", seen, world.foreigners["physician"].bearer).status_code == 404


def test_any_physician_takes_note_where_the_team_has_none(world: World, lonely: Place) -> None:
    row = opens(world, lonely, "physician").json()
    seen = f"{API}/care-team/{row['id']}/seen"
    own = world.as_person("physician", "POST", seen)
    assert (own.status_code, own.json()["code"]) == (403, "own-access")
    assert told(world, world.people["physician"].bearer, lonely) == []
    assert world.as_person("coordinator", "POST", seen).status_code == 403
    other = world.strangers["physician"].bearer
    record = f"{API}/patients/{lonely.patient_id}"
    assert world.send("POST", seen, other).json()["seen_at"] == "2026-06-01T12:00:00Z"
    assert world.send("GET", record, other).status_code == 404  # it opens nothing
    for role in ("physician", "coordinator"):
        assert told(world, world.strangers[role].bearer, lonely) == []


@pytest.mark.parametrize(
    ("who", "fields", "is_alone"),
    [
        ("physician", {}, False),
        ("physician", {"valid_until": NOW}, True),
        ("physician", {"valid_from": NOW + timedelta(seconds=1)}, True),
        ("physician", {"voided_at": NOW, "voided_by": "x", "void_reason": "x"}, True),
        ("nurse", {}, True),
        ("disabled", {}, True),
        ("opener", {}, True),
    ],
)
def test_a_physician_counts_who_is_on_the_team_now_and_can_sign_in(
    world: World, lonely: Place, who: str, fields: dict[str, Any], is_alone: bool
) -> None:
    assert opens(world, lonely, "physician").status_code == 201
    if who == "opener":
        member = world.people["physician"]
    else:
        member = world.newcomer(world.north, "nurse" if who == "nurse" else "physician")
    add(world, lonely, member.id, **fields)
    if who == "disabled":
        with world.database.writing() as session:
            disable_account(
                session, a_log(), session.get_one(AccountRow, member.id), reason="Left."
            )
    other = told(world, world.strangers["physician"].bearer, lonely)
    assert [alert["has_physician"] for alert in other] == ([False] if is_alone else [])
    if not is_alone:
        (alert,) = told(world, member.bearer, lonely)
        assert alert["has_physician"] is True
        assert told(world, world.people["coordinator"].bearer, lonely) == []


def test_the_list_of_patients_marks_who_has_no_physician(world: World, lonely: Place) -> None:
    mark = "no physician on the care team"

    def line() -> str:
        page = world.send("GET", "/patients", world.people["coordinator"].cookie).text
        (found,) = [part for part in page.split("<tr>") if f"/{lonely.patient_id}/" in part]
        return found

    assert mark in line()
    add(world, lonely, world.people["physician"].id)
    assert mark not in line()
    add_nothing = world.send("GET", "/patients", world.people["patient"].cookie)
    assert mark not in add_nothing.text


# --- afterwards ----------------------------------------------------------------------------------


def test_nobody_takes_note_of_their_own(world: World, patient: Place) -> None:
    row = opens(world, patient, "physician").json()
    own = world.as_person("physician", "POST", f"{API}/care-team/{row['id']}/seen")
    assert own.status_code == 404
    assert alerts_of(world, world.people["physician"].bearer, patient) == []
    # Even a physician who joined the team later takes no note of their own access.
    with world.database.writing() as session:
        stored = session.get_one(PatientRow, patient.patient_id)
        join(session, stored, world.people["physician"].id, "member")
    own = world.as_person("physician", "POST", f"{API}/care-team/{row['id']}/seen")
    assert (own.status_code, own.json()["code"]) == (403, "own-access")


def test_only_emergency_access_is_taken_note_of(world: World) -> None:
    path = f"{API}/care-team/{world.own.rows['care-team']}/seen"
    assert world.as_person("physician", "POST", path).status_code == 409


def test_it_can_be_ended_earlier_and_never_voided_or_prolonged(
    world: World, clock: Clock, patient: Place
) -> None:
    row = opens(world, patient).json()
    path = f"{API}/care-team/{row['id']}"
    headers = {"if-match": '"1"', **world.strangers["physician"].bearer}
    body = {"change_reason": "No need.", "valid_until": "2026-06-01T17:00:00Z"}
    assert world.send("PATCH", path, headers, json=body).status_code == 422
    gone = world.send("POST", f"{path}/void", headers, json={"void_reason": "Never was."})
    assert gone.status_code == 409
    body["valid_until"] = "2026-06-01T12:30:00Z"
    assert world.send("PATCH", path, headers, json=body).status_code == 200
    clock.now = NOW + timedelta(minutes=30)
    mine = world.as_person("nurse", "GET", f"{API}/patients/{patient.patient_id}")
    assert mine.status_code == 404


def test_the_patient_sees_who_opened_the_record(world: World, patient: Place) -> None:
    assert opens(world, patient).status_code == 201
    path = f"{API}/patients/{patient.patient_id}/access-log"
    log = world.send("GET", path, world.strangers["patient"].bearer)
    assert log.status_code == 200
    assert "emergency" in {entry["action"] for entry in log.json()["items"]}


def test_it_is_on_record_under_its_own_name(world: World, patient: Place) -> None:
    row = opens(world, patient).json()
    with world.database.reading() as session:
        entries = session.scalars(
            select(AuditEntryRow).where(AuditEntryRow.patient_id == patient.patient_id)
        ).all()
        stored = session.get_one(CareTeamRow, uuid.UUID(row["id"]))
    opened = [entry for entry in entries if entry.action == "emergency"]
    assert [entry.actor_id for entry in opened] == [stored.account_id]
    assert REASON not in "".join(entry.detail for entry in opened)
