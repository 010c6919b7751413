"""Everything that the charts of a patient's review are drawn from, as one small document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.analysis.cycles import Cycle, EffectiveHold, Timeline
from app.analysis.records import PatientRecord, Therapy
from app.kit.base import Json
from app.plans.tables import PlanRow
from app.web.charts.known_plans import KnownPlan, intervals_as_known
from app.web.charts.series_data import series_data, short
from app.web.clinical import format_term
from app.web.format import EPOCH_REASONS, format_plan, format_reason
from app.web.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Happening:
    """Something on one day, in words; `is_red` of a red flag."""

    day: date
    words: str
    is_red: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """What the document is made from.

    `results` are the stored ones of an analysis that stands, `products` names by key.
    """

    record: PatientRecord
    timeline: Timeline
    today: date
    results: Sequence[Json]
    plans: Sequence[PlanRow]
    products: Mapping[str, str]
    known: Sequence[KnownPlan]
    reactions: Sequence[Happening]
    alarms: Sequence[Happening]


def review_data(review: Review) -> Json:
    """Return the document: dates as text, days of readings as numbers, one list a column."""
    timeline = review.timeline
    results = {(r["measure"], r["site"]): r for r in review.results}
    return {
        "today": review.today.isoformat(),
        "cycles": _cycles(timeline.cycles),
        "infusion_days": [
            day.day.isoformat() for course in timeline.courses for day in course.days
        ],
        "epochs": [
            {
                "from": epoch.from_date.isoformat(),
                "why": ", ".join(EPOCH_REASONS[reason] for reason in epoch.reasons),
            }
            for epoch in timeline.epochs
        ],
        "plans": [_plan(row, review.products) for row in review.plans],
        "known": [
            [day.isoformat(), interval]
            for day, interval in intervals_as_known(review.known, today=review.today)
        ],
        "holds": [_hold(hold) for hold in timeline.holds],
        "therapies": [_therapy(one) for one in review.record.therapies],
        "reactions": [_happening(one) for one in review.reactions],
        "alarms": [_happening(one) for one in review.alarms],
        "series": [
            series_data(
                series,
                timeline,
                result=results.get((series.measure, series.site), {}),
                zone=review.record.time_zone,
                today=review.today,
            )
            for series in review.record.series
        ],
    }


def _therapy(one: Therapy) -> list[Any]:
    named = {"therapy": format_term(one.therapy), "status": format_term(one.status)}
    said = _("%(therapy)s: %(status)s", **named)
    return [one.from_date.isoformat(), _iso(one.to_date), one.status, said]


def _cycles(cycles: Sequence[Cycle]) -> dict[str, list[Any]]:
    return {
        "first": [cycle.course.first_day.isoformat() for cycle in cycles],
        "last": [cycle.course.last_day.isoformat() for cycle in cycles],
        "dose_g": [short(cycle.course.dose_g) for cycle in cycles],
        "planned": [cycle.planned_days for cycle in cycles],
        "actual": [cycle.actual_days for cycle in cycles],
        "on_hold": [int(cycle.on_hold) for cycle in cycles],
        "epoch": [cycle.epoch for cycle in cycles],
    }


def _plan(row: PlanRow, products: Mapping[str, str]) -> Json:
    return {
        "from": row.effective_date.isoformat(),
        "interval": row.interval_days,
        "words": format_plan(row, products),
    }


def _hold(hold: EffectiveHold) -> list[str | None]:
    return [hold.from_date.isoformat(), _iso(hold.to_date), format_reason(hold.reason)]


def _happening(one: Happening) -> list[str | int]:
    return [one.day.isoformat(), one.words, int(one.is_red)]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
