"""The shape of a whole visit as one document."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from app.infusions.schemas import InfusionRead, SignatureCreate, SignatureRead
from app.kit.shapes import Shown
from app.monitoring.schemas import EventRead, MonitoringRead, Sentence
from app.reactions.schemas import ReactionRead
from app.reports.schemas import ReportRead
from app.vials.schemas import VialRead
from app.visits.schemas import CallRead, VisitRead


class TotalsRead(Shown):
    """Grams of the day: opened = infused + wasted, and infused against ordered."""

    ordered_g: float | None
    opened_g: Annotated[float | None, Field(description="Null where no vial is recorded.")]
    infused_g: float | None
    wasted_g: float | None
    difference_g: Annotated[float | None, Field(description="Infused less ordered.")]
    difference_percent: float | None
    tolerance_percent: Annotated[float, Field(description="Of the order.")]
    is_within: bool | None
    is_balanced: bool | None
    plan_course_g: Annotated[
        float | None, Field(description="What the plan orders for the whole course.")
    ]
    plan_ordered_g: Annotated[
        float | None,
        Field(description="What that leaves for this day: less the other days of the course."),
    ]
    plan_difference_g: Annotated[
        float | None, Field(description="Infused less that; on the last day of a course.")
    ]
    plan_difference_percent: Annotated[
        float | None, Field(description="Of what the plan orders for the course.")
    ]
    is_within_plan: bool | None
    contradicts_plan: Annotated[
        bool | None, Field(description="True where `ordered_g` does not fit the plan.")
    ]


class GapRead(Shown):
    """Something that the visit needs before it can be signed."""

    field: str
    reason: Sentence


class AlarmRead(Shown):
    """A red flag of this visit: what it is, who said so, and what people then do."""

    table: Annotated[str, Field(json_schema_extra={"enum": ["reactions", "follow_up_calls"]})]
    id: uuid.UUID
    term: str
    at: datetime
    name: str
    signs: str
    what_to_do: str


class CallDueRead(Shown):
    """A call that belongs to the visit."""

    kind: Annotated[str, Field(json_schema_extra={"enum": ["first", "late"]})]
    due_from: datetime
    due_until: datetime
    state: Annotated[
        str, Field(json_schema_extra={"enum": ["waiting", "due", "overdue", "missed", "done"]})
    ]
    done_at: datetime | None
    attempts: int


class VisitSignatureCreate(SignatureCreate):
    """A signature of a visit, and of everything that its record showed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"fingerprint": "3b1f2c0d9e8a7f65" * 4}]}
    )

    fingerprint: Annotated[
        str, Field(description="That of the record that was read.", max_length=64)
    ]


class VisitRecordRead(Shown):
    """A visit with all that belongs to it; voided rows are left out."""

    visit: VisitRead
    infusion: InfusionRead | None
    vials: list[VialRead]
    events: list[EventRead]
    reactions: list[ReactionRead]
    reports: Annotated[
        list[ReportRead] | None,
        Field(description="Of the patient on that day; null where they are not yours to see."),
    ]
    monitoring: Annotated[
        MonitoringRead | None, Field(description="As `GET /infusions/{id}/monitoring` shows it.")
    ]
    calls: list[CallRead]
    calls_due: list[CallDueRead]
    signatures: list[SignatureRead]
    totals: TotalsRead
    red_flags: list[AlarmRead]
    fingerprint: Annotated[
        str, Field(description="Of all versions shown here; who signs sends it back.")
    ]
    missing: Annotated[list[GapRead], Field(description="Empty where it can be signed.")]
