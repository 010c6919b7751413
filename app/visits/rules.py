"""What may be entered about a visit and the calls after it. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from app.errors import Fault, Severity
from app.kit.fields import Choice, PastInstant, PlannedDate, TextField
from app.kit.limits import Limit, Rule, Spec, check_limit, found, number, quoted
from app.plans.rules import IMPOSSIBLE_G, UNUSUAL_G
from app.reactions.rules import red_flag_of
from app.said import say

# --- a visit -------------------------------------------------------------------------------------

GIVEN: Final = "given"
PARTLY_GIVEN: Final = "partly_given"
NOT_GIVEN: Final = "not_given"
OUTCOMES: Final = (GIVEN, PARTLY_GIVEN, NOT_GIVEN)
NURSES: Final = frozenset({"nurse", "physician"})
"""Roles of whoever can be the nurse of a visit."""

LONGEST_COURSE: Final = 10
"""Days; the same bound as a plan's."""

USUAL_STAY: Final = timedelta(hours=16)
POSSIBLE_STAY: Final = timedelta(hours=48)
"""As an infusion lasts (`app.infusions.rules`); a judgement."""


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """One infusion day; `ordered_g` is the order for this day alone, g."""

    planned_on: date
    course_day: int = 1
    course_days: int = 1
    infusion_id: uuid.UUID | None = None
    assignment_id: uuid.UUID | None = None
    nurse_id: uuid.UUID | None = None
    plan_id: uuid.UUID | None = None
    plan_version: int | None = None
    ordered_g: float | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    outcome: str | None = None
    outcome_reason: str | None = None
    no_trough_reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class VisitLinks:
    """What is known of the rows that a visit names.

    `has_infusion` and `has_assignment` say that the patient has such a live row, `nurse_role` is
    None where the clinic has no such account, `newest_plan` where the patient has no such plan.
    """

    has_infusion: bool = True
    has_assignment: bool = True
    nurse_role: str | None = None
    newest_plan: int | None = None


_PLANNED_ON: Final = PlannedDate("visits", "planned_on")
_INFUSION: Final = Rule("visits", "infusion_id", "unknown", "not an infusion of the patient")
_ASSIGNMENT: Final = Rule("visits", "assignment_id", "unknown", "not a visit assigned to anybody")
_NURSE: Final = Rule("visits", "nurse_id", "unknown", "not a nurse or physician of the clinic")
_PLAN: Final = Rule("visits", "plan_id", "unknown", "not a plan of the patient")
_PLAN_VERSION: Final = Rule(
    "visits", "plan_version", "unknown", "not a version of the plan, or without one of the two"
)
_COURSE_DAYS: Final = Limit(
    "visits",
    "course_days",
    "days",
    impossible_below=1,
    impossible_above=LONGEST_COURSE,
    note="as in a plan",
)
_COURSE_DAY: Final = Rule("visits", "course_day", "outside", "below 1 or above course_days")
_ORDERED: Final = Limit(
    "visits",
    "ordered_g",
    "g",
    impossible_below=0.5,
    impossible_above=IMPOSSIBLE_G,
    unusual_above=UNUSUAL_G,
    note="0.5 g is the smallest vial; 240 and 400 g are 2.4 and 4 g/kg at 100 kg",
)
_ARRIVED_AT: Final = PastInstant("visits", "arrived_at")
_LEFT_AT: Final = PastInstant("visits", "left_at")
_LEFT_FIRST: Final = Rule("visits", "left_at", "before-arrival", "before arrived_at")
_STAYED: Final = Rule("visits", "left_at", "too-long", "more than 48 hours after arrived_at")
_STAYED_LONG: Final = Rule(
    "visits", "left_at", "long", "more than 16 hours after arrived_at", Severity.UNUSUAL
)
_OUTCOME: Final = Choice("visits", "outcome", OUTCOMES)
_OUTCOME_REASON: Final = TextField("visits", "outcome_reason", 1000, has_lines=True)
_NO_TROUGH: Final = TextField("visits", "no_trough_reason", 500, has_lines=True)
_NOTE: Final = TextField("visits", "note", 4000, has_lines=True)


