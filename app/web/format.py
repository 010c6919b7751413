"""From values to the words and numbers that a person reads. Nothing here computes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_skeleton
from babel.numbers import get_decimal_symbol

from app.analysis.measures import MEASURES
from app.analysis.settings import DEFAULT_THRESHOLDS
from app.web.i18n import N_, SOURCE, Words, current_locale, ngettext
from app.web.i18n import gettext as _
from app.web.terms import word_of

VERDICTS: Final = Words(
    {
        "present": N_("clear"),
        "possible": N_("possible"),
        "absent": N_("no sign of it"),
        "insufficient_data": N_("not enough data yet"),
        "not_assessable": N_("cannot be assessed"),
    }
)

KINDS: Final = Words(
    {
        "end_of_interval_weakness": N_("Weaker at the end of the interval"),
        "resolved": N_("End-of-interval weakness resolved"),
        "progressive_decline": N_("Slow decline"),
        "acute_drop": N_("Sudden drop"),
        "new_site": N_("Weakness, cramp or twitching at a new site"),
        "response": N_("Response to the first courses"),
        "lapse": N_("Course missed or late"),
        "interval_escalation": N_("Interval shortened repeatedly"),
        "interval_effect": N_("Before and after a change of interval or dose"),
        "dose_drift": N_("Dose per kilogram has moved"),
        "discordance": N_("Better overall, worse in one place"),
        "safety": N_("Safety"),
        "reporting_gap": N_("Readings are missing"),
    }
)

REVIEWS: Final = Words(
    {
        "acknowledged": N_("Acknowledged"),
        "disagreed": N_("Disagreed"),
        "snoozed": N_("Snoozed until %(until)s"),
        "over": N_("Snoozed until %(until)s, which is over"),
        "reopened": N_("Reopened"),
    }
)

LEVELS: Final = Words({"patient": N_("this patient"), "clinic": N_("the whole clinic")})

DUE_STATES: Final = Words(
    {
        "no_plan": N_("no plan in force"),
        "not_started": N_("not started"),
        "on_hold": N_("on hold"),
        "not_due": N_("due %(date)s"),
        "due": N_("due since %(date)s"),
        "overdue": N_("overdue since %(date)s"),
        "missed": N_("missed: was due %(date)s"),
    }
)

EPOCH_REASONS: Final = Words(
    {
        "first_course": N_("first course"),
        "dose": N_("dose changed"),
        "interval": N_("interval changed"),
        "product": N_("product changed"),
        "route": N_("route changed"),
        "hold": N_("restart after a hold"),
        "therapy": N_("other therapy started or stopped"),
    }
)

SITES: Final = Words(
    {
        "global": N_("overall"),
        "right_shoulder": N_("right shoulder"),
        "left_shoulder": N_("left shoulder"),
        "right_arm": N_("right arm"),
        "left_arm": N_("left arm"),
        "right_hand": N_("right hand"),
        "left_hand": N_("left hand"),
        "right_thigh": N_("right thigh"),
        "left_thigh": N_("left thigh"),
        "right_leg": N_("right leg"),
        "left_leg": N_("left leg"),
        "right_foot": N_("right foot"),
        "left_foot": N_("left foot"),
    }
)

MEASURE_NAMES: Final = Words(
    {
        "strength_nrs": N_("Strength"),
        "grip_kpa": N_("Grip"),
        "grip_kg": N_("Grip"),
        "fasciculation_nrs": N_("Twitching"),
        "cramp_nrs": N_("Cramps"),
        "fatigue_nrs": N_("Fatigue"),
        "ability_writing": N_("Writing"),
        "ability_utensils": N_("Using cutlery"),
        "ability_buttons": N_("Doing up buttons"),
        "ability_walking": N_("Walking"),
        "ability_stairs": N_("Climbing stairs"),
        "mmn_rods": N_("MMN-RODS"),
        "i_rods": N_("I-RODS"),
        "incat": N_("INCAT disability"),
        "mrc_sum": N_("MRC sum score"),
        "walk_10m_s": N_("10-metre walk"),
        "nine_hole_peg_s": N_("Nine-hole peg test"),
    }
)
"""The names that the catalogue of measures has; a test holds them to it."""

_UNITS: Final = Words({"points": N_("points"), "centile points": N_("centile points")})
"""Units that are words; symbols are the same everywhere."""

_REASONS: Final = Words(
    {
        "on_hold": N_("on hold"),
        "subcutaneous": N_("subcutaneous"),
        "short_interval": N_("short interval"),
        "floor": N_("floor"),
        "too_few_cycles": N_("too few cycles"),
        "no_plan": N_("no plan"),
        "no_rebound": N_("no rebound"),
        "too_noisy": N_("too noisy"),
        "few_cycles": N_("few cycles"),
        "weak_evidence": N_("weak evidence"),
        "small_drop": N_("small drop"),
    }
)
"""Why a verdict is not another one."""

_SETTINGS: Final = Words(
    {
        "join_gap_days": N_("Join gap days"),
        "join_span_days": N_("Join span days"),
        "grace_days": N_("Grace days"),
        "min_cycles": N_("Min cycles"),
        "report_gap_days": N_("Report gap days"),
    }
)

MISSING: Final = "—"
_ENGLISH_DATE: Final = "d MMM y"
_ENGLISH_MONTHS: Final = Locale("en")
"""In the British ones September has four letters, and every other month three."""


def format_date(day: date | None) -> str:
    """Write a date as 3 Feb 2026; the month in letters, because 3/2 is two days."""
    if day is None:
        return MISSING
    locale = current_locale()
    if locale == SOURCE:
        return babel_date(day, _ENGLISH_DATE, locale=_ENGLISH_MONTHS)
    return format_skeleton("yMMMd", day, locale=locale)


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
    return decimal(f"{rounded:.0f}" if rounded.is_integer() else f"{rounded:.10g}")


def decimal(text: str) -> str:
    """Put the decimal sign of the language into a number as Python writes it."""
    return text.replace(".", get_decimal_symbol(current_locale()))


def format_grams(value: float | None) -> str:
    """Write grams to a tenth."""
    return MISSING if value is None else decimal(f"{round(value, 1):g} g")


def format_interval(estimate: dict[str, float] | None, unit: str = "") -> str:
    """Write an estimate with its 90 % interval."""
    if estimate is None:
        return MISSING
    middle, low, high = (format_number(estimate[key]) for key in ("estimate", "low", "high"))
    with_unit = f"{middle} {unit}" if unit else middle
    return _("%(middle)s (%(low)s to %(high)s)", middle=with_unit, low=low, high=high)


def onset_to_show(result: Mapping[str, Any]) -> dict[str, float] | None:
    """Return where the fall begins; nothing where no fall is claimed, which begins nowhere."""
    return result.get("onset_day") if result.get("verdict") in ("present", "possible") else None


def format_site(site: str) -> str:
    """Write a site as words."""
    return SITES.get(site) or site.replace("_", " ")


def format_measure(measure: str) -> str:
    """Name a measure."""
    return MEASURE_NAMES[measure]


def format_unit(measure: str) -> str:
    """Write the unit of a measure."""
    unit = MEASURES[measure].unit
    return _UNITS.get(unit) or unit


def format_series(measure: str, site: str) -> str:
    """Name a series: the measure, its unit where it has one, and the site."""
    is_whole = site == "global" and len(MEASURES[measure].sites) == 1
    return _with_unit(measure) + ("" if is_whole else f", {format_site(site)}")


def _with_unit(measure: str) -> str:
    unit = "" if MEASURES[measure].unit == "points" else f" ({format_unit(measure)})"
    return f"{format_measure(measure)}{unit}"


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
        return _SETTINGS[key]
    return _("Smallest fall that matters: %(measure)s", measure=_with_unit(measure))


def format_setting_value(key: str, value: float) -> str:
    """Write the value of a setting with its unit."""
    measure = key.removeprefix("threshold.")
    if measure == key:
        if key.endswith("_days"):
            return format_days(round(value))
        return ngettext("%(num)s cycle", "%(num)s cycles", round(value))
    if DEFAULT_THRESHOLDS[measure].relative:
        percent = decimal(f"{100 * value:.4g}")
        return _("%(percent)s %% of the own level", percent=percent)
    return f"{decimal(f'{value:g}')} {format_unit(measure)}"


def format_review(finding: ReviewedFinding, zone: str) -> str:
    """Write what the team said of a finding: what, who, when and why; nothing where nothing."""
    if finding.review is None or finding.reviewed_at is None:
        return ""
    is_over = finding.review == "snoozed" and finding.status == "new"
    key = "over" if is_over else finding.review
    what = REVIEWS.fill(key, until=format_date(finding.snoozed_until))
    when = format_instant(finding.reviewed_at, zone)
    return f"{what} · {finding.reviewed_by}, {when}: {finding.review_reason}"


def format_due(next_course: dict[str, object] | None) -> str:
    """Say when the next course is due and how it stands."""
    if next_course is None:
        return MISSING
    due_on = next_course["due_on"]
    day = format_iso_date(None if due_on is None else str(due_on))
    return DUE_STATES.fill(str(next_course["state"]), date=day)


def format_reason(reason: str | None) -> str:
    """Write the reason of a verdict as words."""
    return "" if reason is None else _REASONS.get(reason) or word_of(reason)


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


def format_plan(plan: PlannedCourse, names: Mapping[str, str]) -> str:
    """Write a plan version in one line; `names` are those of products by key."""
    if plan.dose_g_per_kg is not None:
        dose = f"{decimal(f'{plan.dose_g_per_kg:g}')} g/kg"
    elif plan.dose_g is not None:
        dose = format_grams(plan.dose_g)
    else:
        dose = _("dose not stated")
    days, interval = plan.course_days, plan.interval_days
    over = "" if days == 1 else ngettext("over %(num)s day", "over %(num)s days", days)
    every = ngettext("every %(num)s day", "every %(num)s days", interval)
    product = names.get(plan.product, plan.product)
    return " ".join(part for part in (product, dose, over, every) if part)


def format_weekly(plan: PlannedCourse) -> str:
    """Write the planned dose per week, which compares plans of different intervals."""
    weeks = plan.interval_days / 7
    if plan.dose_g_per_kg is not None:
        return _("%(dose)s g/kg/week", dose=decimal(f"{plan.dose_g_per_kg / weeks:.2f}"))
    if plan.dose_g is None:
        return ""
    return _("%(dose)s g/week", dose=decimal(f"{plan.dose_g / weeks:.1f}"))


def format_day_range(first: int, days: int) -> str:
    """Write one day of the cycle, or several together."""
    return str(first) if days == 1 else f"{first}-{first + days - 1}"


def format_days(days: int | None) -> str:
    """Write a number of days."""
    return MISSING if days is None else ngettext("%(num)s day", "%(num)s days", days)


def format_time(instant: datetime) -> str:
    """Write the time of day of an instant whose zone is the reader's."""
    return f"{instant:%H:%M}"


def local(instant: datetime, zone: str) -> datetime:
    """Return an instant on the clock of a zone."""
    return instant.astimezone(ZoneInfo(zone))


def format_weekday(day: date) -> str:
    """Write a date with its day of the week."""
    return f"{babel_date(day, 'EEEE', locale=current_locale())}, {format_date(day)}"


def format_day_of_week(day: date) -> str:
    """Write a day of a calendar whose year is known: Tue 3 Feb."""
    locale = current_locale()
    if locale == SOURCE:
        return babel_date(day, "EEE d MMM", locale=_ENGLISH_MONTHS)
    return format_skeleton("MMMEd", day, locale=locale)
