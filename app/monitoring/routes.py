"""JSON API. What happens beside an infusion: checks, rate steps, vital signs."""

from __future__ import annotations

import uuid
from typing import Final

from fastapi import Response

from app.infusions.service import INFUSION
from app.kit.access import needs
from app.kit.answers import model_response
from app.kit.deps import Work
from app.kit.routing import api_router
from app.monitoring import service
from app.monitoring.reading import monitoring_of
from app.monitoring.schemas import EventChange, EventCreate, EventRead, MonitoringRead
from app.monitoring.tables import InfusionEventRow
from app.patients.entries import get_row
from app.patients.record_routes import RecordKind, add_record_routes

router: Final = api_router("monitoring")

add_record_routes(
    router,
    RecordKind(
        plural="infusion-events",
        singular="infusion_event",
        area="infusions",
        entry=service.EVENT,
        create=EventCreate,
        draft_of=EventCreate.draft,
        change=EventChange,
        read=EventRead,
        newest_by=InfusionEventRow.at,
    ),
)


@router.get(
    "/infusions/{id}/monitoring", operation_id="read_monitoring", response_model=MonitoringRead
)
@needs("infusions.read")
def read_monitoring(id: uuid.UUID, work: Work) -> Response:
    """Show how an infusion runs: rate steps with volumes, vital signs and which of them are due."""
    with work.reading() as session:
        infusion = get_row(session, INFUSION, id)
        return model_response(monitoring_of(session, infusion, now=work.now))
