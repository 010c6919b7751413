"""What a visit is held against: the plan itself, the limits as they are known by now, the clock."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import Database
from tests.api.conftest import MovableClock
from tests.api.world import API, World, wrong_fields
from tests.support.visit import a_bundle, an_account, an_id, at, event

KIM = {"Authorization": "Bearer Nurse Kim"}


@pytest.fixture
def bundle(world: World, database: Database, clock: MovableClock) -> dict[str, Any]:
    """Give a visit of this morning, 20 g at 83 kg, that is not sent yet."""
    clock.move(hours=10)
    return a_bundle(an_account(database, world.clinic_id))


def send(world: World, bundle: dict[str, Any]) -> int:
    path = f"{world.patient}/visit-bundles"
    response = world.client.post(path, json=bundle, headers=KIM)
    assert response.is_success, response.text
    return response.status_code


def record_of(world: World, bundle: dict[str, Any]) -> dict[str, Any]:
    response = world.client.get(f"{API}/visits/{bundle['visit']['id']}/record")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def missing(world: World, bundle: dict[str, Any]) -> set[str]:
    return {gap["field"] for gap in record_of(world, bundle)["missing"]}


def named(world: World, bundle: dict[str, Any]) -> tuple[str | None, int | None]:
    visit = record_of(world, bundle)["visit"]
    return visit["plan_id"], visit["plan_version"]


def amend_visit(world: World, bundle: dict[str, Any], **changes: Any) -> None:
    version = record_of(world, bundle)["visit"]["version"]
    response = world.amend("visits", bundle["visit"]["id"], version=version, **changes)
    assert response.status_code == 200, response.text


def sign(world: World, bundle: dict[str, Any]) -> Any:
    record = record_of(world, bundle)
    return world.client.post(
        f"{API}/visits/{bundle['visit']['id']}/signatures",
        json={"fingerprint": record["fingerprint"]},
        headers={"If-Match": f'"{record["visit"]["version"]}"', **KIM},
    )


class TestPlan:
    def test_a_typed_order_does_not_stand_for_the_plan(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        plan = world.entered("plans")  # 1 g/kg
        send(world, bundle)
        assert named(world, bundle) == (plan["id"], 1)
        totals = record_of(world, bundle)["totals"]
        assert (totals["ordered_g"], totals["infused_g"], totals["is_within"]) == (20, 20, True)
        assert (totals["plan_course_g"], totals["plan_ordered_g"]) == (83, 83)
        assert (totals["plan_difference_g"], totals["is_within_plan"]) == (-63, False)
        assert totals["contradicts_plan"] is True
        assert wrong_fields(sign(world, bundle)) == {"outcome_reason"}
        amend_visit(world, bundle, outcome_reason="Dr. Lee gives the rest next week.")
        assert sign(world, bundle).status_code == 201

    def test_sent_again_after_a_new_plan_it_names_the_same(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        plan = world.entered("plans")
        assert send(world, bundle) == 201
        world.entered("plans", effective_date="2026-05-20", dose_g_per_kg=0.5)
        assert send(world, bundle) == 200
        assert named(world, bundle) == (plan["id"], 1)
        assert "plan_id" in missing(world, bundle)

    def test_the_plan_in_force_on_the_day_is_named(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        send(world, bundle)
        assert missing(world, bundle) == set()  # nobody wrote a plan
        later = world.entered("plans", effective_date="2026-06-15")
        assert missing(world, bundle) == set()
        plan = world.entered("plans", dose_g=20.0, dose_g_per_kg=None)
        assert named(world, bundle) == (None, None)
        assert missing(world, bundle) == {"plan_id"}
        amend_visit(world, bundle, plan_id=later["id"], plan_version=1, outcome_reason="So.")
        assert missing(world, bundle) == {"plan_id"}
        amend_visit(world, bundle, plan_id=None, plan_version=None, outcome_reason=None)
        assert named(world, bundle) == (plan["id"], 1)
        assert missing(world, bundle) == set()

    def test_the_order_is_that_of_the_named_version(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        plan = world.entered("plans", dose_g=20.0, dose_g_per_kg=None)
        send(world, bundle)
        assert world.amend("plans", plan["id"], dose_g=30.0).status_code == 200
        assert record_of(world, bundle)["totals"]["plan_course_g"] == 20
        amend_visit(world, bundle, plan_version=2)
        assert record_of(world, bundle)["totals"]["plan_course_g"] == 30

    def test_days_of_a_course_are_those_that_are_recorded(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        world.entered("plans", dose_g=40.0, dose_g_per_kg=None, course_days=2)
        bundle["visit"] |= {"course_day": 2, "course_days": 2}
        del bundle["reports"]
        bundle["events"] = [e for e in bundle["events"] if e["kind"] != "wearing_off"]
        send(world, bundle)
        needed = {"reports", "events.wearing_off", "outcome_reason"}
        assert missing(world, bundle) == needed  # it says day 2, but nobody came on day 1
        before = {"started_at": at("09:00", "2026-05-31"), "dose_g": 20.0}
        first = world.entered("infusions", **before)
        assert missing(world, bundle) == set()
        totals = record_of(world, bundle)["totals"]
        assert (totals["plan_course_g"], totals["plan_ordered_g"]) == (40, 20)
        assert (totals["plan_difference_g"], totals["contradicts_plan"]) == (0, False)
        world.void("infusions", first["id"])
        assert missing(world, bundle) == needed

    def test_an_infusion_of_the_cycle_before_is_no_earlier_day(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        world.entered("infusions")  # four weeks before
        del bundle["reports"]
        bundle["visit"] |= {"course_day": 2, "course_days": 2}
        send(world, bundle)
        assert missing(world, bundle) == {"reports"}


class TestChecks:
    def test_a_rate_from_before_the_weight_was_known_is_judged_again(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        bundle["infusion"] |= {"weight_kg": None, "product": "gammagard-liquid"}
        bundle["vials"][0]["product"] = "gammagard-liquid"
        bundle["weights"] = []
        infusion_id = bundle["infusion"]["id"]
        fast = event("09:40", "rate", infusion_id, ml_per_h=900, reason="titration")
        bundle["events"].insert(-1, fast)
        for row in bundle["events"]:
            row["confirm"] = row["kind"] == "rate"  # nobody can judge it yet
        send(world, bundle)
        assert missing(world, bundle) == {"infusion.weight_kg"}
        assert world.amend("infusions", infusion_id, weight_kg=83.0).status_code == 200
        shown = record_of(world, bundle)["events"]
        place = next(i for i, row in enumerate(shown) if row["id"] == fast["id"])
        assert shown[place]["judgement"]["verdict"] == "over"
        needed = f"events[{place}].details.over_limit_reason"
        assert wrong_fields(sign(world, bundle)) == {needed}
        details = {**fast["details"], "over_limit_reason": "Dr. Lee ordered it."}
        amended = world.amend("infusion-events", fast["id"], details=details)
        assert amended.status_code == 200, amended.text
        assert sign(world, bundle).status_code == 201

    def test_checks_after_the_start_and_an_access_that_failed_are_none(
        self, world: World, bundle: dict[str, Any]
    ) -> None:
        kinds = {row["kind"]: row for row in bundle["events"]}
        kinds["identity"]["at"] = at("09:01")
        kinds["pre_check"]["at"] = at("10:00")
        kinds["access"]["details"]["outcome"] = "failed"
        send(world, bundle)
        assert missing(world, bundle) == {f"events.{kind}" for kind in KINDS}
        infusion_id = bundle["infusion"]["id"]
        works = event("08:58", "access", infusion_id, device="peripheral", outcome="working")
        for kind in ("identity", "pre_check"):
            again = {**kinds[kind], "id": an_id(), "at": at("09:00")}
            assert post_event(world, again) == 201
        assert post_event(world, works) == 201
        assert missing(world, bundle) == set()


KINDS = ("identity", "pre_check", "access")


def post_event(world: World, row: dict[str, Any]) -> int:
    path = f"{world.patient}/infusion-events"
    return world.client.post(path, json=row, headers=KIM).status_code
