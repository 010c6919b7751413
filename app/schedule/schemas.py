"""Shapes of exceptions, assignments, calendars and conversions in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from app.analysis.next_due import DueState
from app.kit.pagination import PageQuery
from app.kit.shapes import (
    CreateBody,
    Day,
    Identity,
    Instant,
    Shown,
    ShownRecord,
    change_schema,
    word,
)
from app.schedule.rules import SPECS, AssignmentDraft, ExceptionDraft

ShownDay = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(2200, 1, 1))]
"""A day that can be asked for."""

SlotDate = Annotated[
    date | None,
    Field(description="The day by which the calendar names the course; null for an added one."),
]
ConfidenceWord = Literal["read", "unverified"]
_BY_WEIGHT: Final = (
    "By the plan and weight of its day; where it follows from a weight, for whoever reads weights."
)
_KNOWN: Final = "How well the catalogue knows it: read in the source, or common knowledge only."
CourseState = Literal["not_due", "due", "overdue", "missed", "on_hold", "cancelled"]


class ExceptionCreate(CreateBody):
    """A planned course moved, cancelled or added; `slot_date` is the one that the schedule says."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "moved",
                    "slot_date": "2026-04-06",
                    "new_date": "2026-04-08",
                    "reason": "holiday",
                }
            ]
        }
    )

    kind: Annotated[str, word(SPECS, "course_exceptions", field="kind")]
    slot_date: Day | None = None
    new_date: Day | None = None
    reason: Annotated[str, word(SPECS, "course_exceptions", field="reason")]
    note: str | None = None

    def draft(self) -> ExceptionDraft:
        """Return what the rules check."""
        return ExceptionDraft(**self.content())


ExceptionChange = change_schema(
    "CourseExceptionChange",
    ExceptionCreate,
    example={"change_reason": "The ward is closed on that day too.", "new_date": "2026-04-09"},
)


class ExceptionRead(ShownRecord):
    """What somebody decided about a planned course."""

    kind: str
    slot_date: SlotDate
    new_date: date | None
    reason: str
    note: str | None


