"""What may be ordered: plan versions and holds. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.analysis.next_due import NextCourse, next_course
from app.errors import Fault, Severity
from app.kit.fields import Choice, PlannedDate, TextField
from app.kit.limits import Limit, Row, Rule, Spec, check_limit, found, number, plain
from app.products.rules import (
    INTRAVENOUS,
    SUBCUTANEOUS,
    default_route,
    product_fault,
    unknown_rule,
)
from app.said import say

__all__ = [
    "DEFAULT_TOLERANCE",
    "FIXED",
    "IMPOSSIBLE_G",
    "ROLLING",
    "SPECS",
    "UNUSUAL_G",
    "HoldDraft",
    "NextCourse",
    "PerKgRules",
    "PlanDraft",
    "check_hold",
    "check_plan",
    "next_course",
]

DOSE_SOURCE: Final = "gammagard.com: MMN label 0.5-2.4 g/kg a month; import format"
UNUSUAL_G_PER_KG: Final = 2.4
"""g/kg a course: the highest monthly dose of the one US label for MMN (gammagard.com)."""

IMPOSSIBLE_G_PER_KG: Final = 4.0
"""g/kg a course: twice the usual loading dose of 2 g/kg (EFNS/PNS guideline); a judgement."""

IMPOSSIBLE_G: Final = 400
"""g: 4 g/kg at 100 kg; a judgement. A 900 g dose is a slip for 90 g."""

UNUSUAL_G: Final = 240
"""g: 2.4 g/kg at 100 kg; a judgement."""

ROLLING: Final = "rolling"
FIXED: Final = "fixed"

DEFAULT_TOLERANCE: Final = 5.0
"""Percent by which whole vials may differ from the order without asking the prescriber. Rounding
to the nearest vial is usual (Ontario guideline); how far it may go is judgement."""

_EQUAL: Final = 1e-9  # 2.4 g/kg times a weight, divided by it again, is not always 2.4.


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """One version of the treatment plan. Doses are per course, all its days together."""

    effective_date: date
    interval_days: int
    course_days: int
    product: str
    dose_g_per_kg: float | None = None
    dose_g: float | None = None
    route: str = INTRAVENOUS
    reason: str | None = None
    prescriber: str | None = None
    calendar: str = ROLLING
    rounding_tolerance_percent: float = DEFAULT_TOLERANCE


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """A planned pause: `from_date` <= day < `to_date`; `to_date` None while it is open."""

    from_date: date
    to_date: date | None
    reason: str
    note: str | None = None


_EFFECTIVE: Final = PlannedDate("plans", "effective_date")
_INTERVAL: Final = Limit(
    "plans",
    "interval_days",
    "days",
    impossible_below=1,
    impossible_above=365,
    unusual_below=7,
    unusual_above=84,
    source="import format (84 days); judgement",
    note="below 7, weeks were probably meant; lowest effective intervals of 2-17 weeks are"
    " published (Rajabally 2006)",
)
_COURSE_DAYS: Final = Limit(
    "plans",
    "course_days",
    "days",
    impossible_below=1,
    impossible_above=10,
    unusual_above=5,
    source="EFNS/PNS guideline (loading over 2-5 days); judgement",
    note="no course is longer than 10 days",
)
_COURSE_FITS: Final = Rule("plans", "course_days", "longer-than-interval", "above interval_days")
_PER_KG: Final = Limit(
    "plans",
    "dose_g_per_kg",
    "g/kg",
    impossible_below=0.01,
    impossible_above=IMPOSSIBLE_G_PER_KG,
    unusual_below=0.1,
    unusual_above=UNUSUAL_G_PER_KG,
    source=DOSE_SOURCE,
    note="above 4 and below 0.1 g/kg is judgement",
)
_GRAMS: Final = Limit(
    "plans",
    "dose_g",
    "g",
    impossible_below=0.5,
    impossible_above=IMPOSSIBLE_G,
    unusual_above=UNUSUAL_G,
    note="0.5 g is the smallest vial; 240 and 400 g are 2.4 and 4 g/kg at 100 kg",
)
_ONE_DOSE: Final = Rule(
    "plans", "dose_g", "both-doses", "given together with dose_g_per_kg", source="import format"
)


@dataclass(frozen=True, slots=True)
class PerKgRules:
    """The rules about grams of one course by body weight, for a file that carries `dose_g`."""

    table: str

    @property
    def unusual(self) -> Rule:
        """The rule that asks about high doses."""
        text = f"above {plain(UNUSUAL_G_PER_KG)} g/kg a course, where a weight is known"
        return Rule(self.table, "dose_g", "high-per-kg", text, Severity.UNUSUAL, DOSE_SOURCE)

    @property
    def impossible(self) -> Rule:
        """The rule against doses that nobody gives."""
        text = f"above {plain(IMPOSSIBLE_G_PER_KG)} g/kg a course, where a weight is known"
        return Rule(self.table, "dose_g", "too-high-per-kg", text)

    def rows(self) -> tuple[Row, ...]:
        """Return the lines of the documented table."""
        return (*self.impossible.rows(), *self.unusual.rows())

    def check(self, course_g: float, weight_kg: float, *, value: float) -> Fault | None:
        """Return the fault of a course's grams by weight; `value` is the entry to blame."""
        per_kg = course_g / weight_kg
        if per_kg > IMPOSSIBLE_G_PER_KG * (1 + _EQUAL):
            rule, limit = self.impossible, IMPOSSIBLE_G_PER_KG
        elif per_kg > UNUSUAL_G_PER_KG * (1 + _EQUAL):
            rule, limit = self.unusual, UNUSUAL_G_PER_KG
        else:
            return None
        reason = say(
            "%(grams)s g a course at %(weight)s kg is %(per_kg)s g/kg, above %(limit)s g/kg",
            grams=number(round(course_g, 1)),
            weight=number(weight_kg),
            per_kg=number(round(per_kg, 3)),
            limit=number(limit),
        )
        return rule.fault(value, reason)


