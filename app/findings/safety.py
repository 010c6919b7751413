"""What the analysis is told of a patient's red flags, severe reactions and alarms."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alarms.repository import alarms_to_tell
from app.alarms.rules import SIGNS
from app.analysis.records import SafetyEvent
from app.reactions.repository import reactions_of_patient
from app.reactions.rules import RED_FLAGS, is_serious, red_flag_of, words_of
from app.reactions.tables import ReactionRow
from app.visits.tables import CallRow, VisitRow


def safety_events(session: Session, patient_id: uuid.UUID) -> list[SafetyEvent]:
    """Return the patient's live red flags and severe reactions, those that calls found, alarms."""
    reactions = [
        _of_reaction(row)
        for row in reactions_of_patient(session, patient_id)
        if is_serious(row.term, row.grade)
    ]
    return [*reactions, *_of_calls(session, patient_id), *_of_alarms(session, patient_id)]


def _of_reaction(row: ReactionRow) -> SafetyEvent:
    flag = red_flag_of(row.term)
    return SafetyEvent(
        key=str(row.id),
        at=row.onset_at,
        source="reaction",
        what=words_of(row.term),
        danger=None if flag is None else RED_FLAGS[flag].name,
        grade=row.grade,
        is_delayed=row.phase == "delayed",
        physician_told=row.physician_notified_at is not None,
    )


def _of_calls(session: Session, patient_id: uuid.UUID) -> Iterator[SafetyEvent]:
    statement = (
        select(CallRow)
        .join(VisitRow, VisitRow.id == CallRow.visit_id)
        .where(
            CallRow.patient_id == patient_id,
            CallRow.voided_at.is_(None),
            VisitRow.voided_at.is_(None),
        )
        .order_by(CallRow.called_at, CallRow.id)
    )
    for row in session.scalars(statement):
        for symptom, answer in sorted(row.symptoms.items()):
            flag = red_flag_of(symptom)
            if answer == "yes" and flag is not None:
                yield SafetyEvent(
                    key=f"{row.id}:{symptom}",
                    at=row.called_at,
                    source="call",
                    what=words_of(symptom),
                    danger=RED_FLAGS[flag].name,
                    is_delayed=True,
                )


def _of_alarms(session: Session, patient_id: uuid.UUID) -> Iterator[SafetyEvent]:
    for row in alarms_to_tell(session, patient_id):
        # The most urgent sign comes first among those of one moment: the newest key stands last.
        for number, key in enumerate(name for name in SIGNS if name in row.signs):
            sign = SIGNS[key]
            yield SafetyEvent(
                key=f"{row.id}:{99 - number:02}:{key}",
                at=min(row.noticed_at, row.recorded_at),  # a phone's clock may run ahead
                source="patient",
                what=sign.what,
                danger=None if sign.red_flag is None else RED_FLAGS[sign.red_flag].name,
                is_delayed=True,
                is_taken_back=row.voided_at is not None,
            )
