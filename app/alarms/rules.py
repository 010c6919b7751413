"""What somebody at home may call wrong, in their own words, and what is urgent about it. Pure.

The program shows whom to call; it decides nothing, and it waits for nobody to read an alarm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal

from app.errors import Fault, Severity
from app.kit.fields import (
    Choice,
    PastInstant,
    TextField,
    Words,
    birth_rule,
    early_rule,
    past_faults,
)
from app.kit.limits import Rule, Spec, found, future_fault
from app.patients.rules import OWN_SOURCE
from app.said import say

Urgency = Literal["emergency", "today"]

SOURCES: Final = ("patient", "proxy", "staff")
"""`staff` where somebody of the clinic writes down what they were told."""

OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Sign:
    """Something wrong.

    Attributes
    ----------
    words : str
        As somebody says it who has it.
    what : str
        As a finding names it.
    red_flag : str or None
        Key in `app.reactions.rules.RED_FLAGS` of the danger that it may stand for.
    urgency : str
        "emergency": the emergency number now. "today": the clinic now, and the emergency number
        if it gets worse or nobody answers.
    """

    key: str
    words: str
    what: str
    red_flag: str | None
    urgency: Urgency


_LISTED: Final = (
    Sign(
        "breathless",
        "I cannot breathe well, or my breath wheezes.",
        "breathlessness",
        "lung",
        "emergency",
    ),
    Sign(
        "chest_pain",
        "My chest hurts or feels tight.",
        "chest pain",
        "thrombosis",
        "emergency",
    ),
    Sign(
        "angioedema",
        "My face, lips, tongue or throat are swelling.",
        "swelling of face or throat",
        "anaphylaxis",
        "emergency",
    ),
    Sign(
        "fainting",
        "I fainted, or nearly did.",
        "fainting",
        "anaphylaxis",
        "emergency",
    ),
    Sign(
        "one_sided_weakness",
        "One side of my face or body is suddenly weak, or I cannot speak clearly.",
        "weakness of one side",
        "thrombosis",
        "emergency",
    ),
    Sign(
        "new_weakness",
        "An arm or a leg is suddenly much weaker, within hours.",
        "sudden new weakness",
        "new_weakness",
        "emergency",
    ),
    Sign(
        "worst_headache",
        "A sudden headache, the worst I have had.",
        "a sudden headache, the worst so far",
        "thrombosis",
        "emergency",
    ),
    Sign(
        "headache_stiff_neck",
        "I have a severe headache, or my neck is stiff, or light hurts.",
        "a severe headache, a stiff neck or pain from light",
        "meningitis",
        "today",
    ),
    Sign(
        "leg_swelling",
        "One leg or arm is swollen, painful or warm.",
        "a swollen or painful limb",
        "thrombosis",
        "today",
    ),
    Sign(
        "dark_urine",
        "My urine is dark, red or brown.",
        "dark urine",
        "haemolysis",
        "today",
    ),
    Sign(
        "jaundice",
        "My skin or my eyes are yellow, or I am very pale.",
        "yellow or very pale skin",
        "haemolysis",
        "today",
    ),
    Sign(
        "reduced_urine",
        "I pass little or no urine.",
        "little or no urine",
        "kidney",
        "today",
    ),
    Sign(
        "hives",
        "I have a rash or hives over much of my body.",
        "a rash or hives",
        "anaphylaxis",
        "today",
    ),
    Sign(
        "new_place",
        "Weakness, cramps or twitching at a place that was well before.",
        "weakness, cramps or twitching at a new place",
        "new_weakness",
        "today",
    ),
    Sign(OTHER, "Something else is wrong.", "something else", None, "today"),
)
SIGNS: Final[Mapping[str, Sign]] = MappingProxyType({sign.key: sign for sign in _LISTED})
"""By key, the most urgent first.

Which danger a sign stands for: `RED_FLAGS` with its sources [F16] and [F10]. Urgency is judgement:
"emergency" for what can kill or disable within the hour, sudden weakness among it, because nobody
at home can tell a stroke from a relapse, and the sudden worst headache, because it may be a stroke
or a clot in a vein of the brain (boxed warning of the US labels: thrombosis) and nobody can tell it
from meningitis at home; "today" for what shows over hours or days. A rash alone is
no anaphylaxis, but may begin one. A place that was well before is never put under wearing-off
[F10], which speaks of weakness; that cramps and twitching there count as well is judgement.
Nobody can enter a danger that is not on the list but as `other`.
"""


@dataclass(frozen=True, slots=True)
class AlarmDraft:
    """What was wrong, and when somebody noticed it."""

    noticed_at: datetime
    signs: tuple[str, ...]
    source: str
    note: str | None = None


_TABLE: Final = "alarms"
_NOTICED: Final = PastInstant(_TABLE, "noticed_at")
# Impossible elsewhere. Here a phone whose clock runs ahead must not stop a call for help: it
# confirms by itself, and the event is told for no later moment than its arrival.
_AHEAD: Final = Rule(
    _TABLE, "noticed_at", "ahead", "more than 10 minutes ahead of now", Severity.UNUSUAL
)
_SIGNS: Final = Words(_TABLE, "signs", tuple(SIGNS))
_SOURCE: Final = Choice(_TABLE, "source", SOURCES)
_SENDER: Final = Rule(
    _TABLE, "source", "not-yours", "a source that whoever sends the alarm cannot speak for"
)
_NOTE: Final = TextField(_TABLE, "note", 4000, has_lines=True)

SPECS: Final[tuple[Spec, ...]] = (
    *(_AHEAD, early_rule(_NOTICED), birth_rule(_NOTICED)),
    *(_SIGNS, _SOURCE, _SENDER, _NOTE),
)


def check_sender(source: str, *, role: str) -> list[Fault]:
    """Return a fault where somebody of `role` sends an alarm from a source that is not theirs."""
    own = OWN_SOURCE.get(role)
    if own is not None and source in SOURCES and source != own:
        reason = say("a %(role)s sends alarms of the source %(own)s only", role=role, own=own)
        return [_SENDER.fault(source, reason)]
    return []


def check_alarm(draft: AlarmDraft, *, now: datetime, birth_date: date | None) -> list[Fault]:
    """Return every fault of an alarm.

    A sign alone is enough: nobody in trouble is asked for words.

    Parameters
    ----------
    draft : AlarmDraft
        The alarm.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    """
    return [
        *found(
            future_fault(_AHEAD, draft.noticed_at, now=now),
            *past_faults(_NOTICED, draft.noticed_at, birth_date=birth_date),
            _SIGNS.check(draft.signs),
            _SOURCE.check(draft.source),
            _NOTE.check(draft.note),
        ),
    ]


def urgency_of(signs: Sequence[str]) -> Urgency:
    """Return the urgency of signs together: that of the most urgent one."""
    is_emergency = any(SIGNS[sign].urgency == "emergency" for sign in signs)
    return "emergency" if is_emergency else "today"
