"""What may be entered about a reaction to an infusion, and which ones are red flags. Pure.

The program shows what to do; it never decides.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from app.errors import Fault, Severity
from app.kit.fields import Choice, PastInstant, TextField, Words
from app.kit.limits import Limit, Rule, Spec, check_limit, found
from app.said import Said, say

Phase = Literal["during", "delayed"]

SERIOUS_GRADE: Final = 3
"""CTCAE version 5: prolonged or recurring, or in hospital [F16]."""

DEATH: Final = 5

USUAL_DELAY: Final = timedelta(days=30)
"""Judgement: haemolysis shows up to 10 days later, thrombosis within weeks."""

LONGEST: Final = timedelta(hours=48)
"""As long as an infusion can last (`app.infusions.rules`)."""

CALL: Final = "Stop the infusion and call for help: the emergency number, then the physician."
CALL_NOW: Final = "Call the physician now; the emergency number if it gets worse."


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A danger, the words by which a reaction or a call names it, and what people then do.

    Attributes
    ----------
    terms : tuple of str
        Terms of reactions, and symptoms that a follow-up call asks for.
    signs : str
        How it shows.
    """

    name: str
    terms: tuple[str, ...]
    signs: str
    what_to_do: str
    source: str = "nursing notes and product information [F16]"


RED_FLAGS: Final[Mapping[str, RedFlag]] = MappingProxyType(
    {
        "anaphylaxis": RedFlag(
            "Anaphylaxis",
            ("anaphylaxis", "angioedema", "wheeze", "hypotension"),
            "Swelling of face or throat, wheezing, a fall of the blood pressure.",
            f"{CALL} The anaphylaxis kit is for this, as the clinic's own order says.",
        ),
        "lung": RedFlag(
            "Lung injury or fluid overload (TRALI, TACO)",
            ("breathless", "low_oxygen", "chest_pain_or_breathless"),
            "Breathlessness, low oxygen, often with a high blood pressure.",
            CALL,
        ),
        "thrombosis": RedFlag(
            "Thrombosis",
            ("chest_pain", "one_sided_weakness", "leg_swelling", "chest_pain_or_breathless"),
            "Chest pain, weakness of one side, a swollen or painful leg.",
            CALL,
            "boxed warning of the US labels [F16]",
        ),
        "meningitis": RedFlag(
            "Aseptic meningitis",
            ("headache_stiff_neck", "photophobia"),
            "Severe headache with a stiff neck or pain from light, 6-48 hours later.",
            CALL_NOW,
        ),
        "haemolysis": RedFlag(
            "Haemolysis",
            ("dark_urine", "jaundice", "pallor"),
            "Dark urine, yellow skin or eyes, pallor, up to 10 days later.",
            CALL_NOW,
        ),
        "kidney": RedFlag(
            "Kidney failure",
            ("reduced_urine", "creatinine_rise"),
            "Little or no urine, a rising creatinine.",
            CALL_NOW,
        ),
        "new_weakness": RedFlag(
            "Sudden new weakness",
            ("new_weakness",),
            "Weakness that came suddenly, or where there was none before.",
            "Call the physician now: this is never taken for the end of an interval.",
            "clinical facts F10",
        ),
    }
)
"""By a short key; [F16] and [F10] are in docs/clinical-facts.md."""

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "access_site": "trouble at the access site",
        "chest_pain_or_breathless": "chest pain or breathlessness",
        "breathless": "breathlessness",
        "creatinine_rise": "a rising creatinine",
        "headache_stiff_neck": "severe headache with a stiff neck",
        "low_oxygen": "low oxygen",
        "one_sided_weakness": "weakness of one side",
        "other": "another reaction",
        "photophobia": "pain from light",
    }
)
_COMMON: Final = (
    *("headache", "fever", "chills", "flushing", "nausea", "vomiting", "rash", "hives"),
    *("itching", "fatigue", "muscle_pain", "back_pain", "joint_pain", "dizziness"),
    *("fast_heartbeat", "high_blood_pressure", "access_site"),
)
_CALLS_ONLY: Final = frozenset({"chest_pain_or_breathless"})
_RED: Final = tuple(
    term for flag in RED_FLAGS.values() for term in flag.terms if term not in _CALLS_ONLY
)
ACTIONS: Final = ("slowed", "paused", "stopped", "medication", "none")
TERMS: Final = (*_COMMON, *_RED, "other")
OUTCOMES: Final = (
    *("resolved", "resolving", "ongoing", "resolved_with_sequelae", "fatal", "unknown"),
)
_OVER: Final = frozenset({"resolved", "resolved_with_sequelae"})


