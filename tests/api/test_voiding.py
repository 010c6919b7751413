"""A patient's record that was a mistake takes every entry with it, and stays readable."""

from __future__ import annotations

import pytest

from tests.api.world import API, RECORDS, World

KINDS = sorted(RECORDS)


def void(world: World) -> int:
    body = {"void_reason": "Entered twice."}
    headers = {"If-Match": '"1"'}
    return world.client.post(f"{world.patient}/void", json=body, headers=headers).status_code


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_is_voided_with_its_patient(world: World, kind: str) -> None:
    row = world.entered(kind)
    assert void(world) == 200
    shown = world.client.get(f"{API}/{kind}/{row['id']}").json()
    assert (shown["void_reason"], shown["version"]) == ("Entered twice.", 2)
    listed = world.client.get(f"{world.patient}/{kind}").json()["items"]
    assert listed == []
    everything = world.client.get(f"{world.patient}/{kind}?include_voided=true").json()["items"]
    assert [item["id"] for item in everything] == [row["id"]]
    history = world.client.get(f"{API}/{kind}/{row['id']}/history").json()["items"]
    assert [version["voided_at"] is None for version in history] == [True, False]


def test_a_report_keeps_its_values_for_whoever_reads_it_voided(world: World) -> None:
    row = world.entered("reports")
    void(world)
    shown = world.client.get(f"{API}/reports/{row['id']}").json()
    assert len(shown["values"]) == 2


def test_what_was_voided_before_keeps_its_own_reason(world: World) -> None:
    row = world.entered("weights")
    assert world.void("weights", row["id"]).status_code == 200
    assert void(world) == 200
    shown = world.client.get(f"{API}/weights/{row['id']}").json()
    assert shown["void_reason"] == "Wrong patient."


def test_a_patient_is_voided_once(world: World) -> None:
    assert void(world) == 200
    assert void(world) in (409, 412)
