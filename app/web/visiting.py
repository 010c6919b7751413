"""Words about a visit: what was asked, measured, decided, and is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from app.web.format import MISSING, format_instant, format_number
from app.web.i18n import N_, Words, capital
from app.web.terms import field_of, word_of

OUTCOMES: Final = Words(
    {
        "given": N_("given"),
        "partly_given": N_("given in part"),
        "not_given": N_("not given"),
    }
)
STATUSES: Final = Words(
    {
        "completed": N_("completed"),
        "stopped": N_("stopped early"),
        "not_done": N_("not done"),
        "in_progress": N_("running"),
    }
)
QUESTIONS: Final = Words(
    {
        "infection": N_("Signs of infection"),
        "hospital_stay": N_("In hospital since last time"),
        "new_drugs": N_("New drugs"),
        "pregnancy": N_("Pregnancy"),
        "thrombosis_risk": N_("Risk of thrombosis"),
        "renal_risk": N_("Risk for the kidneys"),
        "allergies_reviewed": N_("Allergies reviewed"),
        "consent": N_("Consent"),
        "anaphylaxis_kit": N_("Anaphylaxis kit at hand"),
        "last_reaction": N_("Reaction after the last one"),
    }
)
VITALS: Final = Words(
    {
        "temperature_c": N_("Temperature, °C"),
        "systolic_mmhg": N_("Systolic, mmHg"),
        "diastolic_mmhg": N_("Diastolic, mmHg"),
        "heart_rate": N_("Heart rate, /min"),
        "respiratory_rate": N_("Breaths, /min"),
        "spo2_percent": N_("SpO₂, %%"),
    }
)
WHY: Final = Words(
    {
        "before": N_("before the start"),
        "at_first": N_("in the first hour"),
        "rate": N_("at a new rate"),
        "running": N_("while it runs"),
        "end": N_("at the end"),
        "after": N_("after the end"),
    }
)
REASONS: Final = Words(
    {
        "titration": N_("step of the plan"),
        "reaction": N_("because of a reaction"),
        "patient": N_("the patient wished it"),
        "lot_change": N_("another lot"),
        "end": N_("the end"),
        "other": N_("another reason"),
    }
)
VERDICTS: Final = Words(
    {
        "within": N_("within the limit"),
        "over": N_("over the limit"),
        "over_unverified": N_("over a limit that is not sure"),
        "no_confirmed_limit": N_("no confirmed rate limit for this product"),
    }
)
CHANGES: Final = Words(
    {
        "changed": N_("%(what)s was corrected by %(person)s, %(when)s"),
        "voided": N_("%(what)s was declared a mistake by %(person)s, %(when)s"),
        "added": N_("%(what)s was added by %(person)s, %(when)s"),
        "taken_out": N_("%(what)s was taken out by %(person)s, %(when)s"),
        "does_not_match": N_("%(what)s was not kept as it was signed"),
    }
)
"""What became of a part of a visit since it was signed."""
CHANGES_BY_NOBODY: Final = Words(
    {
        "changed": N_("%(what)s was corrected"),
        "voided": N_("%(what)s was declared a mistake"),
        "added": N_("%(what)s was added"),
        "taken_out": N_("%(what)s was taken out"),
        "does_not_match": N_("%(what)s was not kept as it was signed"),
    }
)
TABLES: Final = Words(
    {
        "visits": N_("the visit"),
        "infusions": N_("the infusion"),
        "vials": N_("a vial"),
        "infusion_events": N_("a check, rate or vital sign"),
        "reactions": N_("a reaction"),
    }
)
_FIELDS: Final = Words(
    {
        "outcome": N_("Outcome"),
        "outcome_reason": N_("Reason"),
        "infusion_id": N_("Infusion"),
        "infusion.status": N_("Infusion"),
        "infusion.ended_at": N_("Infusion"),
        "infusion.weight_kg": N_("Weight"),
        "arrived_at": N_("Arrival"),
        "left_at": N_("Leaving"),
        "nurse_id": N_("Nurse"),
        "ordered_g": N_("Order"),
        "plan_id": N_("Plan"),
        "events.identity": N_("Identity"),
        "events.pre_check": N_("Questions"),
        "events.access": N_("Access"),
        "events.rate": N_("Rate"),
        "events.vitals": N_("Vital signs"),
        "events.wearing_off": N_("Trough"),
        "reports": N_("Trough"),
        "vials": N_("Vials"),
    }
)
_NUMBERED: Final = re.compile(r"(vials|reactions|events)\[(\d+)\]\..+")
_ONE_OF: Final = Words(
    {
        "vials": N_("Vial %(number)s"),
        "reactions": N_("Reaction %(number)s"),
        "events": N_("Event %(number)s"),
    }
)


class Change(Protocol):
    """What became of a part of a visit; by whom and when where that is known."""

    @property
    def table(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def changed_by(self) -> str | None: ...
    @property
    def changed_at(self) -> datetime | None: ...


def format_change(change: Change, zone: str) -> str:
    """Write what became of a part of a visit since it was signed."""
    what = TABLES.get(change.table) or change.table
    if change.changed_by is None or change.changed_at is None:
        return CHANGES_BY_NOBODY.fill(change.what, what=what)
    when = format_instant(change.changed_at, zone)
    return CHANGES.fill(change.what, what=what, person=change.changed_by, when=when)


def says_the_same(verdict: str, message: str) -> bool:
    """Say whether the message of a judgement adds nothing to its verdict."""
    return VERDICTS.message_of(verdict) == message


def gap_label(field: str) -> str:
    """Name what something is missing of: of many, by its place in the table, counted from 1."""
    numbered = _NUMBERED.fullmatch(field)
    if numbered is not None:
        return _ONE_OF.fill(numbered[1], number=int(numbered[2]) + 1)
    return _FIELDS.get(field) or capital(field_of(field))


def format_elapsed(elapsed: timedelta | None) -> str:
    """Write how long something took: 3 h 05 min."""
    if elapsed is None:
        return MISSING
    hours, minutes = divmod(int(elapsed.total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def format_details(details: Mapping[str, Any], *, without: Sequence[str] = ()) -> str:
    """Write what an event holds, in one line."""
    parts = [
        f"{_word(name)}: {_plain(value)}"
        for name, value in sorted(details.items())
        if name not in (*without, "note") and value is not None
    ]
    note = [str(details["note"])] if details.get("note") else []
    return "; ".join([*parts, *note])


def _word(name: str) -> str:
    for ending, unit in (("_ml", "mL"), ("_umol_l", "µmol/L")):
        if name.endswith(ending):
            return f"{field_of(name.removesuffix(ending))} ({unit})"
    return field_of(name)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    if isinstance(value, int | float):
        return format_number(value, digits=6)
    return word_of(str(value))
