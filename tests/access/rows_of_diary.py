"""One diary and one alarm."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.alarms.rules import AlarmDraft
from app.alarms.service import ALARM
from app.alarms.tables import AlarmRow
from app.diary.rules import DiaryDraft
from app.diary.service import DIARY
from app.diary.tables import DiaryRow
from app.kit.history import Change
from app.patients import entries
from app.patients.entries import Entering
from app.patients.tables import PatientRow


def a_diary(session: Session, patient: PatientRow, change: Change) -> DiaryRow:
    draft = DiaryDraft(("grip_kpa@right_hand",), note=change.reason)
    circumstances = Entering(session, change)
    return entries.create(circumstances, DIARY, patient=patient, row_id=None, draft=draft).row


def an_alarm(session: Session, patient: PatientRow, change: Change) -> AlarmRow:
    draft = AlarmDraft(change.now - timedelta(hours=1), ("dark_urine",), "patient", change.reason)
    circumstances = Entering(session, change)
    return entries.create(circumstances, ALARM, patient=patient, row_id=None, draft=draft).row
