"""What the team says of a finding: it stays down until it clears, and everybody sees why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.db import Database
from tests.api.conftest import MovableClock
from tests.api.world import API, World, an_id, change_number, wrong_fields

BODY = {"review_reason": "She is travelling."}
UNTIL = "2026-06-08"
VERBS = ("acknowledge", "disagree", "snooze", "reopen")


def a_gap(world: World) -> dict[str, Any]:
    """Let the reports stay away, and return the finding that says so."""
    world.entered("plans")
    world.entered("infusions")
    world.entered("reports")
    return gap(world)


def gap(world: World, *, include_closed: bool = False) -> dict[str, Any]:
    (found,) = gaps(world, include_closed=include_closed)
    return found


def gaps(world: World, *, include_closed: bool = False) -> list[dict[str, Any]]:
    query = {"include_closed": include_closed}
    items = world.client.get(f"{world.patient}/findings", params=query).json()["items"]
    return [item for item in items if item["kind"] == "reporting_gap"]


def say(
    world: World, verb: str, finding: dict[str, Any], *, who: str = "Dr. Lee", **changes: Any
) -> httpx.Response:
    body = {**BODY, **({"snoozed_until": UNTIL} if verb == "snooze" else {}), **changes}
    headers = {"If-Match": f'"{finding["version"]}"', "Authorization": f"Bearer {who}"}
    address = f"{world.patient}/findings/{finding['id']}/{verb}"
    return world.client.post(address, json=body, headers=headers)


def report(world: World, clock: MovableClock) -> None:
    world.entered("reports", observed_at=clock.now.isoformat())


@pytest.mark.parametrize(
    ("verb", "status", "review"),
    [
        ("acknowledge", "acknowledged", "acknowledged"),
        ("disagree", "acknowledged", "disagreed"),
        ("snooze", "snoozed", "snoozed"),
    ],
)
def test_the_team_sees_what_was_said_by_whom_and_why(
    world: World, verb: str, status: str, review: str
) -> None:
    response = say(world, verb, a_gap(world))
    assert (response.status_code, response.headers["etag"]) == (200, '"2"')
    said = response.json()
    assert said == gap(world)
    assert (said["status"], said["review"]) == (status, review)
    assert (said["reviewed_by"], said["reviewed_at"]) == ("Dr. Lee", "2026-06-01T12:00:00Z")
    assert said["review_reason"] == said["change_reason"] == "She is travelling."
    assert said["snoozed_until"] == (UNTIL if verb == "snooze" else None)


def test_what_was_said_can_be_taken_back(world: World) -> None:
    acknowledged = say(world, "acknowledge", a_gap(world)).json()
    reopened = say(world, "reopen", acknowledged, review_reason="She is home.").json()
    assert (reopened["status"], reopened["review"]) == ("new", "reopened")
    assert reopened["review_reason"] == "She is home."
    assert say(world, "reopen", reopened).status_code == 409


def test_every_word_stays_readable(world: World, clock: MovableClock) -> None:
    first = a_gap(world)
    clock.move(hours=1)
    second = say(world, "snooze", first).json()
    clock.move(hours=1)
    third = say(world, "disagree", second).json()
    assert third["snoozed_until"] is None
    address = f"{world.patient}/findings/{first['id']}"
    assert world.client.get(f"{address}/history").json()["items"] == [first, second, third]
    assert world.client.get(address).json() == third
    assert world.client.get(address, headers={"If-None-Match": '"3"'}).status_code == 304


def test_the_version_that_was_seen_is_the_one_that_is_reviewed(world: World) -> None:
    finding = a_gap(world)
    address = f"{world.patient}/findings/{finding['id']}/acknowledge"
    assert world.client.post(address, json=BODY).status_code == 428
    assert say(world, "acknowledge", finding).status_code == 200
    assert say(world, "disagree", finding).status_code == 412


def test_a_finding_that_the_record_does_not_show_any_more_is_not_reviewed(
    world: World, clock: MovableClock
) -> None:
    finding = a_gap(world)
    report(world, clock)  # the worker has not come yet
    assert say(world, "acknowledge", finding).status_code == 412
    closed = gap(world, include_closed=True)
    assert (closed["status"], closed["review"]) == ("closed", None)
    for verb in VERBS:
        assert say(world, verb, closed).status_code == 409


@pytest.mark.parametrize("verb", VERBS)
def test_a_reason_is_needed(world: World, verb: str) -> None:
    assert wrong_fields(say(world, verb, a_gap(world), review_reason=" ")) == {"review_reason"}


@pytest.mark.parametrize(
    ("until", "status"),
    [("2026-06-01", 422), ("2026-06-02", 200), ("2027-06-02", 200), ("2027-06-03", 422)],
)
def test_a_snooze_ends_on_a_day_ahead_within_a_year(world: World, until: str, status: int) -> None:
    assert say(world, "snooze", a_gap(world), snoozed_until=until).status_code == status


def test_everything_wrong_with_a_snooze_is_named(world: World) -> None:
    finding = a_gap(world)
    wrong = {"snoozed_until": "2026-06-01", "review_reason": 3, "colour": "red"}
    expected = {"snoozed_until", "review_reason", "colour"}
    assert wrong_fields(say(world, "snooze", finding, **wrong)) == expected
    assert wrong_fields(say(world, "acknowledge", finding, snoozed_until=UNTIL)) == {
        "snoozed_until"
    }


def test_the_finding_of_another_patient_is_not_found(world: World) -> None:
    finding = a_gap(world)
    other = f"{API}/patients/{world.another_patient()}/findings"
    for found in (finding["id"], an_id()):
        address = f"{other}/{found}"
        assert world.client.get(address).status_code == 404
        assert world.client.get(f"{address}/history").status_code == 404
        headers = {"If-Match": '"1"'}
        response = world.client.post(f"{address}/acknowledge", json=BODY, headers=headers)
        assert response.status_code == 404


def test_a_voided_patient_has_nothing_to_review(world: World) -> None:
    finding = a_gap(world)
    world.void("patients", world.patient_id)
    assert say(world, "acknowledge", finding).status_code == 409


def test_a_review_makes_no_analysis_stale(world: World, database: Database) -> None:
    finding = a_gap(world)
    before = change_number(database, world.patient_id)
    say(world, "snooze", finding)
    assert change_number(database, world.patient_id) == before


@pytest.mark.parametrize("verb", ["acknowledge", "disagree", "snooze"])
def test_what_was_seen_stays_down_while_its_numbers_change(world: World, verb: str) -> None:
    said = say(world, verb, a_gap(world)).json()
    world.entered("settings", key="report_gap_days", value=14)
    changed = gap(world)
    assert changed["parameters"] != said["parameters"]
    assert (changed["version"], changed["changed_by"]) == (3, "analysis")
    kept = ("status", "review", "reviewed_by", "review_reason", "snoozed_until")
    assert {name: changed[name] for name in kept} == {name: said[name] for name in kept}


@pytest.mark.parametrize("verb", ["acknowledge", "disagree", "snooze"])
def test_what_cleared_and_recurs_is_new(world: World, clock: MovableClock, verb: str) -> None:
    said = say(world, verb, a_gap(world)).json()
    report(world, clock)
    closed = gap(world, include_closed=True)
    assert closed["id"] == said["id"]
    assert (closed["status"], closed["review"]) == ("closed", said["review"])
    assert closed["close_reason"] == closed["change_reason"]
    clock.move(days=30)
    again = gap(world)
    assert (again["status"], again["review"], again["id"] != said["id"]) == ("new", None, True)
    assert len(gaps(world, include_closed=True)) == 2


def test_a_snooze_is_over_at_the_patients_midnight_without_a_write(
    world: World, clock: MovableClock
) -> None:
    said = say(world, "snooze", a_gap(world)).json()
    midnight = datetime(2026, 6, 8, 4, tzinfo=UTC)  # in New York
    look_again = world.client.get(f"{world.patient}/analysis").json()["look_again_at"]
    assert look_again <= "2026-06-08T04:00:00Z"
    clock.now = midnight - timedelta(seconds=1)
    assert gap(world)["status"] == "snoozed"
    clock.now = midnight
    woken = gap(world)
    assert (woken["id"], woken["status"], woken["changed_by"]) == (said["id"], "new", "analysis")
    assert woken["change_reason"] == "The snooze until 2026-06-08 is over."
    assert (woken["review"], woken["snoozed_until"]) == ("snoozed", UNTIL)
    clock.move(days=1)
    assert gap(world) == woken


def test_a_recomputed_analysis_still_knows_when_a_snooze_is_over(
    world: World, clock: MovableClock
) -> None:
    say(world, "snooze", a_gap(world))
    world.entered("weights")
    assert gap(world)["status"] == "snoozed"
    clock.now = datetime(2026, 6, 8, 4, tzinfo=UTC)
    assert gap(world)["status"] == "new"


def worklist(world: World) -> list[dict[str, Any]]:
    response = world.client.get(f"{API}/worklist", params={"clinic_id": world.clinic_id})
    lines: list[dict[str, Any]] = response.json()["lines"]
    return lines


def test_what_was_seen_raises_nobody(world: World, clock: MovableClock) -> None:
    a_gap(world)
    other = World(world.client, world.clinic_id, world.another_patient("P-0"))
    third = World(world.client, world.clinic_id, world.another_patient("P-2"))
    clock.move(days=30)
    for each in (other, third):
        a_gap(each)
        each.client.get(f"{each.patient}/findings")
    lapse = next(
        item
        for item in world.client.get(f"{world.patient}/findings").json()["items"]
        if item["kind"] == "lapse"
    )

    def order() -> list[str]:
        return [line["patient"]["external_id"] for line in worklist(world)]

    assert order() == ["P-0", "P-1", "P-2"]
    say(world, "acknowledge", lapse)
    # One of the two findings of P-1 is new still, but it is the lesser one.
    assert order() == ["P-0", "P-2", "P-1"]
    line = worklist(world)[2]
    assert [(f["kind"], f["status"]) for f in line["findings"]] == [
        ("reporting_gap", "new"),
        ("lapse", "acknowledged"),
    ]
    say(world, "snooze", gap(world), snoozed_until="2026-08-01")
    third.entered("weights")  # P-2 is being recalculated: who knows what is new
    assert order() == ["P-0", "P-2", "P-1"]
    assert worklist(world)[1]["standing"] == "recalculating"
