"""Requests that arrive at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.api.world import API, CHANGES, PATIENT, RECORDS, World, an_id


def at_once(count: int, send: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """Send several requests that start together."""
    barrier = Barrier(count)

    def wait_and_send(number: int) -> httpx.Response:
        barrier.wait()
        return send(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(wait_and_send, range(count)))


def statuses(responses: list[httpx.Response]) -> list[int]:
    return sorted(response.status_code for response in responses)


@pytest.mark.parametrize("kind", RECORDS)
def test_the_same_entry_twice_at_once_is_stored_once(world: World, kind: str) -> None:
    row_id = an_id()
    responses = at_once(2, lambda _: world.post(kind, id=row_id))
    assert statuses(responses) == [200, 201]
    assert responses[0].json() == responses[1].json()
    assert len(world.client.get(f"{world.patient}/{kind}").json()["items"]) == 1


@pytest.mark.parametrize("kind", RECORDS)
def test_of_two_corrections_at_once_one_comes_too_late(world: World, kind: str) -> None:
    row = world.entered(kind)
    responses = at_once(2, lambda _: world.amend(kind, row["id"], **CHANGES[kind]))
    assert statuses(responses) == [200, 412]
    assert world.client.get(f"{API}/{kind}/{row['id']}").json()["version"] == 2


def test_the_same_patient_twice_at_once_is_stored_once(world: World) -> None:
    body = {**PATIENT, "clinic_id": world.clinic_id, "external_id": "P-2", "id": an_id()}
    responses = at_once(2, lambda _: world.client.post(f"{API}/patients", json=body))
    assert statuses(responses) == [200, 201]


def test_the_same_clinic_twice_at_once_is_opened_once(world: World) -> None:
    body = {"name": f"South {an_id()}", "id": an_id()}
    responses = at_once(2, lambda _: world.client.post(f"{API}/clinics", json=body))
    assert statuses(responses) == [200, 201]
    products = world.client.get(f"{API}/clinics/{body['id']}/products").json()["items"]
    assert len({product["key"] for product in products}) == len(products) > 10


def test_many_writers_and_readers_do_not_wait_for_each_other_for_ever(world: World) -> None:
    def send(number: int) -> httpx.Response:
        if number % 3 == 0:
            return world.client.get(f"{world.patient}/reports")
        return world.post("reports", observed_at=f"2026-05-{10 + number % 10}T08:00:00Z")

    responses = at_once(24, send)
    assert set(statuses(responses)) == {200, 201}
    assert len(world.client.get(f"{world.patient}/reports").json()["items"]) == 16
