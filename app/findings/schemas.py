"""Shapes of what is derived: courses, the next course, analyses, findings, the work list."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.analysis.cycles import EpochReason
from app.analysis.next_due import DueState
from app.analysis.results import Verdict
from app.care.schemas import EmergencyRead
from app.findings.rules import Review, ReviewDraft, Status
from app.findings.worklist import Standing
from app.kit.shapes import Body, Day, Reason, Shown, ShownRecord

AnalysisDay = Annotated[float, Field(description="Days since `day_zero`.")]


class InfusionDayRead(Shown):
    """A local date on which immunoglobulin ran."""

    day: date


class CourseRead(Shown):
    """Infusion days that together give one planned dose."""

    first_day: date
    last_day: date
    started_at: datetime
    dose_g: float
    days: list[InfusionDayRead]


class PlanInForce(Shown):
    """The plan version that was in force on the course's first day."""

    effective_date: date
    interval_days: int
    course_days: int
    product: str
    route: str
    dose_g_per_kg: float | None
    dose_g: float | None


class WindowsRead(Shown):
    """Reference and late window of a closed cycle."""

    reference_from: AnalysisDay
    reference_to: AnalysisDay
    late_from: AnalysisDay
    late_to: AnalysisDay


class CycleRead(Shown):
    """From a course to the next; the last cycle is open and has no end yet."""

    course: CourseRead
    plan: PlanInForce | None
    planned_days: int | None
    actual_days: int | None
    day_zero: datetime
    ends_at: datetime | None
    planned_end: AnalysisDay | None
    actual_end: AnalysisDay | None
    on_hold: bool
    epoch: Annotated[int, Field(description="Index into `epochs`.")]
    windows: Annotated[
        WindowsRead | None, Field(description="Null where the cycle cannot be evaluated.")
    ]


class EpochRead(Shown):
    """A run of courses under one plan, without hold and without change of other therapy."""

    index: int
    from_date: date
    started_at: datetime
    reasons: list[EpochReason]


class EffectiveHoldRead(Shown):
    """A hold as it worked out; an infusion inside it has ended it, which needs a look."""

    from_date: date
    to_date: date | None
    reason: str
    ended_by_infusion: bool


class TimelineRead(Shown):
    """Everything that follows from infusions, plans, holds and therapies."""

    cycles: list[CycleRead]
    epochs: list[EpochRead]
    holds: list[EffectiveHoldRead]


class NextCourseRead(Shown):
    """The next course: its state today, when it is due, and how many days ago that was."""

    state: DueState
    due_on: date | None
    days_late: int


class NextCourseToday(NextCourseRead):
    """The next course by the patient's own calendar."""

    today: Annotated[date, Field(description="The patient's date now.")]
    time_zone: str


class IntervalRead(Shown):
    """An estimate with its 90 % interval."""

    estimate: float
    low: float
    high: float


class SeriesResultRead(Shown):
    """What the analysis says of one measure at one site in the current epoch."""

    measure: str
    site: str
    epoch_from: date | None
    cycles: int
    cycles_evaluable: int
    reports: int
    verdict: Verdict
    reason: str | None
    score: float | None
    p_value: float | None
    drop: IntervalRead | None
    drop_fraction: IntervalRead | None
    onset_day: IntervalRead | None
    rebound_share: float | None
    trend_per_year: IntervalRead | None
    noise_cv: float | None
    detectable_drop: float | None


class AnalysisRead(Shown):
    """The analysis of a patient; without figures unless it stands."""

    patient_id: uuid.UUID
    standing: Standing
    analysed_at: datetime | None
    look_again_at: Annotated[
        datetime | None, Field(description="When time alone may change a result.")
    ]
    method: str | None
    fingerprint: Annotated[str | None, Field(description="Of everything that went into it.")]
    series: list[SeriesResultRead] | None


class FindingRead(ShownRecord):
    """An estimate with the evidence that fired it."""

    kind: str
    status: Status
    measure: str | None
    sites: list[str]
    first_detected_at: datetime
    sentence: str
    wording: Annotated[
        dict[str, Any] | None,
        Field(description="The sentence as messages and their variables, for other languages."),
    ]
    evidence: dict[str, Any]
    method: str
    method_version: str
    parameters: dict[str, Any]
    fingerprint: str
    review: Annotated[
        Review | None, Field(description="What a person last said of it; null: nothing yet.")
    ]
    reviewed_by: str | None
    reviewed_at: datetime | None
    review_reason: str | None
    snoozed_until: Annotated[
        date | None,
        Field(description="The first date, by the patient's calendar, on which it is new again."),
    ]
    closed_at: datetime | None
    close_reason: str | None


class ReviewBody(Body):
    """What somebody says of a finding."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"review_reason": "Known; plan changes at the visit."}]}
    )

    review_reason: Reason

    def draft(self, review: Review) -> ReviewDraft:
        """Return what the rules check."""
        return ReviewDraft(review)


class SnoozeBody(ReviewBody):
    """Why a finding can wait, and until when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"review_reason": "Two more courses first.", "snoozed_until": "2026-09-01"}
            ]
        }
    )

    snoozed_until: Day

    def draft(self, review: Review) -> ReviewDraft:
        """Return what the rules check."""
        return ReviewDraft(review, self.snoozed_until)


class FindingsRead(Shown):
    """The findings of a patient, newest first; null while they are being recalculated."""

    patient_id: uuid.UUID
    standing: Standing
    items: list[FindingRead] | None


class WorklistPatient(Shown):
    """Who a line of the work list is about."""

    id: uuid.UUID
    external_id: str
    family_name: str | None
    given_name: str | None
    diagnosis: str


class WorklistLineRead(Shown):
    """One patient of the work list."""

    patient: WorklistPatient
    standing: Standing
    analysed_at: datetime | None
    next_course: NextCourseRead | None
    findings: list[FindingRead]
    cannot_be_assessed: Annotated[
        bool, Field(description="There are readings, and none of them can be judged as it is.")
    ]


class WorklistRead(Shown):
    """Patients with new findings by rank and strength, then those of whom nothing can be said now.

    After them come the ones whose every finding was acknowledged or snoozed.
    """

    clinic_id: uuid.UUID
    patients: Annotated[int, Field(description="How many of the clinic you see.")]
    recalculating: int
    failed: int
    lines: list[WorklistLineRead]
    emergencies: Annotated[
        list[EmergencyRead],
        Field(description="Emergency access that a physician is to take note of."),
    ]
