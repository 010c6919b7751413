"""Vials: their grams add up, their infusion follows them, and what must stop stops."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.vials.repository import is_serial_used
from tests.api.world import API, World, an_id, wrong_fields

START = "2026-05-04T09:00:00-04:00"
GTIN = "00344206437100"


def an_infusion(world: World, **changes: Any) -> dict[str, Any]:
    content = {"started_at": START, "status": "in_progress", "product": "privigen", "dose_g": None}
    return world.entered("infusions", **{**content, **changes})


def a_vial(infusion: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "infusion_id": infusion["id"],
        "product": "privigen",
        "nominal_g": 10.0,
        "lot": "P100-A",
        "expires_on": "2027-12-31",
        "started_at": START,
        "used_ml": 100.0,
        **changes,
    }


def send(world: World, infusion: dict[str, Any], **changes: Any) -> httpx.Response:
    return world.client.post(f"{world.patient}/vials", json=a_vial(infusion, **changes))


def enter(world: World, infusion: dict[str, Any], **changes: Any) -> dict[str, Any]:
    response = send(world, infusion, **changes)
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


def stored(world: World, infusion: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = world.client.get(f"{API}/infusions/{infusion['id']}").json()
    return row


def said(world: World, infusion: dict[str, Any]) -> tuple[Any, ...]:
    row = stored(world, infusion)
    return row["product"], row["dose_g"], row["lot_numbers"]


WASTED = {"used_ml": 40.0, "wasted_ml": 60.0, "waste_reason": "A headache."}


def test_an_infusion_says_what_its_vials_say(world: World) -> None:
    infusion = an_infusion(world, product=None)
    first = enter(world, infusion)
    assert (first["used_g"], first["wasted_g"], first["concentration_mg_per_ml"]) == (10, 0, 100)
    later = "2026-05-04T10:00:00-04:00"
    second = enter(world, infusion, lot="P200", started_at=later, **WASTED)
    assert (second["used_g"], second["wasted_g"]) == (4, 6)
    assert said(world, infusion) == ("privigen", 14, ["P100-A", "P200"])
    changed = world.amend("vials", first["id"], used_ml=50.0, wasted_ml=50.0, waste_reason="Broke.")
    assert changed.status_code == 200, changed.text
    assert said(world, infusion) == ("privigen", 9, ["P100-A", "P200"])
    assert world.void("vials", second["id"]).status_code == 200
    assert said(world, infusion) == ("privigen", 5, ["P100-A"])
    assert world.void("vials", first["id"], version=2).status_code == 200
    assert said(world, infusion) == ("privigen", None, [])


def test_the_vials_of_an_infusion_are_shown_with_sums_and_lot_changes(world: World) -> None:
    infusion = an_infusion(world)
    times = [f"2026-05-04T{hour}:00:00-04:00" for hour in ("09", "10", "11")]
    for lot, at in zip(("P2", "P1", "P1"), reversed(times), strict=True):
        enter(world, infusion, lot=lot, started_at=at)
    shown = world.client.get(f"{API}/infusions/{infusion['id']}/vials").json()
    assert [vial["lot"] for vial in shown["items"]] == ["P1", "P1", "P2"]
    assert shown["sums"] == {
        "vials": 3,
        "nominal_g": 30,
        "used_g": 30,
        "wasted_g": 0,
        "used_ml": 300,
        "wasted_ml": 0,
    }
    assert [(one["before"], one["lot"]) for one in shown["lot_changes"]] == [
        (None, "P1"),
        ("P1", "P2"),
    ]


def test_an_infusion_never_contradicts_its_vials(world: World) -> None:
    infusion = an_infusion(world)
    enter(world, infusion)
    row = stored(world, infusion)
    wrong = {"dose_g": 20.0, "product": "gammagard-liquid", "lot_numbers": ["OTHER"]}
    response = world.amend("infusions", row["id"], version=row["version"], **wrong)
    assert wrong_fields(response) == set(wrong)
    right = {"status": "completed", "dose_g": 10.0}
    response = world.amend("infusions", row["id"], version=row["version"], **right)
    assert response.status_code == 200, response.text


def test_the_last_vial_of_what_was_given_cannot_go(world: World) -> None:
    infusion = an_infusion(world, status="completed", dose_g=10.0)
    vial = enter(world, infusion)
    assert world.void("vials", vial["id"]).status_code == 409
    enter(world, infusion, lot="P300")
    assert world.void("vials", vial["id"]).status_code == 200
    assert said(world, infusion) == ("privigen", 10, ["P300"])


def test_the_vials_of_a_voided_infusion_are_void(world: World) -> None:
    infusion = an_infusion(world)
    vial = enter(world, infusion, serial="S-1", gtin=GTIN)
    version = stored(world, infusion)["version"]
    assert world.void("infusions", infusion["id"], version=version).status_code == 200
    assert world.client.get(f"{API}/vials/{vial['id']}").json()["void_reason"] == "Wrong patient."
    assert wrong_fields(send(world, infusion)) == {"infusion_id"}
    assert send(world, an_infusion(world), serial="S-1", gtin=GTIN).status_code == 201


def test_the_same_serial_is_refused_across_the_clinic(world: World) -> None:
    infusion = an_infusion(world)
    vial = enter(world, infusion, serial="S-1", gtin=GTIN)
    other = world.another_patient()
    body = {"started_at": START, "status": "in_progress", "product": "privigen"}
    theirs = world.client.post(f"{API}/patients/{other}/infusions", json=body).json()
    again = a_vial(theirs, serial="S-1", gtin=GTIN)
    sent = world.client.post(f"{API}/patients/{other}/vials", json=again)
    assert wrong_fields(sent) == {"serial"}
    assert world.amend("vials", vial["id"], looks_right=True).status_code == 200
    sent = world.client.post(f"{API}/patients/{other}/vials", json={**again, "serial": "S-2"})
    assert sent.status_code == 201


@pytest.mark.parametrize("gtin", [GTIN, None])
def test_one_vial_entered_twice_at_one_moment_is_refused(
    world: World, gtin: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = an_infusion(world), an_infusion(world)
    enter(world, first, serial="S-1", gtin=gtin)
    looks = iter([False])  # The other one is not to be seen yet; only the database knows.
    monkeypatch.setattr(
        "app.vials.service.is_serial_used",
        lambda *args, **named: next(looks, True) and is_serial_used(*args, **named),
    )
    assert wrong_fields(send(world, second, serial="S-1", gtin=gtin)) == {"serial"}
    if gtin is None:
        assert send(world, second, serial="S-2", gtin=gtin).status_code == 201


def test_a_vial_is_for_an_infusion_of_the_same_patient(world: World) -> None:
    infusion = an_infusion(world)
    other = world.another_patient()
    answers = [
        world.client.post(f"{API}/patients/{other}/vials", json=a_vial({"id": identity}))
        for identity in (infusion["id"], an_id())
    ]
    assert [wrong_fields(answer) for answer in answers] == [{"infusion_id"}] * 2
    words = [answer.text.replace(infusion["id"], "x") for answer in answers]
    assert infusion["id"] not in words[0]
    assert "is not an infusion of the patient" in words[1]


def test_a_vial_sent_twice_is_one(world: World) -> None:
    infusion, identity = an_infusion(world), an_id()
    answers = [send(world, infusion, id=identity, serial="S-9", gtin=GTIN) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert said(world, infusion) == ("privigen", 10, ["P100-A"])
    assert send(world, infusion, id=identity, lot="P9").status_code == 409


def test_expired_vials_and_recalled_lots_need_a_reason(world: World) -> None:
    infusion = an_infusion(world)
    recall = {"lot": "p100a", "announced_on": "2026-05-04", "source": "Maker", "kind": "recall"}
    response = world.client.post(f"{API}/clinics/{world.clinic_id}/recalls", json=recall)
    assert response.status_code == 201, response.text
    response = send(world, infusion, expires_on="2026-05-03")
    assert wrong_fields(response) == {"expired_reason", "recalled_reason"}
    reasons = {"expired_reason": "Extended by the maker.", "recalled_reason": "No other."}
    assert send(world, infusion, expires_on="2026-05-03", **reasons).status_code == 201
    before = an_infusion(world, started_at="2026-05-03T09:00:00-04:00")
    given = send(world, before, started_at="2026-05-03T09:00:00-04:00", expires_on="2026-05-03")
    assert given.status_code == 201, given.text


def test_a_newer_recall_hides_no_older_one(world: World) -> None:
    infusion = an_infusion(world)
    older = {"lot": "P100-A", "announced_on": "2026-05-01", "source": "Maker", "kind": "recall"}
    newer = {**older, "product": "privigen", "announced_on": "2026-05-20", "source": "Agency"}
    for recall in (older, newer):
        sent = world.client.post(f"{API}/clinics/{world.clinic_id}/recalls", json=recall)
        assert sent.status_code == 201, sent.text
    assert wrong_fields(send(world, infusion)) == {"recalled_reason"}
    before = an_infusion(world, started_at="2026-04-30T09:00:00-04:00")
    given = send(world, before, started_at="2026-04-30T09:00:00-04:00")
    assert given.status_code == 201, given.text


def test_what_makes_the_infusion_unusual_is_confirmed_under_its_name(world: World) -> None:
    infusion = an_infusion(world, weight_kg=15.0)
    much = {"nominal_g": 40.0, "used_ml": 400.0}
    assert wrong_fields(send(world, infusion, **much)) == {"infusion.dose_g"}
    assert send(world, infusion, confirm=["infusion.dose_g"], **much).status_code == 201
    assert stored(world, infusion)["confirmed"] == ["dose_g"]


def scanned(world: World, text: str, **body: Any) -> httpx.Response:
    return world.client.post(f"{API}/clinics/{world.clinic_id}/scan", json={"text": text, **body})


def test_a_scan_says_what_the_clinic_knows_of_the_vial(world: World) -> None:
    infusion = an_infusion(world)
    enter(world, infusion, serial="S1234", gtin=GTIN)
    recall = {"lot": "P100-A", "announced_on": "2026-05-20", "source": "Maker", "kind": "recall"}
    world.client.post(f"{API}/clinics/{world.clinic_id}/recalls", json=recall)
    code = f"(01){GTIN}(17)260531(10)P100A(21)S1234"
    shown = scanned(world, code, on="2026-06-01").json()
    assert (shown["gtin"], shown["lot"], shown["expires_on"]) == (GTIN, "P100A", "2026-05-31")
    codes = {warning["code"] for warning in shown["warnings"]}
    assert codes >= {"expired", "recalled"}
    fresh = scanned(world, f"(01){GTIN}(17)270531(10)P900(21)S5678", on="2026-06-01").json()
    assert {warning["code"] for warning in fresh["warnings"]} <= {"unknown_product"}


@pytest.mark.parametrize("text", ["(01)00344206437108", "(17)261332", "hello"])
def test_a_text_that_is_no_code_is_refused(world: World, text: str) -> None:
    assert wrong_fields(scanned(world, text)) == {"text"}
