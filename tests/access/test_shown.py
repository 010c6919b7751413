"""What an answer says besides its own rows: weights behind grams, notices behind a recall."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.kit.audit.tables import AuditEntryRow
from tests.access.cells import API
from tests.access.world import Person, Place, World

WEIGHT_KG = 82.5
ORDERED = "82.5"  # g, by 1 g/kg


@pytest.fixture
def patient(world: World) -> Place:
    """Give a patient with an order by weight, a weight, and a course that was given."""
    place = world.fresh(world.own, ["plans", "infusions"])
    body = {"weight_kg": WEIGHT_KG, "measured_at": "2026-05-20T09:00:00-04:00", "kind": "dosing"}
    path = f"{API}/patients/{place.patient_id}/weights"
    made = world.as_person("nurse", "POST", path, json=body)
    assert made.status_code == 201, made.text
    place.rows["weights"] = uuid.UUID(made.json()["id"])
    return place


def conversion(world: World, patient: Place, role: str, query: str = "") -> dict[str, Any]:
    path = f"{API}/plans/{patient.rows['plans']}/conversion{query}"
    answer = world.as_person(role, "GET", path)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def ids_shown(world: World, asking: Person, patient: Place) -> bytes:
    """Return the ids that the audit trail says somebody was shown about a patient."""
    with world.database.reading() as session:
        entries = session.scalars(
            select(AuditEntryRow).where(
                AuditEntryRow.actor_id == asking.id,
                AuditEntryRow.patient_id == patient.patient_id,
            )
        ).all()
        return b"".join(entry.ids or b"" for entry in entries)


def test_no_weight_follows_from_grams_for_whoever_reads_no_weights(
    world: World, patient: Place
) -> None:
    plain = conversion(world, patient, "nurse")
    assert (plain["ordered_g"], plain["recent"][0]["ordered_g"]) == (WEIGHT_KG, WEIGHT_KG)
    for query in ("", "?weight=actual"):
        found = conversion(world, patient, "coordinator", query)
        assert (found["weights"], found["weight"], found["ordered_g"]) == ([], None, None)
        assert (found["recent"][0]["ordered_g"], found["recent"][0]["infused_g"]) == (None, 70)
        assert found["covering"] is found["nearest"] is None
    typed = conversion(world, patient, "coordinator", "?weight_kg=60")
    assert (typed["weights"], typed["ordered_g"]) == ([], 60)
    assert typed["weight"]["kind"] == "given"
    path = f"{API}/patients/{patient.patient_id}/schedule"
    ordered = {
        role: [one["ordered_g"] for one in world.as_person(role, "GET", path).json()["done"]]
        for role in ("nurse", "coordinator")
    }
    assert ordered == {"nurse": [WEIGHT_KG], "coordinator": [None]}


def test_no_page_shows_a_weight_to_whoever_reads_none(world: World, patient: Place) -> None:
    order = f"/plans/{patient.rows['plans']}/conversion"
    for path in (order, f"/patients/{patient.patient_id}/schedule"):
        shown = {
            role: world.send("GET", path, world.people[role].cookie)
            for role in ("nurse", "coordinator")
        }
        assert {page.status_code for page in shown.values()} == {200}
        assert {role: ORDERED in page.text for role, page in shown.items()} == {
            "nurse": True,
            "coordinator": False,
        }
    told = world.send("GET", order, world.people["coordinator"].cookie).text
    assert "type one: weights are not shown to you" in told
    assert 'name="weight"' not in told


def test_an_order_in_grams_is_shown_to_whoever_plans(world: World, patient: Place) -> None:
    body = {"dose_g_per_kg": None, "dose_g": 75.0, "change_reason": "In grams."}
    headers = {"if-match": '"1"'}
    path = f"{API}/plans/{patient.rows['plans']}"
    changed = world.as_person("physician", "PATCH", path, json=body, headers=headers)
    assert changed.status_code == 200, changed.text
    found = conversion(world, patient, "coordinator")
    assert (found["weight"], found["ordered_g"]) == (None, 75)
    assert found["recent"][0]["ordered_g"] == 75


@pytest.mark.parametrize("surface", ["document", "page"])
def test_weights_that_were_shown_are_in_the_audit_trail(
    world: World, patient: Place, surface: str
) -> None:
    nurse = world.people["nurse"]
    before = ids_shown(world, nurse, patient).count(patient.rows["weights"].bytes)
    path = f"/plans/{patient.rows['plans']}/conversion"
    if surface == "page":
        world.send("GET", path, nurse.cookie)
    else:
        world.send("GET", f"{API}{path}", nurse.bearer)
    after = ids_shown(world, nurse, patient).count(patient.rows["weights"].bytes)
    assert after == before + 1


def test_notices_that_were_shown_are_in_the_audit_trail(world: World, patient: Place) -> None:
    physician, lot = world.people["physician"], f"N{uuid.uuid4().hex[:8]}"
    infusion = f"{API}/infusions/{patient.rows['infusions']}"
    body = {"lot_numbers": [lot], "change_reason": "Read from the box."}
    headers = {**physician.bearer, "if-match": '"1"'}
    assert world.send("PATCH", infusion, headers, json=body).status_code == 200
    recall = world.send(
        "POST",
        f"{API}/clinics/{world.north}/recalls",
        physician.bearer,
        json={"lot": lot, "announced_on": "2026-05-31", "source": "Maker"},
    ).json()
    notice = world.send(
        "POST",
        f"{API}/patients/{patient.patient_id}/recall-notices",
        physician.bearer,
        json={"recall_id": recall["id"], "sent_at": "2026-06-01T11:00:00Z", "method": "phone"},
    )
    assert notice.status_code == 201, notice.text
    asking = world.newcomer(world.north, "pharmacist")
    told = world.send("GET", f"{API}/recalls/{recall['id']}/recipients", asking.bearer)
    assert told.json()["items"][0]["state"] == "sent"
    assert uuid.UUID(notice.json()["id"]).bytes in ids_shown(world, asking, patient)
