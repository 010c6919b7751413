"""The visits of `ivig demo`: what nurses recorded of some courses of the sample clinic.

Infusions of the clinic stay as they were imported; a visit is told around one, with vials that
give its grams from its lots. Only the visit that is still going on has an infusion of its own.
Everything goes through the bundle of a visit, so that every rule has had its say.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.cli.demo_days import (
    ARRIVED_BEFORE,
    Body,
    Day,
    Opened,
    checks_of,
    events_of,
    vials_of,
)
from app.cli.demo_scene import Scene
from app.infusions.service import INFUSION
from app.infusions.tables import InfusionRow
from app.patients.tables import PatientRow
from app.reactions.rules import ReactionDraft
from app.reactions.service import REACTION
from app.schedule.rules import AssignmentDraft
from app.schedule.service import ASSIGNMENT
from app.schedule.tables import AssignmentRow
from app.visits.rules import SYMPTOMS, CallDraft
from app.visits.service import CALL
from app.visits.tables import VisitRow

KIM: Final = "demo-nurse"
LEE: Final = "demo-nurse-2"
_AT_HOME: Final = "Measures at home; the device was not at hand."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A visit around an imported infusion.

    `back` counts from the latest infusion with that status. `call` is what became of the call
    afterwards: "well" reached, "no_answer", "" where nobody called.
    """

    patient: str
    nurse: str = KIM
    status: str = "completed"
    back: int = 0
    day: int = 1
    days: int = 1
    call: str = ""
    is_signed: bool = True
    has_grip: bool = False
    missed: frozenset[int] = frozenset()


VISITS: Final = (
    Told(patient="DEMO-01", back=1, has_grip=True),
    Told(patient="DEMO-01", call="well", has_grip=True),
    Told(patient="DEMO-02", nurse=LEE, back=1, days=2),
    Told(patient="DEMO-02", nurse=LEE, day=2, days=2, call="no_answer"),
    Told(patient="DEMO-03", nurse=LEE, has_grip=True, missed=frozenset({120})),
    Told(patient="DEMO-06", call="well", is_signed=False),
    Told(patient="DEMO-22"),
    Told(patient="DEMO-36", call="well", missed=frozenset({30})),
)
_WITH_RED_FLAG: Final = Told(patient="DEMO-04")
_STOPPED: Final = Told(patient="DEMO-18", status="stopped", days=2, has_grip=True)
_NOT_DONE: Final = Told(patient="DEMO-19", status="not_done")
_UNDER_WAY: Final = Told(patient="DEMO-16", days=2, is_signed=False)


def tell_visits(scene: Scene) -> None:
    """Enter the visits around what was imported, and the one that is still going on."""
    for told in VISITS:
        visit, day = _given(scene, told)
        call_after(scene, visit, told, day=day)
    _red_flag(scene)
    _partly_given(scene)
    _not_given(scene)
    _under_way(scene)


# --- around an infusion that is there ------------------------------------------------------------


def number_of(patient: PatientRow) -> int:
    """Return the number in the patient's identifier, by which the numbers of days differ."""
    return int(patient.external_id.rpartition("-")[2])


def _day_of(row: InfusionRow, patient: PatientRow, told: Told) -> Day:
    lasted = timedelta(0) if row.ended_at is None else row.ended_at - row.started_at
    return Day(
        infusion_id=row.id,
        number=100 * told.back + number_of(patient),
        product=str(row.product),
        dose_g=row.dose_g or 0.0,
        lots=tuple(row.lot_numbers),
        weight_kg=row.weight_kg or 0.0,
        started_at=row.started_at,
        hours=lasted / timedelta(hours=1),
        first_of_course=told.day == 1,
        missed=told.missed,
    )


def visit_body(scene: Scene, patient: PatientRow, day: Day, told: Told) -> Body:
    """Return what every visit says; how it ended is added."""
    on = day.started_at.astimezone(scene.zone(patient)).date()
    plan = scene.plan_on(patient, on)
    body: Body = {
        "id": day.own("visit"),
        "planned_on": on,
        "course_day": told.day,
        "course_days": told.days,
        "infusion_id": day.infusion_id,
        "nurse_id": scene.staff[told.nurse].id,
        "plan_id": plan.id,
        "plan_version": plan.version,
        "arrived_at": day.started_at - ARRIVED_BEFORE,
    }
    if told.day == 1 and not told.has_grip:
        body["no_trough_reason"] = _AT_HOME
    return body


def bundle_of(day: Day, told: Told, visit: Body, **more: object) -> Body:
    """Return a visit with the vials and events of its day, and the signature if it has one."""
    body: Body = {"visit": visit, "vials": list(vials_of(day)), "events": list(events_of(day))}
    if told.is_signed:
        body["signature"] = {"id": day.own("signature")}
    return body | more


def _as_imported(row: InfusionRow) -> Body:
    """Return an infusion as it is stored: a signature covers only what its bundle says."""
    content = INFUSION.content_of(INFUSION.draft_of(row))
    return {**content, "id": row.id}


def _given(scene: Scene, told: Told) -> tuple[VisitRow, Day]:
    patient = scene.patients[told.patient]
    row = scene.infusion(patient, status=told.status, back=told.back)
    day = _day_of(row, patient, told)
    visit = visit_body(scene, patient, day, told)
    visit |= {
        "ordered_g": day.dose_g,
        "outcome": "given",
        "left_at": day.left_at,
    }
    body = bundle_of(day, told, visit, infusion=_as_imported(row))
    return scene.bundle(patient, body, nurse=told.nurse), day


