"""What the analysis is told about one patient: frozen records, no database.

Instants are timezone-aware `datetime`s in UTC; dates are the patient's own calendar dates.
A series holds numpy arrays, sorted by time, because a patient can have thousands of readings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

Route = Literal["intravenous", "subcutaneous"]
Calendar = Literal["rolling", "fixed"]
SECONDS_PER_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """What was planned from `effective_date` on. Doses are per course, all its days together."""

    effective_date: date
    interval_days: int
    course_days: int
    product: str
    route: Route = "intravenous"
    dose_g_per_kg: float | None = None
    dose_g: float | None = None
    # Of no meaning to any statistic, so it stays out of the fingerprint that `repr` gives.
    calendar: Calendar = field(default="rolling", repr=False)


@dataclass(frozen=True, slots=True)
class CourseException:
    """What somebody decided about one planned course; all else of the calendar is derived.

    Attributes
    ----------
    slot_date : date or None
        The day on which the course was planned; None where it is added.
    new_date : date or None
        The day on which it is to begin; None where it is cancelled.
    """

    kind: Literal["moved", "cancelled", "added"]
    slot_date: date | None
    new_date: date | None


@dataclass(frozen=True, slots=True)
class Hold:
    """A planned pause: `from_date` <= day < `to_date`; `to_date` None while it is open."""

    from_date: date
    to_date: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Therapy:
    """Another treatment. Only `started` and `stopped` can begin an epoch."""

    therapy: str
    status: Literal["suggested", "started", "stopped", "declined"]
    from_date: date
    to_date: date | None = None


@dataclass(frozen=True, slots=True)
class Infusion:
    """One infusion as it was recorded; `time_zone` is the patient's zone in force then."""

    started_at: datetime
    time_zone: str
    status: Literal["completed", "stopped", "not_done", "in_progress"]
    product: str | None = None
    dose_g: float | None = None
    weight_kg: float | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """A body weight in kg; a `dosing` weight is the one that the dose was computed from."""

    measured_at: datetime
    weight_kg: float
    kind: Literal["actual", "dosing"] = "actual"


@dataclass(frozen=True, slots=True)
class Series:
    """All values of one measure at one site, sorted by time.

    Attributes
    ----------
    at_days : float array, shape (n,)
        Observation instants in days since 1970-01-01T00:00Z.
    value : float array, shape (n,)
        In the measure's own unit and direction.
    fresh : bool array, shape (n,)
        False where the patient repeated the last answer without looking again.
    device : tuple of str or None, length n
        The device that was used, where one was named.
    """

    measure: str
    site: str
    at_days: FloatArray
    value: FloatArray
    fresh: BoolArray
    device: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class SafetyEvent:
    """A reaction, or an answer on a call, that is a red flag or severe; or an alarm from home.

    Attributes
    ----------
    key : str
        Stable name of the event.
    source : str
        "reaction", "call" after a visit, or "patient": told from home, between visits.
    what : str
        In plain words, such as "chest pain".
    danger : str or None
        The red flag that it stands for, in plain words.
    grade : int or None
        Of CTCAE version 5; None where nobody graded it.
    is_delayed : bool
        It began after the infusion.
    physician_told : bool or None
        Whether somebody noted that a physician was told; None where nobody is asked for that.
    is_taken_back : bool
        Whoever told it from home called it a mistake later; the clinic still hears of it.
    """

    key: str
    at: datetime
    source: Literal["reaction", "call", "patient"]
    what: str
    danger: str | None = None
    grade: int | None = None
    is_delayed: bool = False
    physician_told: bool | None = None
    is_taken_back: bool = False


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """Everything about one patient that the analysis may use; every tuple sorted by time.

    `exceptions` stand in the order in which they were decided.
    """

    time_zone: str
    infusions: tuple[Infusion, ...] = ()
    plans: tuple[PlanVersion, ...] = ()
    holds: tuple[Hold, ...] = ()
    therapies: tuple[Therapy, ...] = ()
    weights: tuple[Weight, ...] = ()
    series: tuple[Series, ...] = ()
    followed: tuple[tuple[str, str], ...] = ()
    safety: tuple[SafetyEvent, ...] = ()
    exceptions: tuple[CourseException, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseRules:
    """Clinic settings of how infusion days are joined and when a course is overdue, in days."""

    join_gap_days: int = 4
    join_span_days: int = 9
    grace_days: int = 3
