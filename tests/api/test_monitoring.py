"""What happens beside an infusion, as a nurse records it through the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.conftest import MovableClock
from tests.api.world import API, World, an_id, wrong_fields

START = "2026-06-01T07:00:00-04:00"  # an hour before the clock of the tests
PRE_CHECK = dict.fromkeys(
    (
        *("infection", "hospital_stay", "new_drugs", "pregnancy"),
        *("thrombosis_risk", "renal_risk", "last_reaction"),
    ),
    "no",
) | dict.fromkeys(("allergies_reviewed", "consent", "anaphylaxis_kit"), "yes")
DETAILS: dict[str, dict[str, Any]] = {
    "identity": {"identifiers": ["name", "birth_date"]},
    "pre_check": {**PRE_CHECK, "creatinine_umol_l": 80, "note": "Slept well."},
    "premedication": {"drug": "Paracetamol", "dose": "1 g", "route": "oral"},
    "hydration": {"route": "oral", "volume_ml": 500},
    "access": {
        "device": "peripheral",
        "site": "forearm",
        "side": "left",
        "gauge": 22,
        "attempts": 1,
        "outcome": "working",
    },
    "access_removed": {"site_looks": "normal"},
    "rate": {"ml_per_h": 35, "reason": "titration"},
    "vitals": {
        "temperature_c": 36.8,
        "systolic_mmhg": 125,
        "diastolic_mmhg": 78,
        "heart_rate": 72,
        "respiratory_rate": 14,
        "spo2_percent": 98,
    },
    "wearing_off": {"weaker_before": "yes", "from_days_before": 5},
    "note": {"text": "Pump 4."},
}


def an_infusion(world: World, **changes: Any) -> str:
    running = {
        "started_at": START,
        "status": "in_progress",
        "dose_g": None,
        "weight_kg": 70.0,
        "product": "gammagard-liquid",
    }
    return str(world.entered("infusions", **{**running, **changes})["id"])


def send(world: World, infusion_id: str, kind: str, **changes: Any) -> httpx.Response:
    body = {
        "infusion_id": infusion_id,
        "at": START,
        "kind": kind,
        "details": DETAILS.get(kind, {}),
        **changes,
    }
    return world.client.post(f"{world.patient}/infusion-events", json=body)


def event(world: World, infusion_id: str, kind: str, **changes: Any) -> dict[str, Any]:
    response = send(world, infusion_id, kind, **changes)
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


def monitoring(world: World, infusion_id: str) -> dict[str, Any]:
    response = world.client.get(f"{API}/infusions/{infusion_id}/monitoring")
    assert response.status_code == 200, response.text
    shown: dict[str, Any] = response.json()
    return shown


def test_every_kind_of_event_is_kept_as_it_was_sent(world: World) -> None:
    infusion = an_infusion(world)
    for kind, details in DETAILS.items():
        row = event(world, infusion, kind)
        assert (row["kind"], row["details"]) == (kind, details)
        assert (row["local_date"], row["time_zone"]) == ("2026-06-01", "America/New_York")
    listed = world.client.get(f"{world.patient}/infusion-events").json()["items"]
    assert {item["kind"] for item in listed} == DETAILS.keys()


def test_an_event_sent_twice_is_stored_once_and_a_correction_keeps_the_version_before(
    world: World,
) -> None:
    infusion, row_id = an_infusion(world), an_id()
    sent = {"id": row_id, "details": {**DETAILS["vitals"], "temperature_c": None}}
    first, again = (send(world, infusion, "vitals", **sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert "temperature_c" not in first.json()["details"]
    other = send(world, infusion, "vitals", id=row_id, details={"heart_rate": 80})
    assert (other.status_code, other.json()["stored"]["details"]["heart_rate"]) == (409, 72)
    amended = world.amend("infusion-events", row_id, details={"heart_rate": 82})
    assert (amended.status_code, amended.json()["details"]) == (200, {"heart_rate": 82})
    history = world.client.get(f"{API}/infusion-events/{row_id}/history").json()["items"]
    assert [version["details"]["heart_rate"] for version in history] == [72, 82]
    assert world.void("infusion-events", row_id, version=2).status_code == 200


def test_an_event_belongs_to_a_live_infusion_of_the_patient(world: World) -> None:
    infusion = an_infusion(world)
    stranger = World(world.client, world.clinic_id, world.another_patient())
    voided = an_infusion(world, started_at="2026-06-01T07:30:00-04:00")
    assert world.void("infusions", voided).status_code == 200
    answers = [
        send(world, an_id(), "note"),
        send(world, an_infusion(stranger), "note"),
        send(world, voided, "note"),
    ]
    assert [wrong_fields(answer) for answer in answers] == [{"infusion_id"}] * 3
    reasons = {answer.json()["errors"][0]["reason"] for answer in answers}
    assert reasons == {"the patient has no such infusion"}
    assert send(world, infusion, "note").status_code == 201


def test_everything_wrong_with_an_event_is_named(world: World) -> None:
    infusion = an_infusion(world)
    details = {"ml_per_h": "35", "reason": "bored", "rate": 3}
    answer = send(world, infusion, "rate", at="2026-06-02T07:00:00Z", details=details)
    fields = {"at", "details.ml_per_h", "details.reason", "details.rate"}
    assert wrong_fields(answer) == fields
    assert wrong_fields(send(world, infusion, "dance")) == {"kind"}


def test_an_unusual_value_stays_confirmed_until_it_is_changed(world: World) -> None:
    infusion = an_infusion(world)
    hot = {"details": {"temperature_c": 41.5}}
    assert wrong_fields(send(world, infusion, "vitals", **hot)) == {"details.temperature_c"}
    row = event(world, infusion, "vitals", **hot, confirm=["details.temperature_c"])
    assert row["confirmed"] == ["details.temperature_c"]
    kept = world.amend("infusion-events", row["id"], at="2026-06-01T07:05:00-04:00")
    assert (kept.status_code, kept.json()["confirmed"]) == (200, ["details.temperature_c"])
    hotter = {"details": {"temperature_c": 42.5}}
    changed = world.amend("infusion-events", row["id"], version=2, **hotter)
    assert wrong_fields(changed) == {"details.temperature_c"}


def test_without_an_anaphylaxis_kit_or_consent_somebody_must_confirm(world: World) -> None:
    infusion = an_infusion(world)
    details = {**PRE_CHECK, "anaphylaxis_kit": "unknown", "consent": "not_applicable"}
    answer = send(world, infusion, "pre_check", details=details)
    fields = {"details.anaphylaxis_kit", "details.consent"}
    assert wrong_fields(answer) == fields
    event(world, infusion, "pre_check", details=details, confirm=sorted(fields))


def test_a_rate_without_a_weight_needs_a_confirmation(world: World) -> None:
    infusion = an_infusion(world, weight_kg=None)
    assert wrong_fields(send(world, infusion, "rate")) == {"details.ml_per_h"}
    row = event(world, infusion, "rate", confirm=["details.ml_per_h"])
    assert (row["judgement"], row["confirmed"]) == (None, ["details.ml_per_h"])
    later = "2026-06-01T07:30:00-04:00"
    event(world, infusion, "rate", at=later, details={"ml_per_h": 0, "reason": "patient"})


def test_a_rate_over_the_labels_limit_needs_a_reason(world: World) -> None:
    infusion = an_infusion(world)
    event(world, infusion, "pre_check", at="2026-06-01T06:50:00-04:00")
    within = event(world, infusion, "rate", details={"ml_per_h": 378, "reason": "titration"})
    assert within["judgement"] == {
        "ml_per_kg_h": 5.4,
        "mg_per_kg_min": 9.0,
        "verdict": "within",
        "message": "above the initial rate of 0.5 mL/kg/h",
        "is_above_initial": True,
    }
    titrated = event(world, infusion, "rate", at="2026-06-01T07:15:00-04:00")
    assert (titrated["judgement"]["message"], titrated["judgement"]["is_above_initial"]) == (
        "",
        False,
    )
    fast = {"ml_per_h": 385, "reason": "titration"}
    later = "2026-06-01T07:30:00-04:00"
    refused = send(world, infusion, "rate", at=later, details=fast)
    assert wrong_fields(refused) == {"details.over_limit_reason"}
    reason = {"over_limit_reason": "Ordered by Dr. Example on the phone."}
    row = event(world, infusion, "rate", at=later, details={**fast, **reason})
    assert (row["judgement"]["verdict"], row["judgement"]["ml_per_kg_h"]) == ("over", 5.5)


def test_an_unverified_limit_warns_and_stops_nothing(world: World) -> None:
    infusion = an_infusion(world, product="kiovig")
    event(world, infusion, "pre_check", at="2026-06-01T06:50:00-04:00")
    row = event(world, infusion, "rate", details={"ml_per_h": 700, "reason": "titration"})
    assert row["judgement"]["verdict"] == "over_unverified"
    assert "no confirmed rate limit for this product" in row["judgement"]["message"]
    shown = monitoring(world, infusion)
    assert shown["limit_message"] == "no confirmed rate limit for this product"


def test_a_product_without_a_limit_for_the_diagnosis_warns_by_the_lowest_of_others(
    world: World,
) -> None:
    infusion = an_infusion(world, product="privigen")  # PI, CIDP and ITP; the patient has MMN
    event(world, infusion, "pre_check", at="2026-06-01T06:50:00-04:00")
    row = event(world, infusion, "rate", details={"ml_per_h": 1050, "reason": "titration"})
    assert row["judgement"]["verdict"] == "over_unverified"
    assert "15 is over 2.4 mL/kg/h" in row["judgement"]["message"]
    limit = monitoring(world, infusion)["limit"]
    assert (limit["basis"], limit["sure_ml_per_kg_h"]) == ("others", None)


def test_a_risk_that_nobody_knows_warns_with_the_figure_at_risk(world: World) -> None:
    infusion = an_infusion(world, product="octagam-10")
    fast = event(world, infusion, "rate", details={"ml_per_h": 210, "reason": "titration"})
    assert fast["judgement"]["verdict"] == "over_unverified"
    assert "not known, and at risk the limit is 1.98 mL/kg/h" in fast["judgement"]["message"]
    shown = monitoring(world, infusion)
    assert (shown["risk"], shown["at_risk"], shown["limit"]["basis"]) == ("unknown", False, "risk")
    assert shown["limit"]["at_risk_ml_per_kg_h"] == pytest.approx(1.98)
    assert "risk of renal dysfunction or thrombosis not known" in shown["limit_message"]
    assert shown["steps"][0]["judgement"] == fast["judgement"]
    event(world, infusion, "pre_check")
    shown = monitoring(world, infusion)
    assert (shown["risk"], shown["limit_message"]) == ("no", "")
    assert shown["steps"][0]["judgement"]["verdict"] == "within"


def test_a_pause_because_of_a_reaction_asks_for_vital_signs(
    world: World, clock: MovableClock
) -> None:
    infusion = an_infusion(world)
    event(world, infusion, "rate")
    for minute, reason in (("22", "patient"), ("37", "reaction")):
        paused = {"ml_per_h": 0, "reason": reason}
        event(world, infusion, "rate", at=f"2026-06-01T07:{minute}:00-04:00", details=paused)
    due = monitoring(world, infusion)["vitals_due"]
    assert [one["at"][11:16] for one in due if one["why"] == "rate"] == ["11:37"]


def test_a_powder_is_judged_as_its_vials_were_dissolved(world: World) -> None:
    infusion = an_infusion(world, product="gammagard-sd")
    event(world, infusion, "rate", details={"ml_per_h": 70, "reason": "titration"})
    assert monitoring(world, infusion)["steps"][0]["judgement"]["mg_per_kg_min"] is None
    vial = {
        "infusion_id": infusion,
        "product": "gammagard-sd",
        "nominal_g": 5.0,
        "lot": "LE1",
        "expires_on": "2027-12-31",
        "concentration_mg_per_ml": 50.0,
        "used_ml": 100.0,
    }
    response = world.client.post(f"{world.patient}/vials", json=vial)
    assert response.status_code == 201, response.text
    shown = monitoring(world, infusion)
    assert shown["steps"][0]["judgement"]["mg_per_kg_min"] == pytest.approx(50 / 60)
    assert shown["grams"] == 3.5


def test_a_risk_that_the_pre_check_found_lowers_the_limit(world: World) -> None:
    infusion = an_infusion(world, product="octagam-10")
    at_risk = {**PRE_CHECK, "renal_risk": "yes"}
    check = event(world, infusion, "pre_check", details=at_risk)
    fast = {"details": {"ml_per_h": 210, "reason": "titration"}}  # 3 mL/kg/h
    assert wrong_fields(send(world, infusion, "rate", **fast)) == {"details.over_limit_reason"}
    assert monitoring(world, infusion)["limit"]["sure_ml_per_kg_h"] == pytest.approx(1.98)
    assert world.amend("infusion-events", check["id"], details=PRE_CHECK).status_code == 200
    assert event(world, infusion, "rate", **fast)["judgement"]["verdict"] == "within"


def test_two_rates_of_one_moment_contradict_each_other(world: World) -> None:
    infusion = an_infusion(world)
    first = event(world, infusion, "rate")
    again = send(world, infusion, "rate", details={"ml_per_h": 70, "reason": "titration"})
    assert (again.status_code, again.json()["stored"]["id"]) == (409, first["id"])
    event(world, infusion, "vitals")
    event(world, infusion, "vitals")


def test_how_an_infusion_runs(world: World, clock: MovableClock) -> None:
    infusion = an_infusion(world)
    event(world, infusion, "identity", at="2026-06-01T06:50:00-04:00")
    event(world, infusion, "vitals", at="2026-06-01T06:55:00-04:00")
    event(world, infusion, "rate")
    event(world, infusion, "vitals", at="2026-06-01T07:22:00-04:00")
    faster = {"ml_per_h": 70, "reason": "titration"}
    event(world, infusion, "rate", at="2026-06-01T07:30:00-04:00", details=faster)
    shown = monitoring(world, infusion)
    assert shown["current_ml_per_h"] == 70
    assert (shown["volume_ml"], shown["grams"]) == (52.5, 5.25)
    assert [step["volume_before_ml"] for step in shown["steps"]] == [0, 17.5]
    assert [(due["why"], due["state"]) for due in shown["vitals_due"]] == [
        ("before", "done"),
        ("at_first", "late"),
        ("at_first", "missed"),
        ("at_first", "missed"),
        ("at_first", "due"),
    ]
    assert shown["vitals_not_in_time"] == 3
    assert shown["identity_at"] == "2026-06-01T10:50:00Z"
    clock.move(minutes=10)
    assert monitoring(world, infusion)["vitals_due"][-2]["state"] == "overdue"


def test_the_clinics_protocol_holds(world: World) -> None:
    for key, value in (("vitals.first_every_minutes", 30), ("vitals.first_minutes", 30)):
        body = {"key": key, "value": value, "source": "Ward.", "effective_date": "2026-01-01"}
        address = f"{API}/clinics/{world.clinic_id}/settings"
        assert world.client.post(address, json=body).status_code == 201
    infusion = an_infusion(world, started_at="2026-06-01T06:00:00-04:00")
    event(world, infusion, "identity")
    minutes = [due["at"][11:16] for due in monitoring(world, infusion)["vitals_due"]]
    assert minutes == ["10:00", "10:30", "11:30", "12:30"]


def test_nothing_is_due_of_an_infusion_that_was_only_reported(world: World) -> None:
    infusion = an_infusion(world, status="completed", dose_g=70.0)
    shown = monitoring(world, infusion)
    assert (shown["vitals_due"], shown["steps"], shown["volume_ml"]) == ([], [], None)
    event(world, infusion, "note")
    assert {due["why"] for due in monitoring(world, infusion)["vitals_due"]} >= {"end", "after"}


def test_events_go_with_their_patient(world: World) -> None:
    infusion = an_infusion(world)
    row = event(world, infusion, "note")
    assert world.void("patients", world.patient_id).status_code == 200
    stored = world.client.get(f"{API}/infusion-events/{row['id']}").json()
    assert stored["void_reason"] == "Wrong patient."
