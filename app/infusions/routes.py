"""JSON API of infusions."""

from __future__ import annotations

from typing import Final

from app.infusions import service
from app.infusions.schemas import InfusionChange, InfusionCreate, InfusionRead
from app.infusions.tables import InfusionRow
from app.kit.routing import api_router
from app.patients.record_routes import RecordKind, add_record_routes

router: Final = api_router("infusions")

add_record_routes(
    router,
    RecordKind(
        plural="infusions",
        singular="infusion",
        entry=service.INFUSION,
        create=InfusionCreate,
        draft_of=InfusionCreate.draft,
        change=InfusionChange,
        read=InfusionRead,
        newest_by=InfusionRow.started_at,
    ),
)
