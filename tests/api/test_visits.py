"""A visit, what its signature covers, what it still needs, and the calls after it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.db import Database
from tests.api.conftest import MovableClock
from tests.api.world import API, RECORDS, World, wrong_fields
from tests.support.visit import NO_SYMPTOM, a_bundle, an_account, an_id, at, event, vial

KIM = {"Authorization": "Bearer Nurse Kim"}


@pytest.fixture
def nurse_id(world: World, database: Database) -> str:
    return an_account(database, world.clinic_id)


@pytest.fixture
def bundle(world: World, nurse_id: str, clock: MovableClock) -> dict[str, Any]:
    """Give a visit of this morning that was sent this evening."""
    clock.move(hours=10)
    made = a_bundle(nurse_id)
    response = world.client.post(f"{world.patient}/visit-bundles", json=made, headers=KIM)
    assert response.status_code == 201, response.text
    return made


def post(world: World, kind: str, /, **content: Any) -> httpx.Response:
    return world.client.post(f"{world.patient}/{kind}", json=content, headers=KIM)


def record_of(world: World, bundle: dict[str, Any]) -> dict[str, Any]:
    response = world.client.get(f"{API}/visits/{bundle['visit']['id']}/record")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def sign(world: World, row: str, *, version: int = 1, **body: Any) -> httpx.Response:
    headers = {"If-Match": f'"{version}"', **KIM}
    if row.startswith("visits/"):
        record = world.client.get(f"{API}/{row}/record").json()
        body.setdefault("fingerprint", record["fingerprint"])
    return world.client.post(f"{API}/{row}/signatures", json=body, headers=headers)


def signatures(world: World, row: str) -> list[dict[str, Any]]:
    response = world.client.get(f"{API}/{row}/signatures")
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


class TestVisit:
    def test_a_planned_visit_is_filled_in_as_the_day_goes(
        self, world: World, nurse_id: str, clock: MovableClock
    ) -> None:
        visit = post(world, "visits", planned_on="2026-06-01", nurse_id=nurse_id).json()
        clock.move(hours=1)
        changed = world.amend("visits", visit["id"], arrived_at=at("08:30"))
        assert changed.json()["arrived_at"] == "2026-06-01T12:30:00Z"
        assert changed.json()["version"] == 2

    def test_an_infusion_belongs_to_one_visit(self, world: World) -> None:
        infusion_id = world.entered("infusions")["id"]
        same = {"planned_on": "2026-05-04", "infusion_id": infusion_id}
        first = post(world, "visits", **same)
        assert first.status_code == 201
        assert post(world, "visits", **same).status_code == 409
        assert world.void("visits", first.json()["id"]).status_code == 200
        assert post(world, "visits", **same).status_code == 201

    def test_what_is_another_patients_is_not_there(self, world: World, database: Database) -> None:
        other = f"{API}/patients/{world.another_patient()}"
        infusion = world.client.post(f"{other}/infusions", json=RECORDS["infusions"]).json()
        plan = world.client.post(f"{other}/plans", json=RECORDS["plans"]).json()
        elsewhere = an_account(database, World.of(world.client).clinic_id)
        wrong = {"infusion_id": infusion["id"], "plan_id": plan["id"], "nurse_id": elsewhere}
        absent = dict.fromkeys(wrong, an_id()) | {"assignment_id": an_id()}
        for named in (wrong, absent):
            response = post(world, "visits", planned_on="2026-06-01", plan_version=1, **named)
            assert wrong_fields(response) == set(named)
        reasons = {
            error["reason"]
            for named in (wrong, absent)
            for error in post(
                world, "visits", planned_on="2026-06-01", plan_version=1, **named
            ).json()["errors"]
            if error["field"] == "infusion_id"
        }
        assert reasons == {"the patient has no such infusion"}

    def test_a_patient_is_not_a_nurse(self, world: World, database: Database) -> None:
        patient = an_account(database, world.clinic_id, "patient")
        response = post(world, "visits", planned_on="2026-06-01", nurse_id=patient)
        assert wrong_fields(response) == {"nurse_id"}

    def test_an_infusion_with_a_visit_is_not_voided_before_that(self, world: World) -> None:
        infusion_id = world.entered("infusions")["id"]
        visit = post(world, "visits", planned_on="2026-05-04", infusion_id=infusion_id).json()
        refused = world.void("infusions", infusion_id)
        assert refused.status_code == 409
        assert visit["id"] in refused.json()["detail"]
        assert world.amend("visits", visit["id"], infusion_id=None).status_code == 200
        assert world.void("infusions", infusion_id).status_code == 200
        again = {"planned_on": "2026-05-04", "infusion_id": infusion_id}
        assert wrong_fields(post(world, "visits", **again)) == {"infusion_id"}


class TestRecord:
    def test_it_shows_a_visit_with_all_that_belongs_to_it(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        record = record_of(world, bundle)
        assert record["visit"]["id"] == bundle["visit"]["id"]
        assert record["infusion"]["dose_g"] == 20
        assert len(record["vials"]) == 1
        assert [one["kind"] for one in record["events"]][:2] == ["identity", "pre_check"]
        assert len(record["reports"][0]["values"]) == 2
        assert record["monitoring"]["volume_ml"] > 0
        assert record["totals"]["difference_percent"] == 0
        assert record["missing"] == record["red_flags"] == record["reactions"] == []

    def test_what_is_voided_is_not_part_of_it(self, world: World, bundle: dict[str, Any]) -> None:
        access = next(one for one in bundle["events"] if one["kind"] == "access")
        world.void("infusion-events", access["id"])
        record = record_of(world, bundle)
        assert "access" not in [one["kind"] for one in record["events"]]
        assert [gap["field"] for gap in record["missing"]] == ["events.access"]

    def test_red_flags_stand_out_with_what_to_do(
        self, world: World, bundle: dict[str, Any], clock: MovableClock
    ) -> None:
        named = {"infusion_id": bundle["infusion"]["id"], "grade": 3, "onset_at": at("10:00")}
        assert post(world, "reactions", **named, term="wheeze").status_code == 201
        assert post(world, "reactions", **named, term="headache").status_code == 201
        clock.move(days=2)
        call = {
            "visit_id": bundle["visit"]["id"],
            "called_at": at("16:00", "2026-06-03"),
            "reached": True,
            "symptoms": {**NO_SYMPTOM, "dark_urine": "yes"},
            "advice": "Blood test today; Dr. Lee told.",
        }
        heard = post(world, "follow-up-calls", **call)
        assert (heard.status_code, heard.json()["alarming"]) == (201, ["dark_urine"])
        record = record_of(world, bundle)
        flags = [(flag["table"], flag["term"]) for flag in record["red_flags"]]
        assert flags == [("reactions", "wheeze"), ("follow_up_calls", "dark_urine")]
        assert all(flag["what_to_do"] for flag in record["red_flags"])
        gaps = {gap["field"] for gap in record["missing"]}
        assert gaps == {
            f"reactions[{index}].{field}"
            for index in (0, 1)
            for field in ("outcome", "physician_notified_at")
        }

    def test_a_planned_visit_has_a_record_too(self, world: World) -> None:
        visit = post(world, "visits", planned_on="2026-06-02").json()
        record = record_of(world, {"visit": visit})
        assert (record["infusion"], record["monitoring"], record["calls_due"]) == (None, None, [])
        assert [gap["field"] for gap in record["missing"]] == ["outcome"]

    def test_the_tolerance_is_that_of_the_signed_version_of_the_order(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        plan = world.entered("plans", rounding_tolerance_percent=1.0)
        world.amend("plans", plan["id"], rounding_tolerance_percent=9.0)
        named = {"plan_id": plan["id"], "plan_version": 1, "ordered_g": 20.5}
        assert world.amend("visits", bundle["visit"]["id"], **named).status_code == 200
        totals = record_of(world, bundle)["totals"]
        assert (totals["tolerance_percent"], totals["is_within"]) == (1, False)


class TestSignature:
    def path(self, bundle: dict[str, Any]) -> str:
        return f"visits/{bundle['visit']['id']}"

    def signed(self, world: World, bundle: dict[str, Any]) -> dict[str, Any]:
        response = sign(world, self.path(bundle))
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    def state(self, world: World, bundle: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
        (only,) = signatures(world, self.path(bundle))
        return only["state"], [(each["table"], each["what"]) for each in only["changes"]]

    def test_it_covers_everything_in_one_word(self, world: World, bundle: dict[str, Any]) -> None:
        made = self.signed(world, bundle)
        tables = [cover["table"] for cover in made["covers"]]
        assert tables == ["visits", "infusions", "vials", *["infusion_events"] * 8]
        assert (made["state"], made["signed_by"], made["changes"]) == ("stands", "Nurse Kim", [])

    @pytest.mark.parametrize(
        ("act", "change"),
        [
            (
                lambda w, b: w.amend("vials", b["vials"][0]["id"], lot="LOT-Z"),
                [("infusions", "changed"), ("vials", "changed")],
            ),
            (
                lambda w, b: w.void("infusion-events", b["events"][3]["id"]),
                [("infusion_events", "voided")],
            ),
            (
                lambda w, b: post(
                    w,
                    "infusion-events",
                    **event("11:30", "vitals", b["infusion"]["id"], heart_rate=72),
                ),
                [("infusion_events", "added")],
            ),
            (
                lambda w, b: w.amend("visits", b["visit"]["id"], note="Left the keys."),
                [("visits", "changed")],
            ),
        ],
    )
    def test_whatever_changes_later_shows_which(
        self, world: World, bundle: dict[str, Any], act: Any, change: list[tuple[str, str]]
    ) -> None:
        self.signed(world, bundle)
        assert act(world, bundle).is_success
        assert self.state(world, bundle) == ("amended", change)

    def test_a_voided_visit_shows_its_signature_as_voided(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        self.signed(world, bundle)
        world.void("visits", bundle["visit"]["id"])
        assert self.state(world, bundle) == ("voided", [("visits", "voided")])

    def test_what_is_taken_out_shows(self, world: World, bundle: dict[str, Any]) -> None:
        self.signed(world, bundle)
        world.amend("visits", bundle["visit"]["id"], infusion_id=None)
        state, changes = self.state(world, bundle)
        assert state == "amended"
        assert ("infusions", "taken_out") in changes

    def test_the_infusion_is_signed_with_it(self, world: World, bundle: dict[str, Any]) -> None:
        made = self.signed(world, bundle)
        infusion = f"infusions/{bundle['infusion']['id']}"
        (only,) = signatures(world, infusion)
        assert (only["id"], only["signed_version"], only["state"]) == (made["id"], 1, "stands")
        world.void("infusion-events", bundle["events"][3]["id"])
        assert signatures(world, infusion)[0]["state"] == "stands"
        world.amend("infusions", bundle["infusion"]["id"], note="Slept through it.")
        assert signatures(world, infusion)[0]["state"] == "amended"

    def test_it_is_refused_while_something_is_missing(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        world.void("reports", bundle["reports"][0]["id"])
        assert wrong_fields(sign(world, self.path(bundle))) == {"reports"}
        visit_id, why = bundle["visit"]["id"], "The device was broken."
        assert world.amend("visits", visit_id, no_trough_reason=why).status_code == 200
        assert sign(world, self.path(bundle), version=2).status_code == 201

    def test_sent_twice_it_is_one_and_never_of_what_was_not_seen(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        identity = an_id()
        codes = [sign(world, self.path(bundle), id=identity).status_code for _ in range(2)]
        assert codes == [201, 200]
        world.amend("visits", bundle["visit"]["id"], note="Later.")
        assert sign(world, self.path(bundle)).status_code == 412

    def test_a_row_that_was_not_seen_is_not_signed(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        seen = record_of(world, bundle)["fingerprint"]
        world.amend("vials", bundle["vials"][0]["id"], lot="LOT-Z")
        assert sign(world, self.path(bundle), fingerprint=seen).status_code == 412
        assert signatures(world, self.path(bundle)) == []

    def test_a_second_signature_stands_for_what_it_saw(
        self, world: World, bundle: dict[str, Any], clock: MovableClock
    ) -> None:
        self.signed(world, bundle)
        clock.move(minutes=1)
        world.amend("vials", bundle["vials"][0]["id"], lot="LOT-Z")
        self.signed(world, bundle)
        found = signatures(world, self.path(bundle))
        assert [one["state"] for one in found] == ["amended", "stands"]


def test_a_signed_plan_is_an_order_in_one_version(world: World) -> None:
    plan = world.entered("plans")
    path = f"plans/{plan['id']}"
    assert sign(world, path).json()["state"] == "stands"
    world.amend("plans", plan["id"], interval_days=21)
    (only,) = signatures(world, path)
    assert (only["plan_id"], only["signed_version"]) == (plan["id"], 1)
    assert (only["state"], only["infusion_id"], only["visit_id"]) == ("amended", None, None)


class TestCalls:
    def due(self, world: World) -> list[tuple[str, str, str]]:
        response = world.client.get(f"{API}/clinics/{world.clinic_id}/calls")
        assert response.status_code == 200, response.text
        return [(c["visit_id"], c["kind"], c["state"]) for c in response.json()["items"]]

    def call(self, world: World, bundle: dict[str, Any], called_at: str, **more: Any) -> None:
        content = {"visit_id": bundle["visit"]["id"], "called_at": called_at, **more}
        response = post(world, "follow-up-calls", **content)
        assert response.status_code == 201, response.text

    def test_a_visit_is_on_the_list_until_somebody_was_reached(
        self, world: World, bundle: dict[str, Any], clock: MovableClock
    ) -> None:
        visit_id = bundle["visit"]["id"]
        assert self.due(world) == [(visit_id, "first", "waiting")]
        clock.move(days=1)
        assert self.due(world) == [(visit_id, "first", "due")]
        self.call(world, bundle, at("17:00", "2026-06-02"), reached=False)
        clock.move(days=2)
        assert self.due(world) == [(visit_id, "first", "overdue")]
        self.call(world, bundle, at("17:00", "2026-06-04"), reached=True, symptoms=NO_SYMPTOM)
        assert self.due(world) == [(visit_id, "first", "done")]
        (due,) = record_of(world, bundle)["calls_due"]
        assert (due["state"], due["attempts"]) == ("done", 2)
        clock.move(days=20)
        assert self.due(world) == []

    def test_a_call_that_asked_for_something_else_is_an_attempt_and_never_vanishes(
        self, world: World, bundle: dict[str, Any], clock: MovableClock
    ) -> None:
        visit_id = bundle["visit"]["id"]
        clock.move(days=2)
        self.call(world, bundle, at("17:00", "2026-06-02"), reached=True, symptoms={"rash": "no"})
        assert self.due(world) == [(visit_id, "first", "due")]
        (due,) = record_of(world, bundle)["calls_due"]
        assert (due["attempts"], due["done_at"]) == (1, None)
        for days, states, missed in ((7, ["overdue"], 0), (20, ["missed"], 1), (5, [], 0)):
            clock.move(days=days)
            listed = world.client.get(f"{API}/clinics/{world.clinic_id}/calls").json()
            assert [call["state"] for call in listed["items"]] == states
            assert listed["missed"] == missed
        (due,) = record_of(world, bundle)["calls_due"]
        assert due["state"] == "missed"

    def test_the_dose_of_the_course_decides_about_the_late_call(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        infusion_id = bundle["infusion"]["id"]
        more = {"nominal_g": 40.0, "used_ml": 400.0, "confirm": True}
        for _ in range(3):
            response = post(world, "vials", **vial(infusion_id, **more))
            assert response.status_code == 201, response.text
        assert [kind for _, kind, _ in self.due(world)] == ["first"]  # 140 g at 83 kg
        response = post(world, "vials", **vial(infusion_id, **more))
        assert response.status_code == 201, response.text
        assert [kind for _, kind, _ in self.due(world)] == ["first", "late"]  # 180 g

    def test_who_is_visited_again_is_not_called(
        self, world: World, bundle: dict[str, Any], clock: MovableClock
    ) -> None:
        clock.move(days=1)
        second = {
            "started_at": at("09:00", "2026-06-02"),
            "status": "completed",
            "product": "privigen",
            "dose_g": 20.0,
        }
        infusion = post(world, "infusions", **second).json()
        assert self.due(world) == []
        named = {"planned_on": "2026-06-02", "infusion_id": infusion["id"]}
        visit = post(world, "visits", **named).json()
        assert self.due(world) == [(visit["id"], "first", "waiting")]

    def test_a_call_is_about_a_visit_of_the_patient(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        other = world.client.post(
            f"{API}/patients/{world.another_patient()}/visits", json={"planned_on": "2026-06-01"}
        ).json()
        for visit_id in (other["id"], an_id()):
            content = {"visit_id": visit_id, "called_at": at("17:00"), "reached": False}
            assert wrong_fields(post(world, "follow-up-calls", **content)) == {"visit_id"}

    def test_another_clinic_does_not_see_it(self, world: World, bundle: dict[str, Any]) -> None:
        assert self.due(World.of(world.client)) == []
        assert len(self.due(world)) == 1