def check_visit(
    draft: VisitDraft, *, now: datetime, birth_date: date | None, links: VisitLinks
) -> list[Fault]:
    """Return every fault of a visit; what is only not known yet is none (`missing`)."""
    return [
        *_PLANNED_ON.check(draft.planned_on, now=now, birth_date=birth_date),
        *_link_faults(draft, links),
        *_plan_faults(draft, links),
        *_course_faults(draft),
        *_ARRIVED_AT.check(draft.arrived_at, now=now, birth_date=birth_date),
        *_LEFT_AT.check(draft.left_at, now=now, birth_date=birth_date),
        *found(
            check_limit(_ORDERED, draft.ordered_g),
            _stay_fault(draft),
            _OUTCOME.check(draft.outcome),
            _OUTCOME_REASON.check(draft.outcome_reason),
            _NO_TROUGH.check(draft.no_trough_reason),
            _NOTE.check(draft.note),
        ),
    ]


def _link_faults(draft: VisitDraft, links: VisitLinks) -> list[Fault]:
    faults = []
    if draft.infusion_id is not None and not links.has_infusion:
        faults.append(_INFUSION.fault(draft.infusion_id, say("the patient has no such infusion")))
    if draft.assignment_id is not None and not links.has_assignment:
        reason = say("the patient has no such assigned visit")
        faults.append(_ASSIGNMENT.fault(draft.assignment_id, reason))
    if draft.nurse_id is not None and links.nurse_role not in NURSES:
        reason = say("the clinic has no such nurse or physician")
        faults.append(_NURSE.fault(draft.nurse_id, reason))
    return faults


def _plan_faults(draft: VisitDraft, links: VisitLinks) -> list[Fault]:
    if draft.plan_id is None:
        if draft.plan_version is None:
            return []
        reason = say("it stands without %(field)s", field="plan_id")
        return [_PLAN_VERSION.fault(draft.plan_version, reason)]
    if links.newest_plan is None:
        return [_PLAN.fault(draft.plan_id, say("the patient has no such plan"))]
    if draft.plan_version is None:
        reason = say("it is missing: say which version of the plan")
        return [_PLAN_VERSION.fault(None, reason)]
    if not 1 <= draft.plan_version <= links.newest_plan:
        newest = str(links.newest_plan)
        reason = say("the plan has the versions 1 to %(newest)s", newest=newest)
        return [_PLAN_VERSION.fault(draft.plan_version, reason)]
    return []


def _course_faults(draft: VisitDraft) -> list[Fault]:
    days = check_limit(_COURSE_DAYS, draft.course_days)
    if days is not None or 1 <= draft.course_day <= draft.course_days:
        return found(days)
    reason = say(
        "%(day)s is not a day of a course of %(days)s",
        day=draft.course_day,
        days=draft.course_days,
    )
    return [_COURSE_DAY.fault(draft.course_day, reason)]


def _stay_fault(draft: VisitDraft) -> Fault | None:
    if draft.arrived_at is None or draft.left_at is None:
        return None
    stay = draft.left_at - draft.arrived_at
    if stay < timedelta(0):
        stayed = {"later": draft.left_at.isoformat(), "earlier": draft.arrived_at.isoformat()}
        reason = say("%(later)s is before %(earlier)s", **stayed)
        return _LEFT_FIRST.fault(draft.left_at, reason)
    if stay <= USUAL_STAY:
        return None
    rule = _STAYED if stay > POSSIBLE_STAY else _STAYED_LONG
    parts = {"hours": number(round(stay / timedelta(hours=1), 1)), "field": "arrived_at"}
    return rule.fault(draft.left_at, say("it is %(hours)s hours after %(field)s", **parts))


# --- the calls afterwards ------------------------------------------------------------------------

SYMPTOMS: Final = (
    *("headache_stiff_neck", "chest_pain_or_breathless", "leg_swelling", "one_sided_weakness"),
    *("dark_urine", "jaundice", "pallor", "rash", "fever", "reduced_urine", "new_weakness"),
)
"""What a call asks for [F16]; some are red flags (`app.reactions.rules.RED_FLAGS`)."""

YES: Final = "yes"
NOT_ASKED: Final = "not_asked"
ANSWERS: Final = (YES, "no", NOT_ASKED)


@dataclass(frozen=True, slots=True)
class CallDraft:
    """A call after a visit; symptoms that are not named were not asked for."""

    visit_id: uuid.UUID
    called_at: datetime
    reached: bool
    symptoms: Mapping[str, str]
    advice: str | None = None
    note: str | None = None


