"""A clinic's own texts, and reviews of translations, through the API."""

from __future__ import annotations

from typing import Any

import httpx

from app.learn.texts import fingerprint
from tests.api.world import API, World, an_id, wrong_fields

TEXT = {
    "topic": "calling",
    "locale": "en",
    "title": "Call us",
    "body": "By day.",
    "source": "Own practice",
}
REVIEW = {"locale": "de", "reviewer": "Dr. Beispiel", "reviewed_on": "2026-05-30"}


def send(world: World, kind: str, content: dict[str, Any], **changes: Any) -> httpx.Response:
    return world.client.post(f"{API}/clinics/{world.clinic_id}/{kind}", json={**content, **changes})


def test_a_text_is_kept_with_every_version(world: World) -> None:
    row_id = an_id()
    first, again = (send(world, "help-texts", TEXT, id=row_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert send(world, "help-texts", TEXT, id=row_id, title="x").status_code == 409
    assert send(world, "help-texts", TEXT).status_code == 409  # one for a topic and language
    changed = world.amend("help-texts", row_id, body="At any time.")
    assert (changed.status_code, changed.json()["body"]) == (200, "At any time.")
    assert world.amend("help-texts", row_id, body="x").status_code == 412
    assert wrong_fields(world.amend("help-texts", row_id, version=2, topic="mmn")) == {"topic"}
    voided = world.void("help-texts", row_id, version=2)
    assert voided.json()["void_reason"] == "Wrong patient."
    address = f"{API}/help-texts/{row_id}"
    history = world.client.get(f"{address}/history").json()["items"]
    assert history == [first.json(), changed.json(), voided.json()]
    assert world.client.get(address).json() == voided.json()
    listed = f"{API}/clinics/{world.clinic_id}/help-texts"
    assert world.client.get(listed).json()["items"] == []
    assert world.client.get(f"{listed}?include_voided=true").json()["items"] == [voided.json()]
    assert send(world, "help-texts", TEXT).status_code == 201


def test_everything_wrong_with_a_text_is_named(world: World) -> None:
    wrong = {"topic": "cure", "locale": 3, "body": "[x](http://y)", "source": " "}
    assert wrong_fields(send(world, "help-texts", TEXT, **wrong)) == set(wrong)
    row_id = send(world, "help-texts", TEXT).json()["id"]
    refused = world.amend("help-texts", row_id, title=1, body="[x](http://y)")
    assert wrong_fields(refused) == {"title", "body"}


def test_a_review_is_of_the_words_as_they_are(world: World) -> None:
    row_id = an_id()
    first, again = (send(world, "text-reviews", REVIEW, id=row_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["fingerprint"] == fingerprint("de")
    assert send(world, "text-reviews", REVIEW, id=row_id, reviewer="x").status_code == 409
    wrong = {"locale": "en", "reviewer": " ", "reviewed_on": "2027-01-01"}
    assert wrong_fields(send(world, "text-reviews", REVIEW, **wrong)) == set(wrong)
    address = f"{API}/text-reviews/{row_id}"
    assert world.client.get(address).json() == first.json()
    voided = world.void("text-reviews", row_id).json()
    assert world.client.get(f"{address}/history").json()["items"] == [first.json(), voided]
    listed = f"{API}/clinics/{world.clinic_id}/text-reviews"
    assert world.client.get(listed).json()["items"] == []
    assert world.client.get(f"{listed}?include_voided=true").json()["items"] == [voided]