class AssignmentCreate(CreateBody):
    """Somebody is to visit on a day; they see the record for some days before and after it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "account_id": "0198c0de-0000-7000-8000-0000000000a1",
                    "on_date": "2026-04-08",
                    "planned_at": "2026-04-08T09:00:00-04:00",
                }
            ]
        }
    )

    account_id: Identity
    on_date: Day
    planned_at: Annotated[Instant | None, Field(description="When, if that is agreed.")] = None
    note: str | None = None

    def draft(self) -> AssignmentDraft:
        """Return what the rules check."""
        return AssignmentDraft(**self.content())


AssignmentChange = change_schema(
    "VisitAssignmentChange",
    AssignmentCreate,
    example={"change_reason": "Agreed by telephone.", "planned_at": "2026-04-08T10:00:00-04:00"},
)


class AssignmentRead(ShownRecord):
    """Somebody is to visit on a day."""

    account_id: uuid.UUID
    name: Annotated[
        str | None, Field(description="Who that is; null in versions before the newest.")
    ]
    on_date: date
    planned_at: datetime | None
    note: str | None

    @model_validator(mode="before")
    @classmethod
    def _name_no_version(cls, value: Any) -> Any:
        return {"name": None, **value} if isinstance(value, dict) else value


class VisitorRead(Shown):
    """Who is assigned to a day."""

    assignment_id: uuid.UUID
    account_id: uuid.UUID
    name: str
    on_date: date
    planned_at: datetime | None


class DoneCourseRead(Shown):
    """A course that was given; nothing changes it but a correction of its infusions."""

    first_day: date
    days: list[date]
    dose_g: float
    ordered_g: Annotated[float | None, Field(description=_BY_WEIGHT)]
    gave_half: Annotated[
        bool, Field(description="At least half of the order ran: the calendar counts it.")
    ]


class PlannedCourseRead(Shown):
    """A course that is planned and was not given."""

    slot_date: SlotDate
    planned_on: Annotated[date | None, Field(description="Null inside a hold without an end.")]
    days: list[date]
    state: CourseState
    days_late: int
    begun_on: Annotated[
        date | None,
        Field(description="A course of less than half of the order began here and stands for it."),
    ]
    exception_id: uuid.UUID | None
    visitors: list[VisitorRead]


class ExceptionStanding(Shown):
    """What became of an exception.

    `applies`: to a planned course. `used`: its course was given. `unmatched`: no planned course
    is near the day that it names any more; somebody should look.
    """

    id: uuid.UUID
    state: Literal["applies", "used", "unmatched"]


class NextDue(Shown):
    """The next course, as `next-course` says it."""

    state: DueState
    due_on: date | None
    days_late: int


class ScheduleRead(Shown):
    """The calendar of one patient: what was done, and what is planned."""

    patient_id: uuid.UUID
    today: date
    time_zone: str
    next_course: NextDue
    done: list[DoneCourseRead]
    planned: list[PlannedCourseRead]
    exceptions: list[ExceptionStanding]
    visitors: Annotated[list[VisitorRead], Field(description="Every assignment of those days.")]


class DueLine(NextDue):
    """One patient of the due list; `visitors` are assigned from the due date on."""

    patient_id: uuid.UUID
    external_id: str
    slot_date: SlotDate
    days: Annotated[list[date], Field(description="Planned days of the course.")]
    hold_until: Annotated[
        date | None, Field(description="First day after the hold that covers today.")
    ]
    visitors: list[VisitorRead]


class DueRead(Shown):
    """Patients whose course is due or soon will be, the longest due first."""

    clinic_id: uuid.UUID
    counts: Annotated[dict[str, int], Field(description="Patients whom you see, by state.")]
    unassigned: Annotated[int, Field(description="Of the whole list, those without a visitor.")]
    items: list[DueLine]
    next_cursor: str | None
    next: str | None


class DueQuery(PageQuery):
    """Which part of the due list is asked for."""

    on: Annotated[
        ShownDay | None, Field(description="As of this day; else each patient's today.")
    ] = None
    ahead_days: Annotated[
        int, Field(ge=0, le=366, description="How far ahead a course counts as due soon.")
    ] = 14
    state: DueState | None = None
    unassigned: Annotated[bool, Field(description="Only courses that nobody is assigned to.")] = (
        False
    )


class WeekDay(Shown):
    """One patient on one day of the week.

    `state` is `done` for an infusion day, a planned course's state, or `visit` where somebody is
    assigned although no course is planned.
    """

    date: date
    patient_id: uuid.UUID
    external_id: str
    state: Literal["done", "visit"] | CourseState
    slot_date: SlotDate
    course_day: int | None
    course_days: int | None
    visitors: list[VisitorRead]


class WeekRead(Shown):
    """The calendar of a week, by day and identifier."""

    clinic_id: uuid.UUID
    monday: date
    items: list[WeekDay]


class VialsRead(Shown):
    """Some vials of one size."""

    size_g: float
    count: int


class DayShareRead(Shown):
    """What one day of a course gets."""

    day: int
    vials: list[VialsRead]
    grams: float
    volume_ml: float | None


class VialChoiceRead(Shown):
    """One way to make up the order from whole vials."""

    vials: list[VialsRead]
    grams: float
    volume_ml: float | None
    difference_g: Annotated[float, Field(description="More than ordered; negative: less.")]
    difference_percent: float
    needs_prescriber: Annotated[
        bool, Field(description="To give all of it differs by more than the order's tolerance.")
    ]
    days: Annotated[list[DayShareRead], Field(description="Only days that get a vial.")]
    days_without: Annotated[
        list[int], Field(description="Days of the course for which no vial is left.")
    ]


class WeightChoice(Shown):
    """A weight that a dose can be computed from."""

    weight_kg: float
    kind: Literal["dosing", "actual", "given"]
    measured_at: datetime | None


class GivenCourse(Shown):
    """What a recent course was to give, and what it gave."""

    first_day: date
    ordered_g: Annotated[float | None, Field(description=_BY_WEIGHT)]
    infused_g: float
    difference_g: float | None
    difference_percent: float | None


class ConversionRead(Shown):
    """An order in grams, millilitres and vials; the order itself is never changed."""

    plan_id: uuid.UUID
    plan_version: int
    is_signed: Annotated[
        bool, Field(description="A physician signed this version of the plan, as it stands.")
    ]
    product: str
    on: date
    weight: Annotated[WeightChoice | None, Field(description="The one that is used.")]
    weights: Annotated[
        list[WeightChoice],
        Field(
            description="The latest dosing and the latest actual weight; for whoever reads weights."
        ),
    ]
    ordered_g: float | None
    concentration_mg_per_ml: float | None
    concentration_confidence: Annotated[ConfidenceWord, Field(description=_KNOWN)]
    vials_confidence: Annotated[ConfidenceWord, Field(description=_KNOWN)]
    is_confirmed: Annotated[
        bool, Field(description="The clinic compared the product's figures with the label.")
    ]
    volume_ml: float | None
    rounding_tolerance_percent: float
    covering: Annotated[
        VialChoiceRead | None,
        Field(description="Fewest grams over the order, then fewest vials; the rest is waste."),
    ]
    nearest: Annotated[
        VialChoiceRead | None, Field(description="Whole vials nearest to the order.")
    ]
    recent: Annotated[list[GivenCourse], Field(description="Recent courses, newest first.")]


class ConversionQuery(Shown):
    """By which weight, for which product and day an order is converted."""

    model_config = ConfigDict(extra="forbid")

    weight: Annotated[
        Literal["dosing", "actual"],
        Field(description="Dosing: the latest dosing weight, else the latest actual one."),
    ] = "dosing"
    weight_kg: Annotated[float | None, Field(gt=0, le=500, allow_inf_nan=False)] = None
    product: Annotated[
        str | None, Field(max_length=100, description="Another product of the catalogue.")
    ] = None
    on: Annotated[ShownDay | None, Field(description="Day of the course; else today.")] = None
