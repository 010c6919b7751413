"""The sentences of findings in another language than English."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from app.alarms.rules import SIGNS
from app.clinics.entries import ClinicEntry
from app.kit.fields import Choice
from app.patients.entries import Entry
from app.plans.rules import SPECS as PLAN_SPECS
from app.reactions.rules import RED_FLAGS, words_of
from app.reactions.rules import TERMS as REACTIONS
from app.said import Said, capital, figure, listed, say, say_many
from app.web.clinical_terms import DANGERS, TERMS
from app.web.i18n import choose_locale, translations
from app.web.sentences import finding_sentence


@dataclass(frozen=True)
class Finding:
    sentence: str
    wording: dict[str, Any] | None


def said_in(locale: str, said: Said) -> str:
    choose_locale(locale)
    return str(finding_sentence(Finding(str(said), said.tree)))


A, B, C = (say(word) for word in ("aa", "bb", "cc"))


@pytest.mark.parametrize(
    ("locale", "said", "expected"),
    [
        ("de", say("%(x)s kPa", x=2.5), "2,5 kPa"),
        ("fr", say("%(x)s", x=figure("7.0")), "7,0"),
        ("es", say("%(n)s", n=12), "12"),
        ("de", say("%(d)s", d=date(2026, 3, 2)), "2. März 2026"),
        ("es", say("%(d)s", d=date(2026, 3, 2)), "2 de marzo de 2026"),
        ("de", listed([A, B, C]), "aa, bb und cc"),
        ("fr", listed([A, B]), "aa et bb"),
        ("de", say_many("%(num)s xx", "%(num)s xxs", 2), "2 xxs"),
        ("de", capital(A), "Aa"),
        ("en", say("%(x)s < 3", x=2.5), "2.5 &lt; 3"),
    ],
)
def test_numbers_dates_and_lists_are_those_of_the_language(
    locale: str, said: Said, expected: str
) -> None:
    assert said_in(locale, said) == expected


def test_steps_are_joined_in_their_order() -> None:
    assert said_in("en", listed([A, B, C], joiner="then")) == "aa, bb then cc"
    assert said_in("de", listed([A, B, C], joiner="then")).startswith("aa, bb")


def test_a_finding_of_before_stays_english_and_says_so() -> None:
    choose_locale("de")
    shown = finding_sentence(Finding("A & B.", None))
    assert str(shown) == '<span lang="en">A &amp; B.</span>'


def test_every_word_of_a_list_that_a_sentence_can_hold_is_marked_for_translators() -> None:
    holds = next(s.options for s in PLAN_SPECS if isinstance(s, Choice) and s.table == "holds")
    of_flags = [term for flag in RED_FLAGS.values() for term in flag.terms]
    assert set(TERMS) == {
        *(flag.name for flag in RED_FLAGS.values()),
        *(words_of(term) for term in (*REACTIONS, *of_flags)),
        *(sign.what for sign in SIGNS.values()),
        *(reason.replace("_", " ") for reason in holds),
    }


def test_every_word_of_a_red_flag_is_marked_for_translators() -> None:
    flags = RED_FLAGS.values()
    assert set(DANGERS) == {*(f.signs for f in flags), *(f.what_to_do for f in flags)}


def test_the_name_of_every_kind_of_entry_is_known_to_translators() -> None:
    german, same = translations("de"), {"Alarm", "Infusion", "Plan", "Text"}
    kinds = {
        entry.what
        for module in list(sys.modules.values())
        if module.__name__.startswith("app.")
        for entry in vars(module).values()
        if isinstance(entry, Entry | ClinicEntry)
    }
    assert {"Plan", "Care team member", "Recall notice"} < kinds
    assert {kind for kind in kinds if german.gettext(kind) == kind} <= same
