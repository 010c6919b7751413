"""What of a visit is shown to whom, and what a program's token can bring in a bundle."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.accounts.tables import AccountRow
from tests.access.cells import API
from tests.access.world import World, a_token

BUNDLE_PERMISSIONS = ("infusions.read", "infusions.write")


@pytest.mark.parametrize(("role", "sees_reports"), [("nurse", True), ("pharmacist", False)])
def test_reports_are_shown_to_whoever_reads_reports(
    world: World, role: str, sees_reports: bool
) -> None:
    path = f"{API}/visits/{world.own.rows['visits']}/record"
    record = world.as_person(role, "GET", path).json()
    assert (record["reports"] is not None) == sees_reports
    assert record["infusion"]["dose_g"] == 30


@pytest.mark.parametrize(
    ("items", "status"),
    [
        ({}, 201),
        (
            {
                "weights": [
                    {
                        "id": str(uuid.uuid4()),
                        "measured_at": "2026-05-30T09:00:00Z",
                        "weight_kg": 71.5,
                    }
                ]
            },
            403,
        ),
    ],
)
def test_a_token_brings_only_what_it_may_enter_alone(
    world: World, items: dict[str, Any], status: int
) -> None:
    with world.database.writing() as session:
        nurse = session.get_one(AccountRow, world.people["nurse"].id)
        token = a_token(session, nurse, BUNDLE_PERMISSIONS)
    place = world.fresh(world.own, ())
    visit = {"id": str(uuid.uuid4()), "planned_on": "2026-05-30"}
    response = world.client.post(
        f"{API}/patients/{place.patient_id}/visit-bundles",
        json={"visit": visit, **items},
        headers={"authorization": f"Bearer {token}"},
    )
    assert response.status_code == status, response.text


def test_a_conflict_shows_nothing_of_a_strangers_row(world: World) -> None:
    visit = {"id": str(world.stranger.rows["visits"]), "planned_on": "2026-05-30"}
    response = world.as_person(
        "nurse",
        "POST",
        f"{API}/patients/{world.own.patient_id}/visit-bundles",
        json={"visit": visit},
    )
    assert response.status_code == 409
    (conflict,) = response.json()["conflicts"]
    assert conflict["stored"] is None
    correction = {**visit, "version": 1, "change_reason": "Try."}
    refused = world.as_person(
        "nurse",
        "POST",
        f"{API}/patients/{world.own.patient_id}/visit-bundles",
        json={"visit": correction},
    )
    assert [error["field"] for error in refused.json()["errors"]] == ["visit.id"]


def test_the_list_of_calls_holds_only_the_own_patients(world: World) -> None:
    path = f"{API}/clinics/{world.north}/calls"
    seen = {
        role: {call["patient_id"] for call in world.as_person(role, "GET", path).json()["items"]}
        for role in ("nurse", "physician")
    }
    for patients in seen.values():
        assert str(world.own.patient_id) in patients
        assert str(world.stranger.patient_id) not in patients
