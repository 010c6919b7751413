"""A whole course of `ivig demo`: DEMO-41, 2 g/kg at 83 kg, on two days."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Final

from app.cli.demo_days import Body, Day, Opened
from app.cli.demo_scene import Scene
from app.cli.demo_visits import Told, bundle_of, call_after, number_of, visit_body
from app.patients.rules import PatientDraft
from app.patients.service import create_patient
from app.patients.tables import PatientRow
from app.plans.rules import PlanDraft
from app.plans.service import PLAN

RECALLED: Final = ("gammagard-liquid", "SIMGL221B")
"""Product and lot of the recall; the first vials are of it."""

_FIRST_DAY: Final = -5
_WEIGHT_KG: Final = 83.0
_ORDERED_G: Final = 83.0
_DEVICE: Final = "Vigorimeter VM-41"
_GRIP: Final = (("right_hand", 34.0), ("left_hand", 47.0))


def whole_course(scene: Scene) -> None:
    """Enter the patient, and 166 g on two days from arrival to the call afterwards."""
    first = scene.now.date() + timedelta(days=_FIRST_DAY)
    patient = _new_patient(scene, first)
    days = _two_days(scene, patient, first)
    for number, day in enumerate(days, 1):
        told = Told(patient="DEMO-41", day=number, days=2, call="" if number == 1 else "well")
        visit = visit_body(scene, patient, day, told) | {
            "no_trough_reason": None,
            "ordered_g": _ORDERED_G,
            "outcome": "given",
            "left_at": day.left_at,
        }
        more = _first_morning(day) if number == 1 else {}
        body = bundle_of(day, told, visit, infusion=_infusion_of(day), **more)
        call_after(scene, scene.bundle(patient, body, nurse=told.nurse), told, day=day)


def _new_patient(scene: Scene, first: date) -> PatientRow:
    draft = PatientDraft(
        external_id="DEMO-41",
        time_zone="America/New_York",
        diagnosis="MMN",
        family_name="Zinnia-Sample",
        given_name="Zoe",
        birth_date=date(first.year - 52, 5, 17),
        sex="female",
        diagnosed_on=first - timedelta(days=2400),
        dominant_hand="right",
        anti_gm1="positive",
        followed=("grip_kpa@right_hand", "grip_kpa@left_hand", "strength_nrs@global"),
    )
    row_id = uuid.uuid5(scene.clinic.id, draft.external_id)
    saved = create_patient(scene.entering, clinic_id=scene.clinic.id, row_id=row_id, draft=draft)
    patient = saved.row
    scene.patients[draft.external_id] = patient
    scene.written[patient.id].append(patient.id)
    plan = PlanDraft(
        effective_date=first,
        interval_days=28,
        course_days=2,
        product=RECALLED[0],
        dose_g_per_kg=2.0,
        reason="came from another clinic",
        prescriber="Dr. Example",
    )
    scene.enter(PLAN, patient, "first", plan)
    return patient


def _two_days(scene: Scene, patient: PatientRow, first: date) -> tuple[Day, Day]:
    """Return both days; on the first a headache slows it, and 2 of 5 g of a vial are left."""
    lots = (RECALLED[1], "SIMGL222A")

    def on(number: int, hours: float, *grams: tuple[float, float], cut_at: int | None) -> Day:
        day = first + timedelta(days=number - 1)
        return Day(
            infusion_id=uuid.uuid5(patient.id, f"demo/day {number}"),
            number=100 * number + number_of(patient),
            product=RECALLED[0],
            dose_g=_ORDERED_G,
            lots=lots,
            weight_kg=_WEIGHT_KG,
            started_at=scene.at(patient, day, 9.5),
            hours=hours,
            vials=tuple(Opened(nominal, used) for nominal, used in grams),
            first_of_course=number == 1,
            cut_at=cut_at,
        )

    large = ((30.0, 30.0), (30.0, 30.0), (20.0, 20.0))
    return (
        on(1, 4.5, *large, (5.0, 3.0), cut_at=75),
        on(2, 4.0, *large, *(((1.0, 1.0),) * 3), cut_at=None),
    )


def _infusion_of(day: Day) -> Body:
    return {
        "id": day.infusion_id,
        "started_at": day.started_at,
        "ended_at": day.at(day.minutes),
        "status": "completed",
        "product": day.product,
        "dose_g": day.dose_g,
        "weight_kg": day.weight_kg,
        "lot_numbers": list(day.lots),
    }


def _first_morning(day: Day) -> Body:
    """Return the weight, the grip before the course, and the headache that slowed it."""
    weighed_at, cut_at = day.at(-38), day.cut_at or 0
    return {
        "weights": [
            {"id": day.own("weight"), "measured_at": weighed_at, "weight_kg": day.weight_kg}
        ],
        "reports": [
            {
                "id": day.own("grip"),
                "observed_at": day.at(-20),
                "entered_at": day.at(-18),
                "source": "nurse",
                "values": [
                    {"measure": "grip_kpa", "site": site, "value": value, "device": _DEVICE}
                    for site, value in _GRIP
                ],
            }
        ],
        "reactions": [
            {
                "id": day.own("reaction"),
                "infusion_id": day.infusion_id,
                "term": "headache",
                "onset_at": day.at(cut_at - 3),
                "grade": 1,
                "description": "Dull, on both sides; gone after the rate was cut.",
                "actions": ["slowed"],
                "outcome": "resolved",
                "resolved_at": day.at(cut_at + 55),
            }
        ],
    }
