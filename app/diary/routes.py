"""JSON API of diaries, and of what is asked today."""

from __future__ import annotations

import uuid
from typing import Final

from fastapi import Response

from app.diary import reading, service
from app.diary.schemas import (
    DiaryChange,
    DiaryCreate,
    DiaryRead,
    OwnPatientsRead,
    TodayRead,
)
from app.diary.tables import DiaryRow
from app.kit.access import needs
from app.kit.answers import model_response
from app.kit.deps import Work
from app.kit.routing import api_router
from app.patients.record_routes import RecordKind, add_record_routes

router: Final = api_router("diary")

add_record_routes(
    router,
    RecordKind(
        plural="diaries",
        singular="diary",
        area="diary",
        entry=service.DIARY,
        create=DiaryCreate,
        draft_of=DiaryCreate.draft,
        change=DiaryChange,
        read=DiaryRead,
        newest_by=DiaryRow.recorded_at,
    ),
)


@router.get("/patients/{patient_id}/today", operation_id="read_today", response_model=TodayRead)
@needs("diary.read")
def read_today(patient_id: uuid.UUID, work: Work) -> Response:
    """Show what is asked today, the worse side first; no strength or grip of before."""
    with work.reading() as session:
        shown = reading.read_today(session, patient_id, now=work.now)
    return model_response(shown)


@router.get("/me/patients", operation_id="list_own_patients", response_model=OwnPatientsRead)
@needs("diary.read")
def list_own_patients(work: Work) -> Response:
    """List whom somebody at home acts for; nobody of the clinic acts for anybody."""
    with work.reading() as session:
        shown = OwnPatientsRead(items=reading.own_patients(session, now=work.now))
    return model_response(shown)
