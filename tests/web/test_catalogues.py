"""Every message stands translated in every language, with the variables that the code gives it.

The template is what `python3 .ci/dev.py words` collected; `check` says whether it is current.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from app.analysis.measures import ALL_SITES, MEASURES
from app.kit.fields import Choice
from app.plausibility import SPECS
from app.web import clinical, deeds, evidence_words, forms, people, terms, visiting
from app.web import format as written
from app.web.i18n import DIRECTORY, LOCALES, SOURCE, Words
from app.web.terms import word_of

TRANSLATED = [locale for locale in LOCALES if locale != SOURCE]
COUNTS = {"num", "n"}
"""What a form for one thing may leave out."""
OWN_PAGES = {"help_texts", "text_reviews", "diaries", "alarms"}
"""Whose pages have words of their own for what can be chosen."""


def catalogue(locale: str | None) -> Catalog:
    path = DIRECTORY / (f"{locale}/LC_MESSAGES/messages.po" if locale else "messages.pot")
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def messages(read: Catalog) -> list[Message]:
    return [message for message in read if message.id]


def forms_of(entry: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (entry,) if isinstance(entry, str) else tuple(entry)


def variables(text: str) -> set[str]:
    return {a or b for a, b in re.findall(r"%\((\w+)\)s|\{(\w+)\}", text)}


def tags(text: str) -> list[str]:
    return sorted(re.findall(r"<[^>]+>", text))


def is_format(text: str) -> bool:
    """Say whether every per cent sign stands for a variable or is doubled."""
    try:
        text % defaultdict(str)
    except (KeyError, TypeError, ValueError):
        return False
    return True


def faults_of(message: Message) -> Iterator[str]:
    source, found = forms_of(message.id), forms_of(message.string or "")
    full = variables(source[-1])
    counts = COUNTS if len(source) > 1 else set()
    for text in found:
        if not text.strip():
            yield "not translated"
        elif not is_format(text):
            yield f"a per cent sign is neither a variable nor doubled: {text}"
        elif variables(text) - full or full - counts - variables(text):
            yield f"other variables than {sorted(full)}: {text}"
        elif tags(text) != tags(source[-1]):
            yield f"other tags than {tags(source[-1])}: {text}"
    if full & counts - variables(found[-1]) and found[-1].strip():
        yield f"the number is missing: {found[-1]}"


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_message_is_translated(locale: str) -> None:
    wanted = {forms_of(message.id) for message in messages(catalogue(None))}
    read = catalogue(locale)
    assert {forms_of(message.id) for message in messages(read)} == wanted
    assert not [message.id for message in read if message.fuzzy]
    faults = {str(m.id): fault for m in messages(read) for fault in faults_of(m)}
    shown = "\n".join(f"{message}: {fault}" for message, fault in list(faults.items())[:20])
    assert not faults, f"{len(faults)} in {locale}\n{shown}"


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_count_has_each_form_of_the_language(locale: str) -> None:
    read = catalogue(locale)
    counted = [message for message in messages(read) if len(forms_of(message.id)) > 1]
    wrong = [m.id for m in counted if len(forms_of(m.string)) != read.num_plurals]
    assert counted
    assert not wrong


def test_the_code_itself_writes_messages_that_can_be_filled() -> None:
    every = [text for message in messages(catalogue(None)) for text in forms_of(message.id)]
    assert not [text for text in every if not is_format(text)]


@pytest.mark.parametrize(
    "module", [clinical, deeds, evidence_words, forms, people, terms, visiting, written]
)
def test_words_by_key_are_marked_for_translation(module: ModuleType) -> None:
    known = {forms_of(message.id)[0] for message in messages(catalogue(None))}
    maps = [value for value in vars(module).values() if isinstance(value, Words)]
    said = {words.message_of(key) for words in maps for key in words} - {""}
    assert said <= known


def test_a_fault_in_a_translation_is_found() -> None:
    for source, found, fault in (
        ("a", "", "not translated"),
        ("%(n)s a", "b", "other variables"),
        ("{n} a", "{m} b", "other variables"),
        ("<b>a</b>", "b", "other tags"),
        ("5 %% a", "5 % b", "a per cent sign"),
        (("%(num)s a", "%(num)s as"), ("ein b", "viele b"), "the number is missing"),
    ):
        assert fault in next(faults_of(Message(source, found)))
    assert not list(faults_of(Message(("1 a", "%(num)s as"), ("ein b", "%(num)s b"))))


def test_names_of_measures_and_sites_are_those_of_the_catalogue() -> None:
    assert dict(written.MEASURE_NAMES) == {key: one.name for key, one in MEASURES.items()}
    assert set(written.SITES) == set(ALL_SITES)


def test_every_option_of_a_closed_list_has_words() -> None:
    units = {"mL/kg/h", "mg/kg/min", "mL/h/site", "US", "EU", "UK", "international", "MMN", "CIDP"}
    specs = [spec for spec in SPECS if isinstance(spec, Choice) and spec.table not in OWN_PAGES]
    options = {option for spec in specs for option in spec.options}
    without = {one for one in options - units if one not in terms.VALUES}
    assert not without
    assert word_of("not_asked") == "not asked"
