"""JSON API. Reactions to an infusion."""

from __future__ import annotations

from typing import Final

from fastapi import Response

from app.kit.access import needs
from app.kit.answers import model_response
from app.kit.deps import Work
from app.kit.routing import api_router
from app.patients.record_routes import RecordKind, add_record_routes
from app.reactions import service
from app.reactions.schemas import (
    RED_FLAGS_SHOWN,
    ReactionChange,
    ReactionCreate,
    ReactionRead,
    RedFlagsRead,
)
from app.reactions.tables import ReactionRow

router: Final = api_router("reactions")

add_record_routes(
    router,
    RecordKind(
        plural="reactions",
        singular="reaction",
        area="infusions",
        entry=service.REACTION,
        create=ReactionCreate,
        draft_of=ReactionCreate.draft,
        change=ReactionChange,
        read=ReactionRead,
        newest_by=ReactionRow.onset_at,
    ),
)

_SHOWN: Final = RedFlagsRead(items=list(RED_FLAGS_SHOWN))


@router.get("/red-flags", operation_id="read_red_flags", response_model=RedFlagsRead)
@needs("infusions.read")
def read_red_flags(work: Work) -> Response:
    """Show the red flags, how they show and what people then do; the program decides nothing."""
    del work
    return model_response(_SHOWN)
