"""What somebody else does with an infusion or a visit at the moment that rows about it arrive."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.db import Database
from app.errors import VersionMismatch
from app.infusions.service import INFUSION
from app.kit.access import Principal
from app.kit.history import Actor, Change
from app.patients import entries
from app.patients.entries import Entering, get_row
from app.vials.service import VIAL
from app.visits.record import fingerprint_of
from app.visits.service import VISIT
from app.visits.signing import require_seen, sign_visit, whole_to_sign
from tests.api.conftest import MovableClock
from tests.api.world import API, World
from tests.support.visit import NO_SYMPTOM, a_bundle, an_account, an_id, at, event, vial

KIM = {"Authorization": "Bearer Nurse Kim"}


@pytest.fixture(scope="module", params=["postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Name the database where two transactions write at once; SQLite has one writer."""
    return str(request.param)


@pytest.fixture
def change(clock: MovableClock) -> Change:
    clock.move(hours=10)
    return Change(Actor("Nurse Ray"), clock.now, "Wrong.")


def post(world: World, kind: str, content: dict[str, Any]) -> httpx.Response:
    return world.client.post(f"{world.patient}/{kind}", json=content, headers=KIM)


def beside(
    database: Database, act: Callable[[Session], object], request: Callable[[], httpx.Response]
) -> httpx.Response:
    """Send a request that finds an act of somebody else done, but not committed yet."""
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            act(session)
            session.flush()
            answer = pool.submit(request)
            wait_for_lock(database, answer)
        return answer.result()


