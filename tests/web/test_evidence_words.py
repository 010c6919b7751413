"""The numbers behind a finding in the language of the page."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.analysis import kinds
from app.analysis.analyse import AnalysisSettings, FindingDraft, analyse_patient
from app.analysis.measures import MEASURES
from app.analysis.records import SafetyEvent, Weight
from app.analysis.results import SeriesResult
from app.analysis.settings import CLINIC_SETTINGS, Override
from app.web.evidence import EvidenceLine, evidence_lines
from app.web.evidence_words import CODES, NAMES, STATED
from app.web.i18n import choose_locale, translations
from app.web.terms import VALUES
from tests.analysis.builders import START, a_record, a_series, at, regular_days, wearing_off

ADDED_WHEN_STORED = {"set"}
NOT_KEPT = {
    *("amount", "day", "falls", "high", "k", "low", "n"),  # parts of sentences
    *("product", "route", "therapy"),  # values of `also_changed`
}
"""Keys of dictionaries of the analysis that no finding keeps."""


def keys_in(source: str) -> Iterator[str]:
    """Yield the keys of every dictionary that a module writes out or fills."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Dict(keys=keys):
                constants = (key.value for key in keys if isinstance(key, ast.Constant))
                yield from (key for key in constants if isinstance(key, str))
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(key)))]):
                yield key


def kept_keys() -> set[str]:
    modules = Path(kinds.__path__[0]).glob("*.py")
    texts = [one.read_text("utf-8") for one in modules if one.name != "names.py"]
    written = {key for text in texts for key in keys_in(text)}
    return (written - NOT_KEPT) | {field.name for field in fields(SeriesResult)}


def words_of(kept: Any) -> Iterator[str]:
    """Yield every key inside what a finding keeps."""
    if isinstance(kept, Mapping):
        for key, inside in kept.items():
            yield key
            yield from words_of(inside)
    elif isinstance(kept, list | tuple):
        for one in kept:
            yield from words_of(one)


@pytest.fixture(scope="module")
def drafts() -> dict[str, FindingDraft]:
    """Give the findings of somebody in whom much came together."""
    days, values = wearing_off(np.random.default_rng(3), drop=4.0)
    sites = ("right_hand", "left_hand")
    record = replace(
        a_record(
            regular_days(6),
            series=[a_series(days, values, site=site) for site in sites],
            weights=[
                Weight(at(START), 70.0, "dosing"),
                Weight(at(START), 70.0),
                Weight(at(START + timedelta(days=165)), 90.0),
            ],
        ),
        safety=(
            SafetyEvent("a:1", at(START), "reaction", "chest pain", "Thrombosis", 3),
            SafetyEvent("b:2", at(START), "patient", "fainting", physician_told=False),
        ),
    )
    now = at(START + timedelta(days=230))
    found = analyse_patient(record, AnalysisSettings(), now=now).findings
    return {draft.kind: draft for draft in found}


def lines_of(draft: FindingDraft) -> list[EvidenceLine]:
    return [*evidence_lines(draft.evidence), *evidence_lines(draft.parameters)]


def test_every_key_that_a_finding_can_keep_has_a_word() -> None:
    assert not kept_keys() - {*NAMES, *CLINIC_SETTINGS}


def test_no_word_is_left_of_a_key_that_no_finding_keeps() -> None:
    assert set(NAMES) - kept_keys() == ADDED_WHEN_STORED
    assert {*STATED, *CODES} <= set(NAMES)


def test_every_key_of_real_findings_has_a_word(drafts: dict[str, FindingDraft]) -> None:
    assert {"end_of_interval_weakness", "safety", "dose_drift", "lapse"} <= set(drafts)
    kept = {
        key
        for draft in drafts.values()
        for key in (*words_of(draft.evidence), *words_of(draft.parameters))
    }
    assert not kept - {*NAMES, *CLINIC_SETTINGS, *MEASURES, "estimate", "low", "high"}


@pytest.mark.parametrize("locale", ["en", "es", "fr", "de"])
def test_only_sources_stay_english(drafts: dict[str, FindingDraft], locale: str) -> None:
    choose_locale(locale)
    lines = [line for draft in drafts.values() for line in lines_of(draft)]
    assert lines
    assert not [line for line in lines if line.is_name_english]
    stay = {line.name.rpartition(" \u00b7 ")[2] for line in lines if line.is_value_english}
    assert stay == {NAMES["source"]}


def test_german_is_not_english(drafts: dict[str, FindingDraft]) -> None:
    english = lines_of(drafts["end_of_interval_weakness"])
    choose_locale("de")
    german = lines_of(drafts["end_of_interval_weakness"])
    assert len(german) == len(english)
    assert not {line.name for line in german} & {line.name for line in english}


def test_german_names_differ_from_english_ones() -> None:
    german = translations("de")
    messages = {NAMES.message_of(key) for key in NAMES}
    assert not {one for one in messages if german.gettext(one) == one}


@pytest.mark.parametrize(
    ("key", "kept", "expected"),
    [
        ("is_clear", True, "ja"),
        ("is_clear", False, "nein"),
        ("what", "chest pain", "Schmerzen in der Brust"),
        ("changed_on", "2026-03-01", "1. März 2026"),
        ("p_value", 0.25, "0,25"),
        ("key", "a_b:1", "a_b:1"),
    ],
)
def test_values_are_written_in_the_language(key: str, kept: object, expected: str) -> None:
    choose_locale("de")
    (line,) = evidence_lines({key: kept})
    assert line == EvidenceLine(NAMES[key], expected)


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        ("verdict", "present"),
        ("reason", "weak_evidence"),
        ("state", "overdue"),
        ("hold", "patient_choice"),
        ("direction", "smaller"),
        ("start", "restart"),
        ("source", "call"),
        ("also_changed", ["hold", "therapy"]),
        ("without_a_fall", ["grip of the right hand", "overall strength"]),
    ],
)
def test_values_of_closed_lists_have_words(key: str, kept: object) -> None:
    (english,) = evidence_lines({key: kept})
    choose_locale("de")
    (german,) = evidence_lines({key: kept})
    assert not german.is_value_english
    assert german.value != english.value


def test_a_series_without_numbers_is_named() -> None:
    kept = {"also_possible": [{"measure": "grip_kpa", "site": "left_hand"}]}
    assert evidence_lines(kept) == [EvidenceLine("also possible", "Grip (kPa), left hand")]


def test_a_setting_has_its_own_name_and_whoever_set_it_their_own_words() -> None:
    override = Override("clinic", "grace_days", 5, "our habit", date(2026, 1, 1))
    (value, source) = evidence_lines({"grace_days": 5, "set": {"grace_days": override.words()}})
    assert value == EvidenceLine("Grace days", "5")
    assert source.name == "set here \u00b7 Grace days"
    assert source.value == "set for this clinic from 2026-01-01: our habit"
    assert source.is_value_english


def test_what_an_older_version_kept_stays_english_and_says_so() -> None:
    choose_locale("de")
    old = evidence_lines({"old_pairs": [{"value": "an_old_word"}]})
    name = f"old pairs 1 \u00b7 {NAMES['value']}"
    assert old == [EvidenceLine(name, "an old word", is_name_english=True, is_value_english=True)]
    assert "an_old_word" not in VALUES
