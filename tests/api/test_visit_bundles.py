"""A visit that was recorded without a connection: it arrives whole, once, in order, or not."""

from __future__ import annotations

import copy
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import func, select

from app.db import Database
from app.infusions.tables import InfusionRow, VialRow
from app.monitoring.tables import InfusionEventRow
from app.patients.tables import WeightRow
from app.reports.tables import ReportRow
from app.visits.tables import VisitRow
from tests.api.conftest import MovableClock
from tests.api.world import API, World, change_number
from tests.support.visit import a_bundle, an_account, an_id, at, event, vial

KINDS: dict[str, Any] = {
    "visits": VisitRow,
    "infusions": InfusionRow,
    "weights": WeightRow,
    "vials": VialRow,
    "infusion-events": InfusionEventRow,
    "reports": ReportRow,
}
WHOLE = {"visits": 1, "infusions": 1, "weights": 1, "vials": 1, "infusion-events": 8, "reports": 1}


@pytest.fixture
def nurse_id(world: World, database: Database) -> str:
    return an_account(database, world.clinic_id)


@pytest.fixture
def bundle(nurse_id: str, clock: MovableClock) -> dict[str, Any]:
    """Give a visit of this morning; it is evening when it is sent."""
    clock.move(hours=10)
    return a_bundle(nurse_id)


def send(world: World, bundle: dict[str, Any]) -> httpx.Response:
    return world.client.post(
        f"{world.patient}/visit-bundles",
        json=bundle,
        headers={"Authorization": "Bearer Nurse Kim"},
    )


def sent(world: World, bundle: dict[str, Any], status: int = 201) -> dict[str, Any]:
    response = send(world, bundle)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


def stored(world: World, database: Database) -> dict[str, int]:
    """Count the patient's rows of every kind."""
    with database.reading() as session:
        return {
            kind: session.scalar(
                select(func.count()).where(table.patient_id == uuid.UUID(world.patient_id))
            )
            or 0
            for kind, table in KINDS.items()
        }


def states(answer: dict[str, Any]) -> Counter[str]:
    return Counter(item["state"] for item in answer["items"])


