"""Shapes of reactions in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, model_validator

from app.kit.shapes import CreateBody, Identity, Instant, Shown, ShownRecord, change_schema, word
from app.reactions.rules import RED_FLAGS, SPECS, ReactionDraft, red_flag_of


class ReactionCreate(CreateBody):
    """A reaction to an infusion, while it ran or later."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "infusion_id": "0198c0de-0000-7000-8000-000000000001",
                    "term": "headache",
                    "onset_at": "2026-03-02T10:40:00-05:00",
                    "grade": 1,
                    "actions": ["slowed"],
                    "outcome": "resolved",
                    "resolved_at": "2026-03-02T11:30:00-05:00",
                }
            ]
        }
    )

    infusion_id: Identity
    term: Annotated[str, word(SPECS, "reactions", field="term")]
    onset_at: Instant
    grade: Annotated[int, Field(description="Of CTCAE version 5: 1 mild to 5 death.")]
    description: Annotated[str | None, Field(description="Needed where the term is other.")] = None
    actions: Annotated[
        list[str],
        Field(max_length=10, description="slowed, paused, stopped, medication; or none alone."),
    ] = Field(default_factory=list)
    medication: str | None = None
    outcome: Annotated[str, word(SPECS, "reactions", field="outcome")] = "unknown"
    resolved_at: Instant | None = None
    reported_to: str | None = None
    physician_notified: Annotated[str | None, Field(description="Who was told.")] = None
    physician_notified_at: Instant | None = None

    def draft(self) -> ReactionDraft:
        """Return what the rules check."""
        return ReactionDraft(**self.content())


ReactionChange = change_schema(
    "ReactionChange",
    ReactionCreate,
    fixed=("infusion_id",),
    example={
        "change_reason": "It went away.",
        "outcome": "resolved",
        "resolved_at": "2026-03-02T11:30:00-05:00",
    },
)


class ReactionRead(ShownRecord):
    """A reaction; `local_date` is the patient's date at its onset and never moves."""

    infusion_id: uuid.UUID
    term: str
    description: str | None
    onset_at: datetime
    time_zone: str
    local_date: date
    grade: int
    actions: list[str]
    medication: str | None
    outcome: str
    resolved_at: datetime | None
    reported_to: str | None
    physician_notified: str | None
    physician_notified_at: datetime | None
    rate_ml_per_h: Annotated[
        float | None, Field(description="What ran at the onset, by the steps recorded until then.")
    ]
    phase: Annotated[str, Field(json_schema_extra={"enum": ["during", "delayed"]})]
    is_red_flag: bool
    red_flag: Annotated[str | None, Field(description="Its key in `GET /red-flags`.")]

    @model_validator(mode="before")
    @classmethod
    def _name_flag(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            names = cls.model_fields.keys() - {"red_flag"}
            value = {name: getattr(value, name) for name in names}
        return {**value, "red_flag": red_flag_of(value["term"]) if value["is_red_flag"] else None}


class RedFlagRead(Shown):
    """A danger, how it shows, and what people then do; the program decides nothing."""

    key: str
    name: str
    terms: list[str]
    signs: str
    what_to_do: str
    source: str


class RedFlagsRead(Shown):
    """Every red flag."""

    items: list[RedFlagRead]


RED_FLAGS_SHOWN: Final = tuple(
    RedFlagRead(
        key=key,
        name=flag.name,
        terms=list(flag.terms),
        signs=flag.signs,
        what_to_do=flag.what_to_do,
        source=flag.source,
    )
    for key, flag in RED_FLAGS.items()
)
