"""What a patient is asked, and what is seen of today before the answer."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import MovableClock
from tests.api.world import API, World, an_id, wrong_fields

HANDS = ["strength_nrs@right_hand", "strength_nrs@left_hand"]
BUTTONS = "ability_buttons@global"


def today(world: World) -> dict[str, Any]:
    response = world.client.get(f"{world.patient}/today")
    assert response.status_code == 200, response.text
    shown: dict[str, Any] = response.json()
    return shown


def asked(world: World) -> list[str]:
    return [f"{one['measure']}@{one['site']}" for one in today(world)["items"]]


def choose(world: World, **content: Any) -> dict[str, Any]:
    body = {"daily": HANDS, "weekly": [BUTTONS], "weekly_on": 1, **content}
    response = world.client.post(f"{world.patient}/diaries", json=body)
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


def report(world: World, at: str, *values: tuple[str, str, float], **content: Any) -> None:
    listed = [{"measure": m, "site": s, "value": v} for m, s, v in values]
    body = {"observed_at": at, "source": "patient", "values": listed, **content}
    response = world.client.post(f"{world.patient}/reports", json=body)
    assert response.status_code == 201, response.text


def test_where_nobody_chose_the_diagnosis_asks(world: World) -> None:
    shown = today(world)
    assert [shown["is_chosen"], shown["today"], shown["weekday"]] == [False, "2026-06-01", 0]
    daily = [one["site"] for one in shown["items"] if one["kind"] == "daily"]
    assert daily == ["right_hand", "left_hand"]
    assert shown["reported_today"] is False
    assert [shown["next_infusion"], shown["last"], shown["devices"]] == [None, {}, {}]
    first = shown["items"][0]
    scale = ("low", "high", "decimals", "may_repeat", "scale_version")
    assert [first[name] for name in scale] == [0, 10, 0, False, "1"]
    assert {"measure": "cramp_nrs", "site": "left_foot"}.items() <= next(
        one
        for one in shown["extra"]
        if one["measure"] == "cramp_nrs"
        and "foot" in one["site"][4:]
        and one["site"] == "left_foot"
    ).items()


def test_what_a_clinician_chose_is_asked(world: World, clock: MovableClock) -> None:
    choose(world, note="Sit down for it.")
    assert asked(world) == [*HANDS, BUTTONS]  # never answered, so due
    assert today(world)["note"] == "Sit down for it."
    report(world, "2026-06-01T07:00:00-04:00", ("ability_buttons", "global", 1))
    assert asked(world) == HANDS
    clock.move(days=1)  # Tuesday, its day
    assert asked(world) == [*HANDS, BUTTONS]


def test_the_worse_side_comes_first_and_no_strength_is_shown(world: World) -> None:
    choose(world)
    report(
        world,
        "2026-05-30T07:00:00-04:00",
        ("strength_nrs", "right_hand", 8),
        ("strength_nrs", "left_hand", 3),
        ("cramp_nrs", "global", 4),
    )
    listed = [{"measure": "grip_kpa", "site": "left_hand", "value": 30, "device": "Vigorimeter"}]
    body = {"observed_at": "2026-05-29T07:00:00-04:00", "source": "patient", "values": listed}
    assert world.client.post(f"{world.patient}/reports", json=body).status_code == 201
    shown = today(world)
    assert [one["site"] for one in shown["items"]][:2] == ["left_hand", "right_hand"]
    assert list(shown["last"]) == ["cramp_nrs@global"]
    assert shown["last"]["cramp_nrs@global"]["value"] == 4
    assert shown["devices"] == {"grip_kpa": "Vigorimeter"}
    assert "grip_kg" not in {one["measure"] for one in shown["extra"]}


def test_the_next_infusion_is_told_after_the_report_only(world: World, clock: MovableClock) -> None:
    world.entered("plans")
    world.entered("infusions")
    assert today(world)["next_infusion"] is None
    report(world, "2026-06-01T07:00:00-04:00", ("strength_nrs", "global", 5))
    shown = today(world)
    assert [shown["reported_today"], shown["next_infusion"]] == [True, "2026-06-01"]
    clock.move(days=1)
    assert today(world)["reported_today"] is False


def test_a_patient_has_one_diary(world: World) -> None:
    row_id = an_id()
    choose(world, id=row_id)
    again = world.client.post(
        f"{world.patient}/diaries",
        json={"id": row_id, "daily": HANDS, "weekly": [BUTTONS], "weekly_on": 1},
    )
    assert again.status_code == 200
    second = world.client.post(f"{world.patient}/diaries", json={"daily": HANDS})
    assert second.status_code == 409
    amended = world.amend("diaries", row_id, daily=[HANDS[1]], sorting="as_listed")
    assert (amended.status_code, amended.json()["version"]) == (200, 2)
    assert world.void("diaries", row_id, version=2).status_code == 200
    assert today(world)["is_chosen"] is False
    choose(world)


def test_everything_wrong_with_a_diary_is_named(world: World) -> None:
    body = {"daily": ["incat@global"], "weekly": ["?"], "weekly_on": 9, "sorting": "?"}
    response = world.client.post(f"{world.patient}/diaries", json=body)
    assert wrong_fields(response) == {"daily", "weekly", "weekly_on", "sorting"}


def test_a_report_says_whether_it_was_typed_in_later(world: World) -> None:
    at, later = "2026-05-31T07:00:00-04:00", "2026-06-01T07:00:00-04:00"
    report(world, at, ("cramp_nrs", "global", 4), entered_at=at)
    report(world, at, ("fatigue_nrs", "global", 4), entered_at=later)
    items = world.client.get(f"{world.patient}/reports").json()["items"]
    found = {one["values"][0]["measure"]: one["is_back_dated"] for one in items}
    assert found == {"cramp_nrs": False, "fatigue_nrs": True}
    for one in items:
        address = f"{API}/reports/{one['id']}"
        assert world.client.get(address).json()["is_back_dated"] is one["is_back_dated"]
        (version,) = world.client.get(f"{address}/history").json()["items"]
        assert version["is_back_dated"] is one["is_back_dated"]
