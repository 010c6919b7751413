"""Builders of records with defaults, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.analysis.records import (
    Calendar,
    Hold,
    Infusion,
    PatientRecord,
    PlanVersion,
    Series,
    Therapy,
    Weight,
)

START = date(2025, 1, 6)
ZONE = "Europe/Amsterdam"


def at(day: date, *, hour: int = 9, zone: str = ZONE) -> datetime:
    """Give a local time as a UTC instant."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days_after(start: date, *days: int) -> list[date]:
    return [start + timedelta(days=day) for day in days]


def a_plan(
    *,
    effective_date: date = START,
    interval_days: int = 28,
    course_days: int = 1,
    product: str = "gamunex-c",
    dose_g_per_kg: float | None = 1.0,
    dose_g: float | None = None,
    subcutaneous: bool = False,
    calendar: Calendar = "rolling",
) -> PlanVersion:
    return PlanVersion(
        effective_date=effective_date,
        interval_days=interval_days,
        course_days=course_days,
        product=product,
        route="subcutaneous" if subcutaneous else "intravenous",
        dose_g_per_kg=dose_g_per_kg,
        dose_g=dose_g,
        calendar=calendar,
    )


def an_infusion(
    day: date, *, hour: int = 9, zone: str = ZONE, dose_g: float = 70.0, weight_kg: float = 70.0
) -> Infusion:
    return Infusion(
        at(day, hour=hour, zone=zone), zone, "completed", "gamunex-c", dose_g, weight_kg
    )


def a_series(
    days: Sequence[float],
    values: Sequence[float],
    *,
    start: date = START,
    measure: str = "strength_nrs",
    site: str = "right_hand",
    fresh: Sequence[bool] | None = None,
    device: Sequence[str | None] | None = None,
) -> Series:
    """Give a series with readings `days` after 08:00 on `start`."""
    first = at(start, hour=8).timestamp() / 86_400.0
    return Series(
        measure=measure,
        site=site,
        at_days=first + np.asarray(days, dtype=np.float64),
        value=np.asarray(values, dtype=np.float64),
        fresh=np.ones(len(days), dtype=bool) if fresh is None else np.asarray(fresh),
        device=(None,) * len(days) if device is None else tuple(device),
    )


def a_record(
    infusion_days: Sequence[date] = (),
    *,
    plans: Sequence[PlanVersion] | None = None,
    holds: Sequence[Hold] = (),
    therapies: Sequence[Therapy] = (),
    weights: Sequence[Weight] = (),
    series: Sequence[Series] = (),
) -> PatientRecord:
    return PatientRecord(
        time_zone=ZONE,
        infusions=tuple(an_infusion(day) for day in infusion_days),
        plans=tuple([a_plan()] if plans is None else plans),
        holds=tuple(holds),
        therapies=tuple(therapies),
        weights=tuple(weights),
        series=tuple(series),
    )


def wearing_off(
    rng: np.random.Generator,
    *,
    cycles: int = 6,
    interval: int = 28,
    drop: float = 3.0,
    noise: float = 1.0,
    level: float = 6.0,
    every: int = 1,
    decline_per_cycle: float = 0.0,
    onset: float = 0.6,
) -> tuple[list[float], list[float]]:
    """Give days and whole-point values of a patient who falls from `onset` of every cycle on.

    Readings come an hour before infusions, so the one of the last morning belongs to the cycle
    that ends, and is its weakest.
    """
    days = np.arange(1, cycles * interval + 1, every)
    cycle, day = np.divmod(days - 1, interval)
    fall = np.maximum(0.0, day + 1 - onset * interval) / ((1.0 - onset) * interval)
    mean = level - drop * fall - decline_per_cycle * cycle
    values = np.clip(np.round(mean + noise * rng.normal(size=days.size)), 0, 10)
    return days.astype(float).tolist(), values.tolist()


def regular_days(cycles: int, interval: int = 28) -> list[date]:
    """Give one infusion day a cycle, and the one that closes the last cycle."""
    return days_after(START, *(interval * k for k in range(cycles + 1)))
