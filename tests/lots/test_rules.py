from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lots.rules import lot_key


@pytest.mark.parametrize(
    "written",
    [
        "LE12V217AB",
        "le12v217ab",
        " LE12V217AB ",
        "LE12-V217.AB",
        "LE12 V217/AB",
        "\uff2c\uff25-12V217AB",
    ],
)
def test_one_lot_has_one_key_however_it_is_written(written: str) -> None:
    assert lot_key(written) == "LE12V217AB"


def test_letters_of_double_width_are_letters() -> None:
    assert lot_key("\uff2c\uff2512V217AB") == "LE12V217AB"


@pytest.mark.parametrize("other", ["LE12V2l7AB", "LE12V217A8", "LEI2V217AB", "LE12V217ABC"])
def test_another_lot_has_another_key(other: str) -> None:
    assert lot_key(other) != "LE12V217AB"


def test_the_letter_o_is_no_zero() -> None:
    assert lot_key("A0") != lot_key("AO")


def test_a_text_without_letter_or_digit_stays_itself() -> None:
    assert lot_key(" -- ") == "--"


@given(st.text(max_size=40))
def test_the_key_of_a_key_is_itself(lot: str) -> None:
    assert lot_key(lot_key(lot)) == lot_key(lot)


@given(st.text("ABCabc0123456789-./ ", min_size=1, max_size=20))
def test_letter_case_and_signs_between_make_no_difference(lot: str) -> None:
    bare = "".join(char for char in lot if char.isalnum())
    if bare:
        assert lot_key(lot) == lot_key(lot.swapcase()) == lot_key(bare)
