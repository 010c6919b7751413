"""Shapes of diaries, and of what is asked today, in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from app.diary.rules import SPECS, WORSE_FIRST, DiaryDraft
from app.kit.shapes import CreateBody, Shown, ShownRecord, change_schema, word

_LONGEST: Final = 100
"""More is refused before anything is checked."""


class DiaryCreate(CreateBody):
    """What a patient is asked; entries are `measure@site`, in the order in which they are asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "daily": ["strength_nrs@right_hand", "strength_nrs@left_hand"],
                    "weekly": ["ability_buttons@global"],
                    "weekly_on": 6,
                }
            ]
        }
    )

    daily: Annotated[list[str], Field(max_length=_LONGEST, description="Four at most.")]
    weekly: Annotated[list[str], Field(max_length=_LONGEST)] = Field(default_factory=list)
    weekly_on: Annotated[int, Field(description="0 Monday to 6 Sunday.")] = 0
    sorting: Annotated[str, word(SPECS, "diaries", field="sorting")] = WORSE_FIRST
    note: Annotated[str | None, Field(description="For the patient, beside the questions.")] = None

    def draft(self) -> DiaryDraft:
        """Return what the rules check."""
        return DiaryDraft(**self.content())


DiaryChange = change_schema(
    "DiaryChange",
    DiaryCreate,
    example={"change_reason": "The left hand is steady.", "daily": ["grip_kpa@right_hand"]},
)


class DiaryRead(ShownRecord):
    """What a patient is asked."""

    daily: list[str]
    weekly: list[str]
    weekly_on: int
    sorting: str
    note: str | None


class SeriesRead(Shown):
    """One measure at one site, with the scale that it is answered on."""

    measure: str
    site: str
    unit: str
    low: float
    high: float
    decimals: int
    better: Annotated[str, Field(json_schema_extra={"enum": ["higher", "lower"]})]
    may_repeat: Annotated[
        bool, Field(description="The last answer may be shown and taken over, as `repeated`.")
    ]
    scale_version: str


class QuestionRead(SeriesRead):
    """One question of today."""

    kind: Annotated[str, Field(json_schema_extra={"enum": ["daily", "weekly"]})]


class LastRead(Shown):
    """The last answer; never one of strength or grip."""

    value: float
    at: datetime


class TodayRead(Shown):
    """What is asked today, and what may be seen before the answer."""

    patient_id: uuid.UUID
    name: Annotated[str | None, Field(description="The given name alone.")]
    time_zone: str
    today: date
    weekday: Annotated[int, Field(description="0 Monday to 6 Sunday.")]
    is_chosen: Annotated[bool, Field(description="False where the diagnosis decided.")]
    note: str | None
    items: list[QuestionRead]
    extra: Annotated[list[SeriesRead], Field(description="What may be added.")]
    last: Annotated[
        dict[str, LastRead], Field(description="By `measure@site`; abilities and symptoms only.")
    ]
    reported_today: Annotated[bool, Field(description="By the patient, or somebody for them.")]
    next_infusion: Annotated[
        date | None, Field(description="Null before today's report: it would tell the day.")
    ]
    devices: Annotated[dict[str, str], Field(description="The last one, by measure.")]
    clinic_phone: Annotated[
        str | None, Field(description="To be called; not every clinic has one.")
    ]
    may_report: bool
    may_see_course: bool


class OwnPatientRead(Shown):
    """Somebody for whom a person at home acts."""

    patient_id: uuid.UUID
    name: str | None
    may_report: bool
    may_alarm: bool
    may_see_course: bool


class OwnPatientsRead(Shown):
    """Everybody for whom a person at home acts."""

    items: list[OwnPatientRead]
