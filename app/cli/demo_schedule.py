"""The recall and the schedule of `ivig demo`."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.analysis.planned import PlannedCourse
from app.cli.demo_course import RECALLED
from app.cli.demo_scene import Scene
from app.cli.demo_visits import KIM, LEE
from app.clinics.entries import create
from app.kit.audit.acts import Act
from app.kit.rows import Entering
from app.lookback.rules import NoticeDraft
from app.lookback.service import NOTICE
from app.lots.rules import RecallDraft
from app.lots.service import RECALL
from app.patients.tables import PatientRow
from app.schedule.calendars import calendar_of
from app.schedule.rules import ADDED, CANCELLED, MOVED, AssignmentDraft, ExceptionDraft
from app.schedule.service import ASSIGNMENT, EXCEPTION

ASSIGNED: Final = (
    *(("DEMO-08", KIM), ("DEMO-17", KIM), ("DEMO-23", KIM), ("DEMO-28", KIM), ("DEMO-39", KIM)),
    *(("DEMO-03", LEE), ("DEMO-07", LEE), ("DEMO-27", LEE)),
)
"""Whose next course is whose; the others within two weeks still want a nurse."""

MOVED_ONE: Final = "DEMO-31"
CANCELLED_ONE: Final = "DEMO-40"
ADDED_ONE: Final = "DEMO-10"


def tell_recall(scene: Scene) -> None:
    """Enter the recall; one recipient confirmed the notice, one was sent it, others not yet."""
    product, lot = RECALLED
    draft = RecallDraft(
        lot,
        scene.now.date() - timedelta(days=1),
        "Letter of the maker",
        product=product,
        reference="SIM-FA-014",
        reason="More reports of allergic reactions than usual. Simulated, like everything here.",
        advice="Put vials aside. Ask recipients about hives, breathlessness and fever.",
    )
    entering = Entering(scene.session, scene.log.change())
    recall = create(entering, RECALL, clinic=scene.clinic, row_id=None, draft=draft).row
    scene.log.acts.append(
        Act(
            at=scene.now,
            actor_id=None,
            actor=scene.log.actor,
            via=scene.log.via,
            action="write",
            operation=scene.log.operation,
            clinic_id=scene.clinic.id,
            patient_id=None,
            ids=(recall.id,),
        )
    )
    sent_at, confirmed_at = (scene.now - timedelta(hours=hours) for hours in (6, 2))
    for called, draft_of_notice in (
        ("DEMO-03", NoticeDraft(recall.id, sent_at, "phone", confirmed_at, "Feels well.")),
        ("DEMO-38", NoticeDraft(recall.id, sent_at, "letter")),
    ):
        scene.enter(NOTICE, scene.patients[called], "recall", draft_of_notice)


def tell_schedule(scene: Scene) -> None:
    """Assign next courses, and move, cancel and add one; DEMO-20's is overdue as it is."""
    for called, login in ASSIGNED:
        patient = scene.patients[called]
        for day in _coming(scene, patient).days:
            draft = AssignmentDraft(scene.staff[login].id, day, scene.at(patient, day, 9.5))
            scene.enter(ASSIGNMENT, patient, str(day), draft)
    moved = _coming(scene, scene.patients[MOVED_ONE])
    new_date = None if moved.planned_on is None else moved.planned_on + timedelta(days=3)
    _decide(scene, MOVED_ONE, ExceptionDraft(MOVED, moved.slot_date, new_date, "travel"))
    cancelled = _coming(scene, scene.patients[CANCELLED_ONE])
    note = "Stable on the lowered dose: one course is left out, and then we look again."
    draft_of_cancelled = ExceptionDraft(CANCELLED, cancelled.slot_date, None, "response", note)
    _decide(scene, CANCELLED_ONE, draft_of_cancelled)
    extra = scene.now.date() + timedelta(days=7)
    note = "An extra course after the relapse."
    _decide(scene, ADDED_ONE, ExceptionDraft(ADDED, None, extra, "response", note))


def _decide(scene: Scene, called: str, draft: ExceptionDraft) -> None:
    scene.enter(EXCEPTION, scene.patients[called], draft.kind, draft)


def _coming(scene: Scene, patient: PatientRow) -> PlannedCourse:
    coming = calendar_of(scene.session, patient, now=scene.now).coming
    if coming is None:
        message = f"{patient.external_id} has no course ahead."
        raise LookupError(message)
    return coming
