"""What holds for every kind of row that belongs to a clinic as a whole."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.clinics.entries import find_twin
from tests.api.test_concurrency import at_once, statuses
from tests.api.test_products import PRODUCT
from tests.api.test_recalls import RECALL
from tests.api.test_texts import REVIEW, TEXT
from tests.api.world import API, RECORDS, World, an_id

# Where it is listed, where one is read, what is entered, and what can be said otherwise of it.
KINDS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "help-texts": ("help-texts", TEXT, {"title": "Another"}),
    "text-reviews": ("text-reviews", REVIEW, {"reviewer": "Another"}),
    "recalls": ("recalls", RECALL, {"reason": "Another"}),
    "products": ("products", PRODUCT, {"name": "Another"}),
    "clinic-settings": ("settings", RECORDS["settings"], {"value": 0.3}),
}
KEYED = [kind for kind in KINDS if kind != "text-reviews"]  # of those there may be any number


def enter(world: World, kind: str, **changes: Any) -> httpx.Response:
    listed, content, _ = KINDS[kind]
    address = f"{API}/clinics/{world.clinic_id}/{listed}"
    return world.client.post(address, json={**content, **changes})


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_entry_twice_at_once_is_stored_once(world: World, kind: str) -> None:
    row_id = an_id()
    responses = at_once(2, lambda _: enter(world, kind, id=row_id))
    assert statuses(responses) == [200, 201]
    assert responses[0].json() == responses[1].json()


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_with_other_content_is_refused_with_what_is_stored(world: World, kind: str) -> None:
    row = enter(world, kind).json()
    refused = enter(world, kind, id=row["id"], **KINDS[kind][2])
    assert (refused.status_code, refused.json()["stored"]["id"]) == (409, row["id"])
    assert world.client.get(f"{API}/{kind}/{row['id']}").json() == row


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_again_after_a_correction_undoes_nothing(world: World, kind: str) -> None:
    row_id = enter(world, kind).json()["id"]
    is_fixed = kind == "text-reviews"
    now = world.void(kind, row_id) if is_fixed else world.amend(kind, row_id, **KINDS[kind][2])
    again = enter(world, kind, id=row_id)
    assert (again.status_code, again.json()) == (200, now.json())


@pytest.mark.parametrize("kind", KEYED)
@pytest.mark.parametrize("sees", [True, False], ids=["one after the other", "at one moment"])
def test_a_key_is_taken_once(
    world: World, monkeypatch: pytest.MonkeyPatch, *, kind: str, sees: bool
) -> None:
    row = enter(world, kind).json()
    # At one moment the other row is not to be seen yet: only the database knows of it.
    looks = iter([] if sees else [None])

    def look(*args: Any, **named: Any) -> Any:
        return next(looks, find_twin(*args, **named))

    monkeypatch.setattr("app.clinics.entries.find_twin", look)
    gtins: dict[str, Any] = {"gtins": []} if kind == "products" else {}
    refused = enter(world, kind, **KINDS[kind][2], **gtins)
    assert (refused.status_code, refused.json()["stored"]["id"]) == (409, row["id"])


@pytest.mark.parametrize("kind", KEYED)
def test_only_a_product_keeps_its_key_when_it_is_voided(world: World, kind: str) -> None:
    assert world.void(kind, enter(world, kind).json()["id"]).status_code == 200
    expected = 409 if kind == "products" else 201
    assert enter(world, kind, **KINDS[kind][2]).status_code == expected
