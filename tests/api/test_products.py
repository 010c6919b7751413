"""The catalogue as the clinic keeps it: added, changed, confirmed, retired."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.products.rates import NO_CONFIRMED_LIMIT
from tests.api.conftest import MovableClock
from tests.api.world import API, World, an_id, wrong_fields
from tests.support.client import ApiClient

PRODUCT: dict[str, Any] = {
    "key": "example-10",
    "name": "Example 10%",
    "source": "Leaflet of March 2026",
    "as_of": "2026-05-30",
    "concentration_mg_per_ml": 100,
    "vial_sizes_g": [5, 10],
    "rates": [{"initial": 0.3, "maximum": 4.8, "indication": "MMN"}],
    "gtins": [{"gtin": "09501101530003", "vial_g": 10}],
}
CONFIRM: dict[str, Any] = {"change_reason": "Yearly check.", "against": "Leaflet of May 2026"}


def add(world: World, **changes: Any) -> httpx.Response:
    address = f"{API}/clinics/{world.clinic_id}/products"
    return world.client.post(address, json={**PRODUCT, **changes})


def added(world: World, **changes: Any) -> dict[str, Any]:
    response = add(world, **changes)
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


def catalogued(world: World, key: str) -> dict[str, Any]:
    page = world.client.get(f"{API}/clinics/{world.clinic_id}/products?limit=500").json()
    return next(item for item in page["items"] if item["key"] == key)


def confirm(world: World, row_id: str, *, version: int = 1, **changes: Any) -> httpx.Response:
    headers = {"If-Match": f'"{version}"'}
    address = f"{API}/products/{row_id}/confirm"
    return world.client.post(address, json={**CONFIRM, **changes}, headers=headers)


def test_an_added_product_can_be_planned_at_once(world: World) -> None:
    row = added(world)
    assert (row["facts"]["source"], row["facts"]["as_of"]) == (PRODUCT["source"], "2026-05-30")
    assert row["facts"]["rates"][0]["confidence"] == "unverified"
    assert world.client.get(f"{API}/products/{row['id']}").json() == row
    assert world.post("plans", product="example-10").status_code == 201


def test_a_product_sent_twice_is_stored_once(world: World) -> None:
    row_id = an_id()
    first, again = (add(world, id=row_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["location"] == f"{API}/products/{row_id}"
    other = add(world, id=row_id, name="Other")
    assert (other.status_code, other.json()["stored"]["name"]) == (409, "Example 10%")
    assert add(world, name="The same key", gtins=[]).status_code == 409


def test_everything_wrong_with_a_product_is_named(world: World) -> None:
    wrong = {
        "key": "Example",
        "name": " ",
        "vial_sizes_g": [10, 5],
        "rates": [{"maximum": 31}, {"maximum": 2, "unit": "drops"}],
        "gtins": [{"gtin": "09501101530004", "vial_g": 10}],
        "colour": "blue",
    }
    assert wrong_fields(add(world, **wrong)) == {
        *("key", "name", "vial_sizes_g", "colour"),
        *("rates[0].maximum", "rates[1].unit", "gtins[0].gtin"),
    }
    privigen = catalogued(world, "privigen")["facts"]["gtins"][0]["gtin"]
    taken = add(world, gtins=[{"gtin": privigen, "vial_g": 5}])
    assert wrong_fields(taken) == {"gtins[0].gtin"}


def test_every_version_of_a_product_stays_readable(world: World, clock: MovableClock) -> None:
    first = added(world)
    address = f"{API}/products/{first['id']}"
    assert world.client.get(address, headers={"If-None-Match": '"1"'}).status_code == 304
    clock.move(hours=1)
    rates = [{"initial": 0.3, "maximum": 6, "confidence": "read"}]
    second = world.amend("products", first["id"], rates=rates, source="Leaflet of May 2026").json()
    assert [rate["maximum"] for rate in second["facts"]["rates"]] == [6]
    assert second["facts"]["vial_sizes_g"] == [5, 10]
    assert world.amend("products", first["id"], name="Late").status_code == 412
    assert wrong_fields(world.amend("products", first["id"], version=2, name="", atc=3)) == {
        "name",
        "atc",
    }
    same = world.amend("products", first["id"], version=2, rates=rates)
    assert (same.status_code, same.json()["version"]) == (200, 2)
    assert world.client.get(f"{address}/history").json()["items"] == [first, second]
    key = world.amend("products", first["id"], version=2, key="other")
    assert wrong_fields(key) == {"key"}


def test_concentration_and_facts_say_the_same_after_a_change(world: World) -> None:
    row = added(world)
    changed = world.amend("products", row["id"], concentration_mg_per_ml=None, name="Powder").json()
    assert (changed["concentration_mg_per_ml"], changed["name"]) == (None, "Powder")
    assert (changed["facts"]["concentration_mg_per_ml"], changed["facts"]["name"]) == (
        None,
        "Powder",
    )


def test_a_row_says_that_its_rates_are_unverified_until_the_clinic_confirms_it(
    world: World, clock: MovableClock
) -> None:
    assert catalogued(world, "privigen")["rate_notice"] is None
    kiovig = catalogued(world, "kiovig")
    assert kiovig["rate_notice"] == NO_CONFIRMED_LIMIT
    assert "confirmed" not in kiovig["facts"]
    clock.now = datetime(2026, 6, 1, 15, tzinfo=UTC)
    assert wrong_fields(confirm(world, kiovig["id"], against=" ")) == {"against"}
    sure = confirm(world, kiovig["id"]).json()
    assert (sure["rate_notice"], sure["change_reason"]) == (None, "Yearly check.")
    assert sure["facts"]["confirmed"] == {
        "by": sure["changed_by"],
        "at": "2026-06-01T15:00:00+00:00",
        "against": "Leaflet of May 2026",
    }
    assert confirm(world, kiovig["id"]).status_code == 412


@pytest.mark.parametrize(
    ("change", "is_kept"),
    [
        ({"note": "Keep cold."}, True),
        ({"gtins": []}, True),
        ({"rates": [{"maximum": 5}]}, False),
        ({"concentration_mg_per_ml": 50}, False),
        ({"source": "Another leaflet"}, False),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_another_figure_undoes_the_confirmation(
    world: World, change: dict[str, Any], is_kept: bool
) -> None:
    row = added(world)
    assert confirm(world, row["id"]).status_code == 200
    changed = world.amend("products", row["id"], version=2, **change).json()
    assert (changed["facts"].get("confirmed") is not None) is is_kept
    assert (changed["rate_notice"] is None) is is_kept


def test_a_retired_product_stays_readable_and_is_not_planned_or_given_anew(
    world: World, clock: MovableClock
) -> None:
    privigen = catalogued(world, "privigen")
    plan, infusion = world.entered("plans"), world.entered("infusions")
    retired = world.void("products", privigen["id"]).json()
    assert retired["void_reason"] == "Wrong patient."
    assert wrong_fields(world.post("plans", effective_date="2026-02-01")) == {"product"}
    clock.move(days=2)
    later = "2026-06-02T09:00:00-04:00"
    assert wrong_fields(world.post("infusions", started_at=later)) == {"product"}
    assert world.client.get(f"{API}/products/{privigen['id']}").json() == retired
    listed = f"{API}/clinics/{world.clinic_id}/products?limit=500"
    for address, is_there in ((listed, False), (f"{listed}&include_voided=true", True)):
        items = world.client.get(address).json()["items"]
        assert any(item["key"] == "privigen" for item in items) is is_there
    assert world.void("products", privigen["id"], version=2).status_code == 409
    assert world.amend("products", privigen["id"], version=2, name="x").status_code == 409
    assert confirm(world, privigen["id"], version=2).status_code == 409
    again = add(world, key="privigen", gtins=[])
    assert again.status_code == 409
    # What was recorded with it before can still be corrected, but nothing is changed to it.
    assert world.amend("infusions", infusion["id"], dose_g=65.0).status_code == 200
    assert world.amend("plans", plan["id"], interval_days=21).status_code == 200
    other = world.entered("plans", effective_date="2026-03-01", product="octagam-10")
    assert wrong_fields(world.amend("plans", other["id"], product="privigen")) == {"product"}


def test_an_own_product_under_the_skin_is_planned_as_such(world: World) -> None:
    added(world, route="subcutaneous", concentration_mg_per_ml=200)
    own = {"product": "example-10"}
    assert wrong_fields(world.post("plans", **own)) == {"route"}
    assert world.post("plans", **own, route="subcutaneous").status_code == 201


def test_what_was_given_before_a_product_was_retired_can_still_be_entered(
    world: World, clock: MovableClock
) -> None:
    privigen = catalogued(world, "privigen")
    clock.move(days=2)
    world.void("products", privigen["id"])
    clock.move(days=1)
    assert world.post("infusions", started_at="2026-06-02T09:00:00-04:00").status_code == 201
    refused = world.post("infusions", started_at="2026-06-03T16:00:00Z")
    assert wrong_fields(refused) == {"product"}


def test_numbers_of_a_retired_product_are_free_again(world: World) -> None:
    row = added(world)
    taken = add(world, key="heir-10")
    assert wrong_fields(taken) == {"gtins[0].gtin"}
    world.void("products", row["id"])
    assert add(world, key="heir-10").status_code == 201


def test_an_unknown_product_or_clinic_is_not_found(client: ApiClient) -> None:
    headers = {"If-Match": '"1"'}
    address = f"{API}/products/{an_id()}"
    reason = {"change_reason": "?"}
    assert client.get(address).status_code == 404
    assert client.patch(address, json=reason, headers=headers).status_code == 404
    assert client.post(f"{address}/confirm", json=CONFIRM, headers=headers).status_code == 404
    assert client.post(f"{API}/clinics/{an_id()}/products", json=PRODUCT).status_code == 404
