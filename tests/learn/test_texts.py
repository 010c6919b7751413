"""The texts of the program: complete in every language, sourced, and never a dose or a command."""

from __future__ import annotations

import re

import pytest

from app.alarms.rules import OTHER, SIGNS
from app.errors import NotFound
from app.learn.prose import blocks_of, links_of
from app.learn.rules import HELPS, LOCALES, TOPICS, HelpTextDraft, check_help_text
from app.learn.texts import default_text, fingerprint


@pytest.mark.parametrize("topic", [*TOPICS, *HELPS])
def test_a_text_is_whole_in_every_language(topic: str) -> None:
    shapes = set()
    for locale in LOCALES:
        text = default_text(topic, locale)
        draft = HelpTextDraft(TOPICS[0], locale, text.title, text.body, text.source)
        assert check_help_text(draft) == []
        shapes.add(str([(block.kind, len(block.lines)) for block in blocks_of(text.body)]))
        shapes.add(str(links_of(text.body) == links_of(default_text(topic, "en").body)))
        assert "you should" not in text.body
        assert not re.search(r"\d\s*(g|mg|g/kg)\b", text.body)
        known = {*TOPICS}
        inner = {link.removeprefix("/learn/") for link in links_of(text.body) if "learn" in link}
        assert inner <= known
    assert len(shapes) == 2  # one shape, and the same links


def test_when_to_call_names_every_sign_that_people_can_report() -> None:
    """Two lists, the urgent one first, in the order and the words of the signs."""
    own = {" you are ": " I am ", "You ": "I ", "Your ": "My ", "your ": "my ", " you ": " I "}
    signs = [one for one in SIGNS.values() if one.key != OTHER]
    urgent = [one for one in signs if one.urgency == "emergency"]
    for locale in LOCALES:
        blocks = blocks_of(default_text("calling", locale).body)
        first, second = (block.lines for block in blocks if block.kind == "ul")
        assert (len(first), len(first) + len(second)) == (len(urgent), len(signs))
        if locale == "en":
            said = [line for lines in (first, second) for line in lines]
            said = ["".join(span.text for span in line) for line in said]
            for theirs, mine in own.items():
                said = [line.replace(theirs, mine) for line in said]
            assert [s.key for s, t in zip(signs, said, strict=True) if s.words[:-1] not in t] == []


@pytest.mark.parametrize(("topic", "locale"), [("cure", "en"), ("mmn", "it"), ("../rules", "en")])
def test_there_is_no_other_text(topic: str, locale: str) -> None:
    with pytest.raises(NotFound):
        default_text(topic, locale)


def test_each_language_has_words_of_its_own() -> None:
    assert len({fingerprint(locale) for locale in LOCALES[1:]}) == 3
