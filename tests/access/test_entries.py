"""Whose entries somebody may change, and which words somebody may not read."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.tables import AccountRow
from app.kit.audit.tables import AuditEntryRow
from app.patients.tables import CareTeamRow, PatientRow
from tests.access.cells import API, About
from tests.access.policy import TABLE
from tests.access.rows import SECRET_WORDS
from tests.access.test_policy import url
from tests.access.world import Person, Place, World

VALUE = {"measure": "grip_kpa", "site": "right_hand", "value": 40.5}


def report(source: str) -> dict[str, Any]:
    return {"observed_at": "2026-06-01T07:00:00-04:00", "source": source, "values": [VALUE]}


# --- reports -------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["patient", "proxy", "nurse", "import"])
@pytest.mark.parametrize("role", ["patient", "proxy", "nurse", "physician"])
def test_everybody_sends_reports_of_a_source_they_can_speak_for(
    world: World, role: str, source: str
) -> None:
    path = f"{API}/patients/{world.own.patient_id}/reports"
    response = world.as_person(role, "POST", path, json=report(source))
    may = source == role if role in ("patient", "proxy") else source != "import"
    assert response.status_code == (201 if may else 422), response.text
    if not may:
        assert [error["field"] for error in response.json()["errors"]] == ["source"]


@pytest.mark.parametrize(
    ("role", "kind", "expected"),
    [
        ("patient", "reports", 200),
        ("patient", "proxy-reports", 403),
        ("proxy", "proxy-reports", 200),
        ("proxy", "reports", 403),
        ("nurse", "reports", 200),
    ],
)
@pytest.mark.parametrize("verb", ["amend", "void"])
def test_people_at_home_change_their_own_reports_only(
    world: World, role: str, kind: str, expected: int, verb: str
) -> None:
    place = world.fresh(world.own, [kind])
    path = f"{API}/reports/{place.rows[kind]}"
    headers = {"if-match": '"1"'}
    if verb == "amend":
        body = {"change_reason": "A slip.", "note": "Better."}
        response = world.as_person(role, "PATCH", path, json=body, headers=headers)
    else:
        body = {"void_reason": "A slip."}
        response = world.as_person(role, "POST", f"{path}/void", json=body, headers=headers)
    assert response.status_code == expected, response.text
    if expected == 403:
        assert response.json()["code"] == "not-your-entry"


def test_a_patient_cannot_make_a_report_somebody_elses(world: World) -> None:
    place = world.fresh(world.own, ["reports"])
    response = world.as_person(
        "patient",
        "PATCH",
        f"{API}/reports/{place.rows['reports']}",
        json={"change_reason": "It was her.", "source": "proxy"},
        headers={"if-match": '"1"'},
    )
    assert response.status_code == 422


# --- alarms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "source", "expected"),
    [
        ("patient", "patient", 201),
        ("patient", "proxy", 422),
        ("proxy", "proxy", 201),
        ("proxy", "staff", 422),
        ("nurse", "staff", 201),
    ],
)
def test_people_at_home_send_and_take_back_their_own_alarms(
    world: World, role: str, source: str, expected: int
) -> None:
    path = f"{API}/patients/{world.fresh(world.own, []).patient_id}/alarms"
    body = {"noticed_at": "2026-06-01T07:00:00-04:00", "signs": ["hives"], "source": source}
    sent = world.as_person(role, "POST", path, json=body)
    assert sent.status_code == expected, sent.text
    if expected == 201:
        row = f"{API}/alarms/{sent.json()['id']}/void"
        options: dict[str, Any] = {
            "headers": {"if-match": '"1"'},
            "json": {"void_reason": "A slip."},
        }
        other = "patient" if role != "patient" else "proxy"
        assert world.as_person(other, "POST", row, **options).status_code == 403
        assert world.as_person(role, "POST", row, **options).status_code == 200
        found = world.as_person("physician", "GET", path.replace("/alarms", "/findings"))
        told = [one["sentence"] for one in found.json()["items"] if one["kind"] == "safety"]
        # The clinic still hears of it; what it called a mistake itself is told no more.
        assert any("taken back" in one for one in told) == (role != "nurse")


def test_at_home_no_strength_is_taken_over_from_the_last_time(world: World) -> None:
    path = f"{API}/patients/{world.own.patient_id}/reports"
    body = report("patient")
    taken = {**body, "values": [{**VALUE, "entry": "repeated"}]}
    response = world.as_person("patient", "POST", path, json=taken)
    assert [e["field"] for e in response.json()["errors"]] == ["values[0].entry"]
    stairs = {"measure": "ability_stairs", "site": "global", "value": 1, "entry": "repeated"}
    response = world.as_person("patient", "POST", path, json={**body, "values": [stairs]})
    assert response.status_code == 201, response.text


# --- consents ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "expected"), [("consents", 403), ("own-consents", 200)])
def test_a_patient_changes_the_own_consents_only(world: World, kind: str, expected: int) -> None:
    place = world.fresh(world.own, [kind])
    response = world.as_person(
        "patient",
        "PATCH",
        f"{API}/consents/{place.rows[kind]}",
        json={"change_reason": "Read again.", "form": "Version 4"},
        headers={"if-match": '"1"'},
    )
    assert response.status_code == expected, response.text


def test_a_patient_withdraws_on_the_day_on_which_the_clinic_entered_a_consent(
    world: World,
) -> None:
    place = world.fresh(world.own, ["consents"])
    body = {
        "purpose": "research_export",
        "decision": "withdrawn",
        "from_date": "2026-05-01",
        "form": "Version 3",
    }
    path = f"{API}/patients/{place.patient_id}/consents"
    response = world.as_person("patient", "POST", path, json=body)
    assert (response.status_code, response.json()["recorded_by"]) == (201, "patient")


# --- words that coordinators do not read ---------------------------------------------------------

_READABLE = [
    row
    for row in TABLE
    if row.method == "GET"
    and "coordinator" in row.may
    and row.about not in (About.SELF, About.ANYBODY)
]


@pytest.mark.parametrize("row", _READABLE, ids=lambda row: row.name)
def test_a_coordinator_reads_no_free_text_anywhere(world: World, row: Any) -> None:
    person = world.people["coordinator"]
    headers = person.cookie if row.by_cookie else person.bearer
    response = world.send("GET", url(world, row, world.own, person), headers)
    assert response.status_code == 200, response.text
    assert SECRET_WORDS not in response.text


@pytest.mark.parametrize(
    ("plural", "hidden"),
    [
        ("holds", "change_reason, note, void_reason"),
        ("plans", "change_reason, reason, void_reason"),
    ],
)
def test_what_is_hidden_is_null_and_named_in_a_header(
    world: World, plural: str, hidden: str
) -> None:
    for path in (
        f"{API}/{plural}/{world.own.rows[plural]}",
        f"{API}/{plural}/{world.own.rows[plural]}/history",
        f"{API}/patients/{world.own.patient_id}/{plural}",
    ):
        for_coordinator = world.as_person("coordinator", "GET", path)
        assert for_coordinator.headers["x-hidden-fields"] == hidden
        for_nurse = world.as_person("nurse", "GET", path)
        assert "x-hidden-fields" not in for_nurse.headers
        assert SECRET_WORDS in for_nurse.text


def test_a_conflict_hides_the_same_words(world: World) -> None:
    hold = {"from_date": "2026-04-01", "to_date": "2026-05-02", "reason": "travel"}
    path = f"{API}/patients/{world.own.patient_id}/holds"
    for role, is_told in (("nurse", True), ("coordinator", False)):
        response = world.as_person(role, "POST", path, json=hold)
        assert response.status_code == 409
        assert response.json()["stored"]["reason"] == "travel"
        assert (SECRET_WORDS in response.text) is is_told


def test_a_coordinator_changes_dates_and_leaves_the_note_as_it_is(world: World) -> None:
    place = world.fresh(world.own, ["holds"])
    path = f"{API}/holds/{place.rows['holds']}"
    headers = {"if-match": '"1"'}
    body: dict[str, Any] = {"change_reason": "Back early.", "to_date": "2026-04-20"}
    erased = world.as_person(
        "coordinator", "PATCH", path, json={**body, "note": None}, headers=headers
    )
    assert erased.status_code == 422
    assert [error["field"] for error in erased.json()["errors"]] == ["note"]
    assert world.as_person("coordinator", "PATCH", path, json=body, headers=headers).is_success
    note = world.as_person("nurse", "GET", path).json()["note"]
    assert note is not None
    assert SECRET_WORDS in note


def test_a_coordinator_is_told_no_reason_of_a_voided_row(world: World) -> None:
    place = world.fresh(world.own, ["holds"])
    path = f"{API}/holds/{place.rows['holds']}"
    voided = world.as_person(
        "nurse",
        "POST",
        f"{path}/void",
        json={"void_reason": f"Had {SECRET_WORDS}."},
        headers={"if-match": '"1"'},
    )
    assert voided.status_code == 200
    for verb, body in (("PATCH", {"change_reason": "x", "to_date": "2026-04-20"}),):
        refused = world.as_person("coordinator", verb, path, json=body, headers={"if-match": '"2"'})
        assert refused.status_code == 409
        assert SECRET_WORDS not in refused.text


def test_a_coordinator_is_told_no_reason_of_a_patients_own_row(world: World) -> None:
    place = world.fresh(world.own, [])
    path = f"{API}/patients/{place.patient_id}"
    changed = {"change_reason": f"Had {SECRET_WORDS}.", "dominant_hand": "left"}
    for verb, where, body, version in (
        ("PATCH", path, changed, '"1"'),
        ("POST", f"{path}/void", {"void_reason": f"Had {SECRET_WORDS}."}, '"2"'),
    ):
        done = world.as_person("physician", verb, where, json=body, headers={"if-match": version})
        assert done.status_code == 200
        assert SECRET_WORDS in done.text
    with world.database.reading() as session:
        name = session.get_one(PatientRow, place.patient_id).external_id
    search = {"clinic_id": str(world.north), "external_id": name, "include_voided": True}
    for answer in (
        world.as_person("coordinator", "GET", path),
        world.as_person("coordinator", "GET", f"{path}/history"),
        world.as_person("coordinator", "GET", f"{API}/patients?include_voided=true&limit=500"),
        world.as_person("coordinator", "POST", f"{API}/patients/search", json=search),
    ):
        assert str(place.patient_id) in answer.text
        assert answer.headers["x-hidden-fields"] == "change_reason, void_reason"
        assert SECRET_WORDS not in answer.text
    page = f"/patients/{place.patient_id}/history/record/{place.patient_id}"
    for role, is_told in (("physician", True), ("coordinator", False)):
        shown = world.send("GET", page, world.people[role].cookie)
        assert shown.status_code == 200
        assert (SECRET_WORDS in shown.text) is is_told


def test_a_coordinator_who_corrects_a_patient_reads_no_earlier_reason(world: World) -> None:
    place = world.fresh(world.own, [])
    response = world.as_person(
        "coordinator",
        "PATCH",
        f"{API}/patients/{place.patient_id}",
        json={"change_reason": "By telephone.", "dominant_hand": "left"},
        headers={"if-match": '"1"'},
    )
    assert response.status_code == 200
    assert response.json()["change_reason"] is None
    assert response.headers["x-hidden-fields"] == "change_reason, void_reason"


# --- who can be put on a care team ---------------------------------------------------------------


def people_of(world: World, role: str) -> list[dict[str, str]]:
    response = world.as_person(role, "GET", f"{API}/clinics/{world.north}/people")
    people: list[dict[str, str]] = response.json()["items"]
    return people


def login_of(world: World, person: Person) -> str:
    with world.database.reading() as session:
        return session.get_one(AccountRow, person.id).login


def test_a_physician_is_shown_no_patients_and_proxies_of_the_clinic(world: World) -> None:
    assert {person["role"] for person in people_of(world, "physician")} == {"nurse", "physician"}
    page = world.send(
        "GET", f"/patients/{world.own.patient_id}/care-team", world.people["physician"].cookie
    ).text
    for_coordinator = world.send(
        "GET", f"/patients/{world.own.patient_id}/care-team", world.people["coordinator"].cookie
    ).text
    for role in ("patient", "proxy"):
        assert str(world.strangers[role].id) not in page
        assert str(world.strangers[role].id) in for_coordinator


@pytest.mark.parametrize("asked", ["physician", "coordinator"])
@pytest.mark.parametrize("role", ["patient", "proxy", "nurse"])
def test_whoever_is_named_by_the_exact_login_is_found(world: World, asked: str, role: str) -> None:
    path = f"{API}/clinics/{world.north}/people/search"
    person = world.strangers[role]
    login = login_of(world, person)
    found = world.as_person(asked, "POST", path, json={"login": login.upper()})
    assert [item["id"] for item in found.json()["items"]] == [str(person.id)]
    for other in (login[:-1], f"{login}x", "", login_of(world, world.foreigners[role])):
        nobody = world.as_person(asked, "POST", path, json={"login": other})
        assert (nobody.status_code, nobody.json()) == (200, {"items": []})


@pytest.mark.parametrize("role", ["coordinator", "administrator", "pharmacist"])
def test_whoever_can_be_on_no_team_is_not_found(world: World, role: str) -> None:
    path = f"{API}/clinics/{world.north}/people/search"
    login = login_of(world, world.people[role])
    assert world.as_person("coordinator", "POST", path, json={"login": login}).json() == {
        "items": []
    }


def test_whose_names_were_shown_is_in_the_audit_trail(world: World) -> None:
    asking = world.newcomer(world.north, "coordinator")
    world.send("GET", f"{API}/clinics/{world.north}/people", asking.bearer)
    world.send("GET", f"/patients/{world.own.patient_id}/care-team", asking.cookie)
    with world.database.reading() as session:
        entries = session.scalars(
            select(AuditEntryRow).where(AuditEntryRow.actor_id == asking.id)
        ).all()
    named = world.strangers["patient"].id.bytes
    for operation in ("list_people", "show_care_team"):
        told = [entry for entry in entries if entry.operation == operation]
        assert any(named in (entry.ids or b"") for entry in told), operation


def joined(world: World, place: Place) -> set[uuid.UUID]:
    with world.database.reading() as session:
        return set(
            session.scalars(
                select(CareTeamRow.account_id).where(CareTeamRow.patient_id == place.patient_id)
            )
        )


def test_the_page_puts_a_proxy_on_the_team_by_the_login(world: World) -> None:
    place = world.fresh(world.own, [])
    path = f"/patients/{place.patient_id}/care-team"
    cookie = world.people["physician"].cookie
    proxy = world.strangers["proxy"]
    form = {"login": f" {login_of(world, proxy)} ", "scope": "see"}
    assert world.send("POST", path, cookie, data=form).status_code == 303
    assert proxy.id in joined(world, place)
    for wrong in ({}, {"login": "x", "account": str(proxy.id)}, {"login": "nobody-at-all"}):
        assert world.send("POST", path, cookie, data=wrong).status_code == 422


def test_the_page_answers_alike_for_accounts_of_elsewhere_and_of_nobody(world: World) -> None:
    before = joined(world, world.own)
    path = f"/patients/{world.own.patient_id}/care-team"
    ids = [world.foreigners[role].id for role in ("nurse", "physician", "patient", "proxy")]
    logins = [login_of(world, world.foreigners[role]) for role in ("nurse", "patient")]
    forms = [{"account": str(row_id)} for row_id in (*ids, uuid.uuid4(), "x")]
    answers = {
        world.send("POST", path, world.people["physician"].cookie, data=form).text for form in forms
    }
    assert len(answers) == 1
    by_login = {
        world.send("POST", path, world.people["physician"].cookie, data={"login": login}).text
        for login in (*logins, "nobody-at-all")
    }
    assert len(by_login) == 1
    assert joined(world, world.own) == before


def test_who_can_be_put_on_a_team_is_listed_by_name(world: World) -> None:
    people = people_of(world, "coordinator")
    assert {person["role"] for person in people} == {"patient", "proxy", "nurse", "physician"}
    listed = {person["id"] for person in people}
    assert str(world.people["nurse"].id) in listed
    assert str(world.foreigners["nurse"].id) not in listed
    team = world.as_person(
        "patient", "GET", f"{API}/patients/{world.own.patient_id}/care-team"
    ).json()["items"]
    assert all(member["name"].startswith("Somebody") for member in team)