def red_flag_of(term: str) -> str | None:
    """Return the key of the red flag that a term or a symptom stands for; None for the others."""
    return next((key for key, flag in RED_FLAGS.items() if term in flag.terms), None)


def words_of(term: str) -> str:
    """Return a term or a symptom as people write it."""
    return _WORDS.get(term, term.replace("_", " "))


def is_serious(term: str, grade: int) -> bool:
    """Say whether a reaction is a red flag, or of grade 3 and more."""
    return grade >= SERIOUS_GRADE or red_flag_of(term) is not None


def phase_of(onset_at: datetime, ended_at: datetime | None) -> Phase:
    """Say whether a reaction began while the infusion ran or after it."""
    return "delayed" if ended_at is not None and onset_at > ended_at else "during"


@dataclass(frozen=True, slots=True)
class ReactionDraft:
    """A reaction; `grade` is that of CTCAE version 5."""

    infusion_id: uuid.UUID
    term: str
    onset_at: datetime
    grade: int
    description: str | None = None
    actions: tuple[str, ...] = ()
    medication: str | None = None
    outcome: str = "unknown"
    resolved_at: datetime | None = None
    reported_to: str | None = None
    physician_notified: str | None = None
    physician_notified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InfusionTimes:
    """When the infusion ran."""

    started_at: datetime
    ended_at: datetime | None


_TABLE: Final = "reactions"
_INFUSION: Final = Rule(_TABLE, "infusion_id", "unknown", "not a live infusion of the patient")
_TERM: Final = Choice(_TABLE, "term", TERMS)
_DESCRIPTION: Final = TextField(_TABLE, "description", 4000, has_lines=True)
_NEEDS_WORDS: Final = Rule(_TABLE, "description", "needed", "missing although the term is other")
_ONSET: Final = PastInstant(_TABLE, "onset_at")
_BEFORE: Final = Rule(_TABLE, "onset_at", "before-start", "before the infusion began")
_LATE: Final = Rule(
    _TABLE, "onset_at", "late", "more than 30 days after the infusion", Severity.UNUSUAL
)
_GRADE: Final = Limit(
    _TABLE, "grade", "", impossible_below=1, impossible_above=5, source="CTCAE version 5 [F16]"
)
_FATAL: Final = Rule(
    _TABLE,
    "grade",
    "death",
    "5 without the outcome fatal, or fatal without 5",
    source="CTCAE version 5 [F16]",
)
_ACTIONS: Final = Words(_TABLE, "actions", ACTIONS, fewest=0)
_NONE: Final = Rule(_TABLE, "actions", "none", "`none` together with something that was done")
_MILD: Final = Rule(
    _TABLE,
    "grade",
    "mild",
    "1 although the infusion was stopped or a drug was given",
    Severity.UNUSUAL,
    "CTCAE version 5: 1 needs no interruption [F16]",
)
_MEDICATION: Final = TextField(_TABLE, "medication", 500, has_lines=True)
_DRUG: Final = Rule(
    _TABLE, "medication", "needed", "missing although actions name medication, or the other way"
)
_OUTCOME: Final = Choice(_TABLE, "outcome", OUTCOMES)
_RESOLVED: Final = PastInstant(_TABLE, "resolved_at")
_NOT_OVER: Final = Rule(
    _TABLE, "resolved_at", "not-over", "given although the outcome is not resolved"
)
_RESOLVED_FIRST: Final = Rule(_TABLE, "resolved_at", "before-onset", "before onset_at")
_REPORTED: Final = TextField(_TABLE, "reported_to", 500)
_PHYSICIAN: Final = TextField(_TABLE, "physician_notified", 200)
_NOTIFIED: Final = PastInstant(_TABLE, "physician_notified_at")
_NOTIFIED_FIRST: Final = Rule(_TABLE, "physician_notified_at", "before-onset", "before onset_at")
_WHEN: Final = Rule(
    _TABLE, "physician_notified_at", "needed", "missing although a physician is named"
)

SPECS: Final[tuple[Spec, ...]] = (
    *(_INFUSION, _TERM, _DESCRIPTION, _NEEDS_WORDS, _ONSET, _BEFORE, _LATE, _GRADE, _FATAL, _MILD),
    *(_ACTIONS, _NONE, _MEDICATION, _DRUG, _OUTCOME, _RESOLVED, _NOT_OVER, _RESOLVED_FIRST),
    *(_REPORTED, _PHYSICIAN, _NOTIFIED, _NOTIFIED_FIRST, _WHEN),
)


