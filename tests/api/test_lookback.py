"""From a lot to whoever got it and back; a recall marks every recipient and is worked off."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from app.lookback.rules import case_of
from tests.api.test_vials import WASTED, an_infusion, enter
from tests.api.world import API, PATIENT, World, wrong_fields

LOT = "P100-A"


def lots(world: World, lot: str, what: str = "lots", **query: str) -> httpx.Response:
    params = {"lot": lot, **query}
    return world.client.get(f"{API}/clinics/{world.clinic_id}/{what}", params=params)


def recall(world: World, **changes: Any) -> dict[str, Any]:
    body = {"lot": LOT, "announced_on": "2026-05-20", "source": "Maker", "kind": "recall"}
    response = world.client.post(
        f"{API}/clinics/{world.clinic_id}/recalls", json={**body, **changes}
    )
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


def other_with_two_lots(world: World) -> str:
    """Enter a second patient with an imported-like infusion: lots, and no vials."""
    other = world.another_patient()
    given = {
        "started_at": "2026-05-05T09:00:00-04:00",
        "status": "completed",
        "product": "privigen",
        "dose_g": 30.0,
        "lot_numbers": [LOT.lower(), "P777"],
    }
    response = world.client.post(f"{API}/patients/{other}/infusions", json=given)
    assert response.status_code == 201, response.text
    return other


def test_a_lot_leads_to_everybody_who_got_it(world: World) -> None:
    infusion = an_infusion(world)
    enter(world, infusion)
    enter(world, infusion, **WASTED)
    enter(world, infusion, lot="P200")
    other = other_with_two_lots(world)
    shown = lots(world, "p 100 a").json()
    mine, theirs = shown["recipients"]
    assert (mine["patient_id"], theirs["patient_id"]) == (world.patient_id, other)
    (use,) = mine["uses"]
    assert (use["used_g"], use["wasted_g"], use["vials"], use["dose_g"]) == (14, 6, 2, 24)
    assert (mine["used_g"], use["nurse"], use["lots"]) == (14, "a tester", [LOT])
    assert mine["courses"] == [{"first_day": "2026-05-04", "last_day": "2026-05-04", "used_g": 14}]
    (use,) = theirs["uses"]
    assert (use["used_g"], use["vials"], use["dose_g"]) == (None, 0, 30)
    assert lots(world, LOT, product="gammagard-liquid").json()["recipients"] == []
    assert lots(world, "P100").json()["recipients"] == []


def test_the_only_lot_of_an_infusion_without_vials_has_all_of_its_grams(world: World) -> None:
    world.entered("infusions", lot_numbers=[LOT])
    (only,) = lots(world, LOT).json()["recipients"]
    assert only["used_g"] == 70


def test_the_look_back_follows_corrections(world: World) -> None:
    infusion = world.entered("infusions", lot_numbers=[LOT, "P9"])
    world.amend("infusions", infusion["id"], lot_numbers=["P9", "P8"])
    assert lots(world, LOT).json()["recipients"] == []
    assert len(lots(world, "P8").json()["recipients"]) == 1
    world.void("infusions", infusion["id"], version=2)
    assert lots(world, "P8").json()["recipients"] == []


def test_reactions_and_the_visiting_nurse_are_shown(world: World) -> None:
    infusion = world.entered("infusions", lot_numbers=[LOT])
    reaction = {
        "infusion_id": infusion["id"],
        "term": "headache",
        "onset_at": "2026-05-04T10:00:00-04:00",
        "grade": 1,
        "actions": ["slowed"],
        "outcome": "resolved",
        "resolved_at": "2026-05-04T11:00:00-04:00",
    }
    sent = world.client.post(f"{world.patient}/reactions", json=reaction)
    assert sent.status_code == 201, sent.text
    (only,) = lots(world, LOT).json()["recipients"]
    (shown,) = only["uses"][0]["reactions"]
    assert (shown["term"], shown["grade"]) == ("headache", 1)


def test_what_was_said_on_the_phone_is_shown_too(world: World) -> None:
    infusion = world.entered("infusions", lot_numbers=[LOT])

    def post(kind: str, **content: Any) -> dict[str, Any]:
        response = world.client.post(f"{world.patient}/{kind}", json=content)
        assert response.status_code == 201, response.text
        row: dict[str, Any] = response.json()
        return row

    visit = post("visits", planned_on="2026-05-04", infusion_id=infusion["id"])
    call = post(
        "follow-up-calls",
        visit_id=visit["id"],
        called_at="2026-05-06T10:00:00-04:00",
        reached=True,
        symptoms={"dark_urine": "yes", "fever": "yes", "jaundice": "no"},
        advice="Blood test today.",
    )
    said = {
        "term": "dark_urine",
        "grade": None,
        "onset_at": "2026-05-06T14:00:00Z",
        "is_red_flag": True,
        "source": "call",
    }
    (only,) = lots(world, LOT).json()["recipients"]
    assert only["uses"][0]["reactions"] == [said]
    (own,) = world.client.get(f"{world.patient}/lots").json()["items"]
    assert own["uses"][0]["reactions"] == [said]
    line = lots(world, LOT, "lots.csv").text.splitlines()[1]
    assert "dark_urine, said on the phone, 2026-05-06T14:00+00:00" in line
    assert world.void("follow-up-calls", call["id"]).status_code == 200
    (only,) = lots(world, LOT).json()["recipients"]
    assert only["uses"][0]["reactions"] == []


def test_the_export_names_no_patient(world: World) -> None:
    enter(world, an_infusion(world))
    response = lots(world, LOT, "lots.csv")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv")
    head, line = response.text.splitlines()
    assert head.startswith("case,product,lot,infusion_date")
    assert line == f"{case_of_world(world)},privigen,{LOT},2026-05-04,in_progress,10,0,1,10,"
    assert PATIENT["external_id"] not in response.text
    (only,) = lots(world, LOT).json()["recipients"]
    assert only["case"] == case_of_world(world)


def case_of_world(world: World) -> str:
    return case_of(uuid.UUID(world.patient_id))


def test_a_patient_leads_to_every_lot(world: World) -> None:
    infusion = an_infusion(world)
    enter(world, infusion)
    enter(world, infusion, lot="P200")
    row = recall(world, product="privigen")
    recall(world, lot="P200", product="gammagard-liquid")
    shown = world.client.get(f"{world.patient}/lots").json()["items"]
    assert {lot["lot"]: lot["used_g"] for lot in shown} == {LOT: 10, "P200": 10}
    marked = {lot["lot"]: [one["id"] for one in lot["recalls"]] for lot in shown}
    assert marked == {LOT: [row["id"]], "P200": []}


def recipients(world: World, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = world.client.get(f"{API}/recalls/{row['id']}/recipients").json()
    return found


def test_a_recall_is_worked_off(world: World) -> None:
    enter(world, an_infusion(world))
    other = other_with_two_lots(world)
    row = recall(world)
    assert [one["state"] for one in recipients(world, row)["items"]] == ["to_send"] * 2
    notice = {"recall_id": row["id"], "sent_at": "2026-05-21T09:00:00Z", "method": "phone"}
    sent = world.client.post(f"{world.patient}/recall-notices", json=notice)
    assert sent.status_code == 201, sent.text
    states = {
        one["recipient"]["patient_id"]: one["state"] for one in recipients(world, row)["items"]
    }
    assert states == {world.patient_id: "sent", other: "to_send"}
    changed = world.amend("recall-notices", sent.json()["id"], confirmed_at="2026-05-22T09:00:00Z")
    assert changed.status_code == 200, changed.text
    (counts,) = world.client.get(f"{API}/clinics/{world.clinic_id}/recall-worklist").json()["items"]
    told = {key: counts[key] for key in ("recipients", "to_send", "sent", "confirmed")}
    assert told == {"recipients": 2, "to_send": 1, "sent": 0, "confirmed": 1}


def test_counting_recipients_is_no_look_at_them(world: World) -> None:
    enter(world, an_infusion(world))
    recall(world)
    world.client.get(f"{API}/clinics/{world.clinic_id}/recall-worklist")
    lots(world, LOT)
    shown = world.client.get(f"{world.patient}/access-log", params={"of": "lists"}).json()["items"]
    assert [item["operation"] for item in shown] == ["look_back"]


def test_a_notice_is_of_a_recall_that_the_patient_got(world: World) -> None:
    elsewhere = World.of(world.client)
    enter(elsewhere, an_infusion(elsewhere))
    row = recall(elsewhere)
    notice = {"recall_id": row["id"], "sent_at": "2026-05-21T09:00:00Z", "method": "phone"}
    send = world.client.post
    assert wrong_fields(send(f"{world.patient}/recall-notices", json=notice)) == {"recall_id"}
    own = {**notice, "recall_id": recall(world)["id"]}
    assert wrong_fields(send(f"{world.patient}/recall-notices", json=own)) == {"recall_id"}
    said = send(f"{world.patient}/recall-notices", json={**own, "confirm": True})
    assert said.status_code == 201


def test_the_vial_of_a_voided_patient_is_gone(world: World) -> None:
    enter(world, an_infusion(world), serial="S-7", gtin="00344206437100")
    world.client.post(
        f"{world.patient}/void",
        json={"void_reason": "Twice."},
        headers={"If-Match": '"1"'},
    )
    assert lots(world, LOT).json()["recipients"] == []
