"""Reactions to an infusion, and what the clinic's work list makes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import httpx
import pytest

from app.db import Database
from tests.api.conftest import MovableClock
from tests.api.world import API, World, an_id, change_number, wrong_fields

ONSET = "2026-06-01T07:40:00-04:00"
HEADACHE: dict[str, Any] = {
    "term": "headache",
    "onset_at": ONSET,
    "grade": 1,
    "actions": ["slowed"],
    "outcome": "resolved",
    "resolved_at": "2026-06-01T07:55:00-04:00",
}
CHEST_PAIN: dict[str, Any] = {
    "term": "chest_pain",
    "onset_at": ONSET,
    "grade": 2,
    "actions": ["stopped"],
    "outcome": "ongoing",
    "physician_notified": "Dr. Example, by phone",
    "physician_notified_at": "2026-06-01T07:45:00-04:00",
}


def an_infusion(world: World, **changes: Any) -> str:
    running = {"started_at": "2026-06-01T07:00:00-04:00", "status": "in_progress", "dose_g": None}
    return str(world.entered("infusions", **{**running, **changes})["id"])


def a_rate(world: World, infusion_id: str, at: str, ml_per_h: float) -> None:
    body = {
        "infusion_id": infusion_id,
        "at": at,
        "kind": "rate",
        "details": {"ml_per_h": ml_per_h, "reason": "titration"},
        "confirm": ["details.ml_per_h"],  # no weight is known to judge it by
    }
    response = world.client.post(f"{world.patient}/infusion-events", json=body)
    assert response.status_code == 201, response.text


def send(world: World, infusion_id: str, content: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {**content, "infusion_id": infusion_id, **changes}
    return world.client.post(f"{world.patient}/reactions", json=body)


def reacted(
    world: World, infusion_id: str, content: dict[str, Any], **changes: Any
) -> dict[str, Any]:
    response = send(world, infusion_id, content, **changes)
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


def safety(world: World) -> dict[str, Any] | None:
    items = world.client.get(f"{world.patient}/findings").json()["items"]
    return next((item for item in items if item["kind"] == "safety"), None)


def test_a_reaction_says_what_ran_at_its_onset(world: World) -> None:
    infusion = an_infusion(world)
    before = reacted(world, infusion, HEADACHE)
    assert before["rate_ml_per_h"] is None
    a_rate(world, infusion, "2026-06-01T07:00:00-04:00", 35)
    a_rate(world, infusion, "2026-06-01T07:30:00-04:00", 70)
    a_rate(world, infusion, "2026-06-01T07:45:00-04:00", 20)
    row = reacted(world, infusion, HEADACHE)
    assert (row["rate_ml_per_h"], row["phase"], row["is_red_flag"]) == (70, "during", False)
    assert (row["red_flag"], row["local_date"]) == (None, "2026-06-01")
    earlier = world.amend("reactions", row["id"], onset_at="2026-06-01T07:20:00-04:00")
    assert (earlier.status_code, earlier.json()["rate_ml_per_h"]) == (200, 35)


def test_a_red_flag_is_one_by_its_term_and_says_which(world: World) -> None:
    row = reacted(world, an_infusion(world), CHEST_PAIN)
    assert (row["is_red_flag"], row["red_flag"]) == (True, "thrombosis")
    amended = world.amend("reactions", row["id"], term="back_pain")
    assert (amended.json()["is_red_flag"], amended.json()["red_flag"]) == (False, None)
    flags = world.client.get(f"{API}/red-flags").json()["items"]
    shown = next(flag for flag in flags if flag["key"] == "thrombosis")
    assert "chest_pain" in shown["terms"]
    assert shown["what_to_do"].startswith("Stop the infusion and call for help")


def test_after_the_end_a_reaction_is_a_delayed_one(world: World) -> None:
    ended = {"status": "completed", "dose_g": 70.0, "ended_at": "2026-06-01T07:39:00-04:00"}
    infusion = an_infusion(world, **ended)
    a_rate(world, infusion, "2026-06-01T07:00:00-04:00", 35)
    row = reacted(world, infusion, HEADACHE)
    assert (row["phase"], row["rate_ml_per_h"]) == ("delayed", None)


def test_everything_wrong_with_a_reaction_is_named(world: World) -> None:
    wrong = {
        "term": "hedache",
        "grade": 6,
        "actions": ["none", "slowed"],
        "medication": "Paracetamol 1 g",
        "outcome": "ongoing",
        "physician_notified": "Dr. Example",
    }
    fields = {
        *("infusion_id", "term", "grade", "actions", "medication"),
        *("resolved_at", "physician_notified_at"),
    }
    assert wrong_fields(send(world, an_id(), HEADACHE, **wrong)) == fields
    before = {"onset_at": "2026-06-01T06:59:00-04:00"}
    assert wrong_fields(send(world, an_infusion(world), HEADACHE, **before)) == {"onset_at"}


def test_a_reaction_belongs_to_an_infusion_of_the_same_patient(world: World) -> None:
    stranger = World(world.client, world.clinic_id, world.another_patient())
    assert wrong_fields(send(world, an_infusion(stranger), HEADACHE)) == {"infusion_id"}


def test_a_reaction_sent_twice_is_stored_once_and_makes_the_analysis_stale(
    world: World, database: Database
) -> None:
    infusion = an_infusion(world)
    before = change_number(database, world.patient_id)
    row_id = an_id()
    first, again = (send(world, infusion, HEADACHE, id=row_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert change_number(database, world.patient_id) == before + 1
    assert send(world, infusion, HEADACHE, id=row_id, grade=2).status_code == 409


# --- the finding ---------------------------------------------------------------------------------


def test_a_mild_reaction_is_no_finding(world: World) -> None:
    reacted(world, an_infusion(world), HEADACHE)
    assert safety(world) is None


def test_a_red_flag_stands_first_on_the_work_list(world: World) -> None:
    infusion = an_infusion(world)
    world.entered("plans")
    reacted(world, infusion, CHEST_PAIN)
    found = safety(world)
    assert found is not None
    assert found["sentence"].startswith("Red flag on 1 June 2026: chest pain")
    line = world.client.get(f"{API}/worklist?clinic_id={world.clinic_id}").json()["lines"][0]
    assert [line["patient"]["id"], line["findings"][0]["kind"]] == [world.patient_id, "safety"]


def test_a_new_event_opens_an_acknowledged_finding_again(world: World, clock: MovableClock) -> None:
    infusion = an_infusion(world)
    row = reacted(world, infusion, CHEST_PAIN)
    found = safety(world)
    assert found is not None
    address = f"{world.patient}/findings/{found['id']}/acknowledge"
    headers = {"If-Match": f'"{found["version"]}"'}
    body = {"review_reason": "Troponin normal."}
    assert world.client.post(address, json=body, headers=headers).status_code == 200

    def status() -> str:
        now = safety(world)
        assert now is not None
        return str(now["status"])

    assert world.amend("reactions", row["id"], outcome="resolved").status_code == 200
    assert status() == "acknowledged"
    clock.move(hours=30)
    dark = {"term": "dark_urine", "onset_at": "2026-06-02T12:00:00-04:00"}
    reacted(
        world, infusion, CHEST_PAIN, **dark, physician_notified=None, physician_notified_at=None
    )
    assert status() == "new"


def test_an_alarming_answer_on_a_call_is_a_finding_too(world: World) -> None:
    infusion = an_infusion(world, status="completed", dose_g=70.0)
    visit = {"planned_on": "2026-06-01", "infusion_id": infusion}
    made = world.client.post(f"{world.patient}/visits", json=visit)
    assert made.status_code == 201, made.text
    call = {
        "visit_id": made.json()["id"],
        "called_at": "2026-06-01T08:00:00-04:00",
        "reached": True,
        "symptoms": {"rash": "yes", "dark_urine": "no"},
        "advice": "Drink.",
    }
    address = f"{world.patient}/follow-up-calls"
    first = world.client.post(address, json=call)
    assert first.status_code == 201, first.text
    assert safety(world) is None
    second = world.client.post(address, json={**call, "symptoms": {"dark_urine": "yes"}})
    assert second.status_code == 201, second.text
    found = safety(world)
    assert found is not None
    words = "Red flag on 1 June 2026: dark urine (possible sign of: Haemolysis), told on a call."
    assert found["sentence"] == words


def test_a_voided_reaction_takes_its_finding_with_it(world: World) -> None:
    row = reacted(world, an_infusion(world), HEADACHE, grade=3)
    assert safety(world) is not None
    assert world.void("reactions", row["id"]).status_code == 200
    assert safety(world) is None


@pytest.mark.parametrize(
    ("today", "is_shown"), [(date(2027, 5, 31), True), (date(2027, 6, 1), False)]
)
def test_after_a_year_an_event_is_history(
    world: World, clock: MovableClock, today: date, is_shown: bool
) -> None:
    reacted(world, an_infusion(world), CHEST_PAIN)
    assert safety(world) is not None
    clock.now = datetime.combine(today, time(12), UTC)
    assert (safety(world) is not None) is is_shown
