"""Shapes of products in the JSON API."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, computed_field

from app.kit.base import Json
from app.kit.shapes import Body, ChangeBody, CreateBody, Day, Reason, ShownRow, change_schema
from app.products.facts import BillingCode, Confidence, Gtin, Indication, Product, Rate
from app.products.rates import rate_notice

ConfidenceWord = Annotated[
    str,
    Field(
        description="`read`: compared with the source; `unverified`: common knowledge only.",
        json_schema_extra={"enum": [str(word) for word in Confidence]},
    ),
]
UNVERIFIED: Final = str(Confidence.UNVERIFIED)


class RateBody(Body):
    """Initial and highest rate for an indication or a risk; no indication stands for all others."""

    initial: float | None = None
    maximum: float
    unit: Annotated[
        str, Field(json_schema_extra={"enum": ["mL/kg/h", "mg/kg/min", "mL/h/site"]})
    ] = "mL/kg/h"
    indication: str | None = None
    at_risk: bool = False
    region: str | None = None
    confidence: ConfidenceWord = UNVERIFIED
    note: str = ""


class IndicationBody(Body):
    """Whether a region's authority has approved the product for a disease."""

    disease: str
    region: str
    is_approved: bool
    confidence: ConfidenceWord = UNVERIFIED


class BillingCodeBody(Body):
    """US HCPCS code and the amount that one unit of it stands for."""

    code: str
    unit_mg: int = 500
    confidence: ConfidenceWord = UNVERIFIED


class GtinBody(Body):
    """The number in the bar code of one vial size."""

    gtin: Annotated[str, Field(description="14 digits, the last one the check digit.")]
    vial_g: float
    confidence: ConfidenceWord = UNVERIFIED


_PARTS: Final = {"rates": Rate, "indications": Indication, "gtins": Gtin}


def _as_facts(content: Json) -> Json:
    """Return sent fields as the parts of a `Product`."""
    facts = dict(content)
    for name, part in _PARTS.items():
        if facts.get(name) is not None:
            facts[name] = tuple(part(**entry.model_dump()) for entry in facts[name])
    if facts.get("hcpcs") is not None:
        facts["hcpcs"] = BillingCode(**facts["hcpcs"].model_dump())
    return facts


class ProductCreate(CreateBody):
    """A product that the clinic adds to its catalogue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "example-10",
                    "name": "Example 10%",
                    "source": "Package leaflet of March 2026",
                    "as_of": "2026-05-30",
                    "vial_sizes_g": [5, 10, 20],
                    "rates": [{"initial": 0.3, "maximum": 4.8, "confidence": "read"}],
                    "gtins": [{"gtin": "09501101530003", "vial_g": 10}],
                }
            ]
        }
    )

    key: Annotated[str, Field(description="How plans and infusions name it; it stays.")]
    name: str
    source: Annotated[str, Field(description="Where the figures come from.")]
    as_of: Annotated[Day, Field(description="The day on which the figures were collected.")]
    manufacturer: str | None = None
    route: Annotated[str, Field(json_schema_extra={"enum": ["intravenous", "subcutaneous"]})] = (
        "intravenous"
    )
    concentration_mg_per_ml: Annotated[
        float | None,
        Field(description="As infused; null where it depends on how a powder is dissolved."),
    ] = None
    concentration_confidence: ConfidenceWord = UNVERIFIED
    vial_sizes_g: list[float] = Field(default=[], max_length=30)
    vials_confidence: ConfidenceWord = UNVERIFIED
    rates: list[RateBody] = Field(default=[], max_length=30)
    indications: list[IndicationBody] = Field(default=[], max_length=30)
    hcpcs: BillingCodeBody | None = None
    atc: str = "J06BA02"
    atc_confidence: ConfidenceWord = UNVERIFIED
    note: str = ""
    gtins: list[GtinBody] = Field(default=[], max_length=60)

    def draft(self) -> Product:
        """Return what the rules check."""
        return Product(**_as_facts(self.content()))


ProductChange = change_schema(
    "ProductChange",
    ProductCreate,
    example={
        "change_reason": "New label of May 2026.",
        "source": "Label of May 2026",
        "as_of": "2026-05-30",
        "rates": [{"initial": 0.5, "maximum": 5.4, "indication": "MMN", "confidence": "read"}],
    },
    fixed=("key",),
)


def changed_facts(body: ChangeBody) -> Json:
    """Return the sent fields of a change as the parts of a `Product`."""
    return _as_facts(body.sent())


class ProductConfirm(Body):
    """That somebody compared every figure of the row with the current label."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "change_reason": "Yearly check of the catalogue.",
                    "against": "US prescribing information, revised 3/2026",
                }
            ]
        }
    )

    change_reason: Reason
    against: Annotated[str, Field(description="Which label, and of when.")]


class ProductRead(ShownRow):
    """A product of a clinic's catalogue; `facts` are label facts with their sources.

    `facts.confirmed` says who compared them with which label; null or absent until somebody did.
    """

    clinic_id: uuid.UUID
    key: str
    name: str
    route: str
    concentration_mg_per_ml: float | None
    facts: dict[str, Any]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def rate_notice(self) -> Literal["no confirmed rate limit for this product"] | None:
        """What every rate step shows while no figure of the row's rates is sure."""
        return rate_notice(self.facts)