def call_after(scene: Scene, visit: VisitRow, told: Told, *, day: Day) -> None:
    """Enter the call a day after a visit, if there was one."""
    if not told.call:
        return
    patient, is_reached = scene.patients[told.patient], told.call == "well"
    draft = CallDraft(
        visit.id,
        day.left_at + timedelta(hours=25),
        is_reached,
        dict.fromkeys(SYMPTOMS, "no") if is_reached else {},
        note="Feels well." if is_reached else "Nobody answers the telephone.",
    )
    scene.enter(CALL, patient, str(visit.id), draft)


def _red_flag(scene: Scene) -> None:
    """Enter a headache with a stiff neck the day after, which the call finds."""
    patient = scene.patients[_WITH_RED_FLAG.patient]
    visit, day = _given(scene, _WITH_RED_FLAG)
    called_at = day.left_at + timedelta(hours=24)
    answers = {**dict.fromkeys(SYMPTOMS, "no"), "headache_stiff_neck": "yes", "fever": "yes"}
    advice = "Sent to the emergency department; Dr. Example was told."
    scene.enter(CALL, patient, "red flag", CallDraft(visit.id, called_at, True, answers, advice))
    reaction = ReactionDraft(
        day.infusion_id,
        "headache_stiff_neck",
        called_at - timedelta(hours=6),
        3,
        description="Since the morning; light hurts. Two nights in hospital, no germs found.",
        actions=("medication",),
        medication="Paracetamol, fluids",
        outcome="resolved",
        resolved_at=called_at + timedelta(days=3),
        reported_to="Maker",
        physician_notified="Dr. Example",
        physician_notified_at=called_at + timedelta(minutes=10),
    )
    scene.enter(REACTION, patient, "red flag", reaction)


def _partly_given(scene: Scene) -> None:
    """Enter the stopped infusion of DEMO-18: 20 of 45 g, a vial half wasted."""
    told = _STOPPED
    patient = scene.patients[told.patient]
    row = scene.infusion(patient, status=told.status, back=told.back)
    day = _day_of(row, patient, told)
    half = Opened(20, day.dose_g - 10)
    day = Day(**{**_fields(day), "vials": (Opened(10, 10), half), "stopped": True})
    visit = visit_body(scene, patient, day, told)
    visit |= {
        "ordered_g": 45.0,
        "outcome": "partly_given",
        "outcome_reason": "Hives and shivering after an hour: stopped, Dr. Example told.",
        "left_at": day.left_at,
    }
    reaction = {
        "id": day.own("reaction"),
        "infusion_id": day.infusion_id,
        "term": "hives",
        "onset_at": day.at(day.minutes - 2),
        "grade": 2,
        "description": "Hives on trunk and arms, shivering.",
        "actions": ["stopped", "medication"],
        "medication": "Cetirizine 10 mg",
        "outcome": "resolved",
        "resolved_at": day.at(day.minutes + 50),
        "physician_notified": "Dr. Example",
        "physician_notified_at": day.at(day.minutes + 5),
    }
    more = {"infusion": _as_imported(row), "reactions": [reaction]}
    scene.bundle(patient, bundle_of(day, told, visit, **more), nurse=told.nurse)


def _fields(day: Day) -> Body:
    return {name: getattr(day, name) for name in Day.__dataclass_fields__}


def _not_given(scene: Scene) -> None:
    """Enter the fever of DEMO-19: the checks were made, and nothing was opened."""
    told = _NOT_DONE
    patient = scene.patients[told.patient]
    row = scene.infusion(patient, status=told.status, back=told.back)
    day = _day_of(row, patient, told)
    visit = visit_body(scene, patient, day, told)
    visit |= {
        "outcome": "not_given",
        "outcome_reason": "Fever of 38.6 °C this morning: put off by Dr. Example.",
        "left_at": day.at(20),
    }
    body: Body = {
        "visit": visit,
        "infusion": _as_imported(row),
        "events": list(checks_of(day, infection="yes", temperature_c=38.6)),
        "signature": {"id": day.own("signature")},
    }
    scene.bundle(patient, body, nurse=told.nurse)


def _under_way(scene: Scene) -> None:
    """Enter the first day of a course of DEMO-16, which began an hour ago and still runs."""
    told = _UNDER_WAY
    patient = scene.patients[told.patient]
    last = scene.infusion(patient, status="completed", back=0)
    started_at = scene.now.replace(second=0, microsecond=0) - timedelta(minutes=70)
    weight_kg = last.weight_kg or 0.0
    day = Day(
        infusion_id=uuid.uuid5(patient.id, "demo/under way"),
        number=number_of(patient),
        product=str(last.product),
        dose_g=30.0,
        lots=("SIMPZ222A",),
        weight_kg=weight_kg,
        started_at=started_at,
        hours=2.0,
        vials=(Opened(20, 20), Opened(10, 10)),
        until=scene.now,
        missed=frozenset({60}),
    )
    visit = visit_body(scene, patient, day, told)
    visit |= {
        "ordered_g": day.dose_g,
        "no_trough_reason": None,
        "assignment_id": _assigned(scene, patient, told).id,
    }
    infusion = {
        "id": day.infusion_id,
        "started_at": started_at,
        "status": "in_progress",
        "product": day.product,
        "weight_kg": weight_kg,
    }
    scene.bundle(patient, bundle_of(day, told, visit, infusion=infusion), nurse=told.nurse)


def _assigned(scene: Scene, patient: PatientRow, told: Told) -> AssignmentRow:
    today = scene.now.astimezone(scene.zone(patient)).date()
    draft = AssignmentDraft(scene.staff[told.nurse].id, today)
    return scene.enter(ASSIGNMENT, patient, "today", draft)
