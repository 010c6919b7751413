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
    "show_schedule": "opened the schedule",
    "show_own_schedule": "looked at when infusions are planned",
    "decide_on_course": "moved, cancelled or added a course",
    "take_back_decision": "took back a change of the schedule",
    "assign_visit": "assigned a visit",
    "take_back_assignment": "took back an assigned visit",
    "show_conversion": "had an order converted to vials",
    "show_visit": "read a visit",
    "sign_this_visit": "signed a visit",
    "show_calls": "opened the list of calls after visits",
    "show_lots": "looked up who got a lot",
    "show_recall": "looked at who got a recalled lot",
    "show_recall_history": "read the history of a recall",
    "enter_recall": "entered a recall",
    "take_back_recall": "took back a recall",
    "note_told": "noted that the patient was told of a recall",
    "note_confirmed": "noted that the patient knows of a recall",
    "list_patients": "opened the list of patients",
    "list_people": "looked up who can be on a care team",
    "find_people": "looked up who can be on a care team",
    "list_emergencies": "looked at emergency accesses to take note of",
    "find_patients": "searched for patients",
    "read_worklist": "opened the work list",
    "read_analysis": "read the analysis",
    "read_courses": "read the courses",
    "read_next_course": "read when the next course is due",
    "read_schedule": "read the planned courses",
    "list_due": "opened the list of courses that are due",
    "read_week": "opened the calendar of a week",
    "read_conversion": "had an order converted to vials",
    "read_series": "read the readings",
    "read_settings_in_force": "read the settings of the analysis",
    "read_findings": "read the findings",
    "sign_infusion": "signed an infusion",
    "sign_plan": "signed a plan",
    "sign_visit": "signed a visit",
    "list_plan_signatures": "opened the signatures of a plan",
    "list_visit_signatures": "opened the signatures of a visit",
    "read_visit_record": "opened a visit with all that belongs to it",
    "create_visit_bundle": "entered a visit with all that belongs to it",
    "list_calls": "opened the list of calls",
    "read_monitoring": "read how an infusion ran",
    "read_red_flags": "read the list of red flags",
    "acknowledge_finding": "acknowledged a finding",
    "disagree_finding": "disagreed with a finding",
    "snooze_finding": "put a finding off",
    "reopen_finding": "opened a finding again",
    "analyse": "computed the analysis anew",
    "list_vials_of_infusion": "opened the vials of an infusion",
    "scan_vial": "scanned a vial",
    "look_back": "looked up who got a lot",
    "export_lot": "exported who got a lot",
    "read_lots_of_patient": "read which lots were given",
    "read_recall_recipients": "looked up who got a recalled lot",
    "read_recall_worklist": "opened the list of recalled lots",
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
    "course_exception": ("a change of a planned course", "the changes of planned courses"),
    "visit_assignment": ("who visits", "who visits when"),
    "infusion": ("an infusion", "the infusions"),
    "vial": ("a vial", "the vials"),
    "visit": ("a visit", "the visits"),
    "follow_up_call": ("a call after a visit", "the calls after visits"),
    "recall": ("a recall", "the recalls"),
    "recall_notice": ("a notice of a recall", "the notices of recalls"),
    "signature": ("a signature", "the signatures"),
    "infusion_event": ("an event of an infusion", "the events of infusions"),
    "reaction": ("a reaction", "the reactions"),
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
