"""JSON API of plan versions and holds."""

from __future__ import annotations

from typing import Final

from app.kit.routing import api_router
from app.patients.record_routes import RecordKind, add_record_routes
from app.plans import service
from app.plans.schemas import HoldChange, HoldCreate, HoldRead, PlanChange, PlanCreate, PlanRead
from app.plans.tables import HoldRow, PlanRow

router: Final = api_router("plans")

add_record_routes(
    router,
    RecordKind(
        plural="plans",
        singular="plan",
        area="plans",
        entry=service.PLAN,
        create=PlanCreate,
        draft_of=PlanCreate.draft,
        change=PlanChange,
        read=PlanRead,
        newest_by=PlanRow.effective_date,
    ),
)
add_record_routes(
    router,
    RecordKind(
        plural="holds",
        singular="hold",
        area="holds",
        entry=service.HOLD,
        create=HoldCreate,
        draft_of=HoldCreate.draft,
        change=HoldChange,
        read=HoldRead,
        newest_by=HoldRow.from_date,
    ),
)