def wrong(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 422, response.text
    return {error["field"]: error["reason"] for error in response.json()["errors"]}


def test_a_visit_arrives_whole_and_in_order(
    world: World, database: Database, bundle: dict[str, Any]
) -> None:
    bundle["events"].reverse()  # a device may keep them in any order
    answer = sent(world, {**bundle, "signature": {"id": an_id()}})
    assert stored(world, database) == WHOLE
    kinds = [item["item"].partition("[")[0] for item in answer["items"]]
    assert list(dict.fromkeys(kinds)) == [
        *("weights", "infusion", "reports", "visit", "vials", "events", "signature")
    ]
    assert states(answer) == {"created": 14}
    infusion = world.client.get(f"{API}/infusions/{bundle['infusion']['id']}").json()
    assert (infusion["version"], infusion["dose_g"], infusion["lot_numbers"]) == (1, 20, ["LOT-A"])


@pytest.mark.parametrize("reverse", [False, True])
def test_lots_of_vials_of_one_minute_are_signed_in_the_order_in_which_they_were_stated(
    world: World, bundle: dict[str, Any], reverse: bool
) -> None:
    infusion_id = bundle["infusion"]["id"]
    ids = sorted((an_id(), an_id()), reverse=reverse)
    bundle["vials"] = [
        vial(infusion_id, id=row_id, lot=lot, nominal_g=10.0, used_ml=100.0)
        for row_id, lot in zip(ids, ("LOT-A", "LOT-B"), strict=True)
    ]
    bundle["infusion"]["lot_numbers"] = ["LOT-A", "LOT-B"]
    bundle["signature"] = {"id": an_id()}
    assert {item["version"] for item in sent(world, bundle)["items"]} == {1}


def test_sent_again_it_changes_nothing(
    world: World, database: Database, bundle: dict[str, Any]
) -> None:
    bundle["signature"] = {"id": an_id()}
    sent(world, bundle)
    changes = change_number(database, world.patient_id)
    answer = sent(world, bundle, status=200)
    assert states(answer) == {"unchanged": 14}
    assert {item["version"] for item in answer["items"]} == {1}
    assert stored(world, database) == WHOLE
    assert change_number(database, world.patient_id) == changes


def test_a_late_repetition_does_not_undo_what_was_corrected_since(
    world: World, bundle: dict[str, Any]
) -> None:
    sent(world, bundle)
    weight = bundle["weights"][0]["id"]
    assert world.amend("weights", weight, weight_kg=82.5).status_code == 200
    answer = sent(world, bundle, status=200)
    assert states(answer) == {"unchanged": 13}
    assert {"item": "weights[0]", "id": weight, "state": "unchanged", "version": 2} in answer[
        "items"
    ]
    assert world.client.get(f"{API}/weights/{weight}").json()["weight_kg"] == 82.5


@contextmanager
def dying_at(world: World, table: str) -> Iterator[None]:
    """Cut the application's connection when it writes to a table."""
    engine = world.client.app.state.database.engine

    def die(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(f"INSERT INTO {table} "):
            raise ConnectionAbortedError

    sql_event.listen(engine, "before_cursor_execute", die)
    try:
        yield
    finally:
        sql_event.remove(engine, "before_cursor_execute", die)


@pytest.mark.parametrize("table", ["infusions", "vials", "report_values"])
def test_killed_in_the_middle_it_leaves_nothing_and_can_be_sent_again(
    world: World, database: Database, bundle: dict[str, Any], table: str
) -> None:
    with dying_at(world, table), pytest.raises(ConnectionAbortedError):
        send(world, bundle)
    assert stored(world, database) == dict.fromkeys(KINDS, 0)
    assert states(sent(world, bundle)) == {"created": 13}


def test_one_fault_refuses_all_of_it_and_names_its_place(
    world: World, database: Database, bundle: dict[str, Any]
) -> None:
    bundle["vials"].append(vial(bundle["infusion"]["id"], used_ml=10.0))
    bundle["events"][4]["details"]["heart_rate"] = 700
    bundle["reports"][0]["values"][1]["value"] = -1.0
    faults = wrong(send(world, bundle))
    assert set(faults) == {
        "vials[1].used_ml",
        "events[4].details.heart_rate",
        "reports[0].values[1].value",
    }
    assert stored(world, database) == dict.fromkeys(KINDS, 0)


def test_what_names_a_refused_infusion_is_not_refused_for_that(
    world: World, bundle: dict[str, Any]
) -> None:
    bundle["infusion"]["weight_kg"] = 0.0
    assert set(wrong(send(world, bundle))) == {"infusion.weight_kg"}


def test_an_infusion_that_contradicts_its_vials_is_refused(
    world: World, database: Database, bundle: dict[str, Any]
) -> None:
    bundle["infusion"]["dose_g"] = 30.0
    assert set(wrong(send(world, bundle))) == {"infusion.dose_g"}
    assert stored(world, database) == dict.fromkeys(KINDS, 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda b: b["visit"].update(infusion_id=None), "visit.infusion_id"),
        (lambda b: b["vials"][0].update(infusion_id=an_id()), "vials[0].infusion_id"),
        (lambda b: b["events"].append(b["events"][0]), "events[8].id"),
        (lambda b: b["weights"][0].update(version=1), "weights[0].change_reason"),
        (lambda b: b["weights"][0].update(change_reason="Why?"), "weights[0].change_reason"),
    ],
)
def test_items_that_do_not_belong_together_are_refused(
    world: World, bundle: dict[str, Any], change: Any, field: str
) -> None:
    change(bundle)
    assert field in wrong(send(world, bundle))


