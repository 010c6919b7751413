"""What the rules about a whole visit are told of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.visits.rules import VisitDraft


@dataclass(frozen=True, slots=True)
class VialFacts:
    """Grams of one vial; `looks_right` is None where nobody looked."""

    nominal_g: float
    used_g: float
    wasted_g: float
    looks_right: bool | None


@dataclass(frozen=True, slots=True)
class ReactionFacts:
    """A reaction; `is_alarming` where it is a red flag or of grade 3 and above.

    `outcome` is None where it is not known.
    """

    term: str
    is_alarming: bool
    outcome: str | None
    is_notified: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One grip reading of the day."""

    at: datetime
    measure: str
    site: str
    device: str | None


@dataclass(frozen=True, slots=True)
class RateOver:
    """A rate over a limit that needs a reason, by what is known now, and has none.

    `place` is that of its event in the record; `message` says over which limit it is.
    """

    place: int
    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """What the version of the plan that a visit names orders.

    Attributes
    ----------
    course_g : float or None
        For the whole course, g; None where no weight is known.
    others_g : float
        What the other infusions of the same course gave, g.
    course_days : int
        On how many days the plan spreads a course.
    day : int
        Which day of the course it is, by the infusions that are recorded.
    """

    course_g: float | None
    others_g: float = 0.0
    course_days: int = 1
    day: int = 1


NamedPlan = Literal["none", "unnamed", "other", "named"]
"""Whether a plan was in force, and whether the visit names it: `other` is a plan that was not."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded of a visit.

    Attributes
    ----------
    status : str or None
        That of the infusion; None where there is none yet.
    infused_g, weight_kg : float or None
        Of the infusion, g and kg.
    first_at : mapping
        When an event of each kind was recorded first; kinds without any are left out.
    ran_at : datetime or None
        When the first rate above 0 was set.
    last_rate_ml_per_h : float or None
        None where no rate was recorded; 0 where the pump stands.
    has_access : bool
        An access was recorded as working.
    rates_over : tuple of RateOver
        Judged anew by what is known of product, weight and risk now.
    has_baseline : bool
        Vital signs were taken before the infusion began.
    trough : str
        `taken`, or what is wrong with the grip readings before the infusion.
    has_earlier_day : bool
        The course has an infusion day before this one.
    plan : str
        Whether the visit names the plan that was in force.
    order : PlanOrder or None
        None where the visit names no plan.
    """

    visit: VisitDraft
    status: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    infused_g: float | None = None
    weight_kg: float | None = None
    first_at: Mapping[str, datetime] = field(default_factory=dict)
    ran_at: datetime | None = None
    last_rate_ml_per_h: float | None = None
    has_access: bool = False
    rates_over: tuple[RateOver, ...] = ()
    has_baseline: bool = False
    vials: tuple[VialFacts, ...] = ()
    reactions: tuple[ReactionFacts, ...] = ()
    trough: Literal["taken", "one_hand", "two_devices", "none"] = "none"
    has_earlier_day: bool = False
    plan: NamedPlan = "none"
    order: PlanOrder | None = None
    tolerance_percent: float = 5.0
