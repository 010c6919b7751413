"""Errors, sizes and sessions: what every route has in common."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import Database
from app.errors import SchemaOutOfDate
from app.kit.routing import LONGEST_BODY
from app.main import create_app
from app.patients.tables import PatientRow, WeightRow
from tests.api.world import API, RECORDS, World
from tests.support.client import ApiClient
from tests.support.gate import OpenGuard

PROBLEM = "application/problem+json"


def test_an_address_that_does_not_exist_is_a_problem_document(client: ApiClient) -> None:
    response = client.get(f"{API}/nothing")
    assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)
    assert response.json() == {
        "type": "/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "Not found.",
        "code": "not-found",
    }


def test_a_method_that_does_not_exist_names_the_ones_that_do(client: ApiClient) -> None:
    response = client.put(f"{API}/patients")
    assert (response.status_code, response.headers["content-type"]) == (405, PROBLEM)
    assert set(response.headers["allow"].split(", ")) >= {"GET"}


def test_a_body_of_another_type_is_refused(world: World) -> None:
    response = world.client.post(f"{world.patient}/weights", content=b"weight_kg=70")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "body"


def test_a_long_body_is_refused_before_it_is_read(world: World) -> None:
    response = world.client.post(f"{world.patient}/weights", content=b" " * (LONGEST_BODY + 1))
    assert (response.status_code, response.headers["content-type"]) == (413, PROBLEM)
    assert response.json()["code"] == "too-large"


def test_a_long_body_of_unknown_length_is_refused(world: World) -> None:
    async def chunks() -> Any:
        for _ in range(5):
            yield b" " * (LONGEST_BODY // 4)

    headers = {"Content-Type": "application/json"}
    response = world.client.post(f"{world.patient}/weights", content=chunks(), headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (413, PROBLEM)


def test_a_long_body_within_bounds_is_read(world: World) -> None:
    response = world.post("weights", confirm=["x" * 4000] * 300)
    assert response.status_code == 201


def test_an_accident_shows_nothing_of_itself(
    quiet_client: ApiClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    @contextmanager
    def broken() -> Iterator[Session]:
        message = "secret of the patient"
        raise RuntimeError(message)
        yield

    monkeypatch.setattr(quiet_client.app.state.database, "reading", broken)
    with caplog.at_level(logging.ERROR):
        response = quiet_client.get(f"{API}/patients")
    assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)
    assert response.json()["code"] == "internal"
    assert "secret" not in response.text
    assert "RuntimeError" in caplog.text


def test_a_row_is_committed_when_its_response_arrives(world: World, database: Database) -> None:
    row = world.entered("weights")
    with database.reading() as another:
        stored = another.get(WeightRow, uuid.UUID(row["id"]))
        assert stored is not None
        assert stored.weight_kg == row["weight_kg"]


def test_a_commit_that_fails_is_an_error_and_stores_nothing(quiet_client: ApiClient) -> None:
    world = World.of(quiet_client)

    def fail(_session: Session) -> None:
        message = "disk full"
        raise OSError(message)

    event.listen(Session, "before_commit", fail)
    try:
        response = world.post("weights")
    finally:
        event.remove(Session, "before_commit", fail)
    assert response.status_code == 500
    assert world.client.get(f"{world.patient}/weights").json()["items"] == []


def test_an_older_schema_is_refused_at_the_start(empty_database_url: str) -> None:
    app = create_app(
        Settings(database_url=empty_database_url, worker_in_server=False), gate=OpenGuard()
    )
    with pytest.raises(SchemaOutOfDate, match="ivig migrate"), ApiClient(app):
        pass


def test_a_background_worker_recomputes_what_is_stale(
    settings: Settings, database: Database
) -> None:
    changed = settings.model_copy(update={"worker_in_server": True, "worker_poll_seconds": 0.01})
    with ApiClient(create_app(changed, gate=OpenGuard())) as client:
        world = World.of(client)
        for _ in range(500):
            worklist = client.get(f"{API}/worklist", params={"clinic_id": world.clinic_id}).json()
            if worklist["recalculating"] == 0:
                break
        assert (worklist["patients"], worklist["recalculating"]) == (1, 0)


def test_an_open_database_is_served_and_left_open(database: Database) -> None:
    settings = Settings(worker_in_server=False)
    with ApiClient(create_app(settings, database=database, gate=OpenGuard())) as client:
        patient_id = World.of(client).patient_id
    with database.reading() as session:
        assert session.get(PatientRow, uuid.UUID(patient_id)) is not None


@pytest.mark.parametrize("header", ['"1"', "*"])
def test_a_held_version_is_not_sent_again(world: World, header: str) -> None:
    row = world.entered("weights", **RECORDS["weights"])
    address = f"{API}/weights/{row['id']}"
    assert world.client.get(address, headers={"If-None-Match": header}).status_code == 304
