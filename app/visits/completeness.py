"""What a visit still needs by its outcome, and its grams against the order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.kit.limits import number
from app.said import Said, say
from app.visits.recorded import (
    NamedPlan,
    PlanOrder,
    RateOver,
    ReactionFacts,
    Reading,
    Recorded,
)
from app.visits.rules import NOT_GIVEN, PARTLY_GIVEN, VisitDraft

STATUS_OF: Final = {"given": "completed", PARTLY_GIVEN: "stopped", NOT_GIVEN: "not_done"}
"""The status that the infusion has by the outcome of its visit."""

HANDS: Final = ("right_hand", "left_hand")
GRIP: Final = ("grip_kpa", "grip_kg")
BALANCE_G: Final = 1e-6
"""Grams used and wasted are the grams opened to this much: what rounding leaves."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that a visit still needs; `reason` reads as a sentence after the field's name."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Grams of one day; None where they are not known.

    `difference_g` is infused less ordered; `is_within` compares it with the order's tolerance,
    and `is_balanced` says that what was opened was infused or wasted.

    The other figures come from the plan, whatever anybody typed. `plan_course_g` is its order for
    the course; `plan_ordered_g` what that leaves for this day, less what the other infusions of
    the course gave. `plan_difference_g` is infused less that, `plan_difference_percent` its part
    of the course, and `is_within_plan` compares it; all three on the last day of a course only.
    `contradicts_plan` says that `ordered_g` itself does not fit.
    """

    ordered_g: float | None
    opened_g: float | None
    infused_g: float | None
    wasted_g: float | None
    difference_g: float | None
    difference_percent: float | None
    tolerance_percent: float
    is_within: bool | None
    is_balanced: bool | None
    plan_course_g: float | None = None
    plan_ordered_g: float | None = None
    plan_difference_g: float | None = None
    plan_difference_percent: float | None = None
    is_within_plan: bool | None = None
    contradicts_plan: bool | None = None


def reconcile(recorded: Recorded) -> Totals:
    """Return the grams of a visit: ordered, opened, infused and wasted, and how they fit."""
    vials, ordered = recorded.vials, recorded.visit.ordered_g
    opened = _sum(vial.nominal_g for vial in vials) if vials else None
    wasted = _sum(vial.wasted_g for vial in vials) if vials else None
    infused = _sum(vial.used_g for vial in vials) if vials else recorded.infused_g
    difference = percent = within = balanced = None
    if ordered is not None and infused is not None:
        difference = round(infused - ordered, 6)
        percent = round(100 * difference / ordered, 2)
        within = abs(percent) <= recorded.tolerance_percent
    if opened is not None and infused is not None and wasted is not None:
        balanced = abs(opened - infused - wasted) <= BALANCE_G * len(vials)
    return Totals(
        ordered_g=ordered,
        opened_g=opened,
        infused_g=infused,
        wasted_g=wasted,
        difference_g=difference,
        difference_percent=percent,
        tolerance_percent=recorded.tolerance_percent,
        is_within=within,
        is_balanced=balanced,
        **_against_plan(recorded, infused),
    )


def _against_plan(recorded: Recorded, infused_g: float | None) -> dict[str, Any]:
    """Return what the plan ordered, and how what ran and what was typed fit that."""
    order, typed_g = recorded.order, recorded.visit.ordered_g
    if order is None or not order.course_g:
        return {}
    course_g, tolerance = order.course_g, recorded.tolerance_percent
    left_g = course_g - order.others_g
    is_last = _is_last(recorded.visit, order)
    found: dict[str, Any] = {
        "plan_course_g": round(course_g, 6),
        "plan_ordered_g": round(left_g, 6),
    }
    if typed_g is not None:
        off = round(100 * (typed_g - left_g) / course_g, 2)
        # On an earlier day of a course any part of what is left may be meant.
        found["contradicts_plan"] = (abs(off) if is_last else off) > tolerance
    if infused_g is not None and is_last:
        percent = round(100 * (infused_g - left_g) / course_g, 2)
        found["plan_difference_g"] = round(infused_g - left_g, 6)
        found["plan_difference_percent"] = percent
        found["is_within_plan"] = abs(percent) <= tolerance
    return found


def _is_last(visit: VisitDraft, order: PlanOrder) -> bool:
    """Say whether the course should be complete with this day, as it says or as the plan does."""
    return max(visit.course_day, order.day) >= min(visit.course_days, order.course_days)


def _sum(grams: Iterable[float]) -> float:
    return round(sum(grams), 6)


def trough_of(
    readings: Iterable[Reading], *, before: datetime | None
) -> Literal["taken", "one_hand", "two_devices", "none"]:
    """Say whether the grip of each hand was taken on one device before the infusion began.

    Parameters
    ----------
    readings : iterable of Reading
        Those of the day, of any measure.
    before : datetime or None
        When the infusion began; None where it did not.
    """
    early = [
        r
        for r in readings
        if r.measure in GRIP and r.site in HANDS and (before is None or r.at <= before)
    ]
    if not early:
        return "none"
    if {r.site for r in early} != set(HANDS):
        return "one_hand"
    by_device: dict[tuple[str, str | None], set[str]] = {}
    for reading in early:
        by_device.setdefault((reading.measure, reading.device), set()).add(reading.site)
    return "taken" if set(HANDS) in by_device.values() else "two_devices"


def missing(recorded: Recorded) -> list[Gap]:
    """Return everything that the visit still needs before it can be signed.

    What is needed depends on the outcome: of an infusion that was not given the reason is needed,
    and nothing of what did not happen.
    """
    outcome = recorded.visit.outcome
    if outcome is None:
        return [Gap("outcome", say("say whether it was given, given in part, or not given"))]
    gaps = [
        *_status_gaps(recorded),
        *_reason_gaps(recorded),
        *_reaction_gaps(recorded.reactions),
        *_over_gaps(recorded.rates_over),
    ]
    if outcome == NOT_GIVEN:
        return gaps
    gaps += [*_time_gaps(recorded), *_plan_gaps(recorded.plan)]
    return [*gaps, *_care_gaps(recorded), *_dose_gaps(recorded)]


def _status_gaps(recorded: Recorded) -> list[Gap]:
    outcome = recorded.visit.outcome or ""
    if recorded.status is None:
        if outcome == NOT_GIVEN:
            return []
        return [Gap("infusion_id", say("name the infusion that was given"))]
    wanted = STATUS_OF[outcome]
    if recorded.status == wanted:
        return []
    parts = {"status": recorded.status, "outcome": outcome, "wanted": wanted}
    reason = say("it is %(status)s, but the outcome %(outcome)s goes with %(wanted)s", **parts)
    return [Gap("infusion.status", reason)]


def _reason_gaps(recorded: Recorded) -> list[Gap]:
    visit, totals = recorded.visit, reconcile(recorded)
    if visit.outcome_reason is not None:
        return []
    if visit.outcome in _WHY_LESS:
        return [Gap("outcome_reason", _WHY_LESS[visit.outcome])]
    reason = _apart(totals, recorded.tolerance_percent)
    return [] if reason is None else [Gap("outcome_reason", reason)]


_WHY_LESS: Final[Mapping[str | None, Said]] = {
    PARTLY_GIVEN: say("say why it was not given in full"),
    NOT_GIVEN: say("say why it was not given"),
}


def _apart(totals: Totals, tolerance_percent: float) -> Said | None:
    """Return how far what ran is from what was ordered, where that needs a reason."""
    ran, allowed = number(totals.infused_g or 0.0), number(tolerance_percent)
    if totals.is_within is False:
        return say(
            "%(ran)s g ran, %(ordered)s g were ordered, more than %(allowed)s %% apart: say why",
            ran=ran,
            ordered=number(totals.ordered_g or 0.0),
            allowed=allowed,
        )
    if totals.is_within_plan is False:
        return say(
            "%(ran)s g ran, the plan leaves %(left)s g for this day of the %(course)s g of the"
            " course, more than %(allowed)s %% apart: say why",
            ran=ran,
            left=number(totals.plan_ordered_g or 0.0),
            course=number(totals.plan_course_g or 0.0),
            allowed=allowed,
        )
    return None


def _over_gaps(rates: Sequence[RateOver]) -> list[Gap]:
    return [
        Gap(
            f"events[{rate.place}].details.over_limit_reason",
            say(
                "the rate from %(at)s on is over the limit: %(over)s; say why",
                at=rate.at.isoformat(),
                over=rate.message,
            ),
        )
        for rate in rates
    ]


_PLAN_GAPS: Final[Mapping[NamedPlan, Said]] = {
    "unnamed": say("name the plan that was in force on the day, and its version"),
    "other": say("that plan was not in force on the day; name the one that was"),
}


def _plan_gaps(plan: NamedPlan) -> list[Gap]:
    return [Gap("plan_id", _PLAN_GAPS[plan])] if plan in _PLAN_GAPS else []


def _reaction_gaps(reactions: Sequence[ReactionFacts]) -> list[Gap]:
    gaps = []
    for index, reaction in enumerate(reactions):
        if reaction.is_alarming and not reaction.is_notified:
            reason = say("%(term)s: say when which physician was told", term=reaction.term)
            gaps.append(Gap(f"reactions[{index}].physician_notified_at", reason))
        if reaction.outcome is None:
            reason = say("%(term)s: say what became of it", term=reaction.term)
            gaps.append(Gap(f"reactions[{index}].outcome", reason))
    return gaps


def _time_gaps(recorded: Recorded) -> list[Gap]:
    visit = recorded.visit
    needed = (
        ("arrived_at", visit.arrived_at, say("say when the nurse came")),
        ("left_at", visit.left_at, say("say when the nurse left")),
        ("nurse_id", visit.nurse_id, say("name the nurse")),
        ("ordered_g", visit.ordered_g, say("say how many grams were ordered for this day")),
    )
    gaps = [Gap(field, reason) for field, value, reason in needed if value is None]
    if recorded.status is not None and recorded.ended_at is None:
        gaps.append(Gap("infusion.ended_at", say("say when it ended")))
    if recorded.status is not None and recorded.weight_kg is None:
        reason = say("weigh the patient: dose and rate depend on it")
        gaps.append(Gap("infusion.weight_kg", reason))
    return gaps


_CHECKS: Final = (
    ("identity", say("check two identifiers")),
    ("pre_check", say("ask the questions before the infusion")),
)
"""What comes before the first gram."""


def _care_gaps(recorded: Recorded) -> list[Gap]:
    gaps = []
    for kind, why in _CHECKS:
        at, ran_at = recorded.first_at.get(kind), recorded.ran_at
        if at is None:
            gaps.append(Gap(f"events.{kind}", why))
        elif ran_at is not None and at > ran_at:
            late = say(
                "it is from %(at)s, after the first rate at %(ran_at)s",
                at=at.isoformat(),
                ran_at=ran_at.isoformat(),
            )
            gaps.append(Gap(f"events.{kind}", late))
    if not recorded.has_access:
        gaps.append(
            Gap("events.access", _OTHER_ACCESS if "access" in recorded.first_at else _ACCESS)
        )
    if recorded.ran_at is None:
        gaps.append(Gap("events.rate", say("record the rate")))
    if recorded.last_rate_ml_per_h:
        stop = say("record that the pump was stopped: a last rate of 0")
        gaps.append(Gap("events.rate", stop))
    if not recorded.has_baseline:
        gaps.append(Gap("events.vitals", say("record vital signs from before the start")))
    return [*gaps, *_trough_gaps(recorded)]


_ACCESS: Final = say("record the access")
_OTHER_ACCESS: Final = say("record the access that worked; the others failed")

_NO_TROUGH: Final = "no_trough_reason"
_TROUGH: Final = {
    "none": say(
        "take the grip of each hand before the infusion, or say in %(field)s why not",
        field=_NO_TROUGH,
    ),
    "one_hand": say(
        "take the grip of the other hand too, or say in %(field)s why not", field=_NO_TROUGH
    ),
    "two_devices": say(
        "take the grip of both hands on one device, or say in %(field)s why not",
        field=_NO_TROUGH,
    ),
}


def _trough_gaps(recorded: Recorded) -> list[Gap]:
    """Return what is not known of how the patient was before the course."""
    if recorded.has_earlier_day:
        return []
    gaps = []
    if "wearing_off" not in recorded.first_at:
        reason = say("ask: were you weaker in the days before this infusion? from which day?")
        gaps.append(Gap("events.wearing_off", reason))
    if recorded.trough != "taken" and recorded.visit.no_trough_reason is None:
        gaps.append(Gap("reports", _TROUGH[recorded.trough]))
    return gaps


def _dose_gaps(recorded: Recorded) -> list[Gap]:
    if not recorded.vials:
        return [Gap("vials", say("record every vial that was opened"))]
    return [
        Gap(f"vials[{index}].looks_right", say("look at it: clear, without particles"))
        for index, vial in enumerate(recorded.vials)
        if vial.looks_right is None
    ]
