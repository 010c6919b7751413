"""A nurse's word that an infusion was so, and what a later change makes of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.db import Database
from tests.api.world import API, World, an_id


def sign(world: World, infusion: dict[str, Any], **body: Any) -> httpx.Response:
    return world.client.post(
        f"{API}/infusions/{infusion['id']}/signatures",
        json=body,
        headers={"If-Match": f'"{infusion["version"]}"', "Authorization": "Bearer Nurse Kim"},
    )


def signatures(world: World, infusion: dict[str, Any]) -> list[dict[str, Any]]:
    response = world.client.get(f"{API}/infusions/{infusion['id']}/signatures")
    assert response.status_code == 200
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def test_a_signature_names_who_and_which_version(world: World) -> None:
    infusion = world.entered("infusions")
    response = sign(world, infusion)
    assert response.status_code == 201, response.text
    (only,) = signatures(world, infusion)
    assert only == response.json()
    assert (only["signed_by"], only["signed_version"], only["state"]) == ("Nurse Kim", 1, "stands")


@pytest.mark.parametrize("act", ["amended", "voided"])
def test_a_later_change_shows_the_signature_as_what_it_is_now(world: World, act: str) -> None:
    infusion = world.entered("infusions")
    sign(world, infusion)
    if act == "amended":
        assert world.amend("infusions", infusion["id"], dose_g=65.0).status_code == 200
    else:
        assert world.void("infusions", infusion["id"]).status_code == 200
    (only,) = signatures(world, infusion)
    assert (only["state"], only["changed_by"]) == (act, "a tester")
    assert only["changed_at"] is not None


def test_what_was_amended_can_be_signed_again(world: World) -> None:
    infusion = world.entered("infusions")
    first = sign(world, infusion).json()
    amended = world.amend("infusions", infusion["id"], dose_g=65.0).json()
    second = sign(world, amended).json()
    assert [one["state"] for one in signatures(world, infusion)] == ["amended", "stands"]
    assert first["content_hash"] != second["content_hash"]


def test_what_somebody_did_not_see_is_not_signed(world: World) -> None:
    infusion = world.entered("infusions")
    world.amend("infusions", infusion["id"], dose_g=65.0)
    assert sign(world, infusion).status_code == 412
    assert signatures(world, infusion) == []


def test_a_signature_that_is_sent_twice_is_one(world: World) -> None:
    infusion, identity = world.entered("infusions"), an_id()
    assert [sign(world, infusion, id=identity).status_code for _ in range(2)] == [201, 200]
    other = world.entered("infusions", started_at="2026-05-11T09:00:00-04:00")
    assert sign(world, other, id=identity).status_code == 409
    assert len(signatures(world, infusion)) == 1


def test_a_voided_infusion_is_not_signed(world: World) -> None:
    infusion = world.entered("infusions")
    voided = world.void("infusions", infusion["id"]).json()
    assert sign(world, voided).status_code == 409


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_was_changed_behind_the_guards_does_not_match(
    world: World, database: Database
) -> None:
    infusion = world.entered("infusions")
    sign(world, infusion)
    with database.writing() as session:
        session.execute(text("DROP TRIGGER infusions_no_overwrite"))
        changed = text("UPDATE infusions SET dose_g = 10 WHERE id = :id")
        session.execute(changed, {"id": infusion["id"].replace("-", "")})
    (only,) = signatures(world, infusion)
    assert only["state"] == "does_not_match"