_GRAMS_BY_WEIGHT: Final = PerKgRules("plans")
_PRODUCT: Final = unknown_rule("plans")
_ROUTE: Final = Choice("plans", "route", (INTRAVENOUS, SUBCUTANEOUS))
_ROUTE_FITS: Final = Rule(
    "plans",
    "route",
    "not-for-intravenous-use",
    "intravenous for a product that is only given under the skin",
    source="product catalogue",
)
_REASON: Final = TextField("plans", "reason", 500, has_lines=True)
_PRESCRIBER: Final = TextField("plans", "prescriber", 200)
_CALENDAR: Final = Choice("plans", "calendar", (ROLLING, FIXED))
_TOLERANCE: Final = Limit(
    "plans",
    "rounding_tolerance_percent",
    "%",
    impossible_below=0,
    impossible_above=50,
    unusual_above=10,
    note="5 % is half a 5 g vial in 50 g; above 10 % whole vials are another dose",
)
_HOLD_FROM: Final = PlannedDate("holds", "from_date")
_HOLD_TO: Final = PlannedDate("holds", "to_date")
_HOLD_ENDS: Final = Rule(
    "holds", "to_date", "not-after-from", "on or before from_date", source="import format"
)
_HOLD_REASON: Final = Choice(
    "holds",
    "reason",
    (
        *("pregnancy", "infection", "adverse_reaction", "supply", "travel", "insurance"),
        *("patient_choice", "other"),
    ),
)
_HOLD_NOTE: Final = TextField("holds", "note", 4000, has_lines=True)

