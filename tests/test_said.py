from __future__ import annotations

import json
from datetime import date

import pytest

from app.said import (
    ENGLISH,
    Said,
    capital,
    figure,
    listed,
    say,
    say_many,
    sentences,
    spoken,
    term,
)

A, B, C = (say(letter) for letter in "abc")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (say("80 %%"), "80 %"),
        (say("%(n)s and %(x)s", n=3, x=2.50), "3 and 2.5"),
        (say("on %(day)s", day=date(2026, 2, 3)), "on 3 February 2026"),
        (say("%(who)s said", who="100 %"), "100 % said"),
        (say("%(inner)s.", inner=say("at %(n)s", n=1)), "at 1."),
        (say("%(names)s.", names=[A]), "a."),
        (say("%(names)s.", names=[A, B]), "a and b."),
        (listed([A, B, C]), "a, b and c"),
        (listed([A, B, C], joiner="then"), "a, b then c"),
        (say_many("%(num)s day", "%(num)s days", 1), "1 day"),
        (say_many("%(num)s day %(why)s", "%(num)s days %(why)s", 2, why="late"), "2 days late"),
        (figure("2.0"), "2.0"),
        (term("100 % sure"), "100 % sure"),
        (sentences(A, None, B), "a b"),
        (sentences(None, A), "a"),
        (capital(say("writing")), "Writing"),
    ],
)
def test_a_sentence_is_said_in_english_and_kept_as_data(said: Said, expected: str) -> None:
    assert str(said) == expected
    assert spoken(json.loads(json.dumps(said.tree)), ENGLISH) == expected


def test_what_is_no_sentence_is_not_said() -> None:
    with pytest.raises(ValueError, match="cannot be said"):
        spoken({"what": "x"}, ENGLISH)
