"""Numbers and dates as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from app.web import format as words


@dataclass(frozen=True)
class Plan:
    product: str = "privigen"
    dose_g_per_kg: float | None = None
    dose_g: float | None = None
    interval_days: int = 21
    course_days: int = 1


@pytest.mark.parametrize(
    ("plan", "line", "weekly"),
    [
        (
            Plan(dose_g_per_kg=1.0, course_days=2),
            "Privigen 1 g/kg over 2 days every 21 days",
            "0.33 g/kg/week",
        ),
        (Plan(dose_g=62.5), "Privigen 62.5 g every 21 days", "20.8 g/week"),
        (Plan(interval_days=1), "Privigen dose not stated every 1 day", ""),
    ],
)
def test_a_plan_is_one_line(plan: Plan, line: str, weekly: str) -> None:
    assert words.format_plan(plan, {"privigen": "Privigen"}) == line
    assert words.format_weekly(plan) == weekly


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "—"), (0.0, "0"), (12.345, "12.3"), (60.0, "60"), (0.01234, "0.0123")],
)
def test_a_number_has_no_needless_digit(value: float | None, text: str) -> None:
    assert words.format_number(value) == text


@pytest.mark.parametrize(
    ("today", "age"),
    [(date(2026, 5, 3), 50), (date(2026, 5, 4), 51), (date(2026, 5, 5), 51)],
)
def test_age_changes_on_the_birthday(today: date, age: int) -> None:
    assert words.age_on(date(1975, 5, 4), today) == age


def test_age_is_unknown_without_a_birth_date() -> None:
    assert words.age_on(None, date(2026, 1, 1)) is None


def test_an_instant_is_shown_by_the_patients_clock() -> None:
    instant = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
    assert words.format_instant(instant, "America/New_York") == "31 Dec 2025, 21:30"


@pytest.mark.parametrize(
    ("measure", "site", "name"),
    [
        ("grip_kpa", "right_hand", "Grip (kPa), right hand"),
        ("strength_nrs", "global", "Strength, overall"),
        ("fatigue_nrs", "global", "Fatigue"),
    ],
)
def test_a_series_is_named_by_measure_unit_and_site(measure: str, site: str, name: str) -> None:
    assert words.format_series(measure, site) == name


def test_a_due_date_says_how_the_course_stands() -> None:
    overdue = {"state": "overdue", "due_on": "2026-02-02", "days_late": 5}
    assert words.format_due(overdue) == "overdue since 2 Feb 2026"
    assert words.format_due({"state": "on_hold", "due_on": None, "days_late": 0}) == "on hold"
    assert words.format_due(None) == "—"


def test_days_taken_together_are_a_range() -> None:
    assert words.format_day_range(4, 1) == "4"
    assert words.format_day_range(6, 3) == "6-8"


@dataclass(frozen=True)
class Finding:
    status: str = "snoozed"
    review: str | None = "snoozed"
    reviewed_by: str | None = "Dr. Kim"
    reviewed_at: datetime | None = datetime(2026, 6, 1, 2, tzinfo=UTC)
    review_reason: str | None = "Wait."
    snoozed_until: date | None = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (Finding(review=None), ""),
        (
            Finding(),
            "Snoozed until 1 Sep 2026 · Dr. Kim, 31 May 2026, 22:00: Wait.",
        ),
        (
            Finding(status="new"),
            "Snoozed until 1 Sep 2026, which is over · Dr. Kim, 31 May 2026, 22:00: Wait.",
        ),
        (
            Finding("acknowledged", "disagreed"),
            "Disagreed · Dr. Kim, 31 May 2026, 22:00: Wait.",
        ),
    ],
)
def test_what_was_said_of_a_finding_is_one_line(finding: Finding, line: str) -> None:
    assert words.format_review(finding, "America/New_York") == line


@pytest.mark.parametrize(
    ("key", "value", "name", "line"),
    [
        ("grace_days", 5.0, "Grace days", "5 days"),
        ("min_cycles", 4.0, "Min cycles", "4 cycles"),
        ("threshold.mrc_sum", 2.0, "Smallest fall that matters: MRC sum score", "2 points"),
        (
            "threshold.walk_10m_s",
            0.28,
            "Smallest fall that matters: 10-metre walk (s)",
            "28 % of the own level",
        ),
    ],
)
def test_a_setting_is_named_and_has_its_unit(key: str, value: float, name: str, line: str) -> None:
    assert words.format_setting(key) == name
    assert words.format_setting_value(key, value) == line


@pytest.mark.parametrize(
    ("verdict", "is_shown"), [("present", True), ("possible", True), ("absent", False)]
)
def test_a_fall_that_nobody_claims_begins_nowhere(verdict: str, *, is_shown: bool) -> None:
    onset = {"estimate": 16.0, "low": 14.0, "high": 19.0}
    shown = words.onset_to_show({"verdict": verdict, "onset_day": onset})
    assert shown == (onset if is_shown else None)
