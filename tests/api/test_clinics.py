from __future__ import annotations

from app.db import Database
from app.products.catalogue import CATALOGUE
from tests.api.conftest import MovableClock
from tests.api.world import API, World, an_id, change_number, wrong_fields
from tests.support.client import ApiClient


def test_a_clinic_gets_the_whole_catalogue(world: World) -> None:
    page = world.client.get(f"{API}/clinics/{world.clinic_id}/products?limit=500").json()
    keys = [product["key"] for product in page["items"]]
    assert keys == sorted(CATALOGUE)


def test_clinics_are_listed_by_name(world: World) -> None:
    for name in ("Zwolle", "Aachen"):
        world.client.post(f"{API}/clinics", json={"name": name})
    items = world.client.get(f"{API}/clinics?limit=500").json()["items"]
    names = [clinic["name"] for clinic in items]
    assert {"Aachen", "Zwolle"} <= set(names)
    assert names == sorted(names)


def test_a_clinic_sent_twice_is_opened_once(client: ApiClient) -> None:
    body = {"id": an_id(), "name": "South"}
    first, again = (client.post(f"{API}/clinics", json=body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = client.post(f"{API}/clinics", json={**body, "name": "Far South"})
    assert other.status_code == 409
    assert other.json()["stored"]["name"] == "South"


def test_a_name_is_taken_once(world: World) -> None:
    taken = world.client.get(f"{API}/clinics/{world.clinic_id}").json()["name"]
    assert world.client.post(f"{API}/clinics", json={"name": taken}).status_code == 409
    other = world.client.post(f"{API}/clinics", json={"name": "East"}).json()["id"]
    assert world.amend("clinics", other, name=taken).status_code == 409


def test_everything_wrong_with_a_clinic_is_named(client: ApiClient) -> None:
    response = client.post(f"{API}/clinics", json={"name": " ", "size": 3})
    assert wrong_fields(response) == {"name", "size"}


def test_a_new_name_makes_no_analysis_stale(
    world: World, database: Database, clock: MovableClock
) -> None:
    before = change_number(database, world.patient_id)
    clock.move(hours=1)
    renamed = world.amend("clinics", world.clinic_id, name="Far North")
    assert renamed.json()["name"] == "Far North"
    assert change_number(database, world.patient_id) == before
    history = world.client.get(f"{API}/clinics/{world.clinic_id}/history").json()["items"]
    assert [version["version"] for version in history] == [1, 2]


def test_patients_are_told_the_number_of_their_clinic(world: World) -> None:
    def shown() -> str | None:
        number: str | None = world.client.get(f"{world.patient}/today").json()["clinic_phone"]
        return number

    assert shown() is None
    assert wrong_fields(world.amend("clinics", world.clinic_id, phone="ask")) == {"phone"}
    assert world.amend("clinics", world.clinic_id, phone="+44 20 7946 0000").status_code == 200
    renamed = world.amend("clinics", world.clinic_id, version=2, name="Farther North").json()
    assert [renamed["phone"], shown()] == ["+44 20 7946 0000"] * 2
    history = world.client.get(f"{API}/clinics/{world.clinic_id}/history").json()["items"]
    assert [one["phone"] for one in history] == [None, "+44 20 7946 0000", "+44 20 7946 0000"]
    gone = world.amend("clinics", world.clinic_id, version=3, phone=None)
    assert gone.json()["phone"] is None


def test_the_version_of_a_clinic_is_compared(world: World) -> None:
    address = f"{API}/clinics/{world.clinic_id}"
    assert world.client.get(address, headers={"If-None-Match": '"1"'}).status_code == 304
    assert world.amend("clinics", world.clinic_id, version=2, name="South").status_code == 412


def test_an_unknown_clinic_is_not_found(client: ApiClient) -> None:
    assert client.get(f"{API}/clinics/{an_id()}").status_code == 404
    assert client.get(f"{API}/clinics/{an_id()}/products").status_code == 404
    assert client.get(f"{API}/worklist", params={"clinic_id": an_id()}).status_code == 404
