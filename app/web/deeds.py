"""What somebody did with a record, in the words of whom the record is about."""

from __future__ import annotations

import re
from typing import Final

from app.kit.audit.reading import Seen
from app.web.i18n import N_, Words
from app.web.i18n import gettext as _

_OF_OPERATION: Final = Words(
    {
        "show_patient": N_("opened the page with findings, chart and plans"),
        "show_history": N_("read the history of an entry"),
        "show_care_team": N_("looked at who cares for the patient"),
        "show_access_log": N_("looked at who looked at the record"),
        "show_worklist": N_("opened the work list"),
        "show_chart_data": N_("looked at the charts"),
        "show_patient_list": N_("opened the list of patients"),
        "show_emergency": N_("opened the form for emergencies"),
        "open_in_emergency": N_("opened the record in an emergency"),
        "open_record_in_emergency": N_("opened the record in an emergency"),
        "note_emergency": N_("took note of an emergency access"),
        "mark_emergency_seen": N_("took note of an emergency access"),
        "add_to_care_team": N_("put somebody on the care team"),
        "end_membership": N_("ended somebody's place on the care team"),
        "read_access_log": N_("looked at who looked at the record"),
        "show_schedule": N_("opened the schedule"),
        "show_own_schedule": N_("looked at when infusions are planned"),
        "decide_on_course": N_("moved, cancelled or added a course"),
        "take_back_decision": N_("took back a change of the schedule"),
        "assign_visit": N_("assigned a visit"),
        "take_back_assignment": N_("took back an assigned visit"),
        "show_conversion": N_("had an order converted to vials"),
        "show_visit": N_("read a visit"),
        "sign_this_visit": N_("signed a visit"),
        "show_calls": N_("opened the list of calls after visits"),
        "show_lots": N_("looked up who got a lot"),
        "show_recall": N_("looked at who got a recalled lot"),
        "show_recall_history": N_("read the history of a recall"),
        "enter_recall": N_("entered a recall"),
        "take_back_recall": N_("took back a recall"),
        "note_told": N_("noted that the patient was told of a recall"),
        "note_confirmed": N_("noted that the patient knows of a recall"),
        "list_patients": N_("opened the list of patients"),
        "list_people": N_("looked up who can be on a care team"),
        "find_people": N_("looked up who can be on a care team"),
        "list_emergencies": N_("looked at emergency accesses to take note of"),
        "find_patients": N_("searched for patients"),
        "read_worklist": N_("opened the work list"),
        "read_analysis": N_("read the analysis"),
        "read_courses": N_("read the courses"),
        "read_next_course": N_("read when the next course is due"),
        "read_schedule": N_("read the planned courses"),
        "list_due": N_("opened the list of courses that are due"),
        "read_week": N_("opened the calendar of a week"),
        "read_conversion": N_("had an order converted to vials"),
        "read_series": N_("read the readings"),
        "read_settings_in_force": N_("read the settings of the analysis"),
        "read_findings": N_("read the findings"),
        "sign_infusion": N_("signed an infusion"),
        "sign_plan": N_("signed a plan"),
        "sign_visit": N_("signed a visit"),
        "list_plan_signatures": N_("opened the signatures of a plan"),
        "list_visit_signatures": N_("opened the signatures of a visit"),
        "read_visit_record": N_("opened a visit with all that belongs to it"),
        "create_visit_bundle": N_("entered a visit with all that belongs to it"),
        "list_visit_packets": N_("took visits along on a device"),
        "list_calls": N_("opened the list of calls"),
        "read_monitoring": N_("read how an infusion ran"),
        "read_alarm_signs": N_("read the list of what can be wrong"),
        "read_today": N_("looked at today's questions"),
        "show_course": N_("opened the page of the course"),
        "show_diary": N_("looked at what is asked at home"),
        "choose_questions": N_("chose what is asked at home"),
        "take_back_report": N_("declared a report a mistake"),
        "take_back_alarm": N_("declared an alarm a mistake"),
        "export_own_record": N_("exported the whole record"),
        "list_own_patients": N_("looked up the patients of the account"),
        "read_red_flags": N_("read the list of red flags"),
        "acknowledge_finding": N_("acknowledged a finding"),
        "disagree_finding": N_("disagreed with a finding"),
        "snooze_finding": N_("put a finding off"),
        "reopen_finding": N_("opened a finding again"),
        "show_summary": N_("opened the summary on one page"),
        "print_summary": N_("printed the summary on one page"),
        "show_digest": N_("opened the week of the clinic"),
        "show_cohort": N_("opened the cohort of the clinic"),
        "show_finding": N_("read a finding and what was said of it"),
        "acknowledge_this_finding": N_("acknowledged a finding"),
        "disagree_this_finding": N_("disagreed with a finding"),
        "snooze_this_finding": N_("put a finding off"),
        "reopen_this_finding": N_("opened a finding again"),
        "analyse": N_("computed the analysis anew"),
        "list_vials_of_infusion": N_("opened the vials of an infusion"),
        "scan_vial": N_("scanned a vial"),
        "look_back": N_("looked up who got a lot"),
        "export_lot": N_("exported who got a lot"),
        "read_lots_of_patient": N_("read which lots were given"),
        "read_recall_recipients": N_("looked up who got a recalled lot"),
        "read_recall_worklist": N_("opened the list of recalled lots"),
        "import": N_("imported files"),
        "export": N_("exported data"),
    }
)

