"""Which products exist, and what a dose is in grams. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from typing import Final

from app.analysis.records import Route
from app.errors import Fault
from app.kit.limits import Rule, did_you_mean, number, quoted
from app.products.catalogue import CATALOGUE
from app.said import Said, say

INTRAVENOUS: Final[Route] = "intravenous"
SUBCUTANEOUS: Final[Route] = "subcutaneous"


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
    parts = {"product": quoted(product), "hint": did_you_mean(product, known_products)}
    return rule.fault(product, say("%(product)s is not in the product catalogue%(hint)s", **parts))


def in_a_row(values: Sequence[float]) -> Said:
    """Return numbers one after another for a reason; `values` is not empty."""
    return reduce(
        lambda one, other: say("%(one)s, %(other)s", one=one, other=other), map(number, values)
    )


def default_route(product: str, routes: Collection[str] = ()) -> Route:
    """Return the route by which a product is given unless the plan says otherwise.

    Parameters
    ----------
    product : str
        Catalogue key; an unknown one counts as intravenous and is a fault of its own.
    routes : collection of str
        Keys of the clinic's own catalogue; where it is a mapping to routes, these go first.
    """
    if isinstance(routes, Mapping) and product in routes:
        return SUBCUTANEOUS if routes[product] == SUBCUTANEOUS else INTRAVENOUS
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


# --- numbers in bar codes ------------------------------------------------------------------------

_GTIN_DIGITS: Final = 14
_GTIN_LENGTHS: Final = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """Return the check digit of a GS1 number.

    Parameters
    ----------
    digits : str
        The number without its check digit.

    References
    ----------
    GS1 General Specifications, section 7.9.1: weights 3 and 1 in turn, from the right.
    """
    weighted = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits)))
    return -weighted % 10


def gtin_14(text: str) -> str | None:
    """Return a GTIN of 8, 12, 13 or 14 digits with leading zeros; None for what is no GTIN.

    Parameters
    ----------
    text : str
        Digits only; the last one is the check digit.
    """
    is_number = text.isascii() and text.isdigit() and len(text) in _GTIN_LENGTHS
    if not is_number or check_digit(text[:-1]) != int(text[-1]):
        return None
    return text.zfill(_GTIN_DIGITS)
