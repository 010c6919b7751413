"""Lists, references, time limits and scopes: what is not yours is absent, wherever it is named."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.tables import AccountRow
from app.patients.tables import CareTeamRow, PatientRow
from tests.access.rows import NOW, SECRET_WORDS, a_patient, join
from tests.access.world import Place, World, a_token
from tests.support.people import Clock

API = "/api/v1"
TEAM = ("patient", "proxy", "nurse", "physician")
REPORT = {
    "observed_at": "2026-06-01T07:00:00-04:00",
    "source": "nurse",
    "values": [{"measure": "grip_kpa", "site": "right_hand", "value": 40.5}],
}


def everything_of(world: World, place: Place) -> set[str]:
    """Return every id by which rows about a patient are known, and the identifier."""
    with world.database.reading() as session:
        patient = session.get_one(PatientRow, place.patient_id)
        clinical = {
            str(row_id)
            for kind, row_id in place.rows.items()
            if kind not in {"accounts", "disabled-accounts", "clinic-settings"}
            and kind not in {"products", "recalls"}
        }
        return {str(patient.id), f'"{patient.external_id}"', *clinical}


def found_in(text: str, names: set[str]) -> set[str]:
    return {name for name in names if name in text}


# --- lists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", TEAM)
def test_the_list_of_patients_has_ones_own_and_nobody_elses(world: World, role: str) -> None:
    text = world.as_person(role, "GET", f"{API}/patients?limit=500").text
    assert str(world.own.patient_id) in text
    for place in (world.stranger, world.foreign):
        assert found_in(text, everything_of(world, place)) == set()


@pytest.mark.parametrize("role", ["coordinator", "pharmacist"])
def test_the_list_of_patients_has_the_whole_clinic_and_no_other(world: World, role: str) -> None:
    text = world.as_person(role, "GET", f"{API}/patients?limit=500").text
    assert str(world.own.patient_id) in text
    assert str(world.stranger.patient_id) in text
    assert found_in(text, everything_of(world, world.foreign)) == set()


def external_id(world: World, place: Place) -> str:
    with world.database.reading() as session:
        return session.get_one(PatientRow, place.patient_id).external_id


@pytest.mark.parametrize("role", TEAM)
@pytest.mark.parametrize(("place", "expected"), [("own", 1), ("stranger", 0), ("foreign", 0)])
def test_a_search_finds_ones_own_only(world: World, role: str, place: str, expected: int) -> None:
    searched: Place = getattr(world, place)
    body = {"clinic_id": str(searched.clinic_id), "external_id": external_id(world, searched)}
    response = world.as_person(role, "POST", f"{API}/patients/search", json=body)
    assert len(response.json()["items"]) == expected


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_the_worklist_lists_and_counts_ones_own_only(world: World, role: str) -> None:
    response = world.as_person(role, "GET", f"{API}/worklist?clinic_id={world.north}")
    worklist = response.json()
    listed = world.as_person(role, "GET", f"{API}/patients?limit=500").json()["items"]
    assert worklist["patients"] == len(listed)
    assert str(world.own.patient_id) in response.text
    assert found_in(response.text, everything_of(world, world.stranger)) == set()


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_the_pages_show_ones_own_only(world: World, role: str) -> None:
    page = world.send("GET", "/worklist", world.people[role].cookie).text
    assert str(world.own.patient_id) in page
    for place in (world.stranger, world.foreign):
        assert found_in(page, everything_of(world, place)) == set()
        path = f"/patients/{place.patient_id}"
        refused = world.send("GET", path, world.people[role].cookie)
        absent = world.send("GET", f"/patients/{uuid.uuid4()}", world.people[role].cookie)
        assert (refused.status_code, absent.status_code) == (404, 404)
        assert refused.text == absent.text


@pytest.mark.parametrize("role", [*TEAM, "coordinator", "pharmacist", "administrator"])
def test_clinics_and_accounts_of_elsewhere_are_in_no_list(world: World, role: str) -> None:
    clinics = world.as_person(role, "GET", f"{API}/clinics").json()["items"]
    assert [clinic["id"] for clinic in clinics] == [str(world.north)]


def test_an_administrator_lists_the_accounts_of_the_own_clinic(world: World) -> None:
    person = world.people["administrator"]
    response = world.send("GET", f"{API}/accounts?limit=500", person.cookie)
    clinics = {account["clinic_id"] for account in response.json()["items"]}
    assert clinics == {str(world.north)}


def test_the_installations_administrator_sees_every_clinic_and_no_patient(world: World) -> None:
    who = "installation"
    clinics = world.as_person(who, "GET", f"{API}/clinics").json()["items"]
    assert {str(world.north), str(world.south)} <= {clinic["id"] for clinic in clinics}
    assert world.as_person(who, "GET", f"{API}/patients").status_code == 403
    opened = world.as_person(who, "POST", f"{API}/clinics", json={"name": uuid.uuid4().hex})
    assert opened.status_code == 201


# --- references ----------------------------------------------------------------------------------


def test_what_is_a_strangers_and_what_is_absent_answer_in_the_same_words(world: World) -> None:
    for path in ("patients/{id}", "patients/{id}/reports", "patients/{id}/findings"):
        answers = []
        for patient_id in (world.stranger.patient_id, world.foreign.patient_id, uuid.uuid4()):
            url = f"{API}/{path.format(id=patient_id)}"
            response = world.as_person("physician", "GET", url)
            answers.append((response.status_code, response.text.replace(str(patient_id), "")))
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][0] == 404


def test_a_wrong_body_says_nothing_of_a_strangers_record(world: World) -> None:
    body = {"weight_kg": "heavy", "measured_at": "1960-01-01T00:00:00Z"}
    of_stranger, of_nobody = (
        world.as_person("nurse", "POST", f"{API}/patients/{patient_id}/weights", json=body)
        for patient_id in (world.stranger.patient_id, uuid.uuid4())
    )
    # Of one's own patient the birth date would be held against it.
    of_own = world.as_person(
        "nurse", "POST", f"{API}/patients/{world.own.patient_id}/weights", json=body
    )
    assert "birth" in of_own.text
    assert of_stranger.json() == of_nobody.json()


def test_a_finding_of_another_patient_is_absent_below_ones_own(world: World) -> None:
    for place in (world.stranger, world.foreign):
        path = f"{API}/patients/{world.own.patient_id}/findings/{place.rows['findings']}"
        assert world.as_person("physician", "GET", path).status_code == 404
        reviewed = world.as_person(
            "physician",
            "POST",
            f"{path}/acknowledge",
            json={"review_reason": "Known."},
            headers={"if-match": '"1"'},
        )
        assert reviewed.status_code == 404


@pytest.mark.parametrize("place", ["stranger", "foreign"])
def test_an_id_that_a_stranger_has_conflicts_without_a_word_of_the_row(
    world: World, place: str
) -> None:
    taken: Place = getattr(world, place)
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "weights": ("weights", {"measured_at": "2026-05-01T09:00:00Z", "weight_kg": 71.5}),
        "reports": ("reports", REPORT),
        "therapies": (
            "therapies",
            {"therapy": "rituximab", "status": "started", "from_date": "2026-03-10"},
        ),
    }
    for kind, (plural, body) in bodies.items():
        sent = {**body, "id": str(taken.rows[kind])}
        path = f"{API}/patients/{world.own.patient_id}/{plural}"
        response = world.as_person("physician", "POST", path, json=sent)
        assert response.status_code == 409, response.text
        assert response.json().get("stored") is None
        assert SECRET_WORDS not in response.text
        assert str(taken.patient_id) not in response.text


def test_a_patients_id_that_a_stranger_has_conflicts_without_a_word(world: World) -> None:
    with world.database.reading() as session:
        stranger = session.get_one(PatientRow, world.stranger.patient_id)
        same = {
            "id": str(stranger.id),
            "clinic_id": str(stranger.clinic_id),
            "external_id": stranger.external_id,
            "time_zone": stranger.time_zone,
            "diagnosis": stranger.diagnosis,
            "birth_date": stranger.birth_date.isoformat() if stranger.birth_date else None,
            "family_name": stranger.family_name,
        }
    for body in (same, {**same, "family_name": "Other"}):
        response = world.as_person("physician", "POST", f"{API}/patients", json=body)
        assert response.status_code == 409
        assert response.json().get("stored") is None


@pytest.mark.parametrize("where", ["foreign", "nowhere"])
def test_an_account_of_another_clinic_cannot_be_put_on_a_team(world: World, where: str) -> None:
    account = world.foreigners["nurse"].id if where == "foreign" else uuid.uuid4()
    body = {"account_id": str(account), "kind": "member", "valid_from": "2026-06-01T00:00:00Z"}
    path = f"{API}/patients/{world.own.patient_id}/care-team"
    response = world.as_person("physician", "POST", path, json=body)
    assert response.status_code == 422
    faults = response.json()["errors"]
    assert [(f["field"], f["reason"]) for f in faults] == [
        ("account_id", "the clinic has no such account")
    ]


def test_a_patients_account_is_of_one_patient_only(world: World) -> None:
    body = {
        "account_id": str(world.strangers["patient"].id),
        "kind": "self",
        "valid_from": "2026-06-01T00:00:00Z",
    }
    path = f"{API}/patients/{world.own.patient_id}/care-team"
    response = world.as_person("coordinator", "POST", path, json=body)
    assert response.status_code == 422
    assert "another patient" in response.text


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (timedelta(seconds=-1), 404),
        (timedelta(), 200),
        (timedelta(hours=1, seconds=-1), 200),
        (timedelta(hours=1), 404),
    ],
)
@pytest.mark.parametrize("role", TEAM)
def test_a_membership_holds_from_its_first_moment_to_before_its_last(
    world: World, clock: Clock, role: str, at: timedelta, expected: int
) -> None:
    begins = NOW + timedelta(hours=2)
    patient_id = _with_member(
        world, role, valid_from=begins, valid_until=begins + timedelta(hours=1)
    )
    clock.now = begins + at
    response = world.as_person(role, "GET", f"{API}/patients/{patient_id}")
    listed = world.as_person(role, "GET", f"{API}/patients?limit=500")
    assert response.status_code == expected
    assert (str(patient_id) in listed.text) == (expected == 200)


@pytest.mark.parametrize("role", TEAM)
def test_a_voided_membership_opens_nothing(world: World, role: str) -> None:
    patient_id = _with_member(world, role)
    assert world.as_person(role, "GET", f"{API}/patients/{patient_id}").status_code == 200
    with world.database.reading() as session:
        row_id = session.scalars(
            select(CareTeamRow.id).where(CareTeamRow.patient_id == patient_id)
        ).one()
    voided = world.as_person(
        "coordinator",
        "POST",
        f"{API}/care-team/{row_id}/void",
        json={"void_reason": "Wrong person."},
        headers={"if-match": '"1"'},
    )
    assert voided.status_code == 200
    assert world.as_person(role, "GET", f"{API}/patients/{patient_id}").status_code == 404


def _with_member(world: World, role: str, **fields: Any) -> uuid.UUID:
    kind = {"patient": "self", "proxy": "proxy"}.get(role, "member")
    with world.database.writing() as session:
        patient = a_patient(session, world.north)
        join(session, patient, world.people[role].id, kind, **fields)
        return patient.id


def test_whoever_enters_a_patient_sees_them(world: World) -> None:
    body = {
        "clinic_id": str(world.north),
        "external_id": f"N-{uuid.uuid4().hex[:6]}",
        "time_zone": "Europe/Berlin",
        "diagnosis": "CIDP",
    }
    made = world.as_person("physician", "POST", f"{API}/patients", json=body)
    assert made.status_code == 201
    path = f"{API}/patients/{made.json()['id']}"
    assert world.as_person("physician", "GET", path).status_code == 200
    assert world.as_person("nurse", "GET", path).status_code == 404
    team = world.as_person("physician", "GET", f"{path}/care-team").json()["items"]
    assert [(row["kind"], row["account_id"]) for row in team] == [
        ("member", str(world.people["physician"].id))
    ]


# --- scopes --------------------------------------------------------------------------------------

_OF_SCOPES = {
    "": {"see": 200, "report": 200},
    "/reports": {"see": 200, "report": 200},
    "/history": {"see": 200, "report": 404},
    "/next-course": {"see": 200, "report": 200},
    "/series": {"see": 200, "report": 200},
    "/courses": {"see": 200, "report": 404},
    "/therapies": {"see": 200, "report": 404},
    "/holds": {"see": 200, "report": 404},
    "/infusions": {"see": 200, "report": 404},
    "/settings/in-force": {"see": 200, "report": 404},
    "/findings": {"see": 200, "report": 404},
    "/access-log": {"see": 200, "report": 404},
    "/weights": {"see": 200, "report": 404},
    "/plans": {"see": 200, "report": 404},
    "/analysis": {"see": 200, "report": 404},
    "/care-team": {"see": 200, "report": 404},
    "/consents": {"see": 200, "report": 404},
}


@pytest.mark.parametrize("scope", ["see", "report"])
@pytest.mark.parametrize("path", _OF_SCOPES)
def test_a_proxy_sees_what_the_scope_covers(world: World, path: str, scope: str) -> None:
    patient_id = _with_member(world, "proxy", scope=[scope])
    response = world.as_person("proxy", "GET", f"{API}/patients/{patient_id}{path}")
    assert response.status_code == _OF_SCOPES[path][scope]


@pytest.mark.parametrize(("scope", "expected"), [("see", 404), ("report", 201)])
def test_a_proxy_reports_only_where_the_scope_says_so(
    world: World, scope: str, expected: int
) -> None:
    patient_id = _with_member(world, "proxy", scope=[scope])
    path = f"{API}/patients/{patient_id}/reports"
    response = world.as_person("proxy", "POST", path, json={**REPORT, "source": "proxy"})
    assert response.status_code == expected


def test_a_token_does_what_its_scopes_say_and_no_more(world: World) -> None:
    with world.database.writing() as session:
        account = session.get_one(AccountRow, world.people["nurse"].id)
        token = a_token(session, account, ("patients.read", "reports.read"))
    headers = {"authorization": f"Bearer {token}"}
    patient = f"{API}/patients/{world.own.patient_id}"
    expected = {patient: 200, f"{patient}/reports": 200, f"{patient}/weights": 403}
    expected |= {f"{API}/worklist?clinic_id={world.north}": 403, f"{API}/clinics": 403}
    got = {path: world.send("GET", path, headers).status_code for path in expected}
    assert got == expected
    refused = world.send("POST", f"{patient}/reports", headers, json=REPORT)
    assert refused.status_code == 403
    stranger = world.send("GET", f"{API}/patients/{world.stranger.patient_id}", headers)
    assert stranger.status_code == 404


def test_no_token_reaches_the_account_itself(world: World) -> None:
    assert world.as_person("nurse", "GET", f"{API}/me").status_code == 403
