"""What goes with an infusion, or with a visit, that never was."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.db import Database
from tests.api.conftest import MovableClock
from tests.api.world import API, World, change_number
from tests.support.visit import NO_SYMPTOM, a_bundle, an_account, an_id, at, event

KIM = {"Authorization": "Bearer Nurse Kim"}


@pytest.fixture
def bundle(world: World, database: Database, clock: MovableClock) -> dict[str, Any]:
    """Give a visit with a reaction that was sent in the evening."""
    clock.move(hours=10)
    made = a_bundle(an_account(database, world.clinic_id))
    named = {"id": an_id(), "infusion_id": made["infusion"]["id"], "term": "headache"}
    made["reactions"] = [{**named, "onset_at": at("10:00"), "grade": 1}]
    response = world.client.post(f"{world.patient}/visit-bundles", json=made, headers=KIM)
    assert response.status_code == 201, response.text
    return made


def live(world: World) -> dict[str, int]:
    kinds = ("visits", "follow-up-calls", "infusions", "vials", "infusion-events", "reactions")
    return {
        kind: len(world.client.get(f"{world.patient}/{kind}").json()["items"]) for kind in kinds
    }


def test_an_infusion_takes_all_that_belongs_to_it_once_its_visit_is_voided(
    world: World, bundle: dict[str, Any]
) -> None:
    visit_id, infusion_id = bundle["visit"]["id"], bundle["infusion"]["id"]
    before = live(world)
    refused = world.void("infusions", infusion_id)
    assert (refused.status_code, visit_id in refused.json()["detail"]) == (409, True)
    assert live(world) == before
    assert world.void("visits", visit_id).status_code == 200
    assert world.void("infusions", infusion_id).status_code == 200
    assert live(world) == dict.fromkeys(before, 0)
    for kind, items in (("infusion-events", "events"), ("reactions", "reactions")):
        row = world.client.get(f"{API}/{kind}/{bundle[items][0]['id']}").json()
        assert (row["void_reason"], row["version"]) == ("Wrong patient.", 2)


def test_a_visit_takes_its_calls_and_the_analysis_is_made_anew(
    world: World, database: Database, bundle: dict[str, Any], clock: MovableClock
) -> None:
    clock.move(days=2)
    call = {
        "visit_id": bundle["visit"]["id"],
        "called_at": at("10:00", "2026-06-03"),
        "reached": True,
        "symptoms": {**NO_SYMPTOM, "dark_urine": "yes"},
        "advice": "Blood test today.",
    }
    heard = world.client.post(f"{world.patient}/follow-up-calls", json=call, headers=KIM)
    assert heard.status_code == 201, heard.text
    changes = change_number(database, world.patient_id)
    assert world.void("visits", bundle["visit"]["id"]).status_code == 200
    assert live(world)["follow-up-calls"] == 0
    assert change_number(database, world.patient_id) == changes + 1
    row = world.client.get(f"{API}/follow-up-calls/{heard.json()['id']}").json()
    assert row["void_reason"] == "Wrong patient."


@pytest.mark.parametrize("news", ["event", "correction", "signature", "fault"])
def test_nothing_is_added_to_a_voided_visit(
    world: World, bundle: dict[str, Any], news: str
) -> None:
    def send() -> httpx.Response:
        return world.client.post(f"{world.patient}/visit-bundles", json=bundle, headers=KIM)

    visit_id = bundle["visit"]["id"]
    assert world.void("visits", visit_id).status_code == 200
    again = send()
    assert again.status_code == 200, again.text
    assert {item["state"] for item in again.json()["items"]} == {"unchanged"}
    before = live(world)
    if news == "signature":
        bundle["signature"] = {"id": an_id()}
    elif news == "correction":
        reason = {"version": 1, "change_reason": "Read again."}
        bundle["weights"][0] |= {"weight_kg": 82.5, **reason}
    else:
        heart_rate = 72 if news == "event" else 720
        late = event("11:30", "vitals", bundle["infusion"]["id"], heart_rate=heart_rate)
        bundle["events"].append(late)
    response = send()
    assert response.status_code == 409, response.text
    (conflict,) = response.json()["conflicts"]
    assert (conflict["item"], conflict["id"]) == ("visit", visit_id)
    assert conflict["stored"]["void_reason"] == "Wrong patient."
    assert live(world) == before
    weight = world.client.get(f"{API}/weights/{bundle['weights'][0]['id']}").json()
    assert weight["version"] == 1


TAMPERED = {
    "emptied": "'[]'",
    "nulled": "NULL",
    "no list": "'7'",
    "no rows": """'[7, {"table": "visits", "id": "x", "version": 1, "hash": ""}]'""",
    "another version": "replace(covers, '\"version\": 1', '\"version\": 2')",
}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("covers", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_signature_whose_rows_were_exchanged_does_not_match(
    world: World, database: Database, bundle: dict[str, Any], covers: str
) -> None:
    visit, infusion = f"visits/{bundle['visit']['id']}", f"infusions/{bundle['infusion']['id']}"
    reaction_id = bundle["reactions"][0]["id"]
    world.amend("reactions", reaction_id, outcome="resolved", resolved_at=at("11:00"))
    seen = world.client.get(f"{API}/{visit}/record").json()["fingerprint"]
    headers = {"If-Match": '"1"', **KIM}
    signed = world.client.post(
        f"{API}/{visit}/signatures", json={"fingerprint": seen}, headers=headers
    )
    assert signed.status_code == 201, signed.text
    with database.writing() as session:
        session.execute(text("DROP TRIGGER IF EXISTS signatures_no_overwrite"))
        changed = text(f"UPDATE signatures SET covers = {covers} WHERE id = :id")
        session.execute(changed, {"id": signed.json()["id"].replace("-", "")})
    for path in (visit, infusion):
        response = world.client.get(f"{API}/{path}/signatures")
        assert response.status_code == 200, response.text
        (only,) = response.json()["items"]
        assert only["state"] == "does_not_match"
    assert world.client.get(f"{API}/{visit}/record").status_code == 200
