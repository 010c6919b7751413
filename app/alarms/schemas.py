"""Shapes of alarms in the JSON API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from app.alarms.rules import SIGNS, SPECS, AlarmDraft
from app.kit.shapes import CreateBody, Instant, Shown, ShownRecord, change_schema, word

_SIGN = Field(json_schema_extra={"enum": list(SIGNS)})


class AlarmCreate(CreateBody):
    """Something is wrong."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c0de-0000-7000-8000-0000000000a1",
                    "noticed_at": "2026-03-14T08:05:00-04:00",
                    "signs": ["dark_urine"],
                    "source": "patient",
                    "note": "Since yesterday evening.",
                }
            ]
        }
    )

    noticed_at: Annotated[Instant, Field(description="When it was noticed.")]
    signs: Annotated[
        list[Annotated[str, _SIGN]],
        Field(max_length=40, description="Keys of `GET /alarm-signs`, one at least."),
    ]
    source: Annotated[str, word(SPECS, "alarms", field="source")]
    note: str | None = None

    def draft(self) -> AlarmDraft:
        """Return what the rules check."""
        return AlarmDraft(**self.content())


AlarmChange = change_schema(
    "AlarmChange",
    AlarmCreate,
    example={"change_reason": "A slip.", "signs": ["leg_swelling"]},
)


class AlarmRead(ShownRecord):
    """An alarm; `local_date` is the patient's date when it was noticed and never moves."""

    noticed_at: datetime
    time_zone: str
    local_date: date
    signs: list[str]
    source: str
    note: str | None


class SignRead(Shown):
    """Something that may be wrong, in the words of whoever has it."""

    key: str
    words: str
    red_flag: Annotated[str | None, Field(description="Its key in `GET /red-flags`.")]
    urgency: Annotated[
        str,
        Field(
            json_schema_extra={"enum": ["emergency", "today"]},
            description="Whom to call: the emergency number now, or the clinic now.",
        ),
    ]


class SignsRead(Shown):
    """Every sign, the most urgent first."""

    items: list[SignRead]