SPECS: Final[tuple[Spec, ...]] = (
    *(_EFFECTIVE, _INTERVAL, _COURSE_DAYS, _COURSE_FITS, _PER_KG, _GRAMS, _GRAMS_BY_WEIGHT),
    *(_ONE_DOSE, _PRODUCT, _ROUTE, _ROUTE_FITS, _REASON, _PRESCRIBER, _CALENDAR, _TOLERANCE),
    *(_HOLD_FROM, _HOLD_TO, _HOLD_ENDS, _HOLD_REASON, _HOLD_NOTE),
)


def check_plan(
    draft: PlanDraft,
    *,
    now: datetime,
    birth_date: date | None,
    known_products: Collection[str],
    reference_weight_kg: float | None = None,
) -> list[Fault]:
    """Return every fault of a plan version.

    Parameters
    ----------
    draft : PlanDraft
        The version.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    known_products : collection of str
        Catalogue keys; a mapping from them has the usual route of each.
    reference_weight_kg : float or None
        The patient's latest weight, kg; with it a dose in grams is judged per kg too.
    """
    return [
        *_EFFECTIVE.check(draft.effective_date, now=now, birth_date=birth_date),
        *_course_faults(draft),
        *_dose_faults(draft, reference_weight_kg),
        *found(
            product_fault(_PRODUCT, draft.product, known_products=known_products),
            _route_fault(draft, known_products),
            _REASON.check(draft.reason),
            _PRESCRIBER.check(draft.prescriber),
            _CALENDAR.check(draft.calendar),
            check_limit(_TOLERANCE, draft.rounding_tolerance_percent),
        ),
    ]


def check_hold(draft: HoldDraft, *, now: datetime, birth_date: date | None) -> list[Fault]:
    """Return every fault of a hold.

    Parameters
    ----------
    draft : HoldDraft
        The hold.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    """
    ends = None
    if draft.to_date is not None and draft.to_date <= draft.from_date:
        days = {"day": str(draft.to_date), "first": str(draft.from_date)}
        reason = say("%(day)s is not after from_date %(first)s", **days)
        ends = _HOLD_ENDS.fault(draft.to_date, reason)
    return [
        *_HOLD_FROM.check(draft.from_date, now=now, birth_date=birth_date),
        *_HOLD_TO.check(draft.to_date, now=now, birth_date=birth_date),
        *found(ends, _HOLD_REASON.check(draft.reason), _HOLD_NOTE.check(draft.note)),
    ]


def _course_faults(draft: PlanDraft) -> list[Fault]:
    too_long = None
    if draft.course_days > draft.interval_days:
        reason = say(
            "%(days)s is above interval_days %(interval)s",
            days=draft.course_days,
            interval=draft.interval_days,
        )
        too_long = _COURSE_FITS.fault(draft.course_days, reason)
    return found(
        check_limit(_INTERVAL, draft.interval_days),
        check_limit(_COURSE_DAYS, draft.course_days),
        too_long,
    )


def _dose_faults(draft: PlanDraft, weight_kg: float | None) -> list[Fault]:
    grams = check_limit(_GRAMS, draft.dose_g)
    if grams is None and draft.dose_g is not None and weight_kg is not None:
        grams = _GRAMS_BY_WEIGHT.check(draft.dose_g, weight_kg, value=draft.dose_g)
    both = None
    if draft.dose_g is not None and draft.dose_g_per_kg is not None:
        reason = say(
            "%(grams)s g stands beside %(per_kg)s g/kg; give one of the two",
            grams=number(draft.dose_g),
            per_kg=number(draft.dose_g_per_kg),
        )
        both = _ONE_DOSE.fault(draft.dose_g, reason)
    return found(check_limit(_PER_KG, draft.dose_g_per_kg), grams, both)


def _route_fault(draft: PlanDraft, known_products: Collection[str]) -> Fault | None:
    usual = default_route(draft.product, known_products)
    if draft.route == INTRAVENOUS and usual == SUBCUTANEOUS:
        reason = say("%(product)s is not for intravenous use", product=draft.product)
        return _ROUTE_FITS.fault(draft.route, reason)
    return _ROUTE.check(draft.route)
