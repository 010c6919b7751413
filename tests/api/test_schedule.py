"""Planned courses, what people decide about them, and lists of what is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.db import Database
from tests.api.conftest import MovableClock
from tests.api.world import API, World, an_id, change_number, wrong_fields
from tests.support.visit import an_account

MOVED: dict[str, Any] = {
    "kind": "moved",
    "slot_date": "2026-06-01",
    "new_date": "2026-06-04",
    "reason": "holiday",
}


def decide(world: World, **changes: Any) -> httpx.Response:
    return world.client.post(f"{world.patient}/course-exceptions", json={**MOVED, **changes})


def schedule(world: World, **query: str) -> dict[str, Any]:
    response = world.client.get(f"{world.patient}/schedule", params=query)
    assert response.status_code == 200, response.text
    content: dict[str, Any] = response.json()
    return content


def next_due(world: World) -> tuple[str, str | None]:
    found = world.client.get(f"{world.patient}/next-course").json()
    assert schedule(world)["next_course"] == {
        key: found[key] for key in ("state", "due_on", "days_late")
    }
    return found["state"], found["due_on"]


@pytest.fixture
def treated(world: World) -> World:
    """Give a patient with a course of 4 May 2026, every four weeks; today is 1 June."""
    world.entered("plans")
    world.entered("infusions")
    return world


def test_a_calendar_shows_what_was_done_and_what_is_planned(treated: World) -> None:
    found = schedule(treated, to="2026-08-01")
    assert (found["today"], found["time_zone"]) == ("2026-06-01", "America/New_York")
    (done,) = found["done"]
    assert (done["days"], done["dose_g"], done["gave_half"]) == (["2026-05-04"], 70.0, True)
    assert [(c["slot_date"], c["planned_on"], c["state"]) for c in found["planned"]] == [
        ("2026-06-01", "2026-06-01", "due"),
        ("2026-06-29", "2026-06-29", "not_due"),
        ("2026-07-27", "2026-07-27", "not_due"),
    ]


def test_a_decision_changes_the_next_course_and_nothing_that_was_done(
    treated: World, database: Database
) -> None:
    before, number = schedule(treated), change_number(database, treated.patient_id)
    response = decide(treated)
    assert response.status_code == 201, response.text
    assert change_number(database, treated.patient_id) == number + 1
    found = schedule(treated)
    assert found["done"] == before["done"]
    assert next_due(treated) == ("not_due", "2026-06-04")
    first = found["planned"][0]
    assert (first["slot_date"], first["planned_on"]) == ("2026-06-01", "2026-06-04")
    assert first["exception_id"] == response.json()["id"]
    assert found["exceptions"] == [{"id": response.json()["id"], "state": "applies"}]


def test_a_decision_that_is_sent_twice_is_one(treated: World) -> None:
    identity = an_id()
    assert [decide(treated, id=identity).status_code for _ in range(2)] == [201, 200]
    other = decide(treated, id=identity, new_date="2026-06-05")
    assert other.status_code == 409
    again = decide(treated, new_date="2026-06-05")  # one decision for a course: amend it
    assert again.status_code == 409


def test_cancelled_added_and_taken_back(treated: World) -> None:
    cancelled = decide(treated, kind="cancelled", new_date=None).json()
    assert next_due(treated) == ("not_due", "2026-06-29")
    added = decide(treated, kind="added", slot_date=None, new_date="2026-06-10").json()
    assert next_due(treated) == ("not_due", "2026-06-10")
    assert treated.amend("course-exceptions", added["id"], new_date="2026-06-12").is_success
    assert next_due(treated) == ("not_due", "2026-06-12")
    assert treated.void("course-exceptions", added["id"], version=2).is_success
    assert treated.void("course-exceptions", cancelled["id"]).is_success
    assert next_due(treated) == ("due", "2026-06-01")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"slot_date": "2026-05-04", "new_date": "2026-05-10"}, {"slot_date"}),  # was done
        ({"slot_date": "2026-06-02"}, {"slot_date"}),  # nothing is planned there
        ({"new_date": "2026-05-04"}, {"new_date"}),
        ({"kind": "added", "slot_date": None, "new_date": "2026-06-29"}, {"new_date"}),
        ({"reason": "whim"}, {"reason"}),
    ],
)
def test_what_was_done_or_is_planned_already_stays(
    treated: World, changes: dict[str, Any], fields: set[str]
) -> None:
    assert wrong_fields(decide(treated, **changes)) == fields
    assert next_due(treated) == ("due", "2026-06-01")


def test_a_course_far_from_its_day_is_confirmed(treated: World) -> None:
    far = {"new_date": "2026-06-20"}
    assert wrong_fields(decide(treated, **far)) == {"new_date"}
    assert decide(treated, **far, confirm=["new_date"]).status_code == 201


def test_a_decision_about_a_course_that_was_given_is_history(
    treated: World, clock: MovableClock
) -> None:
    row = decide(treated).json()
    clock.now = datetime(2026, 6, 4, 20, tzinfo=UTC)
    treated.entered("infusions", started_at="2026-06-04T09:00:00-04:00")
    assert next_due(treated) == ("not_due", "2026-07-02")
    assert schedule(treated)["exceptions"] == [{"id": row["id"], "state": "used"}]
    amended = treated.amend("course-exceptions", row["id"], new_date="2026-06-05")
    assert amended.status_code == 409
    assert treated.void("course-exceptions", row["id"]).status_code == 409
    assert next_due(treated) == ("not_due", "2026-07-02")
    stored = treated.client.get(f"{API}/course-exceptions/{row['id']}").json()
    assert (stored["version"], stored["voided_at"]) == (1, None)


def test_a_fixed_calendar_stays_where_it_is(world: World, clock: MovableClock) -> None:
    world.entered("plans", calendar="fixed")
    world.entered("infusions", started_at="2026-05-28T09:00:00-04:00")  # planned for the 25th
    clock.now = datetime(2026, 6, 2, 12, tzinfo=UTC)
    assert next_due(world) == ("not_due", "2026-06-22")
    taken = decide(world, slot_date="2026-06-22", new_date="2026-07-20", confirm=True)
    assert wrong_fields(taken) == {"new_date"}
    assert decide(world, slot_date="2026-06-22", new_date="2026-06-24").status_code == 201
    assert [c["planned_on"] for c in schedule(world, to="2026-08-01")["planned"]] == [
        "2026-06-24",
        "2026-07-20",
    ]


def test_a_course_that_began_is_told_with_the_one_that_it_stands_for(
    world: World, clock: MovableClock
) -> None:
    world.entered("plans", dose_g_per_kg=None, dose_g=140.0, course_days=3)
    clock.now = datetime(2026, 6, 1, 20, tzinfo=UTC)
    world.entered("infusions", dose_g=80.0)
    world.entered("infusions", started_at="2026-06-01T09:00:00-04:00", dose_g=40.0)
    first = schedule(world)["planned"][0]
    assert (first["state"], first["begun_on"]) == ("due", "2026-06-01")
    assert first["days"] == ["2026-06-01", "2026-06-02", "2026-06-03"]


def test_on_hold_and_voided(treated: World) -> None:
    treated.entered("holds", from_date="2026-05-20", to_date=None)
    assert next_due(treated) == ("on_hold", None)
    (planned,) = schedule(treated)["planned"]
    assert (planned["state"], planned["planned_on"], planned["days"]) == ("on_hold", None, [])
    treated.void("patients", treated.patient_id)
    assert treated.client.get(f"{treated.patient}/schedule").status_code == 404


@pytest.mark.parametrize(
    "query", [{"from": "2026-06-02", "to": "2026-06-01"}, {"from": "2020-01-01"}]
)
def test_days_are_in_order_and_near(treated: World, query: dict[str, str]) -> None:
    response = treated.client.get(f"{treated.patient}/schedule", params=query)
    assert wrong_fields(response) == {"to"}


# --- the due list --------------------------------------------------------------------------------


def due(world: World, **query: Any) -> dict[str, Any]:
    response = world.client.get(f"{API}/clinics/{world.clinic_id}/due", params=query)
    assert response.status_code == 200, response.text
    content: dict[str, Any] = response.json()
    return content


def another(world: World, external_id: str, given_on: str | None) -> World:
    other = World(world.client, world.clinic_id, world.another_patient(external_id))
    other.entered("plans")
    if given_on is not None:
        other.entered("infusions", started_at=f"{given_on}T09:00:00-04:00")
    return other


def test_the_longest_due_comes_first(treated: World) -> None:
    another(treated, "missed", "2026-04-06")
    another(treated, "overdue", "2026-04-25")
    another(treated, "new", None)
    another(treated, "soon", "2026-05-15")
    another(treated, "far", "2026-05-30")
    held = another(treated, "held", "2026-05-10")
    held.entered("holds", from_date="2026-05-20", to_date="2026-07-01")
    found = due(treated)
    shown = [(item["external_id"], item["state"], item["days_late"]) for item in found["items"]]
    assert shown[:4] == [
        ("missed", "missed", 28),
        ("overdue", "overdue", 9),
        ("P-1", "due", 0),
        ("soon", "not_due", 0),
    ]
    assert sorted(shown[4:]) == [("held", "on_hold", 0), ("new", "not_started", 0)]
    assert found["counts"] == {
        **dict.fromkeys(("missed", "overdue", "due", "not_due", "on_hold", "not_started"), 1)
    }
    assert found["unassigned"] == 4
    (line,) = due(treated, state="on_hold")["items"]
    assert line["hold_until"] == "2026-07-01"
    assert [i["external_id"] for i in due(treated, ahead_days=40, state="not_due")["items"]] == [
        "soon",
        "far",
    ]
    assert due(treated, on="2026-06-16", state="missed")["counts"]["missed"] == 3


def test_whoever_visits_a_missed_course_is_assigned(world: World, database: Database) -> None:
    world.entered("plans")
    world.entered("infusions", started_at="2026-04-06T09:00:00-04:00")
    (line,) = due(world, state="missed")["items"]  # since 4 May; today is 1 June
    assert (line["due_on"], line["visitors"]) == ("2026-05-04", [])
    nurse = an_account(database, world.clinic_id)
    for day, visitors in (("2026-06-16", 0), ("2026-06-15", 1)):
        body = {"account_id": nurse, "on_date": day}
        sent = world.client.post(f"{world.patient}/visit-assignments", json=body)
        assert sent.status_code == 201, sent.text
        found = due(world, state="missed")
        assert len(found["items"][0]["visitors"]) == visitors
        assert found["unassigned"] == 1 - visitors


def test_pages_of_the_due_list_hold_everybody_once(treated: World) -> None:
    for number in range(4):
        another(treated, f"Q-{number}", "2026-04-20")
    whole = [item["patient_id"] for item in due(treated)["items"]]
    seen: list[str] = []
    page = due(treated, limit=2)
    while True:
        seen += [item["patient_id"] for item in page["items"]]
        if page["next"] is None:
            break
        page = treated.client.get(page["next"]).json()
    assert seen == whole
    assert len(set(seen)) == 5
    response = treated.client.get(
        f"{API}/clinics/{treated.clinic_id}/due", params={"cursor": "WyJkdWUiXQ"}
    )
    assert wrong_fields(response) == {"cursor"}


# --- a week --------------------------------------------------------------------------------------


def week(world: World, **query: str) -> list[dict[str, Any]]:
    response = world.client.get(f"{API}/clinics/{world.clinic_id}/week", params=query)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def test_a_week_shows_what_ran_and_what_is_planned(world: World) -> None:
    world.entered("plans", course_days=2)
    world.entered("infusions")
    (planned_1, planned_2) = week(world)
    assert [planned_1["date"], planned_2["date"]] == ["2026-06-01", "2026-06-02"]
    assert [planned_1["state"], planned_2["course_day"]] == ["due", 2]
    (done,) = week(world, monday="2026-05-04")
    assert (done["date"], done["state"], done["course_days"]) == ("2026-05-04", "done", 1)
    assert week(world, monday="2026-06-15") == []


@pytest.mark.parametrize(("name", "text"), [("monday", "2026-06-02"), ("account", "Kim")])
def test_a_week_begins_on_a_monday(world: World, name: str, text: str) -> None:
    response = world.client.get(f"{API}/clinics/{world.clinic_id}/week", params={name: text})
    assert wrong_fields(response) == {name}


# --- an order in vials ---------------------------------------------------------------------------


def convert(world: World, plan: dict[str, Any], **query: Any) -> httpx.Response:
    return world.client.get(f"{API}/plans/{plan['id']}/conversion", params=query)


def test_an_order_is_converted_and_never_changed(world: World) -> None:
    plan = world.entered("plans", product="gammagard-liquid", dose_g_per_kg=2.0, course_days=2)
    world.entered("weights", weight_kg=85.0)
    world.entered("weights", weight_kg=83.0, kind="dosing", measured_at="2026-04-01T09:00:00-04:00")
    world.entered("infusions", dose_g=160.0, weight_kg=84.0)
    found = convert(world, plan).json()
    assert (found["ordered_g"], found["volume_ml"]) == (166.0, 1660.0)
    assert found["weight"]["kind"] == "dosing"
    assert [one["weight_kg"] for one in found["weights"]] == [83.0, 85.0]
    assert [day["grams"] for day in found["covering"]["days"]] == [85.0, 81.0]
    assert found["recent"] == [
        {
            "first_day": "2026-05-04",
            "ordered_g": 168.0,
            "infused_g": 160.0,
            "difference_g": -8.0,
            "difference_percent": pytest.approx(-4.76, abs=0.01),
        }
    ]
    assert convert(world, plan, weight="actual").json()["ordered_g"] == 170.0
    assert convert(world, plan, weight_kg=50).json()["weight"]["kind"] == "given"
    known = ("concentration_confidence", "vials_confidence", "is_confirmed")
    assert [found[name] for name in known] == ["read", "read", False]
    unverified = convert(world, plan, product="privigen").json()
    assert [unverified[name] for name in known] == ["read", "unverified", False]
    powder = convert(world, plan, product="gammagard-sd").json()
    assert powder["concentration_confidence"] == "unverified"
    assert (powder["volume_ml"], powder["covering"]["vials"][0]["size_g"]) == (None, 10.0)
    assert wrong_fields(convert(world, plan, product="?")) == {"product"}
    assert world.client.get(f"{API}/plans/{plan['id']}").json() == plan


def test_the_order_says_how_far_vials_may_be_from_it(world: World) -> None:
    plan = world.entered("plans", dose_g_per_kg=None, dose_g=92.0)
    assert convert(world, plan).json()["nearest"]["needs_prescriber"] is False
    amended = world.amend("plans", plan["id"], rounding_tolerance_percent=2.0).json()
    found = convert(world, amended).json()
    assert (found["plan_version"], found["rounding_tolerance_percent"]) == (2, 2.0)
    assert found["nearest"]["needs_prescriber"] is True
    assert found["recent"] == []
    early = convert(world, plan, on="1950-01-01").json()
    assert (early["weight"], early["weights"]) == (None, [])


def test_a_day_that_gets_no_vial_is_named(world: World) -> None:
    plan = world.entered("plans", dose_g_per_kg=None, dose_g=5.0, product="privigen", course_days=2)
    row = next(
        one
        for one in world.client.get(f"{API}/clinics/{world.clinic_id}/products").json()["items"]
        if one["key"] == "privigen"
    )
    against = {"change_reason": "Yearly check.", "against": "Label of 3/2026"}
    confirmed = world.client.post(
        f"{API}/products/{row['id']}/confirm", json=against, headers={"If-Match": '"1"'}
    )
    assert confirmed.status_code == 200, confirmed.text
    found = convert(world, plan).json()
    assert [day["day"] for day in found["covering"]["days"]] == [1]
    assert found["covering"]["days_without"] == [2]
    assert found["is_confirmed"] is True


def test_of_an_order_without_a_dose_nothing_is_said(world: World) -> None:
    plan = world.entered("plans", dose_g_per_kg=None)
    found = convert(world, plan, weight="actual").json()
    assert found["ordered_g"] is found["covering"] is found["weight"] is None
    later = datetime(2026, 5, 4, tzinfo=UTC) + timedelta(days=1)
    world.entered("infusions", started_at=later.isoformat())
    assert convert(world, plan).json()["recent"][0]["difference_g"] is None


def test_a_conversion_says_whether_the_order_is_signed(world: World) -> None:
    plan = world.entered("plans")
    assert convert(world, plan).json()["is_signed"] is False
    signed = world.client.post(
        f"{API}/plans/{plan['id']}/signatures", json={}, headers={"If-Match": '"1"'}
    )
    assert signed.status_code == 201, signed.text
    assert convert(world, plan).json()["is_signed"] is True
    world.amend("plans", plan["id"], interval_days=21)
    assert convert(world, plan).json()["is_signed"] is False
