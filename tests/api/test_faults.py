"""Input that is refused: everything wrong is named at once, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.world import API, PATIENT, World, an_id, wrong_fields
from tests.support.client import ApiClient


def test_every_wrong_field_of_an_infusion_is_named(world: World) -> None:
    response = world.post(
        "infusions",
        started_at="2026-07-01T09:00:00Z",
        status="done",
        product="privigenn",
        dose_g=900,
        lot_numbers=["A;B"],
        note="bell \x07",
    )
    expected = {"started_at", "status", "product", "dose_g", "lot_numbers", "note"}
    assert wrong_fields(response) == expected
    assert {e["severity"] for e in response.json()["errors"]} == {"impossible"}


def test_what_has_no_shape_is_named_beside_what_the_rules_refuse(world: World) -> None:
    response = world.post(
        "infusions", started_at="yesterday", product=7, dose_g=900, colour="red", confirm="yes"
    )
    assert wrong_fields(response) == {"started_at", "product", "dose_g", "colour", "confirm"}


def test_faults_of_every_value_of_a_report_come_together(world: World) -> None:
    values = [
        {"measure": "strength_nrs", "site": "right_hand", "value": "6"},
        {"measure": "strength_nrs", "site": "left_hand", "value": 11},
        {"measure": "grip_kpa", "site": "right_foot", "value": 30},
        {"site": "global", "value": 3},
        7,
    ]
    assert wrong_fields(world.post("reports", values=values, source="robot")) == {
        "values[0].value",
        "values[1].value",
        "values[2].site",
        "values[3].measure",
        "values[4]",
        "source",
    }


def test_a_fault_that_only_the_unreadable_field_could_decide_is_not_made_up(
    world: World,
) -> None:
    # Whether the end is before the start nobody can say while the start is unreadable.
    response = world.post("infusions", started_at="soon", ended_at="2010-01-01T00:00:00Z")
    assert wrong_fields(response) == {"started_at"}


def test_every_wrong_field_of_a_patient_is_named(world: World) -> None:
    body = {
        **PATIENT,
        "clinic_id": an_id(),
        "external_id": " P-2",
        "time_zone": "GMT+4",
        "diagnosis": "flu",
        "birth_date": "2027-01-01",
        "followed": ["grip_kpa@nose"],
        "sex": 3,
    }
    response = world.client.post(f"{API}/patients", json=body)
    assert wrong_fields(response) == {
        "clinic_id",
        "external_id",
        "time_zone",
        "diagnosis",
        "birth_date",
        "followed",
        "sex",
    }


def test_a_correction_is_checked_whole(world: World) -> None:
    row = world.entered("infusions")
    response = world.amend("infusions", row["id"], dose_g=900, ended_at="never", status="over")
    assert wrong_fields(response) == {"dose_g", "ended_at", "status"}


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("infusions", "dose_g", 900),
        ("infusions", "started_at", "2026-06-01T12:11:00Z"),
        ("reports", "observed_at", "1970-05-03T12:00:00Z"),
        ("weights", "weight_kg", 0.2),
        ("plans", "interval_days", 400),
        ("plans", "product", "water"),
        ("holds", "to_date", "2026-03-01"),
        ("therapies", "from_date", "2026-07-01"),
    ],
)
def test_the_impossible_is_refused_even_when_confirmed(
    world: World, kind: str, field: str, value: Any
) -> None:
    response = world.post(kind, confirm=True, **{field: value})
    assert wrong_fields(response) == {field}


def test_a_weight_that_changed_by_two_fifths_needs_confirmation(world: World) -> None:
    world.entered("weights", weight_kg=70)
    body = {"measured_at": "2026-05-20T09:00:00Z", "weight_kg": 98}
    refused = world.post("weights", **body)
    assert wrong_fields(refused) == {"weight_kg"}
    assert refused.json()["errors"][0]["severity"] == "unusual"
    assert wrong_fields(world.post("weights", **body, confirm=["kind"])) == {"weight_kg"}
    accepted = world.entered("weights", **body, confirm=["weight_kg"])
    assert accepted["confirmed"] == ["weight_kg"]


def test_a_confirmation_holds_for_the_value_that_was_confirmed(world: World) -> None:
    row = world.entered("infusions", dose_g=250, weight_kg=110, confirm=True)
    assert row["confirmed"] == ["dose_g"]
    noted = world.amend("infusions", row["id"], note="Two pumps.")
    assert (noted.status_code, noted.json()["confirmed"]) == (200, ["dose_g"])
    assert wrong_fields(world.amend("infusions", row["id"], version=2, dose_g=260)) == {"dose_g"}


def test_an_unusual_value_marks_itself_and_not_its_neighbours(world: World) -> None:
    values = [
        {"measure": "walk_10m_s", "site": "global", "value": 130},
        {"measure": "grip_kpa", "site": "right_hand", "value": 20},
    ]
    assert wrong_fields(world.post("reports", values=values)) == {"values[0].value"}
    report = world.entered("reports", values=values, confirm=["values[0].value"])
    marks = {value["measure"]: value["confirmed"] for value in report["values"]}
    assert marks == {"walk_10m_s": ["value"], "grip_kpa": None}
    noted = world.amend("reports", report["id"], note="With a stick.")
    assert {value["measure"]: value["confirmed"] for value in noted.json()["values"]} == marks


@pytest.mark.parametrize(
    "text",
    [
        '{"measured_at": "2026-05-01T09:00:00Z", "weight_kg": NaN}',
        '{"measured_at": "2026-05-01T09:00:00Z", "weight_kg": Infinity}',
        '{"measured_at": "2026-05-01T09:00:00Z", "weight_kg": 1e999}',
        '{"measured_at": "\\ud800", "weight_kg": 70}',
        '{"measured_at": "2026-05-01T09:00:00Z", "weight_kg": 70',
        "[" * 5000,
        "\xff",
        "",
        "null",
        "[]",
    ],
)
def test_what_is_not_the_json_of_a_row_is_refused(world: World, text: str) -> None:
    headers = {"Content-Type": "application/json"}
    content = text.encode("latin-1")
    response = world.client.post(f"{world.patient}/weights", content=content, headers=headers)
    assert wrong_fields(response) == {"body"}


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("weights", "weight_kg", "70"),
        ("weights", "weight_kg", True),
        ("weights", "weight_kg", None),
        ("weights", "measured_at", 1767225600),
        ("weights", "measured_at", "2026-05-01T09:00:00"),
        ("weights", "measured_at", "2026-02-30T09:00:00Z"),
        ("weights", "measured_at", "0001-01-01T00:00:00+14:00"),
        ("weights", "measured_at", "9999-12-31T23:59:59-14:00"),
        ("weights", "kind", "actual\u0000"),
        ("weights", "id", "not-an-id"),
        ("plans", "interval_days", 28.5),
        ("plans", "interval_days", 10**30),
        ("plans", "dose_g_per_kg", 1e308),
        ("plans", "effective_date", "2026-13-01"),
        ("plans", "effective_date", "2026-01-05T00:00:00"),
        ("plans", "product", "\u0000"),
        ("plans", "product", "x" * 100_000),
        ("infusions", "lot_numbers", ["A"] * 101),
    ],
)
def test_a_value_of_another_kind_is_refused_and_not_converted(
    world: World, kind: str, field: str, value: Any
) -> None:
    response = world.post(kind, **{field: value})
    assert wrong_fields(response) == {field}
    assert len(response.content) < 2000


@pytest.mark.parametrize("tag", ["1", '"1', "W/1", '"1"; "2"'])
def test_a_version_that_is_no_entity_tag_is_refused(world: World, tag: str) -> None:
    row = world.entered("weights")
    response = world.client.patch(
        f"{API}/weights/{row['id']}", json={"change_reason": "x"}, headers={"If-Match": tag}
    )
    assert wrong_fields(response) == {"If-Match"}


def test_a_weak_tag_names_no_version_to_change(world: World) -> None:
    row = world.entered("weights")
    response = world.client.patch(
        f"{API}/weights/{row['id']}", json={"change_reason": "x"}, headers={"If-Match": 'W/"1"'}
    )
    assert response.status_code == 412


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "", "W10", "WyJ3ZWlnaHRzIiwgIjIwMjYiXQ", "bnVsbA", "A" * 2000, "\x00"],
)
def test_a_cursor_of_no_list_is_refused(world: World, cursor: str) -> None:
    response = world.client.get(f"{world.patient}/weights", params={"cursor": cursor})
    assert wrong_fields(response) == {"cursor"}


def test_a_cursor_of_another_list_is_refused(world: World) -> None:
    world.entered("weights")
    world.entered("weights", measured_at="2026-05-02T09:00:00Z")
    address = f"{API}/patients/{world.patient_id}"
    cursor = world.client.get(f"{address}/weights?limit=1").json()["next_cursor"]
    response = world.client.get(f"{address}/infusions", params={"cursor": cursor})
    assert wrong_fields(response) == {"cursor"}


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 501), ("page", 2)])
def test_an_impossible_page_is_refused(world: World, name: str, value: int) -> None:
    response = world.client.get(f"{world.patient}/weights", params={name: value})
    assert wrong_fields(response) == {name}


def test_an_id_that_is_no_uuid_is_named(client: ApiClient) -> None:
    assert wrong_fields(client.get(f"{API}/patients/7")) == {"patient_id"}
