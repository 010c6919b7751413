"""Series of one or two readings on a patient's review: said in words, as there is no curve yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from app.analysis.records import PatientRecord, Series
from app.web.charts.series_data import local_days
from app.web.format import format_date, format_number, format_series
from app.web.i18n import ngettext

MOST_TOLD: Final = 2
"""Readings of a series up to which they are told instead of drawn."""


def few_readings(record: PatientRecord) -> list[tuple[str, str]]:
    """Return name and readings of every series that has too few for a chart."""
    found = []
    for series in record.series:
        said = say_readings(series, days=local_days(series, record.time_zone))
        if said:
            found.append((format_series(series.measure, series.site), said))
    return found


def say_readings(series: Series, *, days: Sequence[int]) -> str:
    """Say the readings of a series where they are too few for a chart; else nothing.

    `days` are the ordinals of the local dates of its readings.
    """
    count = len(days)
    if not 0 < count <= MOST_TOLD:
        return ""
    values = ", ".join(
        f"{format_number(float(value))} ({format_date(date.fromordinal(day))})"
        for day, value in zip(days, series.value, strict=True)
    )
    return ngettext(
        "%(num)s reading, too few for a chart: %(values)s.",
        "%(num)s readings, too few for a chart: %(values)s.",
        count,
        values=values,
    )
