"""The words in which a simulated person is described.

Days are counted from the clinic's `today`: -1 is yesterday, -365 a year ago. Strength is a
share of what the person had before the illness, so 1.0 is "as strong as ever".
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Final, Literal

Waypoints = tuple[tuple[int, float], ...]
"""(day, factor) pairs; straight lines between them, level before the first and after the last."""

STEADY: Final[Waypoints] = ((0, 1.0),)
LAST_DAY: Final = -2
"""The last day on which an infusion may stand: whatever the zone, it has ended by now."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One version of the treatment plan; doses are per course, all its days together."""

    day: int
    interval_days: int
    _: KW_ONLY
    product: str
    dose_g_per_kg: float | None = None
    dose_g: float | None = None
    course_days: int = 1
    in_weeks: bool = False
    reason: str = ""

    @property
    def subcutaneous(self) -> bool:
        """Whether the product goes under the skin."""
        return self.product == "hizentra"


@dataclass(frozen=True, slots=True)
class Pause:
    """A hold from its first day up to, not including, `to_day`; None while it is open."""

    from_day: int
    to_day: int | None
    _: KW_ONLY
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class OtherTherapy:
    """A treatment beside immunoglobulin."""

    therapy: str
    status: Literal["suggested", "started", "stopped", "declined"]
    _: KW_ONLY
    from_day: int
    to_day: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that goes wrong with the first course on or after `near_day`.

    `late` moves the course by `days`; `not_done` leaves a row with the reason and moves it;
    `stopped` breaks the first infusion off, the rest runs `days` later.
    """

    near_day: int
    kind: Literal["late", "not_done", "stopped"]
    _: KW_ONLY
    days: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """How the person is treated.

    `adjusted_weight` is the share of the body weight that the dose is computed from.
    """

    plans: tuple[PlanStep, ...]
    pauses: tuple[Pause, ...] = ()
    therapies: tuple[OtherTherapy, ...] = ()
    mishaps: tuple[Mishap, ...] = ()
    no_course_after: int = LAST_DAY
    weight_kg: float = 72.0
    weight_gain_kg: float = 0.0
    adjusted_weight: float | None = None
    punctual: bool = False
    start_hour: float = 9.5


@dataclass(frozen=True, slots=True, kw_only=True)
class WearingOff:
    """The truth of the cycle: how strength falls between two courses.

    `pkpd` is the share of the published model's fall that the person shows; `hinge` the depth
    of a fall that begins at `last_share` of the planned interval before its end.
    """

    pkpd: float = 0.0
    hinge: float = 0.0
    last_share: float = 0.35
    over_time: Waypoints = STEADY


FLAT: Final = WearingOff()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """What is lost slowly without treatment and comes back slowly with it, in days."""

    depth: float = 0.25
    days_down: float = 60.0
    days_up: float = 45.0
    start: float = 1.0


@dataclass(frozen=True, slots=True)
class Site:
    """One part of the body.

    `base` is the treated strength, `share` how much of the cycle's fall is felt there.
    """

    name: str
    base: float
    share: float = 1.0
    over_time: Waypoints = STEADY


@dataclass(frozen=True, slots=True)
class Symptom:
    """Twitching or cramps: its level in points over time, and what the late days add."""

    measure: str
    site: str
    over_time: Waypoints
    late_gain: float = 1.0


@dataclass(frozen=True, slots=True)
class Event:
    """Days on which strength is lower for another reason, in the named sites or in all."""

    from_day: int
    days: int
    size: float
    _: KW_ONLY
    context: str = "ill"
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Scatter of one person's readings."""

    grip_cv: float = 0.06
    rating_sd: float = 1.0
    rho: float = 0.25
    cycle_cv: float = 0.015


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What happens inside the person."""

    wearing_off: WearingOff
    sites: tuple[Site, ...]
    symptoms: tuple[Symptom, ...] = ()
    events: tuple[Event, ...] = ()
    reserve: Reserve = Reserve()
    noise: Noise = Noise()
    full_grip_kpa: float = 85.0
    full_grip_kg: float = 36.0
    rating_over_time: Waypoints = STEADY
    learning: float = 0.0
    difficult_below: float = 0.55
    unable_below: float = 0.30
    slump: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """One value that is asked for, at most every so many days, from a day on."""

    measure: str
    site: str
    every: int
    from_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """A habit of reporting, over a period.

    `missing` is the chance that a report is left out at random, `bad_day_missing` what a day
    at 80 % of the usual strength adds to it. `typed_in_day` marks a paper diary that somebody
    typed in later; its source stays empty. `reads` is what the device shows of the truth.
    """

    every: int
    items: tuple[Item, ...]
    from_day: int
    to_day: int = -1
    source: Literal["patient", "proxy", ""] = "patient"
    missing: float = 0.15
    bad_day_missing: float = 0.1
    hour: float = 8.0
    device: str = ""
    reads: float = 1.0
    late_entry: float = 0.04
    typed_in_day: int | None = None
    context: str = ""
    notes: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """What the nurse measures before the first infusion of every so many courses."""

    items: tuple[Item, ...] = ()
    every: int = 1
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the person is; empty fields were never recorded."""

    family_name: str
    given_name: str
    age: int
    sex: str
    time_zone: str
    diagnosis: str = "MMN"
    diagnosed_years_ago: float = 4.0
    dominant_hand: str = "right"
    anti_gm1: str = ""
    conduction_block: str = ""
    earlier_zone: str = ""
    moved_day: int = -10_000

    def zone_on(self, day: int) -> str:
        """Return the time zone in which the person lived on a day."""
        return self.earlier_zone if self.earlier_zone and day < self.moved_day else self.time_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One member of the cast; `story` is what a reader should look for."""

    key: str
    story: str
    who: Identity
    care: Care
    body: Body
    diaries: tuple[Diary, ...] = ()
    visits: Visits = Visits()

    @property
    def first_day(self) -> int:
        """The first day that anything is recorded."""
        days = [self.care.plans[0].day, *(diary.from_day for diary in self.diaries)]
        return min(days)


def ask(measure: str, *sites: str, every: int = 1, from_day: int | None = None) -> tuple[Item, ...]:
    """Return one item for each site; without a site the value is global."""
    return tuple(Item(measure, site, every, from_day) for site in sites or ("global",))


GRIP_KPA: Final = ask("grip_kpa", "right_hand", "left_hand")
GRIP_KG: Final = ask("grip_kg", "right_hand", "left_hand")
STRENGTH: Final = ask("strength_nrs", "global")
HANDS: Final = (
    Site("global", 0.78, 0.8),
    Site("right_hand", 0.62),
    Site("left_hand", 0.78, 0.8),
)
