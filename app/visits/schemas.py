"""Shapes of visits and of the calls after them in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, computed_field

from app.kit.shapes import (
    CreateBody,
    Day,
    Identity,
    Instant,
    Shown,
    ShownRecord,
    change_schema,
    word,
)
from app.visits.rules import ANSWERS, SPECS, SYMPTOMS, CallDraft, VisitDraft, alarming

_SYMPTOMS: Any = Field(
    description="An answer for each symptom; what is left out was not asked.",
    json_schema_extra={
        "properties": {name: {"type": "string", "enum": list(ANSWERS)} for name in SYMPTOMS}
    },
)


class VisitCreate(CreateBody):
    """A new visit: one infusion day. What is not known yet is left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c0de-0000-7000-8000-0000000000b1",
                    "planned_on": "2026-03-02",
                    "course_day": 1,
                    "course_days": 2,
                    "infusion_id": "0198c0de-0000-7000-8000-0000000000b2",
                    "ordered_g": 83.0,
                    "arrived_at": "2026-03-02T08:30:00-05:00",
                    "left_at": "2026-03-02T14:40:00-05:00",
                    "outcome": "given",
                }
            ]
        }
    )

    planned_on: Day
    course_day: Annotated[int, Field(description="Which day of the course it is.")] = 1
    course_days: int = 1
    infusion_id: Identity | None = None
    assignment_id: Annotated[Identity | None, Field(description="The assigned visit.")] = None
    nurse_id: Annotated[Identity | None, Field(description="The account of whoever came.")] = None
    plan_id: Annotated[
        Identity | None, Field(description="Left out: the plan in force on the day.")
    ] = None
    plan_version: Annotated[int | None, Field(description="The version of the order.")] = None
    ordered_g: Annotated[float | None, Field(description="Ordered for this day, g.")] = None
    arrived_at: Instant | None = None
    left_at: Instant | None = None
    outcome: Annotated[str | None, word(SPECS, "visits", field="outcome")] = None
    outcome_reason: Annotated[
        str | None, Field(description="Why not all of it was given, or more, or less.")
    ] = None
    no_trough_reason: Annotated[
        str | None, Field(description="Why the grip was not taken before the course.")
    ] = None
    note: str | None = None

    def draft(self) -> VisitDraft:
        """Return what the rules check."""
        return VisitDraft(**self.content())


VisitChange = change_schema(
    "VisitChange",
    VisitCreate,
    example={"change_reason": "Left later than written.", "left_at": "2026-03-02T15:10:00-05:00"},
)


class VisitRead(ShownRecord):
    """A visit; what ran is in its infusion (`GET /visits/{id}/record` has all of it)."""

    planned_on: date
    course_day: int
    course_days: int
    infusion_id: uuid.UUID | None
    assignment_id: uuid.UUID | None
    nurse_id: uuid.UUID | None
    plan_id: uuid.UUID | None
    plan_version: int | None
    ordered_g: float | None
    arrived_at: datetime | None
    left_at: datetime | None
    outcome: str | None
    outcome_reason: str | None
    no_trough_reason: str | None
    note: str | None


class CallCreate(CreateBody):
    """A call after a visit, which asks for reactions that come late."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "visit_id": "0198c0de-0000-7000-8000-0000000000b1",
                    "called_at": "2026-03-05T10:00:00-05:00",
                    "reached": True,
                    "symptoms": {
                        "headache_stiff_neck": "no",
                        "chest_pain_or_breathless": "no",
                        "leg_swelling": "no",
                        "one_sided_weakness": "no",
                    },
                }
            ]
        }
    )

    visit_id: Identity
    called_at: Instant
    reached: Annotated[bool, Field(description="False where nobody answered.")]
    symptoms: Annotated[dict[str, str], _SYMPTOMS] = Field(default_factory=dict)
    advice: Annotated[
        str | None, Field(description="What was advised; needed after a red flag.")
    ] = None
    note: str | None = None

    def draft(self) -> CallDraft:
        """Return what the rules check."""
        return CallDraft(**self.content())


CallChange = change_schema(
    "FollowUpCallChange",
    CallCreate,
    fixed=("visit_id",),
    example={"change_reason": "Heard wrongly.", "symptoms": {"rash": "yes"}},
)


class CallRead(ShownRecord):
    """A call after a visit, with an answer for every symptom."""

    visit_id: uuid.UUID
    called_at: datetime
    reached: bool
    symptoms: dict[str, str]
    advice: str | None
    note: str | None

    @computed_field(description="The symptoms among those answered with yes that are red flags.")  # type: ignore[prop-decorator]
    @property
    def alarming(self) -> list[str]:
        """Return the red flags."""
        return alarming(self.symptoms)


class CallLine(Shown):
    """One call that is due, or was made, of one visit."""

    patient_id: uuid.UUID
    external_id: str
    visit_id: uuid.UUID
    nurse_id: uuid.UUID | None
    ended_at: datetime
    g_per_kg: Annotated[float | None, Field(description="Of the whole course.")]
    kind: Annotated[str, Field(json_schema_extra={"enum": ["first", "late"]})]
    state: Annotated[
        str,
        Field(json_schema_extra={"enum": ["overdue", "due", "missed", "waiting", "done"]}),
    ]
    due_from: datetime
    due_until: datetime
    done_at: datetime | None
    attempts: Annotated[int, Field(description="Calls so far, whatever came of them.")]


class CallList(Shown):
    """The calls of a clinic: overdue ones first, those that were made last."""

    items: list[CallLine]
    missed: Annotated[int, Field(description="Calls that nobody made, in the last month.")]