def wait_for_lock(database: Database, answer: Future[httpx.Response]) -> None:
    """Wait until the request waits; it must, or it is not beside anything."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(1000):
        with database.reading() as session:
            if session.scalar(waiting):
                return
        assert not answer.done(), answer.result().text
        time.sleep(0.01)
    pytest.fail("the request does not come so far")


def an_infusion(world: World) -> str:
    content = {"started_at": at("09:00"), "status": "in_progress", "dose_g": None}
    return str(world.entered("infusions", **content)["id"])


def voiding(entry: Any, row_id: str, change: Change) -> Callable[[Session], None]:
    def act(session: Session) -> None:
        row = get_row(session, entry, uuid.UUID(row_id), lock=True)
        entries.void(Entering(session, change), entry, row)

    return act


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("vials", vial),
        ("infusion-events", lambda id_: event("09:00", "note", id_, text="Sleeps.")),
        (
            "reactions",
            lambda id_: {
                "infusion_id": id_,
                "term": "headache",
                "onset_at": at("09:30"),
                "grade": 1,
            },
        ),
        ("visits", lambda id_: {"infusion_id": id_, "planned_on": "2026-06-01"}),
    ],
)
def test_nothing_lands_on_an_infusion_that_is_voided(
    world: World, database: Database, change: Change, kind: str, content: Any
) -> None:
    infusion_id = an_infusion(world)
    act = voiding(INFUSION, infusion_id, change)
    response = beside(database, act, lambda: post(world, kind, content(infusion_id)))
    assert response.status_code == 409, response.text
    assert world.client.get(f"{world.patient}/{kind}").json()["items"] == []


def test_no_call_lands_on_a_visit_that_is_voided(
    world: World, database: Database, change: Change, clock: MovableClock
) -> None:
    visit = post(world, "visits", {"planned_on": "2026-06-01"}).json()
    clock.move(days=2)
    call = {"visit_id": visit["id"], "called_at": at("10:00", "2026-06-02"), "reached": True}
    call["symptoms"] = NO_SYMPTOM
    act = voiding(VISIT, visit["id"], change)
    response = beside(database, act, lambda: post(world, "follow-up-calls", call))
    assert response.status_code == 409, response.text


def test_a_bundle_waits_for_a_change_of_its_infusion(
    world: World, database: Database, change: Change
) -> None:
    bundle = a_bundle(None, weights=[], reports=[], events=[])
    bundle["visit"] |= {"outcome": None, "left_at": None}
    bundle["infusion"] |= {"status": "in_progress", "ended_at": None}
    bundle["infusion"] |= {"dose_g": None, "lot_numbers": []}
    assert post(world, "visit-bundles", bundle).status_code == 201

    def waste(session: Session) -> None:
        row = get_row(session, VIAL, uuid.UUID(bundle["vials"][0]["id"]), lock=True)
        draft = replace(VIAL.draft_of(row), used_ml=100.0, wasted_ml=100.0, waste_reason="Spilt.")
        entries.amend(Entering(session, change, confirm=True), VIAL, row=row, draft=draft)

    more = vial(bundle["infusion"]["id"], lot="LOT-B", started_at=at("09:30"))
    again = {**bundle, "vials": [*bundle["vials"], more]}
    response = beside(database, waste, lambda: post(world, "visit-bundles", again))
    assert response.status_code == 201, response.text
    infusion = world.client.get(f"{API}/infusions/{bundle['infusion']['id']}").json()
    assert (infusion["dose_g"], infusion["lot_numbers"]) == (30, ["LOT-A", "LOT-B"])


def test_what_is_compared_is_what_is_signed(
    world: World, database: Database, change: Change
) -> None:
    nurse_id = an_account(database, world.clinic_id)
    bundle = a_bundle(nurse_id)
    assert post(world, "visit-bundles", bundle).status_code == 201
    nurse = Principal(
        uuid.UUID(nurse_id),
        uuid.UUID(world.clinic_id),
        "nurse",
        "Nurse Ray",
        "session",
        uuid.uuid4(),
        frozenset(),
    )

    def sign(session: Session) -> None:
        whole = whole_to_sign(session, get_row(session, VISIT, uuid.UUID(bundle["visit"]["id"])))
        require_seen(session, whole, fingerprint_of(whole), row_id=None)
        sign_visit(session, change, whole=whole, signer=nurse, row_id=None)

    late = event("11:30", "vitals", bundle["infusion"]["id"], heart_rate=72)
    response = beside(database, sign, lambda: post(world, "infusion-events", late))
    assert response.status_code == 201, response.text
    path = f"{API}/visits/{bundle['visit']['id']}/signatures"
    (signature,) = world.client.get(path).json()["items"]
    assert late["id"] not in [cover["id"] for cover in signature["covers"]]
    changes = [(each["id"], each["what"]) for each in signature["changes"]]
    assert changes == [(late["id"], "added")]


def test_a_row_that_was_read_before_somebody_changed_it_is_not_changed(
    world: World, database: Database, change: Change
) -> None:
    infusion_id = an_infusion(world)

    def read_and_void() -> None:
        with database.writing() as session:
            row = get_row(session, INFUSION, uuid.UUID(infusion_id))
            amended = world.amend("infusions", infusion_id, note="Slept.")
            assert (amended.status_code, row.version) == (200, 1)
            voiding(INFUSION, infusion_id, change)(session)

    with pytest.raises(VersionMismatch):
        read_and_void()
    assert world.client.get(f"{API}/infusions/{infusion_id}").json()["voided_at"] is None


class Refusal(Exception):
    """What a driver says."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("UPDATE", {}, Refusal("40P01")), VersionMismatch),
        (OperationalError("UPDATE", {}, Refusal("53100")), OperationalError),
        (StaleDataError("1 expected, 0 matched"), VersionMismatch),
    ],
)
def test_of_two_changes_that_wait_for_each_other_one_comes_too_late(
    database: Database, error: Exception, expected: type[Exception]
) -> None:
    with pytest.raises(expected), database.writing():
        raise error


def test_a_bundle_is_refused_for_an_infusion_that_is_voided_meanwhile(
    world: World, database: Database, change: Change
) -> None:
    infusion_id = an_infusion(world)
    bundle: dict[str, Any] = {
        "visit": {"id": an_id(), "planned_on": "2026-06-01", "infusion_id": infusion_id},
        "vials": [vial(infusion_id)],
    }
    act = voiding(INFUSION, infusion_id, change)
    response = beside(database, act, lambda: post(world, "visit-bundles", bundle))
    assert response.status_code == 422, response.text
    fields = {error["field"] for error in response.json()["errors"]}
    assert fields == {"visit.infusion_id", "vials[0].infusion_id"}
