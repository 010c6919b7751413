"""A product and a recall in order, and what breaks each rule about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from app.errors import Fault
from app.lots.rules import RecallDraft, check_recall
from app.products.checking import check_against, check_product
from app.products.facts import BillingCode, Gtin, Indication, Product, Rate

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LONG_AGO: Final = date(1899, 12, 31)
TOMORROW: Final = date(2026, 11, 22)

PRODUCT: Final = Product(
    "example-10",
    "Example 10%",
    "Leaflet of March 2026",
    manufacturer="Example",
    vial_sizes_g=(5, 10),
    rates=(Rate(0.5, 5.4, indication="MMN", note="steps of 15 min"),),
    indications=(Indication("MMN", "EU", is_approved=True),),
    hcpcs=BillingCode("J1569"),
    note="Low in IgA.",
    gtins=(Gtin("09501101530003", 10),),
)
TAKEN: Final = {"00309442700029": "gammagard-liquid"}
RECALL: Final = RecallDraft(
    "P100-234", date(2026, 5, 28), "Letter of the maker", product="privigen"
)


def products(against: str = "Label of March 2026", **changes: Any) -> list[Fault]:
    draft = replace(PRODUCT, **changes)
    return [*check_product(draft, now=NOW, taken=TAKEN), *check_against(against)]


def recalls(**changes: Any) -> list[Fault]:
    draft = replace(RECALL, **changes)
    return check_recall(draft, now=NOW, known_products=("privigen",))


def rate(**changes: Any) -> dict[str, Any]:
    return {"rates": (PRODUCT.rates[0], replace(PRODUCT.rates[0], **changes))}


def indication(**changes: Any) -> dict[str, Any]:
    return {"indications": (replace(PRODUCT.indications[0], **changes),)}


def hcpcs(**changes: Any) -> dict[str, Any]:
    return {"hcpcs": replace(BillingCode("J1569"), **changes)}


def gtins(*numbers: str) -> dict[str, Any]:
    return {"gtins": tuple(Gtin(number, 10) for number in numbers)}


CHECKS: Final[dict[str, Callable[..., list[Fault]]]] = {"products": products, "recalls": recalls}
IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    "products.key.not-a-key": {"key": "Example"},
    "products.key": {"key": "a" * 61},
    "products.name": {"name": ""},
    "products.manufacturer": {"manufacturer": " "},
    "products.source": {"source": ""},
    "products.as_of.future": {"as_of": TOMORROW},
    "products.as_of.too-early": {"as_of": LONG_AGO},
    "products.route": {"route": "oral"},
    "products.concentration_mg_per_ml": {"concentration_mg_per_ml": 5},
    "products.concentration_confidence": {"concentration_confidence": "sure"},
    "products.vial_sizes_g": {"vial_sizes_g": (5, 101)},
    "products.vial_sizes_g.not-ascending": {"vial_sizes_g": (10, 5)},
    "products.rates.initial": rate(initial=0),
    "products.rates.maximum": rate(maximum=301, unit="mL/h/site"),
    "products.rates.maximum.too-fast": rate(maximum=30.5),
    "products.rates.maximum.below-initial": rate(maximum=0.4),
    "products.rates.maximum.needed": rate(maximum=None),
    "products.rates.unit": rate(unit="mL/h"),
    "products.rates.indication": rate(indication=" MMN"),
    "products.rates.note": rate(note=" "),
    "products.rates.region": rate(region="Mars"),
    "products.indications.disease": indication(disease="ALS"),
    "products.atc.not-a-code": {"atc": "J06"},
    "products.hcpcs.code.not-a-code": hcpcs(code="1569"),
    "products.hcpcs.unit_mg": hcpcs(unit_mg=0),
    "products.gtins.gtin.not-a-gtin": gtins("09501101530004"),
    "products.gtins.gtin.twice": gtins("09501101530003", "09501101530003"),
    "products.gtins.gtin.taken": gtins("00309442700029"),
    "products.note": {"note": " "},
    "products.against": {"against": ""},
    "recalls.product.unknown": {"product": "Privigen"},
    "recalls.lot": {"lot": "A;B"},
    "recalls.lot.no-letter": {"lot": "--"},
    "recalls.kind": {"kind": "withdrawal"},
    "recalls.announced_on.future": {"announced_on": TOMORROW},
    "recalls.announced_on.too-early": {"announced_on": LONG_AGO},
    "recalls.source": {"source": ""},
    "recalls.reference": {"reference": " "},
    "recalls.reason": {"reason": "\x00"},
    "recalls.advice": {"advice": " "},
}
