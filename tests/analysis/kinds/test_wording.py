from __future__ import annotations

import pytest

from app.analysis.kinds.wording import (
    amount,
    likewise,
    likewise_worse,
    quantity,
    series_words,
)
from app.analysis.measures import MEASURES
from app.analysis.results import Interval


@pytest.mark.parametrize(
    ("measure", "site", "expected"),
    [
        ("strength_nrs", "right_hand", "strength of the right hand"),
        ("strength_nrs", "global", "overall strength"),
        ("ability_writing", "global", "writing"),
        ("fasciculation_nrs", "left_thigh", "twitching of the left thigh"),
        ("fatigue_nrs", "global", "fatigue"),
    ],
)
def test_a_series_is_named_in_plain_words(measure: str, site: str, expected: str) -> None:
    assert str(series_words(measure, site)) == expected


@pytest.mark.parametrize("measure", MEASURES)
def test_every_series_has_a_name(measure: str) -> None:
    assert all(str(series_words(measure, site)) for site in MEASURES[measure].sites)


def test_an_amount_shows_its_interval() -> None:
    assert str(amount(Interval(2.0499, 1.0, 3.14159), "points")) == "2 points (1 to 3.1)"
    assert str(quantity(2.06, "kPa")) == "2.1 kPa"


def test_others_are_named_in_a_sentence_of_their_own() -> None:
    names = [series_words("ability_writing", "global"), series_words("i_rods", "global")]
    assert likewise([]) is None
    assert likewise_worse([]) is None
    assert str(likewise(names[:1])) == "Likewise writing."
    assert str(likewise_worse(names)) == "Likewise writing and the I-RODS score got worse."
