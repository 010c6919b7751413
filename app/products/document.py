"""The page about the product catalogue.

``python -m app.products.document > docs/products.md`` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from app.kit.limits import plain
from app.products.catalogue import PRODUCTS
from app.products.facts import AS_OF, Confidence, Disease, Product, Rate
from app.products.rates import rate_mg_per_kg_per_min

_MARKS: Final = {Confidence.READ: "", Confidence.UNVERIFIED: " ¹"}

_HEAD: Final = f"""\
# Products

The catalogue that every new clinic starts with (`app/products/catalogue.py`), collected on
{AS_OF}. It is no substitute for a label: compare every figure with the current one before you
rely on it. This page is made from the catalogue by `python -m app.products.document`.

A figure without a mark was read in the source that its row names. One with ¹ is common knowledge
of the field that nobody has compared with a source. An empty cell means that the figure is not
known here, not that there is none.

A clinic keeps its own copy: it adds, changes and retires products, each with its history
([API](api.md)). Where every rate of a product is unverified, each rate step says "no confirmed
rate limit for this product", and the figure warns but stops nothing, until the clinic has compared
the row with the current label and confirmed it. A change of a label's figure undoes that. What is
over a limit that was read or confirmed needs a reason.

## How a limit is found

A rate of the patient's indication wins over one without an indication, which stands for all that
have none of their own; of several, such as one for each region, the lowest counts. Rates name
indications, so a diagnosis that is a code of ICD-10-CM 2026 is read as one:

| code | title | rates of |
|---|---|---|
| M33 | dermatopolymyositis | dermatomyositis |
| D69.3 | immune thrombocytopenic purpura | ITP |
| D80-D84, without D84.81 and D84.82 (due to conditions, drugs) | immunodeficiencies | PI, PID |

G61.81 and G61.82 are CIDP and MMN. Of any other code nobody can say which rate is meant, and some
products have no rate for an indication: then the lowest highest rate of any indication (those at
risk aside) warns and stops nothing. It is never sure, even if the clinic confirmed the row; where
nothing else applies, "no confirmed rate limit for this product" stays. People at risk of renal
dysfunction or thrombosis get the figure at risk where it is lower; where nobody knows the risk, it
warns and stops nothing.

Rates for each subcutaneous site (mL/h/site) are **not checked**: no program knows here how many
sites there are.

## Units

Rates are "initial to highest" as the label states them, in mL/kg/h where no unit stands, and
behind the highest one the same in mg/kg/min.
"""

_RATES_HEAD: Final = """\
| key | rates | note |
|---|---|---|
"""

_GTINS_HEAD: Final = """\
The numbers in bar codes (GTIN) that are known here, all from the National Drug Codes of US
packages. A clinic adds the numbers of the vials that it gets.

| key | numbers |
|---|---|
"""

_FACTS_HEAD: Final = """\
| key | product | maker | route | mg/mL | vials (g) | MMN | CIDP | HCPCS | ATC | source |
|---|---|---|---|---|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the page as Markdown."""
    facts = "".join(_line(_facts(product)) for product in PRODUCTS)
    rates = "".join(_line(_rates(product)) for product in PRODUCTS)
    gtins = "".join(_line(_gtins(product)) for product in PRODUCTS if product.gtins)
    sections = (
        ("Facts", f"{_FACTS_HEAD}{facts}"),
        ("Rates", f"{_RATES_HEAD}{rates}"),
        ("Numbers", f"{_GTINS_HEAD}{gtins}"),
    )
    return _HEAD + "".join(f"\n## {title}\n\n{text}" for title, text in sections)


def _marked(text: str, confidence: Confidence) -> str:
    return text + _MARKS[confidence]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _facts(product: Product) -> list[str]:
    concentration = product.concentration_mg_per_ml
    vials = ", ".join(plain(grams) for grams in product.vial_sizes_g)
    code = product.hcpcs
    return [
        f"`{product.key}`",
        product.name,
        product.manufacturer or "",
        product.route,
        ""
        if concentration is None
        else _marked(plain(concentration), product.concentration_confidence),
        _marked(vials, product.vials_confidence) if vials else "",
        _approvals(product, "MMN"),
        _approvals(product, "CIDP"),
        _marked(f"{code.code} per {code.unit_mg} mg", code.confidence) if code else "",
        _marked(product.atc, product.atc_confidence),
        product.source,
    ]


def _approvals(product: Product, disease: Disease) -> str:
    return ", ".join(
        _marked(f"{entry.region} {'yes' if entry.is_approved else 'no'}", entry.confidence)
        for entry in product.indications
        if entry.disease == disease
    )


def _rates(product: Product) -> list[str]:
    rates = "; ".join(_rate(rate, product.concentration_mg_per_ml) for rate in product.rates)
    return [f"`{product.key}`", rates, product.note]


def _gtins(product: Product) -> list[str]:
    numbers = ", ".join(
        _marked(f"{entry.gtin} ({plain(entry.vial_g)} g)", entry.confidence)
        for entry in product.gtins
    )
    return [f"`{product.key}`", numbers]


def _rate(rate: Rate, concentration_mg_per_ml: float | None) -> str:
    words = [word for word in (rate.indication, rate.region) if word]
    if rate.at_risk:
        words.append("at risk")
    figures = [plain(figure) for figure in (rate.initial, rate.maximum) if figure is not None]
    unit = "" if rate.unit == "mL/kg/h" else f" {rate.unit}"
    text = f"{' to '.join(figures)}{unit}" if rate.initial is not None else f"to {figures[0]}{unit}"
    if not unit and rate.maximum is not None and concentration_mg_per_ml is not None:
        in_mg = rate_mg_per_kg_per_min(
            rate_ml_per_kg_per_h=rate.maximum, concentration_mg_per_ml=concentration_mg_per_ml
        )
        text += f" ({in_mg:.3g})"
    note = f", {rate.note}" if rate.note else ""
    label = f"{', '.join(words)}: " if words else ""
    return _marked(f"{label}{text}{note}", rate.confidence)


if __name__ == "__main__":
    sys.stdout.write(page())
