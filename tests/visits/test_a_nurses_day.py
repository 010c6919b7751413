"""A course of 2 g/kg for 83 kg on two days: as the nurse lives it, and the lot recall after it.

166 g of Gammagard Liquid from two lots. On the first day a headache, so the rate is cut; on the
second day there is no signal, a vial is wasted in part, and the visit arrives in the evening.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pytest

from app.config import Settings
from app.db import Database
from app.main import create_app
from tests.support.client import ApiClient
from tests.support.people import Clock
from tests.support.visit import NO_SYMPTOM, PRE_CHECK, VITALS, an_id
from tests.visits.home import FIRST_DAY, SECOND_DAY, Home, at

LOT_A: Final = "LE12X345AA"
LOT_B: Final = "LE12X399AB"
GTIN: Final = {
    30: "00309442700074",
    20: "00309442700067",
    5: "00309442700043",
    2.5: "00309442700036",
}
FNC1: Final = "\x1d"


@pytest.fixture
def home(settings: Settings, database: Database) -> Iterator[Home]:
    clock = Clock()
    with ApiClient(create_app(settings, clock=clock)) as client:
        yield Home.made(client, database, clock)


def test_a_course_of_two_days(home: Home) -> None:
    order_is_written_and_signed(home)
    nurse_is_assigned(home)
    nurse_arrives_and_checks(home)
    nurse_weighs_and_measures(home)
    vials_are_scanned_and_run(home)
    headache_comes_and_the_rate_is_cut(home)
    first_day_ends_and_is_signed(home)
    second_day_arrives_whole_in_the_evening(home)
    grams_of_the_course_are_those_of_the_order(home)
    nurse_calls_two_days_later(home)
    lot_is_recalled(home)


def order_is_written_and_signed(home: Home) -> None:
    home.now("2026-06-01", "10:00")
    patient = {
        "clinic_id": home.clinic_id,
        "external_id": "P-83",
        "time_zone": "America/New_York",
        "diagnosis": "MMN",
        "birth_date": "1970-05-04",
    }
    home.ids["patient"] = home.enter("physician", "patients", **patient)["id"]
    weighed = {"measured_at": at("2026-06-01", "09:40"), "weight_kg": 83.0}
    home.enter("physician", f"{home.patient}/weights", **weighed, kind="dosing")
    plan = home.enter(
        "physician",
        f"{home.patient}/plans",
        effective_date="2026-06-01",
        interval_days=28,
        course_days=2,
        product="gammagard-liquid",
        dose_g_per_kg=2.0,
        prescriber="Dr. Lee",
    )
    home.ids["plan"] = plan["id"]
    assert home.sign("physician", f"plans/{plan['id']}")["state"] == "stands"
    order = home.get("physician", f"plans/{plan['id']}/conversion")
    assert (order["ordered_g"], order["volume_ml"]) == (166, 1660)


def nurse_is_assigned(home: Home) -> None:
    home.now("2026-06-05", "16:00")
    for day in (FIRST_DAY, SECOND_DAY):
        assignment = home.enter(
            "coordinator",
            f"{home.patient}/visit-assignments",
            account_id=home.accounts["nurse"],
            on_date=day,
            planned_at=at(day, "08:30"),
        )
        home.ids[f"assignment {day}"] = assignment["id"]
    assert not home.sees("nurse")  # three days before is too early
    home.now(FIRST_DAY, "08:00")
    assert home.sees("nurse")


def ordered(home: Home, day: str) -> dict[str, Any]:
    """Return what is known of a visit before the nurse comes."""
    return {
        "planned_on": day,
        "course_days": 2,
        "assignment_id": home.ids[f"assignment {day}"],
        "nurse_id": home.accounts["nurse"],
        "plan_id": home.ids["plan"],
        "plan_version": 1,
        "ordered_g": 83.0,
    }


def nurse_arrives_and_checks(home: Home) -> None:
    day = FIRST_DAY
    arrived = home.now(day, "08:30")
    infusion = home.enter(
        "nurse",
        f"{home.patient}/infusions",
        started_at=arrived,
        status="in_progress",
        product="gammagard-liquid",
    )
    home.ids["infusion"] = infusion["id"]
    visit = home.enter(
        "nurse",
        f"{home.patient}/visits",
        infusion_id=infusion["id"],
        course_day=1,
        **ordered(home, day),
        arrived_at=arrived,
    )
    home.ids["visit"] = visit["id"]
    home.note(day, "08:32", "identity", identifiers=["name", "birth_date"])
    home.note(day, "08:36", "pre_check", **PRE_CHECK)


def nurse_weighs_and_measures(home: Home) -> None:
    day = FIRST_DAY
    weight = home.now(day, "08:38")
    home.enter("nurse", f"{home.patient}/weights", measured_at=weight, weight_kg=83.0)
    home.note(day, "08:40", "wearing_off", weaker_before="yes", from_days_before=6)
    values = [
        {"measure": "grip_kpa", "site": site, "value": value, "device": "Citec 12"}
        for site, value in (("right_hand", 38.5), ("left_hand", 22.0))
    ]
    measured = home.now(day, "08:44")
    home.enter(
        "nurse", f"{home.patient}/reports", observed_at=measured, source="nurse", values=values
    )
    home.note(day, "08:48", "hydration", route="oral", volume_ml=250)
    paracetamol = {"drug": "Paracetamol", "dose": "1 g", "route": "oral"}
    home.note(day, "08:49", "premedication", **paracetamol)
    access = {"device": "peripheral", "site": "forearm", "side": "left", "gauge": 22}
    home.note(day, "08:53", "access", **access, attempts=1, outcome="working")
    home.note(day, "08:56", "vitals", **VITALS)


def code(grams: float, lot: str, serial: str) -> str:
    """Return what the scanner reads off a vial."""
    return f"01{GTIN[grams]}17271231" + f"10{lot}{FNC1}21{serial}"


def used_vial(home: Home, clock: str, grams: float, **changes: Any) -> dict[str, Any]:
    """Return the vial that the nurse scans, all of it used."""
    lot, serial = changes.pop("lot"), changes.pop("serial")
    read = home.read_code(code(grams, lot, serial))
    assert (read["product"], read["vial_g"], read["lot"]) == ("gammagard-liquid", grams, lot)
    assert read["warnings"] == []
    day = changes.pop("day", FIRST_DAY)
    return {
        "infusion_id": home.ids["infusion"],
        "product": read["product"],
        "nominal_g": read["vial_g"],
        "lot": read["lot"],
        "expires_on": read["expires_on"],
        "serial": read["serial"],
        "gtin": read["gtin"],
        "started_at": at(day, clock),
        "used_ml": read["volume_ml"],
        "looks_right": True,
        **changes,
    }


def vials_are_scanned_and_run(home: Home) -> None:
    day = FIRST_DAY
    start = home.now(day, "09:00")
    infusion = f"infusions/{home.ids['infusion']}"
    home.correct("nurse", infusion, "It runs now.", started_at=start, weight_kg=83.0)
    first = used_vial(home, "09:00", 30, lot=LOT_A, serial="A1")
    home.ids["vial"] = home.enter("nurse", f"{home.patient}/vials", **first)["id"]
    again = home.read_code(code(30, LOT_A, "A1"))
    assert [warning["code"] for warning in again["warnings"]] == ["serial_used"]
    slow = home.note(day, "09:00", "rate", ml_per_h=41.5, reason="titration")
    assert slow["judgement"]["ml_per_kg_h"] == 0.5
    assert slow["judgement"]["mg_per_kg_min"] == pytest.approx(0.83, abs=0.01)
    for clock, rate in (("09:15", 83), ("09:30", 166), ("10:00", 249)):
        home.note(day, clock, "vitals", **VITALS)
        home.note(day, clock, "rate", ml_per_h=rate, reason="titration")
    home.now(day, "10:50")
    second = used_vial(home, "10:50", 30, lot=LOT_A, serial="A2")
    home.enter("nurse", f"{home.patient}/vials", **second)


def headache_comes_and_the_rate_is_cut(home: Home) -> None:
    day = FIRST_DAY
    onset = home.now(day, "11:10")
    headache = home.enter(
        "nurse",
        f"{home.patient}/reactions",
        infusion_id=home.ids["infusion"],
        term="headache",
        onset_at=onset,
        grade=1,
        actions=["slowed"],
        outcome="ongoing",
    )
    assert (headache["rate_ml_per_h"], headache["is_red_flag"]) == (249, False)
    home.note(day, "11:11", "rate", ml_per_h=124.5, reason="reaction")
    home.note(day, "11:12", "vitals", **VITALS)
    better = home.now(day, "12:00")
    home.correct(
        "nurse",
        f"reactions/{headache['id']}",
        "It has gone.",
        outcome="resolved",
        resolved_at=better,
    )
    monitoring = home.get("nurse", f"infusions/{home.ids['infusion']}/monitoring")
    assert monitoring["current_ml_per_h"] == 124.5


def first_day_ends_and_is_signed(home: Home) -> None:
    day, visit = FIRST_DAY, f"visits/{home.ids['visit']}"
    for clock, grams, serial in (("12:10", 20, "B1"), ("13:40", 5, "B2")):
        home.now(day, clock)
        opened = used_vial(home, clock, grams, lot=LOT_B, serial=serial)
        home.enter("nurse", f"{home.patient}/vials", **opened)
        home.note(day, clock, "vitals", **VITALS)
    end = home.note(day, "14:10", "rate", ml_per_h=0, reason="end")["at"]
    home.note(day, "14:40", "vitals", **VITALS)
    home.note(day, "14:45", "access_removed", site_looks="normal")
    home.correct(
        "nurse",
        f"infusions/{home.ids['infusion']}",
        "It has ended.",
        status="completed",
        ended_at=end,
    )
    unsigned = home.get("nurse", f"{visit}/record")
    assert {gap["field"] for gap in unsigned["missing"]} == {"outcome"}
    left = home.now(day, "14:50")
    home.correct("nurse", visit, "Done.", left_at=left, outcome="given")
    record = home.get("nurse", f"{visit}/record")
    assert record["missing"] == []
    assert record["totals"]["infused_g"] == 85  # whole vials: 2.4 % over the 83 g of the day
    assert record["totals"]["is_within"] is True
    assert record["totals"]["plan_course_g"] == 166
    changes = home.get("nurse", f"infusions/{home.ids['infusion']}/vials")["lot_changes"]
    assert [change["lot"] for change in changes] == [LOT_A, LOT_B]
    assert home.sign("nurse", visit)["state"] == "stands"
    assert record["calls_due"][0]["state"] == "waiting"


def second_day_arrives_whole_in_the_evening(home: Home) -> None:
    home.now(SECOND_DAY, "08:20")
    bundle = recorded_without_signal(home)
    home.now(SECOND_DAY, "19:30")
    path = f"{home.patient}/visit-bundles"
    arrived = home.enter("nurse", path, **bundle)
    assert {item["state"] for item in arrived["items"]} == {"created"}
    again = home.ask("nurse", "POST", path, json=bundle)  # the answer was lost on the way
    assert again.status_code == 200
    assert {item["state"] for item in again.json()["items"]} == {"unchanged"}
    record = home.get("nurse", f"visits/{bundle['visit']['id']}/record")
    totals = record["totals"]
    assert (totals["opened_g"], totals["infused_g"], totals["wasted_g"]) == (82.5, 81, 1.5)
    assert (totals["plan_ordered_g"], totals["plan_difference_g"]) == (81, 0)
    assert record["signatures"][0]["state"] == "stands"
    home.ids["second visit"] = bundle["visit"]["id"]


def an_event(kind: str, **details: Any) -> dict[str, Any]:
    return {"kind": kind, "details": details}


SECOND_DAYS_EVENTS: Final = (
    ("08:32", an_event("identity", identifiers=["name", "birth_date"])),
    ("08:35", an_event("pre_check", **PRE_CHECK)),
    ("08:50", an_event("access", device="peripheral", outcome="working")),
    ("08:55", an_event("vitals", **VITALS)),
    ("09:00", an_event("rate", ml_per_h=83, reason="titration")),
    ("09:15", an_event("vitals", **VITALS)),
    ("09:30", an_event("rate", ml_per_h=249, reason="titration")),
    ("12:40", an_event("rate", ml_per_h=0, reason="end")),
    ("13:10", an_event("vitals", **VITALS)),
)


def recorded_without_signal(home: Home) -> dict[str, Any]:
    """Return the second day as the nurse's device keeps it; the vials were scanned in the car."""
    day = SECOND_DAY
    home.ids["infusion"] = infusion_id = an_id()
    vials = [
        used_vial(home, clock, grams, lot=LOT_B, serial=serial, day=day)
        for clock, grams, serial in (("09:00", 30, "B3"), ("10:20", 30, "B4"), ("11:40", 20, "B5"))
    ]
    rest = {"used_ml": 10.0, "wasted_ml": 15.0, "waste_reason": "The order was reached."}
    vials.append(used_vial(home, "12:30", 2.5, lot=LOT_B, serial="B6", day=day, **rest))
    return {
        "visit": {
            "id": an_id(),
            "infusion_id": infusion_id,
            **ordered(home, day),
            "course_day": 2,
            "arrived_at": at(day, "08:30"),
            "left_at": at(day, "13:15"),
            "outcome": "given",
        },
        "infusion": {
            "id": infusion_id,
            "started_at": at(day, "09:00"),
            "ended_at": at(day, "12:40"),
            "status": "completed",
            "product": "gammagard-liquid",
            "dose_g": 81.0,
            "weight_kg": 83.0,
            "lot_numbers": [LOT_B],
        },
        "vials": [{"id": an_id(), **vial} for vial in vials],
        "events": [
            {"id": an_id(), "infusion_id": infusion_id, "at": at(day, clock), **event}
            for clock, event in SECOND_DAYS_EVENTS
        ],
        "signature": {"id": an_id()},
    }


