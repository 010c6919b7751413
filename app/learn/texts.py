"""The texts that come with the program, in four languages, each with its sources.

A file is its title on the first line after `# `, then the text, then, after a line of three
hyphens, one source a line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from app.errors import NotFound
from app.learn.rules import HELPS, LOCALES, TOPICS

_HERE: Final = Path(__file__).parent
_CATALOGUES: Final = _HERE.parent / "web" / "locale"
_FOLDERS: Final = {**dict.fromkeys(TOPICS, "texts"), **dict.fromkeys(HELPS, "helps")}
_CLINICAL: Final = ("app/analysis/", "app/reactions/", "app/alarms/", "app/web/clinical_terms.py")
"""Where the messages stand that somebody who knows medicine has to have read."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one language; `is_own` where a clinic wrote it."""

    topic: str
    locale: str
    title: str
    body: str
    source: str
    is_own: bool = False


@cache
def default_text(topic: str, locale: str) -> Text:
    """Return the program's own text about a topic of `TOPICS` or `HELPS`.

    Raises
    ------
    NotFound
        There is no such topic or language.
    """
    if topic not in _FOLDERS or locale not in LOCALES:
        raise NotFound("Text", topic)
    whole = (_HERE / _FOLDERS[topic] / locale / f"{topic}.txt").read_text("utf-8")
    title, _, rest = whole.partition("\n")
    body, _, source = rest.partition("\n---\n")
    return Text(topic, locale, title.removeprefix("# ").strip(), body.strip(), source.strip())


@cache
def fingerprint(locale: str) -> str:
    """Return a digest of every clinical word of a language, and of the English beside it.

    Other words have another one, and a review of these does not stand for them.
    """
    digest = hashlib.sha256()
    for topic in (*TOPICS, *HELPS):
        for language in (LOCALES[0], locale):
            digest.update(repr(default_text(topic, language)).encode())
    for message in _clinical_messages(locale):
        digest.update(message.encode())
    return digest.hexdigest()


def _clinical_messages(locale: str) -> list[str]:
    path = _CATALOGUES / locale / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return []
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    return sorted(
        repr((message.id, message.string))
        for message in catalogue
        if message.id and _is_clinical(message.locations)
    )


def _is_clinical(places: Sequence[tuple[str, int]]) -> bool:
    """Say whether a message stands in a clinical file; one of which nobody knows may."""
    return not places or any(place.startswith(_CLINICAL) for place, _ in places)
