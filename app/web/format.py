"""From values to the words and numbers that a person reads. Nothing here computes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from app.analysis.measures import MEASURES
from app.analysis.settings import DEFAULT_THRESHOLDS

VERDICTS: Final = {
    "present": "clear",
    "possible": "possible",
    "absent": "no sign of it",
    "insufficient_data": "not enough data yet",
    "not_assessable": "cannot be assessed",
}

KINDS: Final = {
    "end_of_interval_weakness": "Weaker at the end of the interval",
    "resolved": "End-of-interval weakness resolved",
    "progressive_decline": "Slow decline",
    "acute_drop": "Sudden drop",
    "new_site": "Weakness, cramp or twitching at a new site",
    "response": "Response to the first courses",
    "lapse": "Course missed or late",
    "interval_escalation": "Interval shortened repeatedly",
    "interval_effect": "Before and after a change of interval or dose",
    "dose_drift": "Dose per kilogram has moved",
    "discordance": "Better overall, worse in one place",
    "safety": "Safety",
    "reporting_gap": "Readings are missing",
}

REVIEWS: Final = {
    "acknowledged": "Acknowledged",
    "disagreed": "Disagreed",
    "snoozed": "Snoozed until {until}",
    "reopened": "Reopened",
}

LEVELS: Final = {"patient": "this patient", "clinic": "the whole clinic"}

DUE_STATES: Final = {
    "no_plan": "no plan in force",
    "not_started": "not started",
    "on_hold": "on hold",
    "not_due": "due {date}",
    "due": "due since {date}",
    "overdue": "overdue since {date}",
    "missed": "missed: was due {date}",
}

EPOCH_REASONS: Final = {
    "first_course": "first course",
    "dose": "dose changed",
    "interval": "interval changed",
    "product": "product changed",
    "route": "route changed",
    "hold": "restart after a hold",
    "therapy": "other therapy started or stopped",
}

MISSING: Final = "—"


def format_date(day: date | None) -> str:
    """Write a date as 3 Feb 2026; the month in letters, because 3/2 is two days."""
    return MISSING if day is None else f"{day.day} {day:%b %Y}"


def format_iso_date(text: str | None) -> str:
    """Write a stored ISO date for reading."""
    return format_date(None if text is None else date.fromisoformat(text))


def format_instant(instant: datetime, zone: str) -> str:
    """Write an instant as the patient's clock showed it."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{format_date(local.date())}, {local:%H:%M}"


def format_number(value: float | None, *, digits: int = 3) -> str:
    """Write a number with at most `digits` significant digits and no needless zeros."""
    if value is None:
        return MISSING
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:.0f}" if rounded.is_integer() else f"{rounded:.10g}"


def format_grams(value: float | None) -> str:
    """Write grams to a tenth."""
    return MISSING if value is None else f"{round(value, 1):g} g"


def format_interval(estimate: dict[str, float] | None, unit: str = "") -> str:
    """Write an estimate with its 90 % interval."""
    if estimate is None:
        return MISSING
    middle, low, high = (format_number(estimate[key]) for key in ("estimate", "low", "high"))
    return f"{middle}{' ' + unit if unit else ''} ({low} to {high})"


def onset_to_show(result: Mapping[str, Any]) -> dict[str, float] | None:
    """Return where the fall begins; nothing where no fall is claimed, which begins nowhere."""
    return result.get("onset_day") if result.get("verdict") in ("present", "possible") else None


def format_site(site: str) -> str:
    """Write a site as words."""
    return "overall" if site == "global" else site.replace("_", " ")


def format_series(measure: str, site: str) -> str:
    """Name a series: the measure, its unit where it has one, and the site."""
    known = MEASURES[measure]
    unit = "" if known.unit == "points" else f" ({known.unit})"
    place = "" if site == "global" and len(known.sites) == 1 else f", {format_site(site)}"
    return f"{known.name}{unit}{place}"


class ReviewedFinding(Protocol):
    """What is needed of a finding to say what the team said of it."""

    @property
    def status(self) -> str: ...
    @property
    def review(self) -> str | None: ...
    @property
    def reviewed_by(self) -> str | None: ...
    @property
    def reviewed_at(self) -> datetime | None: ...
    @property
    def review_reason(self) -> str | None: ...
    @property
    def snoozed_until(self) -> date | None: ...