def test_every_conflict_is_listed_with_what_is_kept_and_what_was_sent(
    world: World, database: Database, bundle: dict[str, Any]
) -> None:
    first = copy.deepcopy(bundle)
    sent(world, first)
    bundle["weights"][0]["weight_kg"] = 84.0
    bundle["vials"][0]["lot"] = "LOT-B"
    bundle["events"].append(event("11:30", "vitals", bundle["infusion"]["id"], heart_rate=72))
    before = stored(world, database)
    response = send(world, bundle)
    assert response.status_code == 409, response.text
    conflicts = {each["item"]: each for each in response.json()["conflicts"]}
    assert set(conflicts) == {"weights[0]", "vials[0]"}
    weight = conflicts["weights[0]"]
    assert (weight["stored"]["weight_kg"], weight["sent"]["weight_kg"]) == (83, 84)
    assert weight["id"] == bundle["weights"][0]["id"]
    assert stored(world, database) == before


class TestCorrections:
    def correction(self, row: dict[str, Any], version: int, **changes: Any) -> dict[str, Any]:
        return {**row, "version": version, "change_reason": "Read again.", **changes}

    def test_a_correction_makes_the_next_version_once(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        sent(world, bundle)
        bundle["weights"] = [self.correction(bundle["weights"][0], 1, weight_kg=82.0)]
        assert states(sent(world, bundle))["amended"] == 1
        assert states(sent(world, bundle, status=200)) == {"unchanged": 13}
        weight = world.client.get(f"{API}/weights/{bundle['weights'][0]['id']}").json()
        assert (weight["version"], weight["weight_kg"]) == (2, 82)
        assert weight["change_reason"] == "Read again."

    def test_an_out_of_date_correction_is_shown_to_a_person(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        sent(world, bundle)
        weight, report = bundle["weights"][0], bundle["reports"][0]
        world.amend("weights", weight["id"], weight_kg=82.5)
        world.amend("reports", report["id"], note="By somebody else.")
        bundle["weights"] = [self.correction(weight, 1, weight_kg=82.0)]
        bundle["reports"] = [self.correction(report, 1, note="On the device.")]
        response = send(world, bundle)
        assert response.status_code == 409, response.text
        kept = {one["item"]: (one["stored"], one["sent"]) for one in response.json()["conflicts"]}
        assert kept["weights[0]"][0]["weight_kg"] == 82.5
        assert kept["weights[0]"][1]["weight_kg"] == 82
        assert kept["reports[0]"][0]["note"] == "By somebody else."
        assert kept["reports[0]"][1]["note"] == "On the device."
        bundle["weights"][0]["version"] = bundle["reports"][0]["version"] = 2
        assert states(sent(world, bundle))["amended"] == 2

    def test_a_report_is_corrected_once_too(self, world: World, bundle: dict[str, Any]) -> None:
        sent(world, bundle)
        report = copy.deepcopy(bundle["reports"][0])
        report["values"][0]["value"] = 39.0
        bundle["reports"] = [self.correction(report, 1)]
        assert states(sent(world, bundle))["amended"] == 1
        assert states(sent(world, bundle, status=200)) == {"unchanged": 13}

    def test_a_vial_more_is_sent_with_the_infusion_that_it_changes(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        sent(world, bundle)
        infusion = bundle["infusion"]
        bundle["infusion"] = self.correction(
            infusion, 1, dose_g=25.0, lot_numbers=["LOT-A", "LOT-B"]
        )
        more = vial(
            infusion["id"], nominal_g=5.0, used_ml=50.0, lot="LOT-B", started_at=at("10:40")
        )
        bundle["vials"].append(more)
        answer = sent(world, bundle)
        assert states(answer) == {"unchanged": 12, "created": 1, "amended": 1}
        assert states(sent(world, bundle, status=200)) == {"unchanged": 14}
        shown = world.client.get(f"{API}/infusions/{infusion['id']}").json()
        assert (shown["version"], shown["dose_g"]) == (2, 25)

    def test_a_voided_row_is_a_conflict(self, world: World, bundle: dict[str, Any]) -> None:
        sent(world, bundle)
        weight = bundle["weights"][0]
        assert world.void("weights", weight["id"]).status_code == 200
        bundle["weights"] = [self.correction(weight, 2, weight_kg=82.0)]
        response = send(world, bundle)
        assert response.status_code == 409
        (conflict,) = response.json()["conflicts"]
        assert conflict["stored"]["void_reason"] == "Wrong patient."

    def test_a_correction_makes_no_other_thing_of_a_row(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        bundle["reactions"] = [
            {
                "id": an_id(),
                "infusion_id": bundle["infusion"]["id"],
                "term": "headache",
                "onset_at": at("10:00"),
                "grade": 1,
            }
        ]
        sent(world, bundle)
        infusion = {**bundle["infusion"], "id": an_id(), "started_at": at("13:00")}
        infusion |= {"status": "in_progress", "ended_at": None, "dose_g": None, "lot_numbers": []}
        moved = {"infusion_id": infusion["id"]}
        other: dict[str, Any] = {
            "visit": {"id": an_id(), "planned_on": "2026-06-01", **moved},
            "infusion": infusion,
            "vials": [self.correction(bundle["vials"][0], 1, **moved)],
            "events": [
                self.correction(
                    bundle["events"][3], 1, **moved, kind="note", details={"text": "Moved."}
                )
            ],
            "reactions": [self.correction(bundle["reactions"][0], 1, **moved)],
            "reports": [self.correction(bundle["reports"][0], 1, entered_at=at("08:50"))],
        }
        assert set(wrong(send(world, other))) == {
            *("vials[0].infusion_id", "events[0].infusion_id", "events[0].kind"),
            *("reactions[0].infusion_id", "reports[0].entered_at"),
        }

    def test_a_row_that_nobody_entered_is_not_corrected(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        bundle["weights"] = [self.correction(bundle["weights"][0], 1)]
        assert set(wrong(send(world, bundle))) == {"weights[0].id"}


def test_an_unfinished_visit_is_not_signed_and_says_what_it_needs(
    world: World, database: Database, bundle: dict[str, Any]
) -> None:
    bundle["vials"][0]["looks_right"] = None
    del bundle["reports"]
    faults = wrong(send(world, {**bundle, "signature": {"id": an_id()}}))
    assert set(faults) == {"signature.vials[0].looks_right", "signature.reports"}
    assert stored(world, database) == dict.fromkeys(KINDS, 0)
    sent(world, bundle)  # without a signature it may be unfinished


class TestSignedBundle:
    def test_what_the_device_does_not_know_is_not_signed(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        sent(world, bundle)
        infusion_id = bundle["infusion"]["id"]
        more = {**event("11:30", "vitals", infusion_id, heart_rate=72)}
        world.client.post(f"{world.patient}/infusion-events", json=more)
        world.amend("vials", bundle["vials"][0]["id"], waste_reason="None.")
        response = send(world, {**bundle, "signature": {"id": an_id()}})
        assert response.status_code == 409, response.text
        conflicts = {each["item"]: each for each in response.json()["conflicts"]}
        assert set(conflicts) == {"signature", "vials[0]"}
        assert conflicts["signature"]["id"] == more["id"]
        assert conflicts["vials[0]"]["stored"]["waste_reason"] == "None."

    def test_signed_once_it_stays_so_whatever_came_after(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        bundle["signature"] = {"id": an_id()}
        sent(world, bundle)
        world.amend("vials", bundle["vials"][0]["id"], waste_reason="None.")
        assert states(sent(world, bundle, status=200)) == {"unchanged": 14}

    def test_grams_that_follow_the_vials_need_not_be_stated(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        bundle["infusion"]["lot_numbers"] = []
        assert states(sent(world, {**bundle, "signature": {"id": an_id()}})) == {"created": 14}


def test_two_devices_cannot_have_one_infusion_each_for_a_visit(
    world: World, bundle: dict[str, Any]
) -> None:
    sent(world, bundle)
    other = {"visit": {**bundle["visit"], "id": an_id()}}
    response = send(world, other)
    assert response.status_code == 409
    (conflict,) = response.json()["conflicts"]
    assert conflict["item"] == "visit"
    assert conflict["stored"]["id"] == bundle["visit"]["id"]