_THINGS: Final = {
    "patient": (N_("the record itself"), N_("the patients")),
    "weight": (N_("a weight"), N_("the weights")),
    "therapy": (N_("another therapy"), N_("the other therapies")),
    "setting": (N_("a setting of the analysis"), N_("the settings of the analysis")),
    "care_team_member": (N_("a place on the care team"), N_("the care team")),
    "consent": (N_("a consent"), N_("the consents")),
    "plan": (N_("a plan"), N_("the plans")),
    "hold": (N_("a hold"), N_("the holds")),
    "course_exception": (N_("a change of a planned course"), N_("the changes of planned courses")),
    "visit_assignment": (N_("who visits"), N_("who visits when")),
    "infusion": (N_("an infusion"), N_("the infusions")),
    "vial": (N_("a vial"), N_("the vials")),
    "visit": (N_("a visit"), N_("the visits")),
    "follow_up_call": (N_("a call after a visit"), N_("the calls after visits")),
    "recall": (N_("a recall"), N_("the recalls")),
    "recall_notice": (N_("a notice of a recall"), N_("the notices of recalls")),
    "signature": (N_("a signature"), N_("the signatures")),
    "infusion_event": (N_("an event of an infusion"), N_("the events of infusions")),
    "reaction": (N_("a reaction"), N_("the reactions")),
    "report": (N_("a report"), N_("the reports")),
    "alarm": (N_("an alarm"), N_("the alarms")),
    "diary": (N_("the questions of the diary"), N_("the questions of the diary")),
    "finding": (N_("a finding"), N_("the findings")),
}
_PLURALS: Final = {"therapies": "therapy", "diaries": "diary", "care_team": "care_team_member"}
_VERBS: Final = Words(
    {
        "list": N_("opened %(what)s"),
        "read": N_("opened %(what)s"),
        "create": N_("entered %(what)s"),
        "change": N_("corrected %(what)s"),
        "void": N_("declared a mistake: %(what)s"),
        "history": N_("read the history of %(what)s"),
    }
)
_PATTERN: Final = re.compile(r"(list|read|create|change|void)_([a-z_]+?)(_history)?")
_OF_ACTION: Final = Words(
    {
        "read": N_("looked at the record"),
        "search": N_("saw the patient in a list"),
        "write": N_("changed the record"),
        "export": N_("exported data"),
        "import": N_("imported files"),
        "emergency": N_("opened the record in an emergency"),
    }
)


def deed_of(entry: Seen) -> str:
    """Return what was done, as it follows a name: "opened the reports"."""
    done = _done(entry.operation) or _OF_ACTION.get(entry.action)
    done = done or _("did something with the record")
    if entry.action == "refused":
        return _("was refused, and would have %(deed)s", deed=done)
    return done


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
    what = _(things[verb == "list" and not history])
    return _VERBS.fill("history" if history else verb, what=what)


def who_of(entry: Seen, name: str | None) -> tuple[str, str]:
    """Return who did it, as a name and what they are; parts of the system have no name."""
    if name is not None:
        return name, entry.actor
    if entry.actor == "analysis":
        return _("The automatic analysis"), ""
    operator = re.fullmatch(r"system operator \((.+)\)", entry.actor)
    if operator is not None:
        return _("The operator of this service"), operator[1]
    return _("Somebody"), entry.actor
