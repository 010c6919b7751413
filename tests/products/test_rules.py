from __future__ import annotations

import pytest

from app.errors import Fault
from app.products.rates import rate_mg_per_kg_per_min
from app.products.rules import (
    course_dose_g,
    default_route,
    product_fault,
    unknown_rule,
)

KNOWN = ("privigen", "hizentra")


@pytest.mark.parametrize("product", [None, "privigen"])
def test_a_known_product_or_none_is_in_order(product: str | None) -> None:
    assert product_fault(unknown_rule("plans"), product, known_products=KNOWN) is None


@pytest.mark.parametrize(
    ("product", "reason"),
    [
        ("Privigen", '"Privigen" is not in the product catalogue; did you mean "privigen"?'),
        ("other", '"other" is not in the product catalogue'),
    ],
)
def test_an_unknown_product_is_refused_with_the_nearest(product: str, reason: str) -> None:
    fault = product_fault(unknown_rule("plans"), product, known_products=KNOWN)
    assert fault == Fault("product", product, reason)


@pytest.mark.parametrize(
    ("product", "route"),
    [("privigen", "intravenous"), ("hizentra", "subcutaneous"), ("other", "intravenous")],
)
def test_the_default_route_is_that_of_the_catalogue(product: str, route: str) -> None:
    assert default_route(product) == default_route(product, KNOWN) == route


def test_the_clinics_own_catalogue_says_the_route_first() -> None:
    routes = {"own-20": "subcutaneous", "hizentra": "intravenous"}
    assert default_route("own-20", routes) == "subcutaneous"
    assert default_route("hizentra", routes) == "intravenous"
    assert default_route("cuvitru", routes) == "subcutaneous"


@pytest.mark.parametrize(
    ("per_kg", "grams", "weight_kg", "course_g"),
    [
        (2.0, None, 80, 160),
        (None, 35, 80, 35),
        (None, 35, None, 35),
        (2.0, None, None, None),
        (None, None, 80, None),
    ],
)
def test_the_grams_of_a_course(
    per_kg: float | None, grams: float | None, weight_kg: float | None, course_g: float | None
) -> None:
    assert course_dose_g(dose_g_per_kg=per_kg, dose_g=grams, weight_kg=weight_kg) == course_g


# Labels give these rates in both units, so that neither number comes from our formula. In the
# order of the rows, the 10 % products of gammagard.com, privigen.com, octagamusa.com (twice) and
# bivigam.com, then the 5 % product of gammaplex.com (twice).
@pytest.mark.parametrize(
    ("ml_per_kg_per_h", "mg_per_ml", "mg_per_kg_per_min"),
    [
        (5.4, 100, 9),
        (4.8, 100, 8),
        (7.2, 100, 12),
        (2.4, 100, 4),
        (3.6, 100, 6),
        (0.6, 50, 0.5),
        (4.8, 50, 4),
    ],
)
def test_rates_agree_with_the_labels(
    ml_per_kg_per_h: float, mg_per_ml: float, mg_per_kg_per_min: float
) -> None:
    rate = rate_mg_per_kg_per_min(
        rate_ml_per_kg_per_h=ml_per_kg_per_h, concentration_mg_per_ml=mg_per_ml
    )
    assert rate == pytest.approx(mg_per_kg_per_min)