_VISIT: Final = Rule("follow_up_calls", "visit_id", "unknown", "not a visit of the patient")
_CALLED_AT: Final = PastInstant("follow_up_calls", "called_at")
_CALLED_FIRST: Final = Rule(
    "follow_up_calls", "called_at", "before-visit", "before the infusion of the visit began"
)
_SYMPTOM: Final = Rule("follow_up_calls", "symptoms", "unknown", "a symptom that no call asks for")
_ANSWER: Final = Rule("follow_up_calls", "symptoms", "answer", f"not one of {', '.join(ANSWERS)}")
_UNREACHED: Final = Rule(
    "follow_up_calls", "symptoms", "not-reached", "an answer although nobody was reached"
)
_NOTHING: Final = Rule(
    "follow_up_calls", "symptoms", "nothing-asked", "no answer although somebody was reached"
)
_ADVICE: Final = TextField("follow_up_calls", "advice", 1000, has_lines=True)
_NEEDS_ADVICE: Final = Rule(
    "follow_up_calls", "advice", "needed", "missing although a red flag was answered with yes"
)
_CALL_NOTE: Final = TextField("follow_up_calls", "note", 4000, has_lines=True)


def all_symptoms(answers: Mapping[str, str]) -> dict[str, str]:
    """Return an answer for every symptom, `not_asked` where none was given; unknown ones stay."""
    return {**dict.fromkeys(SYMPTOMS, NOT_ASKED), **answers}


def alarming(answers: Mapping[str, str]) -> list[str]:
    """Return the symptoms that were answered with yes and are red flags."""
    return [name for name in SYMPTOMS if answers.get(name) == YES and red_flag_of(name) is not None]


def check_call(
    draft: CallDraft,
    *,
    now: datetime,
    birth_date: date | None,
    has_visit: bool,
    started_at: datetime | None,
) -> list[Fault]:
    """Return every fault of a call; `started_at` is when the infusion of its visit began."""
    faults = _CALLED_AT.check(draft.called_at, now=now, birth_date=birth_date)
    if not has_visit:
        faults.append(_VISIT.fault(draft.visit_id, say("the patient has no such visit")))
    if started_at is not None and draft.called_at < started_at:
        times = {"called": draft.called_at.isoformat(), "started": started_at.isoformat()}
        reason = say("%(called)s is before the infusion at %(started)s", **times)
        faults.append(_CALLED_FIRST.fault(draft.called_at, reason))
    needs_advice = None
    if alarming(draft.symptoms) and draft.advice is None:
        names = ", ".join(alarming(draft.symptoms))
        reason = say("it is missing: %(names)s, so what was advised?", names=names)
        needs_advice = _NEEDS_ADVICE.fault(None, reason)
    return [
        *faults,
        *_answer_faults(draft),
        *found(needs_advice, _ADVICE.check(draft.advice), _CALL_NOTE.check(draft.note)),
    ]


def _answer_faults(draft: CallDraft) -> list[Fault]:
    faults = []
    for name, answer in draft.symptoms.items():
        if name not in SYMPTOMS:
            reason = say("%(value)s is not one of %(options)s", value=quoted(name), options=_LISTED)
            faults.append(_SYMPTOM.fault(name, reason))
        elif answer not in ANSWERS:
            reason = say(
                "%(name)s is %(answer)s, which is not one of %(options)s",
                name=name,
                answer=quoted(answer),
                options=", ".join(ANSWERS),
            )
            faults.append(_ANSWER.fault(answer, reason))
    is_answered = any(answer != NOT_ASKED for answer in draft.symptoms.values())
    if is_answered and not draft.reached:
        faults.append(_UNREACHED.fault(None, say("nobody was reached, so nobody answered")))
    if draft.reached and not is_answered:
        reason = say("somebody was reached, so ask for the symptoms")
        faults.append(_NOTHING.fault(None, reason))
    return faults


_LISTED: Final = ", ".join(SYMPTOMS)


SPECS: Final[tuple[Spec, ...]] = (
    *(_PLANNED_ON, _INFUSION, _ASSIGNMENT, _NURSE, _PLAN, _PLAN_VERSION, _COURSE_DAYS),
    *(_COURSE_DAY, _ORDERED, _ARRIVED_AT, _LEFT_AT, _LEFT_FIRST, _STAYED, _STAYED_LONG),
    *(_OUTCOME, _OUTCOME_REASON, _NO_TROUGH, _NOTE),
    *(_VISIT, _CALLED_AT, _CALLED_FIRST, _SYMPTOM, _ANSWER, _UNREACHED, _NOTHING),
    *(_ADVICE, _NEEDS_ADVICE, _CALL_NOTE),
)
