"""Something is wrong: alarms, and what the work list makes of them."""

from __future__ import annotations

from typing import Any

import httpx

from app.db import Database
from tests.api.conftest import MovableClock
from tests.api.test_reactions import safety
from tests.api.world import API, World, an_id, change_number, wrong_fields

NOTICED = "2026-06-01T07:40:00-04:00"


def send(world: World, *signs: str, **content: Any) -> httpx.Response:
    # The clinic's own programs write down what they were told; people at home are in tests/access.
    body = {"noticed_at": NOTICED, "signs": list(signs), "source": "patient", **content}
    return world.client.post(f"{world.patient}/alarms", json=body)


def alarmed(world: World, *signs: str, **content: Any) -> dict[str, Any]:
    response = send(world, *signs, **content)
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


def acknowledge(world: World) -> None:
    found = safety(world)
    assert found is not None
    response = world.client.post(
        f"{world.patient}/findings/{found['id']}/acknowledge",
        json={"review_reason": "Called the patient."},
        headers={"If-Match": f'"{found["version"]}"'},
    )
    assert response.status_code == 200, response.text


def test_an_alarm_sent_twice_is_stored_once_and_makes_the_analysis_stale(
    world: World, database: Database
) -> None:
    before, row_id = change_number(database, world.patient_id), an_id()
    first, again = (send(world, "dark_urine", id=row_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["local_date"] == "2026-06-01"
    assert change_number(database, world.patient_id) == before + 1


def test_everything_wrong_with_an_alarm_is_named(world: World) -> None:
    response = send(world, "hedache", source="import", noticed_at="2026-06-02T12:00:00Z", note=" ")
    assert wrong_fields(response) == {"signs", "source", "noticed_at", "note"}
    assert wrong_fields(send(world)) == {"signs"}


def test_a_clock_that_runs_ahead_stops_no_alarm(world: World) -> None:
    ahead = "2027-06-02T12:00:00Z"
    assert wrong_fields(send(world, "hives", noticed_at=ahead)) == {"noticed_at"}
    assert send(world, "hives", noticed_at=ahead, confirm=True).status_code == 201
    found = safety(world)
    assert found is not None
    assert found["sentence"].startswith("Red flag on 1 June 2026")


def test_an_alarm_stands_first_on_the_work_list(world: World) -> None:
    world.entered("plans")
    alarmed(world, "hives", "chest_pain")
    found = safety(world)
    assert found is not None
    assert found["sentence"] == (
        "Red flag on 1 June 2026: chest pain (possible sign of: Thrombosis), told from home."
        " 1 more in the year before."
    )
    line = world.client.get(f"{API}/worklist?clinic_id={world.clinic_id}").json()["lines"][0]
    assert [line["patient"]["id"], line["findings"][0]["kind"]] == [world.patient_id, "safety"]


def test_an_alarm_without_a_red_flag_is_one_too(world: World) -> None:
    alarmed(world, "other", note="My arm is blue.")
    found = safety(world)
    assert found is not None
    assert found["sentence"] == "Alarm on 1 June 2026: something else, told from home."
    assert "blue" not in str(found)


def test_a_new_alarm_opens_an_acknowledged_finding_again(world: World, clock: MovableClock) -> None:
    alarmed(world, "dark_urine")
    acknowledge(world)
    clock.move(days=2)
    alarmed(world, "dark_urine", noticed_at="2026-06-03T07:00:00-04:00")
    found = safety(world)
    assert found is not None
    assert found["status"] == "new"


def test_a_voided_alarm_takes_its_finding_with_it(world: World) -> None:
    row = alarmed(world, "dark_urine")
    amended = world.amend("alarms", row["id"], signs=["leg_swelling"])
    assert (amended.status_code, amended.json()["signs"]) == (200, ["leg_swelling"])
    assert world.void("alarms", row["id"], version=2).status_code == 200
    assert safety(world) is None
    history = world.client.get(f"{API}/alarms/{row['id']}/history").json()["items"]
    assert history[0]["signs"] == ["dark_urine"]


def test_the_signs_are_listed_the_most_urgent_first(world: World) -> None:
    items = world.client.get(f"{API}/alarm-signs").json()["items"]
    flags = {one["key"] for one in world.client.get(f"{API}/red-flags").json()["items"]}
    assert {one["red_flag"] for one in items} == {*flags, None}
    assert items[0]["urgency"] == "emergency"
    assert items[-1] == {
        "key": "other",
        "words": "Something else is wrong.",
        "red_flag": None,
        "urgency": "today",
    }
