"""What may be entered about what happens beside an infusion. Pure.

One kind of event has one shape: a few fields, each a word of a list, words, a number or a text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from app.errors import Fault, Severity
from app.kit.fields import Choice, PastInstant, Words
from app.kit.limits import (
    Limit,
    Rule,
    Spec,
    check_limit,
    did_you_mean,
    found,
    number,
    quoted,
)
from app.monitoring.shapes import (
    NOTE,
    RISKS,
    SHAPES,
    TABLE,
    VITALS,
    Field,
    of_details,
)
from app.products.rates import RateJudgement, RateLimit, Risk, check_rate, rate_limit
from app.said import say

FAR: Final = timedelta(hours=12)
"""Further from the infusion than this, a date is probably wrong; judgement."""

LONGEST: Final = timedelta(hours=48)
"""As long as an infusion can last (`app.infusions.rules`)."""


@dataclass(frozen=True, slots=True)
class EventDraft:
    """Something that happened beside an infusion; what `details` hold depends on `kind`."""

    infusion_id: Any
    at: datetime
    kind: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InfusionFacts:
    """What the rules know of an infusion."""

    started_at: datetime
    ended_at: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class RateContext:
    """What a rate is judged by.

    Attributes
    ----------
    facts : mapping or None
        Of the product in the clinic's catalogue; None where the infusion names none.
    concentration_mg_per_ml : float or None
        As infused, mg/mL.
    weight_kg : float or None
        That of the infusion, or else the dosing weight.
    risk : str
        Of renal dysfunction or thrombosis, as the last pre-check before the rate says; "unknown"
        where it does not say, or there is none.
    is_first : bool
        Nothing ran in this infusion before the rate.
    """

    facts: Mapping[str, Any] | None
    concentration_mg_per_ml: float | None
    weight_kg: float | None
    indication: str
    risk: Risk
    is_first: bool = False


_INFUSION: Final = Rule(TABLE, "infusion_id", "unknown", "not a live infusion of the patient")
_AT: Final = PastInstant(TABLE, "at")
_AT_FAR: Final = Rule(
    TABLE,
    "at",
    "far",
    "more than 12 hours before the infusion began or after it ended",
    Severity.UNUSUAL,
)
_KIND: Final = Choice(TABLE, "kind", tuple(SHAPES))
_UNKNOWN: Final = Rule(TABLE, "details", "unknown", "a field that the kind does not have")
_NEEDED: Final = Rule(TABLE, "details", "needed", "without a field that the kind needs")
_TYPE: Final = Rule(TABLE, "details", "type", "a text for a number, or a number for a text")
_WHOLE: Final = Rule(TABLE, "details", "whole", "a part of something that is counted")
_EMPTY: Final = Rule(TABLE, "details", "empty", "vital signs without any value")
_PRESSURE: Final = Rule(
    TABLE, "details.diastolic_mmhg", "order", "not below the systolic blood pressure"
)
_KIT: Final = Rule(
    TABLE,
    "details.anaphylaxis_kit",
    "absent",
    "not `yes`: without one nothing is infused",
    Severity.UNUSUAL,
    "Nufactor [F16]",
)
_CONSENT: Final = Rule(
    TABLE, "details.consent", "absent", "not `yes`: nothing is given without it", Severity.UNUSUAL
)
_FROM_WITHOUT: Final = Rule(
    TABLE, "details.from_days_before", "without", "given although weaker_before is not `yes`"
)
_OVER: Final = Rule(
    TABLE,
    "details.over_limit_reason",
    "needed",
    "missing although the rate is over a limit that was read or that the clinic confirmed",
    source="product labels [F16]",
)
_UNJUDGED: Final = Rule(
    TABLE,
    "details.ml_per_h",
    "unjudged",
    "above 0 although no weight is known: nobody can say whether that is over a limit",
    Severity.UNUSUAL,
)
_NOT_DONE: Final = Rule(
    TABLE, "details.ml_per_h", "not-done", "above 0 although the infusion was not done"
)

SPECS: Final[tuple[Spec, ...]] = (
    *(_INFUSION, _AT, _AT_FAR, _KIND, _UNKNOWN, _NEEDED, _TYPE, _WHOLE, _EMPTY),
    *dict.fromkeys(field for shape in SHAPES.values() for field in shape.fields),
    *(NOTE, _PRESSURE, _KIT, _CONSENT, _FROM_WITHOUT, _OVER, _UNJUDGED, _NOT_DONE),
)


def check_event(
    draft: EventDraft,
    *,
    now: datetime,
    birth_date: date | None,
    infusion: InfusionFacts | None,
    rates: RateContext | None = None,
) -> list[Fault]:
    """Return every fault of an event.

    Parameters
    ----------
    draft : EventDraft
        The event.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    infusion : InfusionFacts or None
        None where the patient has no such live infusion.
    rates : RateContext or None
        What a rate is judged by; only of events of the kind `rate`.
    """
    faults = [
        *_AT.check(draft.at, now=now, birth_date=birth_date),
        *found(_infusion_fault(draft, infusion), _KIND.check(draft.kind)),
    ]
    if draft.kind not in SHAPES:
        return faults
    within = _details_faults(draft.kind, draft.details)
    can_judge = draft.kind == "rate" and not _are_impossible(within)
    if can_judge and infusion is not None and rates is not None:
        within += found(_rate_fault(draft.details, infusion, rates))
    return [*faults, *within]


def judge_rate(ml_per_h: float, context: RateContext) -> RateJudgement | None:
    """Compare a rate with the limit of the product; None where no weight is known.

    Parameters
    ----------
    ml_per_h : float
        Rate of the pump, mL/h; 0 while it is paused.
    context : RateContext
        What it is judged by.
    """
    if context.weight_kg is None:
        return None
    return check_rate(
        limit_of(context),
        ml_per_h=ml_per_h,
        weight_kg=context.weight_kg,
        concentration_mg_per_ml=context.concentration_mg_per_ml,
        is_first=context.is_first,
    )


def limit_of(context: RateContext) -> RateLimit | None:
    """Return the limit that the rates of an infusion are held against; None where there is none."""
    if context.facts is None:
        return None
    return rate_limit(context.facts, indication=context.indication, risk=context.risk)


def risk_at(pre_checks: Sequence[tuple[datetime, Mapping[str, Any]]], at: datetime) -> Risk:
    """Return the risk of thrombosis or for the kidneys by the last pre-check until `at`.

    It is "no" only where both were answered `no`.

    Parameters
    ----------
    pre_checks : sequence of (instant, details)
        Of one infusion, oldest first.
    """
    before = [details for asked_at, details in pre_checks if asked_at <= at]
    answers = {before[-1].get(risk) for risk in RISKS} if before else set()
    if "yes" in answers:
        return "yes"
    return "no" if answers == {"no"} else "unknown"


def _infusion_fault(draft: EventDraft, infusion: InfusionFacts | None) -> Fault | None:
    if infusion is None:
        return _INFUSION.fault(draft.infusion_id, say("the patient has no such infusion"))
    end = infusion.ended_at or infusion.started_at + LONGEST
    if infusion.started_at - FAR <= draft.at <= end + FAR:
        return None
    at = draft.at.isoformat()
    reason = say("%(at)s is more than 12 hours away from the infusion", at=at)
    return _AT_FAR.fault(draft.at, reason)


def _details_faults(kind: str, details: Mapping[str, Any]) -> list[Fault]:
    shape = SHAPES[kind]
    fields = shape.by_name()
    given = {name: value for name, value in details.items() if value is not None}
    faults = [_unknown_fault(kind, name, fields) for name in given if name not in fields]
    faults += [
        replace(_NEEDED.fault(None, say("a %(kind)s needs it", kind=kind)), field=of_details(name))
        for name in fields
        if name in shape.needed and name not in given
    ]
    faults += found(
        *(_field_fault(fields[name], value) for name, value in given.items() if name in fields)
    )
    fractions = [name for name in shape.whole & given.keys() if _is_fraction(given[name])]
    faults += [
        replace(_WHOLE.fault(given[name], say("it is not a whole number")), field=of_details(name))
        for name in sorted(fractions)
    ]
    return faults if _are_impossible(faults) else [*faults, *found(*_whole_faults(kind, given))]


def _are_impossible(faults: Sequence[Fault]) -> bool:
    return any(fault.severity is Severity.IMPOSSIBLE for fault in faults)


def _unknown_fault(kind: str, name: str, fields: Collection[str]) -> Fault:
    reason = say(
        "a %(kind)s has no %(name)s%(hint)s",
        kind=kind,
        name=quoted(name),
        hint=did_you_mean(name, fields),
    )
    return replace(_UNKNOWN.fault(None, reason), field=of_details(name[:60]))


def _field_fault(field: Field, value: Any) -> Fault | None:
    if isinstance(field, Words):
        return field.check(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(field, Limit):
        if not is_number:
            return replace(_TYPE.fault(value, say("it is not a number")), field=field.field)
        return check_limit(field, value)
    if not isinstance(value, str):
        return replace(_TYPE.fault(value, say("it is not a text")), field=field.field)
    return field.check(value)


def _is_fraction(value: Any) -> bool:
    return isinstance(value, float) and not value.is_integer()


def _whole_faults(kind: str, given: Mapping[str, Any]) -> list[Fault | None]:
    """Return the faults that more than one detail decides, or one word."""
    if kind == "vitals":
        systolic, diastolic = given.get("systolic_mmhg"), given.get("diastolic_mmhg")
        if not given.keys() & set(VITALS):
            return [_EMPTY.fault(None, say("there is no value"))]
        if systolic is not None and diastolic is not None and diastolic >= systolic:
            both = {"diastolic": number(diastolic), "systolic": number(systolic)}
            reason = say("%(diastolic)s is not below the systolic %(systolic)s", **both)
            return [_PRESSURE.fault(diastolic, reason)]
    if kind == "pre_check":
        return [
            rule.fault(
                given[name],
                say("`%(answer)s`: nothing is infused without it", answer=str(given[name])),
            )
            for rule, name in ((_KIT, "anaphylaxis_kit"), (_CONSENT, "consent"))
            if given[name] != "yes"
        ]
    if kind == "wearing_off" and "from_days_before" in given and given["weaker_before"] != "yes":
        asked = {"field": "weaker_before", "answer": str(given["weaker_before"])}
        reason = say("%(field)s is %(answer)s", **asked)
        return [_FROM_WITHOUT.fault(given["from_days_before"], reason)]
    return []


def _rate_fault(
    details: Mapping[str, Any], infusion: InfusionFacts, rates: RateContext
) -> Fault | None:
    ml_per_h = details["ml_per_h"]
    if infusion.status == "not_done" and ml_per_h > 0:
        reason = say("%(rate)s mL/h in an infusion that was not done", rate=number(ml_per_h))
        return _NOT_DONE.fault(ml_per_h, reason)
    judgement = judge_rate(ml_per_h, rates)
    if judgement is None:
        reason = say("no weight is known, so nobody can judge %(rate)s mL/h", rate=number(ml_per_h))
        return _UNJUDGED.fault(ml_per_h, reason) if ml_per_h > 0 else None
    if judgement.verdict != "over" or details.get("over_limit_reason"):
        return None
    return _OVER.fault(None, say("%(over)s: say why it runs so fast", over=judgement.message))
