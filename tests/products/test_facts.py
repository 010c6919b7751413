from __future__ import annotations

import json
from typing import Any

import pytest

from app.products.catalogue import CATALOGUE, PRODUCTS
from app.products.facts import Product, facts_of, product_of
from app.products.service import PRODUCT


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.key)
def test_facts_hold_the_whole_product_as_json(product: Product) -> None:
    assert product_of(json.loads(json.dumps(facts_of(product)))) == product


def test_rows_from_before_there_were_numbers_can_be_read() -> None:
    older: dict[str, Any] = facts_of(CATALOGUE["privigen"])
    del older["gtins"]
    assert product_of({**older, "confirmed": None}).gtins == ()
    assert PRODUCT.restated({"facts": older})["facts"] == facts_of(product_of(older))
