from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.errors import Fault, Severity
from app.reactions.rules import (
    RED_FLAGS,
    TERMS,
    InfusionTimes,
    ReactionDraft,
    check_reaction,
    is_serious,
    phase_of,
    red_flag_of,
    words_of,
)

START = datetime(2026, 6, 1, 11, tzinfo=UTC)
END = START + timedelta(hours=4)
NOW = START + timedelta(days=90)
RAN = InfusionTimes(START, END)


def a_reaction(**changes: Any) -> ReactionDraft:
    content: dict[str, Any] = {
        "infusion_id": uuid.uuid4(),
        "term": "headache",
        "onset_at": START,
        "grade": 2,
    }
    return ReactionDraft(**{**content, **changes})


def faults(infusion: InfusionTimes | None = RAN, /, **changes: Any) -> list[Fault]:
    draft = a_reaction(**changes)
    return check_reaction(draft, now=NOW, birth_date=date(1970, 5, 4), infusion=infusion)


def wrong(infusion: InfusionTimes | None = RAN, /, **changes: Any) -> set[str]:
    return {fault.field for fault in faults(infusion, **changes)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"term": "hedache"}, {"term"}),
        ({"term": "other"}, {"description"}),
        ({"term": "other", "description": "Taste of metal."}, set()),
        ({"description": " "}, {"description"}),
        ({"grade": 0}, {"grade"}),
        ({"grade": 6}, {"grade"}),
        ({"grade": 5}, {"grade"}),
        ({"outcome": "fatal"}, {"grade"}),
        ({"grade": 5, "outcome": "fatal"}, set()),
        ({"grade": 1}, set()),
        ({"grade": 1, "actions": ("paused",)}, set()),
        ({"grade": 1, "actions": ("stopped",)}, {"grade"}),
        ({"grade": 1, "actions": ("medication",), "medication": "Paracetamol"}, {"grade"}),
        ({"actions": ("none",)}, set()),
        ({"actions": ("none", "slowed")}, {"actions"}),
        ({"actions": ("slowed", "slowed")}, {"actions"}),
        ({"actions": ("danced",)}, {"actions"}),
        ({"actions": ("medication",)}, {"medication"}),
        ({"medication": "Paracetamol"}, {"medication"}),
        ({"actions": ("medication",), "medication": " "}, {"medication"}),
        ({"actions": ("medication",), "medication": "Paracetamol"}, set()),
        ({"outcome": "gone"}, {"outcome"}),
        ({"outcome": "resolved", "resolved_at": START}, set()),
        ({"outcome": "resolved", "resolved_at": START - timedelta(seconds=1)}, {"resolved_at"}),
        ({"outcome": "ongoing", "resolved_at": START}, {"resolved_at"}),
        ({"outcome": "resolved", "resolved_at": NOW + timedelta(days=1)}, {"resolved_at"}),
        ({"reported_to": " "}, {"reported_to"}),
        ({"physician_notified": "Dr. Example"}, {"physician_notified_at"}),
        ({"physician_notified": "Dr. Example", "physician_notified_at": START}, set()),
        ({"physician_notified_at": START}, set()),
        ({"physician_notified_at": START - timedelta(seconds=1)}, {"physician_notified_at"}),
        ({"onset_at": START - timedelta(seconds=1)}, {"onset_at"}),
        ({"onset_at": NOW + timedelta(days=1)}, {"onset_at"}),
    ],
)
def test_what_can_be_said_of_a_reaction(changes: dict[str, Any], expected: set[str]) -> None:
    assert wrong(**changes) == expected


def test_a_reaction_belongs_to_an_infusion() -> None:
    assert wrong(None) == {"infusion_id"}


@pytest.mark.parametrize(
    ("infusion", "last"),
    [
        (RAN, END + timedelta(days=30)),
        (InfusionTimes(START, None), START + timedelta(days=32)),
    ],
)
def test_a_reaction_after_a_month_is_unusual(infusion: InfusionTimes, last: datetime) -> None:
    assert faults(infusion, onset_at=last) == []
    (fault,) = faults(infusion, onset_at=last + timedelta(seconds=1))
    assert (fault.field, fault.severity) == ("onset_at", Severity.UNUSUAL)


@pytest.mark.parametrize(
    ("onset_at", "ended_at", "phase"),
    [
        (START, None, "during"),
        (END, END, "during"),
        (END + timedelta(seconds=1), END, "delayed"),
    ],
)
def test_when_a_reaction_counts_as_delayed(
    onset_at: datetime, ended_at: datetime | None, phase: str
) -> None:
    assert phase_of(onset_at, ended_at) == phase


# The red flags of the clinical facts, F16, and how somebody would name each of them.
@pytest.mark.parametrize(
    ("terms", "flag"),
    [
        (("anaphylaxis", "angioedema", "wheeze", "hypotension"), "anaphylaxis"),
        (("breathless", "low_oxygen", "chest_pain_or_breathless"), "lung"),
        (("chest_pain", "one_sided_weakness", "leg_swelling"), "thrombosis"),
        (("headache_stiff_neck", "photophobia"), "meningitis"),
        (("dark_urine", "jaundice", "pallor"), "haemolysis"),
        (("reduced_urine", "creatinine_rise"), "kidney"),
        (("new_weakness",), "new_weakness"),
        (("headache", "rash", "fever", "other"), None),
    ],
)
def test_which_terms_are_red_flags(terms: tuple[str, ...], flag: str | None) -> None:
    assert {red_flag_of(term) for term in terms} == {flag}


def test_every_red_flag_can_be_entered_and_says_what_to_do() -> None:
    assert {"photophobia", "creatinine_rise"} <= set(TERMS)
    for flag in RED_FLAGS.values():
        assert {term for term in flag.terms if term in TERMS}
        assert flag.what_to_do
        assert flag.signs
        assert flag.source
    assert len(set(TERMS)) == len(TERMS)


@pytest.mark.parametrize(
    ("term", "grade", "expected"),
    [("rash", 2, False), ("rash", 3, True), ("dark_urine", 1, True)],
)
def test_what_the_clinic_is_told_of_at_once(term: str, grade: int, expected: bool) -> None:
    assert is_serious(term, grade) is expected


def test_terms_are_written_as_people_say_them() -> None:
    assert words_of("back_pain") == "back pain"
    assert words_of("headache_stiff_neck") == "severe headache with a stiff neck"
