"""Recalled lots: entered once for a clinic, in whatever way the letter writes them."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from app.clinics.entries import find_twin
from app.db import Database
from app.lots.service import recall_of
from app.products.repository import find_by_gtin, find_by_key
from tests.api.conftest import MovableClock
from tests.api.world import API, World, an_id, wrong_fields
from tests.support.client import ApiClient

RECALL: dict[str, Any] = {
    "product": "privigen",
    "lot": "P100-234.567",
    "announced_on": "2026-05-28",
    "source": "Letter of the maker",
    "reason": "Particles seen.",
}


def enter(world: World, **changes: Any) -> httpx.Response:
    address = f"{API}/clinics/{world.clinic_id}/recalls"
    return world.client.post(address, json={**RECALL, **changes})


def entered(world: World, **changes: Any) -> dict[str, Any]:
    response = enter(world, **changes)
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


def found(world: World, database: Database, product: str | None, lot: str) -> str | None:
    with database.reading() as session:
        row = recall_of(session, uuid.UUID(world.clinic_id), product=product, lot=lot)
        return None if row is None else str(row.id)


@pytest.mark.parametrize(
    ("product", "lot", "is_recalled"),
    [
        ("privigen", "P100-234.567", True),
        ("privigen", "p100 234 567", True),
        (None, "P100234567", True),
        ("octagam-10", "P100234567", False),
        ("privigen", "P100234568", False),
    ],
)
def test_a_recalled_lot_is_found_in_any_way_of_writing_it(
    world: World, database: Database, product: str | None, lot: str, is_recalled: bool
) -> None:
    row = entered(world)
    assert row["lot_key"] == "P100234567"
    assert found(world, database, product, lot) == (row["id"] if is_recalled else None)


def test_a_recall_without_a_product_is_of_every_product(world: World, database: Database) -> None:
    row = entered(world, product=None, kind="quarantine")
    assert found(world, database, "octagam-10", "P100234567") == row["id"]


def test_the_newest_recall_of_a_lot_is_the_one_to_read(world: World, database: Database) -> None:
    entered(world)
    newer = entered(world, product=None, announced_on="2026-05-30")
    assert found(world, database, "privigen", "P100234567") == newer["id"]


def test_another_clinic_has_recalls_of_its_own(
    world: World, client: ApiClient, database: Database, clock: MovableClock
) -> None:
    entered(world)
    assert found(World.of(client), database, "privigen", "P100234567") is None


def test_a_voided_or_corrected_recall_warns_no_more(world: World, database: Database) -> None:
    row = entered(world)
    assert world.amend("recalls", row["id"], lot="P100-234.999").status_code == 200
    assert found(world, database, "privigen", "P100234567") is None
    assert found(world, database, "privigen", "P100234999") == row["id"]
    assert world.void("recalls", row["id"], version=2).status_code == 200
    assert found(world, database, "privigen", "P100234999") is None


def test_a_recall_sent_twice_is_stored_once(world: World) -> None:
    row_id = an_id()
    first, again = (enter(world, id=row_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["location"] == f"{API}/recalls/{row_id}"
    other = enter(world, id=row_id, lot="Other1")
    assert (other.status_code, other.json()["stored"]["lot"]) == (409, "P100-234.567")


def test_one_lot_is_recalled_once(world: World) -> None:
    row = entered(world)
    twin = enter(world, lot="p100234567", reference="FA-2")
    assert (twin.status_code, twin.json()["stored"]["id"]) == (409, row["id"])
    other = entered(world, lot="P100234568")
    assert world.amend("recalls", other["id"], lot="P100234567").status_code == 409
    assert world.amend("recalls", row["id"], lot="P100 234 567").status_code == 200
    assert world.void("recalls", row["id"], version=2).status_code == 200
    assert world.amend("recalls", other["id"], lot="P100234567").status_code == 200


@pytest.mark.parametrize("product", ["privigen", None])
def test_of_two_recalls_of_a_lot_at_one_moment_one_is_refused(
    world: World, product: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = entered(world, product=product)
    other = entered(world, product=product, lot="P100234568")
    refusals: list[httpx.Response] = []
    for send in (
        lambda: enter(world, product=product, lot="p100234567"),
        lambda: world.amend("recalls", other["id"], lot="P100234567"),
    ):
        looks = iter([None])  # The other one is not to be seen yet; only the database knows.
        monkeypatch.setattr(
            "app.clinics.entries.find_twin",
            lambda *args, looks=looks, **named: next(looks, True) and find_twin(*args, **named),
        )
        refusals.append(send())
    assert [refused.status_code for refused in refusals] == [409, 409]
    assert [refused.json()["stored"]["id"] for refused in refusals] == [row["id"]] * 2
    assert world.client.get(f"{API}/recalls/{other['id']}").json() == other


def test_everything_wrong_with_a_recall_is_named(world: World) -> None:
    wrong = {"product": "Privigen", "lot": "-", "announced_on": "2027-01-01", "colour": "red"}
    expected = {"product", "lot", "announced_on", "colour"}
    assert wrong_fields(enter(world, **wrong)) == expected
    row = entered(world)
    assert wrong_fields(world.amend("recalls", row["id"], **wrong)) == expected


def test_a_recall_can_be_of_a_retired_product(world: World, database: Database) -> None:
    with database.reading() as session:
        row = find_by_key(session, uuid.UUID(world.clinic_id), "privigen")
        assert row is not None
    assert world.void("products", str(row.id)).status_code == 200
    assert enter(world).status_code == 201


def test_every_version_of_a_recall_stays_readable(world: World, clock: MovableClock) -> None:
    first = entered(world)
    address = f"{API}/recalls/{first['id']}"
    assert world.client.get(address, headers={"If-None-Match": '"1"'}).status_code == 304
    clock.move(hours=1)
    second = world.amend("recalls", first["id"], reference="FA-2026-014").json()
    assert world.amend("recalls", first["id"], reference="x").status_code == 412
    clock.move(hours=1)
    third = world.void("recalls", first["id"], version=2).json()
    assert world.client.get(f"{address}/history").json()["items"] == [first, second, third]
    assert world.amend("recalls", first["id"], version=3, lot="x1").status_code == 409
    listed = f"{API}/clinics/{world.clinic_id}/recalls"
    assert world.client.get(listed).json()["items"] == []
    assert world.client.get(f"{listed}?include_voided=true").json()["items"] == [third]


def test_recalls_are_listed_the_latest_announced_first(world: World) -> None:
    older = entered(world, announced_on="2026-01-02", lot="A1")
    newer = entered(world, announced_on="2026-03-04", lot="B2")
    items = world.client.get(f"{API}/clinics/{world.clinic_id}/recalls").json()["items"]
    assert items == [newer, older]


def test_a_scanned_number_names_product_and_vial(world: World, database: Database) -> None:
    clinic_id = uuid.UUID(world.clinic_id)
    with database.reading() as session:
        hit = find_by_gtin(session, clinic_id, "00309442700067")
        assert hit is not None
        assert (hit.product.key, hit.vial_g) == ("gammagard-liquid", 20)
        assert find_by_gtin(session, clinic_id, "09501101530003") is None
        assert find_by_gtin(session, uuid.uuid4(), "00309442700067") is None
        product_id = str(hit.product.id)
    assert world.void("products", product_id).status_code == 200
    with database.reading() as session:
        retired = find_by_gtin(session, clinic_id, "00309442700067")
        assert retired is not None
        assert retired.product.voided_at is not None


def test_an_unknown_recall_or_clinic_is_not_found(client: ApiClient) -> None:
    assert client.get(f"{API}/recalls/{an_id()}").status_code == 404
    assert client.get(f"{API}/clinics/{an_id()}/recalls").status_code == 404
    assert client.post(f"{API}/clinics/{an_id()}/recalls", json=RECALL).status_code == 404
