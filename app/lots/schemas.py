"""Shapes of recalls in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from app.kit.base import Json
from app.kit.shapes import CreateBody, Day, ShownRow, change_schema, word
from app.lots.rules import SPECS, RecallDraft

_EXAMPLE: Final[Json] = {
    "product": "privigen",
    "lot": "P100234567",
    "announced_on": "2026-05-28",
    "source": "Letter of the maker",
    "reference": "FA-2026-014",
    "reason": "Particles seen in vials of this lot.",
    "advice": "Put vials aside; ask recipients about fever and rash.",
}


class RecallCreate(CreateBody):
    """A lot that must not be given, entered once for the whole clinic."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    lot: Annotated[
        str,
        Field(
            description="In any way of writing it: upper and lower case, spaces, hyphens, dots and"
            " slashes make no difference."
        ),
    ]
    announced_on: Annotated[Day, Field(description="The day of the letter or announcement.")]
    source: Annotated[str, Field(description="Who announced it: maker, authority, own pharmacy.")]
    product: Annotated[
        str | None, Field(description="Key of the catalogue; null: a lot of whatever product.")
    ] = None
    kind: Annotated[str, word(SPECS, "recalls", field="kind")] = "recall"
    reference: Annotated[str | None, Field(description="Number of the letter or notice.")] = None
    reason: str | None = None
    advice: Annotated[str | None, Field(description="What to do, as announced.")] = None

    def draft(self) -> RecallDraft:
        """Return what the rules check."""
        return RecallDraft(**self.content())


RecallChange = change_schema(
    "RecallChange",
    RecallCreate,
    example={"change_reason": "A second letter came.", "reference": "FA-2026-014b"},
)


class RecallRead(ShownRow):
    """A lot that must not be given; `lot_key` is the form under which lots are compared."""

    clinic_id: uuid.UUID
    product: str | None
    lot: str
    lot_key: str
    kind: str
    announced_on: date
    source: str
    reference: str | None
    reason: str | None
    advice: str | None
