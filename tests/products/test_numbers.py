from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.products.catalogue import PRODUCTS
from app.products.gtins import GTINS
from app.products.rules import check_digit, gtin_14

NDC = {
    "gammagard-liquid": [f"0944-2700-0{last}" for last in range(2, 8)],
    "privigen": ["44206-436-05", "44206-437-10", "44206-438-20", "44206-439-40"],
}


# Examples of GS1: the calculator's page, the General Specifications, and ISBN-13 of ISO 2108.
def gtin_of_ndc(ndc: str) -> str:
    """Return the GTIN-14 of a US National Drug Code: 003, its ten digits, the check digit."""
    payload = f"003{ndc.replace('-', '')}"
    return f"{payload}{check_digit(payload)}"


@pytest.mark.parametrize(
    "gtin", ["6291041500213", "09501101530003", "9780306406157", "036000291452", "40170725"]
)
def test_published_numbers_have_the_check_digit_that_belongs_to_them(gtin: str) -> None:
    assert check_digit(gtin[:-1]) == int(gtin[-1])
    assert gtin_14(gtin) == gtin.zfill(14)


@pytest.mark.parametrize(
    "text", ["", "6291041500214", "629104150021", "A291041500213", "٦291041500213", "0" * 15]
)
def test_anything_else_is_no_number(text: str) -> None:
    assert gtin_14(text) is None


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_never_passes(digits: str, place: int, more: int) -> None:
    gtin = f"{digits}{check_digit(digits)}"
    wrong = str((int(gtin[place]) + more) % 10)
    assert gtin_14(gtin) == gtin
    assert gtin_14(gtin[:place] + wrong + gtin[place + 1 :]) is None


@pytest.mark.parametrize("key", GTINS)
def test_the_catalogue_holds_the_numbers_of_the_drug_codes(key: str) -> None:
    assert [entry.gtin for entry in GTINS[key]] == [gtin_of_ndc(ndc) for ndc in NDC[key]]
    assert all(gtin_14(entry.gtin) == entry.gtin for entry in GTINS[key])


def test_every_number_of_the_catalogue_is_unverified_and_of_a_vial_that_it_lists() -> None:
    entries = [(product, entry) for product in PRODUCTS for entry in product.gtins]
    assert len(entries) == len({entry.gtin for _, entry in entries}) == 10
    for product, entry in entries:
        assert entry.vial_g in product.vial_sizes_g
        assert entry.confidence == "unverified"
