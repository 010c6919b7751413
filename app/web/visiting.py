"""Words about a visit: what was asked, measured, decided, and is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from app.web.format import MISSING, format_number

OUTCOMES: Final = {
    "given": "given",
    "partly_given": "given in part",
    "not_given": "not given",
}
STATUSES: Final = {
    "completed": "completed",
    "stopped": "stopped early",
    "not_done": "not done",
    "in_progress": "running",
}
QUESTIONS: Final = {
    "infection": "Signs of infection",
    "hospital_stay": "In hospital since last time",
    "new_drugs": "New drugs",
    "pregnancy": "Pregnancy",
    "thrombosis_risk": "Risk of thrombosis",
    "renal_risk": "Risk for the kidneys",
    "allergies_reviewed": "Allergies reviewed",
    "consent": "Consent",
    "anaphylaxis_kit": "Anaphylaxis kit at hand",
    "last_reaction": "Reaction after the last one",
}
VITALS: Final = {
    "temperature_c": "Temperature, °C",
    "systolic_mmhg": "Systolic, mmHg",
    "diastolic_mmhg": "Diastolic, mmHg",
    "heart_rate": "Heart rate, /min",
    "respiratory_rate": "Breaths, /min",
    "spo2_percent": "SpO₂, %",
}
WHY: Final = {
    "before": "before the start",
    "at_first": "in the first hour",
    "rate": "at a new rate",
    "running": "while it runs",
    "end": "at the end",
    "after": "after the end",
}
REASONS: Final = {
    "titration": "step of the plan",
    "reaction": "because of a reaction",
    "patient": "the patient wished it",
    "lot_change": "another lot",
    "end": "the end",
    "other": "another reason",
}
VERDICTS: Final = {
    "within": "within the limit",
    "over": "over the limit",
    "over_unverified": "over a limit that is not sure",
    "no_confirmed_limit": "no confirmed rate limit for this product",
}
CHANGES: Final = {
    "changed": "corrected",
    "voided": "declared a mistake",
    "added": "added",
    "taken_out": "taken out",
    "does_not_match": "not kept as it was signed",
}
TABLES: Final = {
    "visits": "the visit",
    "infusions": "the infusion",
    "vials": "a vial",
    "infusion_events": "a check, rate or vital sign",
    "reactions": "a reaction",
}
_FIELDS: Final = {
    "outcome": "Outcome",
    "outcome_reason": "Reason",
    "infusion_id": "Infusion",
    "infusion.status": "Infusion",
    "infusion.ended_at": "Infusion",
    "infusion.weight_kg": "Weight",
    "arrived_at": "Arrival",
    "left_at": "Leaving",
    "nurse_id": "Nurse",
    "ordered_g": "Order",
    "plan_id": "Plan",
    "events.identity": "Identity",
    "events.pre_check": "Questions",
    "events.access": "Access",
    "events.rate": "Rate",
    "events.vitals": "Vital signs",
    "events.wearing_off": "Trough",
    "reports": "Trough",
    "vials": "Vials",
}
_NUMBERED: Final = re.compile(r"(vials|reactions|events)\[(\d+)\]\..+")
_ONE_OF: Final = {"vials": "Vial", "reactions": "Reaction", "events": "Event"}


def gap_label(field: str) -> str:
    """Name what something is missing of: of many, by its place in the table, counted from 1."""
    numbered = _NUMBERED.fullmatch(field)
    if numbered is not None:
        return f"{_ONE_OF[numbered[1]]} {int(numbered[2]) + 1}"
    return _FIELDS.get(field, field.replace("_", " ").capitalize())


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
            return f"{name.removesuffix(ending).replace('_', ' ')} ({unit})"
    return name.replace("_", " ")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    if isinstance(value, int | float):
        return format_number(value, digits=6)
    return str(value).replace("_", " ")
