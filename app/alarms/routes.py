"""JSON API of alarms: something is wrong."""

from __future__ import annotations

from typing import Final

from fastapi import Response

from app.alarms import service
from app.alarms.rules import SIGNS
from app.alarms.schemas import AlarmChange, AlarmCreate, AlarmRead, SignRead, SignsRead
from app.alarms.tables import AlarmRow
from app.kit.access import needs
from app.kit.answers import model_response
from app.kit.deps import Work
from app.kit.routing import api_router
from app.patients.record_routes import RecordKind, add_record_routes

router: Final = api_router("alarms")

add_record_routes(
    router,
    RecordKind(
        plural="alarms",
        singular="alarm",
        area="alarms",
        entry=service.ALARM,
        create=AlarmCreate,
        draft_of=AlarmCreate.draft,
        change=AlarmChange,
        read=AlarmRead,
        newest_by=AlarmRow.noticed_at,
    ),
)

_SHOWN = SignsRead(items=[SignRead.model_validate(sign) for sign in SIGNS.values()])


@router.get("/alarm-signs", operation_id="read_alarm_signs", response_model=SignsRead)
@needs("alarms.read")
def read_alarm_signs(work: Work) -> Response:
    """Show what can be called wrong, and whom to call then; the program decides nothing."""
    del work
    return model_response(_SHOWN)
