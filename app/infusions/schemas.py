"""Shapes of infusions in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.infusions.rules import SPECS, InfusionDraft
from app.infusions.signing import Signature, covers_of
from app.kit.shapes import CreateBody, Instant, Shown, ShownRecord, change_schema, word


class InfusionCreate(CreateBody):
    """A new infusion; `not_done` has no dose, its reason in `note` and the planned time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "started_at": "2026-03-02T09:00:00-05:00",
                    "ended_at": "2026-03-02T13:30:00-05:00",
                    "status": "completed",
                    "product": "gammagard-liquid",
                    "dose_g": 35.0,
                    "weight_kg": 71.5,
                    "lot_numbers": ["LE12X345"],
                }
            ]
        }
    )

    started_at: Instant
    status: Annotated[str, word(SPECS, "infusions", field="status")]
    ended_at: Instant | None = None
    product: Annotated[str | None, Field(description="A key of the product catalogue.")] = None
    dose_g: Annotated[float | None, Field(description="What ran in this infusion, g.")] = None
    weight_kg: float | None = None
    lot_numbers: Annotated[list[str], Field(max_length=100)] = Field(default_factory=list)
    note: str | None = None

    def draft(self) -> InfusionDraft:
        """Return what the rules check."""
        return InfusionDraft(**self.content())


InfusionChange = change_schema(
    "InfusionChange",
    InfusionCreate,
    example={"change_reason": "One vial less was opened.", "dose_g": 30.0},
)


class InfusionRead(ShownRecord):
    """An infusion; `local_date` is the patient's date at its start and never moves."""

    started_at: datetime
    ended_at: datetime | None
    time_zone: str
    local_date: date
    status: str
    product: str | None
    dose_g: float | None
    weight_kg: float | None
    lot_numbers: list[str]
    note: str | None


class SignatureCreate(BaseModel):
    """A signature; who signs is who asks, and what is signed the version that If-Match names."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{}]})

    id: Annotated[
        uuid.UUID | None, Field(description="Made by the client, so that it can send twice.")
    ] = None


class CoverRead(Shown):
    """One row that a signature covers, in the version that was signed."""

    table: str
    id: uuid.UUID
    version: int
    hash: str = Field(description="SHA-256 of that version.")


class RowChangeRead(Shown):
    """What became since of one row; `taken_out` no longer belongs to what was signed."""

    table: str
    id: uuid.UUID
    what: Literal["changed", "voided", "added", "taken_out", "does_not_match"]
    changed_at: datetime | None
    changed_by: str | None


class SignatureRead(Shown):
    """A signature. A later change of what it covers leaves it readable, and shows it as amended."""

    id: uuid.UUID
    infusion_id: uuid.UUID | None
    visit_id: uuid.UUID | None
    plan_id: uuid.UUID | None
    signed_version: int
    content_hash: str = Field(description="SHA-256 of the signed version.")
    covers: list[CoverRead] = Field(description="Every row that was signed with it, itself first.")
    signed_at: datetime
    signed_by: str
    role: str
    state: Literal["stands", "amended", "voided", "does_not_match"]
    changed_at: datetime | None = Field(description="When that was last changed since.")
    changed_by: str | None
    changes: list[RowChangeRead]

    @classmethod
    def of(cls, signature: Signature) -> SignatureRead:
        """Return what is shown of a signature."""
        row = signature.row
        return cls(
            id=row.id,
            infusion_id=row.infusion_id,
            visit_id=row.visit_id,
            plan_id=row.plan_id,
            signed_version=signature.signed_version,
            content_hash=signature.content_hash,
            covers=[CoverRead.model_validate(cover) for cover in covers_of(row)],
            signed_at=row.recorded_at,
            signed_by=row.recorded_by,
            role=row.role,
            state=signature.state,
            changed_at=signature.changed_at,
            changed_by=signature.changed_by,
            changes=[RowChangeRead.model_validate(change) for change in signature.changes],
        )


class SignaturesRead(Shown):
    """Every signature of an infusion, a visit or a plan, oldest first."""

    items: list[SignatureRead]
