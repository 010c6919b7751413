"""What somebody did with a record, in the words of whom the record is about."""

from __future__ import annotations

import re
from typing import Final

from app.kit.audit.reading import Seen

_OF_OPERATION: Final = {
    "show_patient": "opened the page with findings, chart and plans",
    "show_history": "read the history of an entry",
    "show_care_team": "looked at who cares for the patient",
    "show_access_log": "looked at who looked at the record",
    "show_worklist": "opened the work list",
    "show_patient_list": "opened the list of patients",
    "show_emergency": "opened the form for emergencies",
    "open_in_emergency": "opened the record in an emergency",
    "open_record_in_emergency": "opened the record in an emergency",
    "note_emergency": "took note of an emergency access",
    "mark_emergency_seen": "took note of an emergency access",
    "add_to_care_team": "put somebody on the care team",
    "end_membership": "ended somebody's place on the care team",
    "read_access_log": "looked at who looked at the record",
    "list_patients": "opened the list of patients",
    "list_people": "looked up who can be on a care team",
    "find_people": "looked up who can be on a care team",
    "list_emergencies": "looked at emergency accesses to take note of",
    "find_patients": "searched for patients",
    "read_worklist": "opened the work list",
    "read_analysis": "read the analysis",
    "read_courses": "read the courses",
    "read_next_course": "read when the next course is due",
    "read_series": "read the readings",
    "read_settings_in_force": "read the settings of the analysis",
    "read_findings": "read the findings",
    "sign_infusion": "signed an infusion",
    "acknowledge_finding": "acknowledged a finding",
    "disagree_finding": "disagreed with a finding",
    "snooze_finding": "put a finding off",
    "reopen_finding": "opened a finding again",
    "analyse": "computed the analysis anew",
    "import": "imported files",
    "export": "exported data",
}

_THINGS: Final = {
    "patient": ("the record itself", "the patients"),
    "weight": ("a weight", "the weights"),
    "therapy": ("another therapy", "the other therapies"),
    "setting": ("a setting of the analysis", "the settings of the analysis"),
    "care_team_member": ("a place on the care team", "the care team"),
    "consent": ("a consent", "the consents"),
    "plan": ("a plan", "the plans"),
    "hold": ("a hold", "the holds"),
    "infusion": ("an infusion", "the infusions"),
    "signature": ("a signature", "the signatures"),
    "report": ("a report", "the reports"),
    "finding": ("a finding", "the findings"),
}
_PLURALS: Final = {"therapies": "therapy", "care_team": "care_team_member"}
_VERBS: Final = {
    "list": "opened",
    "read": "opened",
    "create": "entered",
    "change": "corrected",
    "void": "declared a mistake:",
}
_PATTERN: Final = re.compile(r"(list|read|create|change|void)_([a-z_]+?)(_history)?")
_OF_ACTION: Final = {
    "read": "looked at the record",
    "search": "saw the patient in a list",
    "write": "changed the record",
    "export": "exported data",
    "import": "imported files",
    "emergency": "opened the record in an emergency",
}


def deed_of(entry: Seen) -> str:
    """Return what was done, as it follows a name: "opened the reports"."""
    done = _done(entry.operation) or _OF_ACTION.get(entry.action, "did something with the record")
    return f"was refused, and would have {done}" if entry.action == "refused" else done


def is_known(operation: str) -> bool:
    """Say whether there are words of its own for an operation."""
    return _done(operation) is not None


def _done(operation: str) -> str | None:
    if operation in _OF_OPERATION:
        return _OF_OPERATION[operation]
    match = _PATTERN.fullmatch(operation)
    if match is None:
        return None
    verb, name, history = match.groups()
    things = _THINGS.get(_PLURALS.get(name, name.removesuffix("s") if verb == "list" else name))
    if things is None:
        return None
    if history:
        return f"read the history of {things[0]}"
    return f"{_VERBS[verb]} {things[verb == 'list']}"


def who_of(entry: Seen, name: str | None) -> tuple[str, str]:
    """Return who did it, as a name and what they are; parts of the system have no name."""
    if name is not None:
        return name, entry.actor
    if entry.actor == "analysis":
        return "The automatic analysis", ""
    operator = re.fullmatch(r"system operator \((.+)\)", entry.actor)
    if operator is not None:
        return "The operator of this service", operator[1]
    return "Somebody", entry.actor
