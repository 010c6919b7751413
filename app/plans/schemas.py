"""Shapes of plan versions and holds in the JSON API."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from app.kit.shapes import CreateBody, Day, ShownRecord, change_schema, word
from app.plans.rules import DEFAULT_TOLERANCE, ROLLING, SPECS, HoldDraft, PlanDraft

Grams = Annotated[float, Field(description="Per course, all its days together, g.")]
GramsPerKg = Annotated[float, Field(description="Per course, all its days together, g/kg.")]


class PlanCreate(CreateBody):
    """A new version of the treatment plan; give one of the two doses, or neither."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "effective_date": "2026-03-02",
                    "interval_days": 21,
                    "course_days": 2,
                    "product": "gammagard-liquid",
                    "dose_g_per_kg": 1.0,
                    "route": "intravenous",
                    "reason": "Weak in the last week of four.",
                    "prescriber": "Dr. Example",
                }
            ]
        }
    )

    effective_date: Day
    interval_days: int
    course_days: int
    product: Annotated[str, Field(description="A key of the clinic's product catalogue.")]
    dose_g_per_kg: GramsPerKg | None = None
    dose_g: Grams | None = None
    route: Annotated[str, word(SPECS, "plans", field="route")] = "intravenous"
    reason: Annotated[str | None, Field(description="Why the plan changed.")] = None
    prescriber: str | None = None
    calendar: Annotated[str, word(SPECS, "plans", field="calendar")] = ROLLING
    rounding_tolerance_percent: Annotated[
        float,
        Field(description="How far whole vials may be from the order without the prescriber."),
    ] = DEFAULT_TOLERANCE

    def draft(self) -> PlanDraft:
        """Return what the rules check."""
        return PlanDraft(**self.content())


PlanChange = change_schema(
    "PlanChange", PlanCreate, example={"change_reason": "Typed 21 for 28.", "interval_days": 28}
)


class PlanRead(ShownRecord):
    """A version of the treatment plan."""

    effective_date: date
    interval_days: int
    course_days: int
    product: str
    dose_g_per_kg: float | None
    dose_g: float | None
    route: str
    reason: str | None
    prescriber: str | None
    calendar: Annotated[
        str | None, Field(description="Null in versions from before it could be chosen.")
    ]
    rounding_tolerance_percent: float | None


class HoldCreate(CreateBody):
    """A new pause: from_date <= day < to_date; without to_date it is open."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"from_date": "2026-04-01", "to_date": "2026-12-01", "reason": "pregnancy"}
            ]
        }
    )

    from_date: Day
    to_date: Day | None = None
    reason: Annotated[str, word(SPECS, "holds", field="reason")]
    note: str | None = None

    def draft(self) -> HoldDraft:
        """Return what the rules check."""
        return HoldDraft(**self.content())


HoldChange = change_schema(
    "HoldChange", HoldCreate, example={"change_reason": "Born early.", "to_date": "2026-11-15"}
)


class HoldRead(ShownRecord):
    """A pause."""

    from_date: date
    to_date: date | None
    reason: str
    note: str | None
