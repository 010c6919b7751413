"""JSON API of recalls: lots that must not be given."""

from __future__ import annotations

from typing import Final

from app.clinics.record_routes import ClinicKind, add_clinic_routes
from app.kit.pagination import Order
from app.kit.routing import api_router
from app.lots.schemas import RecallChange, RecallCreate, RecallRead
from app.lots.service import RECALL
from app.lots.tables import RecallRow

router: Final = api_router("lots")

add_clinic_routes(
    router,
    ClinicKind(
        plural="recalls",
        singular="recall",
        area="lots",
        says={
            "list": "List the clinic's recalls, the latest announced first.",
            "create": "Enter a recall; it holds for every vial of the lot, given or not.",
            "read": "Show one recall.",
            "history": "Show every version of a recall, oldest first.",
            "change": "Correct a recall; the version before stays readable.",
            "void": "Declare a recall a mistake; nobody is warned of the lot any more.",
        },
        entry=RECALL,
        create=RecallCreate,
        draft_of=RecallCreate.draft,
        change=RecallChange,
        read=RecallRead,
        order=Order("recalls", RecallRow.announced_on, RecallRow.id),
    ),
)