def grams_of_the_course_are_those_of_the_order(home: Home) -> None:
    (cycle,) = home.get("nurse", f"{home.patient}/courses")["cycles"]
    course = cycle["course"]
    assert course["dose_g"] == 166
    assert course["first_day"] == FIRST_DAY
    assert course["last_day"] == SECOND_DAY


def calls(home: Home) -> list[tuple[str, str, str]]:
    listed = home.get("nurse", f"clinics/{home.clinic_id}/calls")["items"]
    return [(call["visit_id"], call["kind"], call["state"]) for call in listed]


def nurse_calls_two_days_later(home: Home) -> None:
    # Nobody calls for the first day: the nurse came again on the second.
    visit_id = home.ids["second visit"]
    called = home.now("2026-06-11", "10:00")
    assert calls(home) == [(visit_id, "first", "due"), (visit_id, "late", "waiting")]
    call = {"visit_id": visit_id, "reached": True, "symptoms": NO_SYMPTOM}
    home.enter("nurse", f"{home.patient}/follow-up-calls", called_at=called, **call)
    # 2 g/kg: haemolysis can show until the tenth day.
    called = home.now("2026-06-17", "10:00")
    assert calls(home) == [(visit_id, "late", "due"), (visit_id, "first", "done")]
    home.enter("nurse", f"{home.patient}/follow-up-calls", called_at=called, **call)
    assert {state for _, _, state in calls(home)} == {"done"}
    home.now("2026-06-25", "10:00")
    assert not home.sees("nurse")  # her access has ended with the visits


def lot_is_recalled(home: Home) -> None:
    home.now("2026-06-26", "09:00")
    recall = home.enter(
        "pharmacist",
        f"clinics/{home.clinic_id}/recalls",
        product="gammagard-liquid",
        lot="le12x345-aa",
        announced_on="2026-06-26",
        source="Letter of the maker",
    )
    found = home.get("pharmacist", f"clinics/{home.clinic_id}/lots?lot={LOT_A}")
    (recipient,) = found["recipients"]
    (use,) = recipient["uses"]
    assert recipient["used_g"] == 60
    assert date.fromisoformat(use["local_date"]) == date.fromisoformat(FIRST_DAY)
    assert [reaction["term"] for reaction in use["reactions"]] == ["headache"]
    assert use["nurse"].startswith("Somebody nurse")
    (told,) = home.get("pharmacist", f"recalls/{recall['id']}/recipients")["items"]
    assert told["state"] == "to_send"
    warned = home.read_code(code(30, LOT_A, "A9"))
    assert [warning["code"] for warning in warned["warnings"]] == ["recalled"]
