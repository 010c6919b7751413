"""What the catalogue states of a product, and how well each group of figures is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Final, Literal

from app.analysis.records import Route

AS_OF: Final = date(2026, 11, 20)
"""The day on which the figures were collected."""


class Confidence(StrEnum):
    """Whether a group of figures was read in the named source, or is common knowledge only."""

    READ = "read"
    UNVERIFIED = "unverified"


RateUnit = Literal["mL/kg/h", "mg/kg/min", "mL/h/site"]
Disease = Literal["MMN", "CIDP"]
Region = Literal["US", "EU", "UK", "international"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Initial and highest rate as the label states them for an indication or a risk.

    `indication` None stands for every indication without a row of its own.
    """

    initial: float | None
    maximum: float | None
    unit: RateUnit = "mL/kg/h"
    indication: str | None = None
    at_risk: bool = False
    region: Region | None = None
    confidence: Confidence = Confidence.READ
    note: str = ""


@dataclass(frozen=True, slots=True)
class Indication:
    """Whether a region's authority has approved the product for a disease."""

    disease: Disease
    region: Region
    is_approved: bool
    confidence: Confidence = Confidence.READ


@dataclass(frozen=True, slots=True)
class BillingCode:
    """US HCPCS code and the amount that one unit of it stands for."""

    code: str
    unit_mg: int = 500
    confidence: Confidence = Confidence.READ


@dataclass(frozen=True, slots=True)
class Gtin:
    """The number in the bar code of one vial size; 14 digits, the last one a check digit."""

    gtin: str
    vial_g: float
    confidence: Confidence = Confidence.READ


@dataclass(frozen=True, slots=True)
class Product:
    """One brand at one concentration.

    Attributes
    ----------
    key : str
        Stable; files and rows refer to it.
    concentration_mg_per_ml : float or None
        As infused; None where it depends on how a powder is dissolved.
    vial_sizes_g : tuple of float
        Ascending, g; empty where not known.
    risk_note : str
        What the label asks of people at risk of renal dysfunction or thrombosis, if that is
        stated.
    """

    key: str
    name: str
    source: str
    manufacturer: str | None = None
    route: Route = "intravenous"
    concentration_mg_per_ml: float | None = 100
    concentration_confidence: Confidence = Confidence.READ
    vial_sizes_g: tuple[float, ...] = ()
    vials_confidence: Confidence = Confidence.READ
    rates: tuple[Rate, ...] = ()
    indications: tuple[Indication, ...] = ()
    hcpcs: BillingCode | None = None
    atc: str = "J06BA02"
    atc_confidence: Confidence = Confidence.UNVERIFIED
    note: str = ""
    as_of: date = AS_OF
    gtins: tuple[Gtin, ...] = ()


CONFIRMED: Final = "confirmed"
"""Key of the facts that says who compared the figures with the label, when, and with which one."""

_PARTS: Final[Mapping[str, type[Any]]] = {"rates": Rate, "indications": Indication, "gtins": Gtin}


def facts_of(product: Product) -> dict[str, Any]:
    """Return what a row of the catalogue keeps of a product, as JSON holds it."""
    facts = asdict(product)
    for name in ("vial_sizes_g", *_PARTS):
        facts[name] = list(facts[name])
    return {**facts, "as_of": product.as_of.isoformat()}


def product_of(facts: Mapping[str, Any]) -> Product:
    """Return the product that the facts of a row state; what older rows lack is not known."""
    named = {field.name: facts[field.name] for field in fields(Product) if field.name in facts}
    for name, part in _PARTS.items():
        named[name] = tuple(part(**entry) for entry in named.get(name, ()))
    code = named["hcpcs"]
    named["hcpcs"] = None if code is None else BillingCode(**code)
    named["vial_sizes_g"] = tuple(named["vial_sizes_g"])
    named["as_of"] = date.fromisoformat(named["as_of"])
    return Product(**named)
