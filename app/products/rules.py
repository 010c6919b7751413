"""Which products exist, and what a dose is in grams. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from app.analysis.records import Route
from app.errors import Fault
from app.kit.limits import Rule, did_you_mean, quoted
from app.products.catalogue import CATALOGUE

INTRAVENOUS: Final[Route] = "intravenous"
SUBCUTANEOUS: Final[Route] = "subcutaneous"

_MINUTES_PER_HOUR: Final = 60


def unknown_rule(table: str) -> Rule:
    """Return the rule about `product` in a file that carries it."""
    text = "not a key of the product catalogue"
    return Rule(table, "product", "unknown", text, source="import format")


def product_fault(
    rule: Rule, product: str | None, *, known_products: Collection[str]
) -> Fault | None:
    """Return a fault with the nearest known key for a product that the catalogue lacks."""
    if product is None or product in known_products:
        return None
    hint = did_you_mean(product, known_products)
    return rule.fault(product, f"{quoted(product)} is not in the product catalogue{hint}")


def default_route(product: str) -> Route:
    """Return the route by which a product is given unless the plan says otherwise.

    Parameters
    ----------
    product : str
        Catalogue key; an unknown one counts as intravenous and is a fault of its own.
    """
    known = CATALOGUE.get(product)
    return INTRAVENOUS if known is None else known.route


def course_dose_g(
    *, dose_g_per_kg: float | None, dose_g: float | None, weight_kg: float | None
) -> float | None:
    """Return the grams of one course, all its days together.

    Parameters
    ----------
    dose_g_per_kg : float or None
        Ordered dose per kg body weight, g/kg.
    dose_g : float or None
        Ordered dose, g; it wins because it needs no weight.
    weight_kg : float or None
        Dosing weight, kg.

    Returns
    -------
    float or None
        Grams, not rounded to vials; None where the order or the weight is not known.
    """
    if dose_g is not None:
        return dose_g
    if dose_g_per_kg is None or weight_kg is None:
        return None
    return dose_g_per_kg * weight_kg


def rate_mg_per_kg_per_min(*, rate_ml_per_kg_per_h: float, concentration_mg_per_ml: float) -> float:
    """Convert a rate to the other unit that product labels use.

    Parameters
    ----------
    rate_ml_per_kg_per_h : float
        mL per kg body weight per hour.
    concentration_mg_per_ml : float
        Immunoglobulin content, mg/mL. A "10 %" product is 100 mg/mL.

    Returns
    -------
    float
        mg per kg body weight per minute, not rounded.

    References
    ----------
    gammagard.com states 5.4 mL/kg/h of its 10 % product as 9 mg/kg/min.
    """
    return rate_ml_per_kg_per_h * concentration_mg_per_ml / _MINUTES_PER_HOUR
