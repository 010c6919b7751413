"""Shapes of vials and scans in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.kit.shapes import (
    Body,
    CreateBody,
    Day,
    Identity,
    Instant,
    Shown,
    ShownRecord,
    change_schema,
)
from app.vials.rules import VialDraft


class VialCreate(CreateBody):
    """A vial that was opened for an infusion; the infusion's grams and lots follow its vials."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "infusion_id": "0198c0de-0000-7000-8000-0000000000f1",
                    "product": "privigen",
                    "nominal_g": 10,
                    "lot": "P100123456",
                    "expires_on": "2027-12-31",
                    "serial": "A1B2C3D4",
                    "gtin": "00344206437100",
                    "started_at": "2026-03-02T09:10:00-05:00",
                    "used_ml": 80,
                    "wasted_ml": 20,
                    "waste_reason": "The patient had a headache; the infusion was stopped.",
                    "looks_right": True,
                }
            ]
        }
    )

    infusion_id: Identity
    product: Annotated[str, Field(description="A key of the catalogue; that of the infusion.")]
    nominal_g: Annotated[float, Field(description="What the label says is in it, g.")]
    lot: str
    used_ml: Annotated[float, Field(description="What ran in, mL.")]
    wasted_ml: Annotated[float, Field(description="What was thrown away, mL.")] = 0.0
    expires_on: Day | None = None
    started_at: Instant | None = None
    concentration_mg_per_ml: Annotated[
        float | None,
        Field(description="mg/mL; left out, that of the product. Of a powder: as dissolved."),
    ] = None
    serial: str | None = None
    gtin: Annotated[str | None, Field(description="14 digits.")] = None
    scanned_text: Annotated[str | None, Field(description="As the scanner read it.")] = None
    waste_reason: str | None = None
    looks_right: Annotated[
        bool | None, Field(description="Clear and without particles; null where nobody looked.")
    ] = None
    expired_reason: Annotated[
        str | None, Field(description="Why it was given although its date had passed.")
    ] = None
    recalled_reason: Annotated[
        str | None, Field(description="Why it was given although its lot was recalled.")
    ] = None

    def draft(self) -> VialDraft:
        """Return what the rules check."""
        return VialDraft(**self.content())


VialChange = change_schema(
    "VialChange",
    VialCreate,
    example={"change_reason": "Half of it was left.", "used_ml": 50, "wasted_ml": 50},
    fixed=["infusion_id"],
)


class VialRead(ShownRecord):
    """A vial; `used_g` and `wasted_g` together are `nominal_g`."""

    infusion_id: uuid.UUID
    product: str
    nominal_g: float
    lot: str
    expires_on: date | None
    serial: str | None
    gtin: str | None
    scanned_text: str | None
    started_at: datetime | None
    concentration_mg_per_ml: float
    used_ml: float
    wasted_ml: float
    used_g: float
    wasted_g: float
    waste_reason: str | None
    looks_right: bool | None
    expired_reason: str | None
    recalled_reason: str | None


class SumsRead(Shown):
    """Vials added up: `used_g` and `wasted_g` together are `nominal_g`."""

    vials: int
    nominal_g: float
    used_g: float
    wasted_g: float
    used_ml: float
    wasted_ml: float


class LotChangeRead(Shown):
    """Another lot began to run; `before` is null for the first one."""

    at: Annotated[datetime | None, Field(description="Null where nobody noted it.")]
    before: str | None
    lot: str


class VialsOfInfusionRead(Shown):
    """The live vials of an infusion in the order in which they were started."""

    items: list[VialRead]
    sums: SumsRead
    lot_changes: list[LotChangeRead]


class ScanCreate(Body):
    """The text of a code on a vial, as a scanner reads it or as it is typed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "(01)00344206437100(17)271231(10)P100123456(21)A1B2C3D4"}]
        }
    )

    text: Annotated[str, Field(min_length=1, max_length=500)]
    on: Annotated[
        Day | None, Field(description="The day on which it is to be given; left out, today.")
    ] = None


class WarningRead(Shown):
    """What must be looked at before the vial is given."""

    code: Literal["expired", "recalled", "unknown_product", "serial_used"]
    message: str


class ScanRead(Shown):
    """What a code says; null for what it does not say.

    `volume_ml` is all of the vial, for `used_ml`; null of powders and of unknown products.
    """

    gtin: str | None
    product: Annotated[str | None, Field(description="A key of the clinic's catalogue.")]
    product_name: str | None
    vial_g: float | None
    concentration_mg_per_ml: float | None
    volume_ml: float | None
    lot: str | None
    expires_on: date | None
    serial: str | None
    warnings: list[WarningRead]
