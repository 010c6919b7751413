from __future__ import annotations

from pathlib import Path

import pytest

from app.products.catalogue import PRODUCTS
from app.products.document import page

DOCUMENT = Path(__file__).parents[2] / "docs" / "products.md"


def line_of(key: str, heading: str) -> str:
    section = page().partition(f"## {heading}")[2]
    return next(line for line in section.splitlines() if line.startswith(f"| `{key}` |"))


def test_the_document_is_the_page_of_the_catalogue() -> None:
    again = "run: python -m app.products.document > docs/products.md"
    assert DOCUMENT.read_text(encoding="utf-8") == page(), again


@pytest.mark.parametrize("heading", ["Facts", "Rates"])
def test_every_product_has_a_line(heading: str) -> None:
    for product in PRODUCTS:
        assert line_of(product.key, heading)


def test_an_unverified_figure_is_marked_and_a_read_one_is_not() -> None:
    cells = line_of("privigen", "Facts").split(" | ")
    assert cells[5] == "5, 10, 20, 40 ¹"
    assert cells[6:8] == ["US no, EU yes ¹", "US yes"]


def test_what_is_not_known_is_empty() -> None:
    cells = line_of("deqsiga", "Facts").split(" | ")
    assert cells[2] == ""
    assert cells[5:9] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("key", "rates"),
    [
        ("gammagard-liquid", "MMN: 0.5 to 5.4 (9); CIDP: 0.5 to 5.4 (9); PI: 0.5 to 5 (8.33)"),
        ("octagam-10", "0.6 to 7.2 (12); dermatomyositis: to 2.4 (4); at risk: to 3.3 mg/kg/min"),
        ("gammagard-sd", "0.5 to 4, dissolved to 5 % ¹; 0.5 to 8, dissolved to 10 % ¹"),
        ("xembify", "to 25 mL/h/site ¹"),
    ],
)
def test_rates_stand_in_the_units_of_the_label(key: str, rates: str) -> None:
    assert line_of(key, "Rates").split(" | ")[1] == rates


def test_numbers_of_vials_stand_with_their_size() -> None:
    cells = line_of("privigen", "Numbers").split(" | ")
    assert cells[1].startswith("00344206436059 (5 g) ¹, 00344206437100 (10 g) ¹")