def check_reaction(
    draft: ReactionDraft,
    *,
    now: datetime,
    birth_date: date | None,
    infusion: InfusionTimes | None,
) -> list[Fault]:
    """Return every fault of a reaction.

    Parameters
    ----------
    draft : ReactionDraft
        The reaction.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    infusion : InfusionTimes or None
        None where the patient has no such live infusion.
    """
    return [
        *_ONSET.check(draft.onset_at, now=now, birth_date=birth_date),
        *_RESOLVED.check(draft.resolved_at, now=now, birth_date=birth_date),
        *_NOTIFIED.check(draft.physician_notified_at, now=now, birth_date=birth_date),
        *found(
            _infusion_fault(draft, infusion),
            _TERM.check(draft.term),
            _description_fault(draft),
            _grade_fault(draft),
            _actions_fault(draft),
            _medication_fault(draft),
            _OUTCOME.check(draft.outcome),
            _resolved_fault(draft),
            _REPORTED.check(draft.reported_to),
            _PHYSICIAN.check(draft.physician_notified),
            _notified_fault(draft),
        ),
    ]


def _infusion_fault(draft: ReactionDraft, infusion: InfusionTimes | None) -> Fault | None:
    if infusion is None:
        return _INFUSION.fault(draft.infusion_id, say("the patient has no such infusion"))
    onset, start = draft.onset_at, infusion.started_at
    if onset < start:
        times = {"onset": onset.isoformat(), "start": start.isoformat()}
        reason = say("%(onset)s is before the infusion began at %(start)s", **times)
        return _BEFORE.fault(onset, reason)
    if onset > (infusion.ended_at or start + LONGEST) + USUAL_DELAY:
        at = onset.isoformat()
        reason = say("%(onset)s is more than 30 days after the infusion", onset=at)
        return _LATE.fault(onset, reason)
    return None


def _description_fault(draft: ReactionDraft) -> Fault | None:
    if draft.term == "other" and draft.description is None:
        reason = say("it is missing, and the term is %(term)s: say what it was", term="other")
        return _NEEDS_WORDS.fault(None, reason)
    return _DESCRIPTION.check(draft.description)


def _grade_fault(draft: ReactionDraft) -> Fault | None:
    fault = check_limit(_GRADE, draft.grade)
    if fault is None and (draft.grade == DEATH) != (draft.outcome == "fatal"):
        told = {"grade": str(draft.grade), "outcome": draft.outcome}
        reason = say("%(grade)s, and the outcome is %(outcome)s: 5 is death", **told)
        return _FATAL.fault(draft.grade, reason)
    if fault is None and draft.grade == 1 and {"stopped", "medication"} & {*draft.actions}:
        return _MILD.fault(draft.grade, say("1 needs neither a stop nor a drug"))
    return fault


def _actions_fault(draft: ReactionDraft) -> Fault | None:
    fault = _ACTIONS.check(draft.actions)
    if fault is None and "none" in draft.actions and len(draft.actions) > 1:
        reason = say("%(none)s stands beside something that was done", none="none")
        return _NONE.fault(draft.actions, reason)
    return fault


def _medication_fault(draft: ReactionDraft) -> Fault | None:
    if ("medication" in draft.actions) != (draft.medication is not None):
        reason = say(
            "name the drug where %(field)s name %(action)s, and nowhere else",
            field="actions",
            action="medication",
        )
        return _DRUG.fault(draft.medication, reason)
    return _MEDICATION.check(draft.medication)


def _resolved_fault(draft: ReactionDraft) -> Fault | None:
    if draft.resolved_at is None:
        return None
    if draft.outcome not in _OVER:
        reason = say("the outcome is %(outcome)s", outcome=draft.outcome)
        return _NOT_OVER.fault(draft.resolved_at, reason)
    if draft.resolved_at < draft.onset_at:
        reason = _before_onset(draft.resolved_at, draft.onset_at)
        return _RESOLVED_FIRST.fault(draft.resolved_at, reason)
    return None


def _notified_fault(draft: ReactionDraft) -> Fault | None:
    at = draft.physician_notified_at
    if at is None:
        if draft.physician_notified is None:
            return None
        return _WHEN.fault(None, say("say when the physician was told"))
    if at < draft.onset_at:
        return _NOTIFIED_FIRST.fault(at, _before_onset(at, draft.onset_at))
    return None


def _before_onset(at: datetime, onset: datetime) -> Said:
    return say("%(later)s is before %(earlier)s", later=at.isoformat(), earlier=onset.isoformat())
