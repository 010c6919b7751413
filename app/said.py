"""Sentences as data: messages and what stands in them, so that they can be said in any language.

It belongs to no feature: findings are said with it, and what is wrong with an entry.

A message is English, with its variables as ``%(name)s`` and a per cent sign as ``%%``; it is what
a translator's catalogue finds it by. `str` says a sentence in English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol, Self

Tree = Any
"""A text that stays as it is, or a JSON object with one of these sets of keys:

* say, with                a message and its variables, each a tree
* say, many, num, with     a message with its plural form, and the number that decides
* number                   a number as English writes it, "2.0"
* date                     an ISO date
* list, joiner             trees joined by "and" or "then"
* sentences                trees one after another
* capital                  a tree that begins a sentence
* term                     a word of a fixed list, which a catalogue may have
"""

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class Speaker(Protocol):
    """What one language needs for saying a tree."""

    def message(self, text: str) -> str:
        """Return a message in the language, its variables not yet filled in."""

    def plural(self, one: str, many: str, number: int) -> str:
        """Return the form of a message for a number."""

    def number(self, text: str) -> str:
        """Return a number, given as English writes it, with as many decimals."""

    def day(self, day: date) -> str:
        """Return a date with its month in letters."""

    def listed(self, items: Sequence[str], joiner: str) -> str:
        """Join two items or more; `joiner` is "and" or "then"."""


class Said(str):
    """A sentence, or a part of one, in English; `tree` is what makes it, and JSON-able.

    Whoever knows nothing of other languages takes it as the text that it is. What is made of it
    by other means than the functions here is a text without a tree, and stays English.
    """

    __slots__ = ("tree",)
    tree: Tree

    def __new__(cls, tree: Tree) -> Self:
        """Say a tree in English."""
        said = super().__new__(cls, spoken(tree, ENGLISH))
        said.tree = tree
        return said


Part = Said | str | int | float | date | Sequence[Said]


def say(message: str, **parts: Part) -> Said:
    """Make a sentence of a message and what stands in it."""
    return Said({"say": message, "with": _trees(parts)})


def say_many(one: str, many: str, number: int, /, **parts: Part) -> Said:
    """Make a sentence that differs by a number; ``%(num)s`` is that number."""
    return Said({"say": one, "many": many, "num": number, "with": _trees(parts)})


def figure(text: str) -> Said:
    """Make a part of a number as English writes it: its decimals are kept."""
    return Said({"number": text})


def term(text: str) -> Said:
    """Make a part of a word of a fixed list."""
    return Said({"term": text})


def listed(items: Sequence[Said], *, joiner: str = "and") -> Said:
    """Join parts: "a", "a and b", "a, b and c"; `joiner` is "and" or "then"."""
    return items[0] if len(items) == 1 else Said({"list": _list(items), "joiner": joiner})


def sentences(*items: Said | None) -> Said:
    """Put sentences one after another, without those that are None."""
    said = [one for one in items if one is not None]
    return said[0] if len(said) == 1 else Said({"sentences": _list(said)})


def capital(item: Said) -> Said:
    """Let a part begin a sentence."""
    return Said({"capital": item.tree})


def spoken(tree: Tree, speaker: Speaker) -> str:
    """Say a tree in a language.

    Raises
    ------
    ValueError
        It is no tree.
    """
    if isinstance(tree, str):
        return tree
    for key, say_it in _KINDS.items():
        if key in tree:
            return say_it(tree, speaker)
    message = f"{tree!r} cannot be said"
    raise ValueError(message)


def _trees(parts: Mapping[str, Part]) -> dict[str, Tree]:
    return {name: _tree(part) for name, part in parts.items()}


def _tree(part: Part) -> Tree:
    if isinstance(part, Said):
        return part.tree
    if isinstance(part, str):
        return part
    if isinstance(part, int | float):
        return {"number": f"{part:g}" if isinstance(part, float) else str(part)}
    return {"date": part.isoformat()} if isinstance(part, date) else listed(part).tree


def _list(items: Sequence[Said]) -> list[Tree]:
    return [item.tree for item in items]


def _say_message(tree: Tree, speaker: Speaker) -> str:
    parts = {name: spoken(part, speaker) for name, part in tree["with"].items()}
    if "many" not in tree:
        return speaker.message(tree["say"]) % parts
    number = tree["num"]
    form = speaker.plural(tree["say"], tree["many"], number)
    return form % {"num": speaker.number(str(number)), **parts}


def _say_list(tree: Tree, speaker: Speaker) -> str:
    return speaker.listed([spoken(item, speaker) for item in tree["list"]], tree["joiner"])


def _say_capital(tree: Tree, speaker: Speaker) -> str:
    text = spoken(tree["capital"], speaker)
    return text[:1].upper() + text[1:]


_KINDS: Final[dict[str, Callable[[Tree, Speaker], str]]] = {
    "say": _say_message,
    "number": lambda tree, speaker: speaker.number(tree["number"]),
    "date": lambda tree, speaker: speaker.day(date.fromisoformat(tree["date"])),
    "list": _say_list,
    "sentences": lambda tree, speaker: " ".join(spoken(one, speaker) for one in tree["sentences"]),
    "capital": _say_capital,
    "term": lambda tree, speaker: speaker.message(tree["term"].replace("%", "%%")) % {},
}


class _English:
    """The language of the messages."""

    def message(self, text: str) -> str:
        return text

    def plural(self, one: str, many: str, number: int) -> str:
        return one if number == 1 else many

    def number(self, text: str) -> str:
        return text

    def day(self, day: date) -> str:
        """Write 3 February 2026, because 3/2 is two days."""
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def listed(self, items: Sequence[str], joiner: str) -> str:
        return f"{', '.join(items[:-1])} {joiner} {items[-1]}"


ENGLISH: Final[Speaker] = _English()
