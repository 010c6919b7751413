from __future__ import annotations

from datetime import date

import pytest

from app.analysis.kinds.wording import amount, day_words, in_words, likewise, series_words
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
    assert series_words(measure, site) == expected


@pytest.mark.parametrize("measure", MEASURES)
def test_every_series_has_a_name(measure: str) -> None:
    assert all(series_words(measure, site) for site in MEASURES[measure].sites)


@pytest.mark.parametrize(
    ("items", "expected"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_are_joined_as_people_do(items: list[str], expected: str) -> None:
    assert in_words(items) == expected


def test_an_amount_shows_its_interval() -> None:
    assert amount(Interval(2.0499, 1.0, 3.14159), "points") == "2 points (1 to 3.1)"


def test_a_date_has_its_month_in_letters() -> None:
    assert day_words(date(2026, 2, 3)) == "3 February 2026"


def test_others_are_named_in_a_sentence_of_their_own() -> None:
    assert likewise([]) == ""
    assert likewise(["writing"]) == " Likewise writing."
    assert likewise(["writing", "grip"], ending=" went down") == (
        " Likewise writing and grip went down."
    )
