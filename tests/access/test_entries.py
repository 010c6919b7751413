"""Whose entries somebody may change, and which words somebody may not read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.cells import API, About
from tests.access.policy import TABLE
from tests.access.rows import SECRET_WORDS
from tests.access.test_policy import url
from tests.access.world import World

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


def test_who_can_be_put_on_a_team_is_listed_by_name(world: World) -> None:
    response = world.as_person("coordinator", "GET", f"{API}/clinics/{world.north}/people")
    people = response.json()["items"]
    assert {person["role"] for person in people} == {"patient", "proxy", "nurse", "physician"}
    listed = {person["id"] for person in people}
    assert str(world.people["nurse"].id) in listed
    assert str(world.foreigners["nurse"].id) not in listed
    team = world.as_person(
        "patient", "GET", f"{API}/patients/{world.own.patient_id}/care-team"
    ).json()["items"]
    assert all(member["name"].startswith("Somebody") for member in team)
