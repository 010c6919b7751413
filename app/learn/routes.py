"""JSON API of a clinic's texts and its reviews of translations."""

from __future__ import annotations

from typing import Final

from app.clinics.record_routes import ClinicKind, add_clinic_routes
from app.kit.pagination import Order
from app.kit.routing import api_router
from app.learn.schemas import (
    HelpTextChange,
    HelpTextCreate,
    HelpTextRead,
    TextReviewCreate,
    TextReviewRead,
)
from app.learn.service import HELP_TEXT, TEXT_REVIEW
from app.learn.tables import HelpTextRow, TextReviewRow

router: Final = api_router("texts")

add_clinic_routes(
    router,
    ClinicKind(
        plural="help-texts",
        singular="help_text",
        area="help",
        says={
            "list": "List the texts that the clinic shows in place of the program's.",
            "create": "Show a text of the clinic in place of the program's.",
            "read": "Show one text of a clinic.",
            "history": "Show every version of a text, oldest first.",
            "change": "Change a text; the version before stays readable.",
            "void": "Take a text back; the program's is shown again.",
        },
        entry=HELP_TEXT,
        create=HelpTextCreate,
        draft_of=HelpTextCreate.draft,
        change=HelpTextChange,
        read=HelpTextRead,
        order=Order("help-texts", HelpTextRow.topic, HelpTextRow.id, is_newest_first=False),
    ),
)
add_clinic_routes(
    router,
    ClinicKind(
        plural="text-reviews",
        singular="text_review",
        area="help",
        says={
            "list": "List the clinic's reviews of translations, the latest first.",
            "create": "Keep that the clinical words of a language, as they are now, were compared.",
            "read": "Show one review of a translation.",
            "history": "Show every version of a review, oldest first.",
            "void": "Take a review back; the words are marked as not yet reviewed again.",
        },
        entry=TEXT_REVIEW,
        create=TextReviewCreate,
        draft_of=TextReviewCreate.draft,
        read=TextReviewRead,
        order=Order("text-reviews", TextReviewRow.reviewed_on, TextReviewRow.id),
    ),
)