def format_setting(key: str) -> str:
    """Name a setting of the analysis."""
    measure = key.removeprefix("threshold.")
    if measure == key:
        return format_reason(key).capitalize()
    known = MEASURES[measure]
    unit = "" if known.unit == "points" else f" ({known.unit})"
    return f"Smallest fall that matters: {known.name}{unit}"


def format_setting_value(key: str, value: float) -> str:
    """Write the value of a setting with its unit."""
    measure = key.removeprefix("threshold.")
    if measure == key:
        return f"{value:g} {key.rpartition('_')[2]}"
    if DEFAULT_THRESHOLDS[measure].relative:
        return f"{100 * value:.4g} % of the own level"
    return f"{value:g} {MEASURES[measure].unit}"


def format_review(finding: ReviewedFinding, zone: str) -> str:
    """Write what the team said of a finding: what, who, when and why; nothing where nothing."""
    if finding.review is None or finding.reviewed_at is None:
        return ""
    what = REVIEWS[finding.review].format(until=format_date(finding.snoozed_until))
    is_over = finding.review == "snoozed" and finding.status == "new"
    when = format_instant(finding.reviewed_at, zone)
    over = ", which is over" if is_over else ""
    return f"{what}{over} · {finding.reviewed_by}, {when}: {finding.review_reason}"


def format_due(next_course: dict[str, object] | None) -> str:
    """Say when the next course is due and how it stands."""
    if next_course is None:
        return MISSING
    due_on = next_course["due_on"]
    text = DUE_STATES[str(next_course["state"])]
    return text.format(date=format_iso_date(None if due_on is None else str(due_on)))


def format_reason(reason: str | None) -> str:
    """Write the reason of a verdict as words."""
    return "" if reason is None else reason.replace("_", " ")


def age_on(birth_date: date | None, day: date) -> int | None:
    """Return completed years of age; born on 29 February turns a year on 1 March."""
    if birth_date is None:
        return None
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)


class Named(Protocol):
    """What is needed of a patient to write the name."""

    @property
    def given_name(self) -> str | None: ...
    @property
    def family_name(self) -> str | None: ...


def format_name(patient: Named) -> str:
    """Write what is known of a name; nothing where nothing is."""
    return " ".join(part for part in (patient.given_name, patient.family_name) if part)


class PlannedCourse(Protocol):
    """What is needed of a plan version to write it."""

    @property
    def product(self) -> str: ...
    @property
    def dose_g_per_kg(self) -> float | None: ...
    @property
    def dose_g(self) -> float | None: ...
    @property
    def interval_days(self) -> int: ...
    @property
    def course_days(self) -> int: ...


def format_plan(plan: PlannedCourse) -> str:
    """Write a plan version in one line."""
    if plan.dose_g_per_kg is not None:
        dose = f"{plan.dose_g_per_kg:g} g/kg"
    elif plan.dose_g is not None:
        dose = format_grams(plan.dose_g)
    else:
        dose = "dose not stated"
    over = "" if plan.course_days == 1 else f" over {plan.course_days} days"
    return f"{plan.product} {dose}{over} every {format_days(plan.interval_days)}"


def format_weekly(plan: PlannedCourse) -> str:
    """Write the planned dose per week, which compares plans of different intervals."""
    weeks = plan.interval_days / 7
    if plan.dose_g_per_kg is not None:
        return f"{plan.dose_g_per_kg / weeks:.2f} g/kg/week"
    return "" if plan.dose_g is None else f"{plan.dose_g / weeks:.1f} g/week"


def format_day_range(first: int, days: int) -> str:
    """Write one day of the cycle, or several together."""
    return str(first) if days == 1 else f"{first}-{first + days - 1}"


def format_days(days: int | None) -> str:
    """Write a number of days."""
    return MISSING if days is None else f"{days} day{'' if days == 1 else 's'}"


def format_time(instant: datetime) -> str:
    """Write the time of day of an instant whose zone is the reader's."""
    return f"{instant:%H:%M}"


def local(instant: datetime, zone: str) -> datetime:
    """Return an instant on the clock of a zone."""
    return instant.astimezone(ZoneInfo(zone))


def format_weekday(day: date) -> str:
    """Write a date with its day of the week."""
    return f"{day:%A}, {format_date(day)}"
