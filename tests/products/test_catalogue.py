from __future__ import annotations

import re

import pytest

from app.products.catalogue import CATALOGUE, PRODUCTS
from app.products.facts import Product

SUBCUTANEOUS = {"hizentra", "hyqvia", "cuvitru", "xembify", "cutaquig"}


def by_key(product: Product) -> str:
    return product.key


def test_every_product_has_a_key_of_its_own() -> None:
    assert len(CATALOGUE) == len(PRODUCTS)


# Keys stand in files of other programs; a key that goes or changes breaks them.
def test_the_keys_are_stable() -> None:
    assert sorted(CATALOGUE) == [
        *("alyglo", "asceniv", "bivigam", "cutaquig", "cuvitru", "deqsiga"),
        *("flebogamma-dif-10", "flebogamma-dif-5", "gammagard-liquid", "gammagard-liquid-erc"),
        *("gammagard-sd", "gammaked", "gammaplex-10", "gammaplex-5", "gamunex-c", "hizentra"),
        *("hyqvia", "intratect-10", "intratect-5", "iqymune", "kiovig", "octagam-10"),
        *("octagam-5", "panzyga", "privigen", "qivigy", "xembify", "yimmugo"),
    ]


@pytest.mark.parametrize("product", PRODUCTS, ids=by_key)
def test_a_key_can_stand_in_a_file_and_an_address(product: Product) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", product.key)


@pytest.mark.parametrize("product", PRODUCTS, ids=by_key)
def test_the_route_and_the_atc_code_agree(product: Product) -> None:
    assert (product.route == "subcutaneous") is (product.key in SUBCUTANEOUS)
    assert (product.atc == "J06BA01") is (product.key in SUBCUTANEOUS)


@pytest.mark.parametrize("product", PRODUCTS, ids=by_key)
def test_vials_ascend_and_rates_rise(product: Product) -> None:
    assert list(product.vial_sizes_g) == sorted(set(product.vial_sizes_g))
    for rate in product.rates:
        assert rate.maximum is not None
        assert rate.initial is None or rate.initial < rate.maximum


@pytest.mark.parametrize("product", PRODUCTS, ids=by_key)
def test_only_a_rate_per_site_belongs_under_the_skin(product: Product) -> None:
    per_site = {rate.unit == "mL/h/site" for rate in product.rates}
    assert per_site <= {product.route == "subcutaneous"}


def test_one_product_alone_has_mmn_on_its_us_label() -> None:
    approved = [
        product.key
        for product in PRODUCTS
        for entry in product.indications
        if (entry.disease, entry.region, entry.is_approved) == ("MMN", "US", True)
    ]
    assert approved == ["gammagard-liquid"]


def test_a_percentage_in_the_name_is_the_concentration() -> None:
    named = {p.key: int(m[1]) for p in PRODUCTS if (m := re.search(r"(\d+)%", p.name))}
    assert len(named) == 8
    for key, percent in named.items():
        assert CATALOGUE[key].concentration_mg_per_ml == percent * 10
