"""The whole analysis of one patient: record in, results and findings out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from app.analysis.assess import Assessment, assess
from app.analysis.cycles import Timeline, build_timeline, local_day, plan_in_force
from app.analysis.kinds.acute_drop import AcuteDrop, acute_drop, acute_drops
from app.analysis.kinds.decline import progressive_decline
from app.analysis.kinds.discordance import discordance
from app.analysis.kinds.dose_drift import dose_drift, short_course_is_over_on
from app.analysis.kinds.end_of_interval import end_of_interval_weakness, resolved
from app.analysis.kinds.escalation import interval_escalation
from app.analysis.kinds.gaps import Silence, reporting_gap, silence
from app.analysis.kinds.history import history
from app.analysis.kinds.interval_effect import interval_effect
from app.analysis.kinds.lapse import held_course_due_on, lapse
from app.analysis.kinds.new_site import new_site
from app.analysis.kinds.response import response
from app.analysis.kinds.safety import safety, safety_ends
from app.analysis.measures import MEASURES
from app.analysis.next_due import NextCourse, next_course_of, turning_days
from app.analysis.placed import place
from app.analysis.records import PatientRecord, PlanVersion, Series
from app.analysis.results import (
    METHOD,
    VERSION,
    FindingDraft,
    Interval,
    PatientAnalysis,
    SeriesResult,
)
from app.analysis.series_epochs import SeriesEpoch, series_epochs
from app.analysis.settings import AnalysisSettings, settings_from
from app.analysis.verdicts import Judged, Standing, judge

__all__ = [
    "METHOD",
    "VERSION",
    "AnalysisSettings",
    "FindingDraft",
    "Interval",
    "PatientAnalysis",
    "SeriesResult",
    "analyse_patient",
    "settings_from",
]

_MEASURE_ORDER = {key: position for position, key in enumerate(MEASURES)}


def analyse_patient(
    record: PatientRecord, settings: AnalysisSettings, *, now: datetime
) -> PatientAnalysis:
    """Analyse one patient.

    Parameters
    ----------
    now : datetime
        Timezone-aware instant; only its local date in the patient's zone matters.

    Returns
    -------
    PatientAnalysis
        One result for every series with a report, and at most one finding of each kind. The
        same record, settings and local date always give the same answer; between today and
        `look_again_on` the answer cannot change without a new entry.
    """
    today = local_day(now, record.time_zone)
    timeline = build_timeline(record, settings.rules)
    with_values = sorted((s for s in record.series if s.at_days.size), key=_series_order)
    split = [series_epochs(series, timeline) for series in with_values]
    current = [epochs[-1] for epochs in split]
    assessed = assess(current, settings)
    standing = _standing(record, timeline, today)
    judged = judge(assessed, standing, settings)
    earlier = _earlier(split, settings)
    then = [_judged_then(epoch, settings) for epoch in earlier]
    # A hold today takes nothing away from what was seen before it.
    unheld = replace(standing, on_hold=False)
    past = history(then, judge(assessed, unheld, settings) if standing.on_hold else judged)
    coming = next_course_of(record, timeline, today=today, grace_days=settings.rules.grace_days)
    quiet = silence(record, timeline, settings, today=today)
    placed = place(with_values, timeline)
    drops = acute_drops(placed, settings, zone=record.time_zone)
    ends = _ends(quiet, drops)
    findings = [
        safety(record.safety, zone=record.time_zone, today=today),
        acute_drop(drops, today=today),
        new_site(placed, settings, zone=record.time_zone),
        end_of_interval_weakness(judged, settings),
        resolved(then, judged, settings),
        progressive_decline(earlier, assessed, timeline),
        response(placed, timeline, settings, zone=record.time_zone),
        lapse(record, timeline, coming, series=placed, settings=settings, today=today),
        discordance(earlier, assessed, timeline),
        interval_escalation(record.plans, past, today=today),
        interval_effect(past, timeline, settings),
        dose_drift(record, timeline, settings.rules, today=today),
        reporting_gap(judged, record.followed, quiet, settings=settings, today=today),
    ]
    return PatientAnalysis(
        series=tuple(one.result for one in judged),
        findings=tuple(finding for finding in findings if finding is not None),
        look_again_on=_look_again_on(record, timeline, coming, ends, settings, today),
        timeline=timeline,
        next_course=coming,
    )


def _series_order(series: Series) -> tuple[int, int]:
    sites = MEASURES[series.measure].sites
    return _MEASURE_ORDER[series.measure], sites.index(series.site)


def _standing(record: PatientRecord, timeline: Timeline, today: date) -> Standing:
    plan = plan_in_force(record.plans, today)
    return Standing(
        on_hold=timeline.hold_on(today) is not None,
        subcutaneous=plan is not None and plan.route == "subcutaneous",
    )


def _earlier(
    split: Sequence[Sequence[SeriesEpoch]], settings: AnalysisSettings
) -> list[tuple[Assessment, ...]]:
    """Assess the patient's earlier epochs, each with all its series together, oldest first."""
    earlier = []
    for number in sorted({epoch.number for epochs in split for epoch in epochs[:-1]}):
        # With several devices in one epoch the last one speaks for it.
        family = [
            [epoch for epoch in epochs[:-1] if epoch.number == number][-1:] for epochs in split
        ]
        earlier.append(assess([epoch for found in family for epoch in found], settings))
    return earlier


def _judged_then(
    assessments: Sequence[Assessment], settings: AnalysisSettings
) -> tuple[Judged, ...]:
    """Judge an earlier epoch by the plan of its own time."""
    plan = assessments[0].epoch.cycles[-1].plan
    subcutaneous = plan is not None and plan.route == "subcutaneous"
    return judge(assessments, Standing(on_hold=False, subcutaneous=subcutaneous), settings)


def _look_again_on(
    record: PatientRecord,
    timeline: Timeline,
    coming: NextCourse,
    ends: Iterable[date],
    settings: AnalysisSettings,
    today: date,
) -> date | None:
    """Return the next local date on which any rule can change by time alone."""
    dates: set[date | None] = {plan.effective_date for plan in record.plans}
    dates |= {day for hold in timeline.holds for day in (hold.from_date, hold.to_date)}
    dates.add(held_course_due_on(record, timeline, today=today))
    dates.add(short_course_is_over_on(record, timeline, settings.rules))
    dates |= set(_due_dates(coming, plan_in_force(record.plans, today), settings))
    dates |= turning_days(record, timeline, today=today, grace_days=settings.rules.grace_days)
    dates |= set(ends)
    dates |= set(safety_ends(record.safety, zone=record.time_zone))
    return min((day for day in dates if day is not None and day > today), default=None)


def _ends(quiet: Silence | None, drops: Sequence[AcuteDrop]) -> list[date]:
    """Return when silence begins to be a gap, and when each drop is no longer acute."""
    return [*([] if quiet is None else [quiet.from_date]), *(drop.until for drop in drops)]


def _due_dates(
    coming: NextCourse, plan: PlanVersion | None, settings: AnalysisSettings
) -> Iterable[date]:
    """Yield the first day on which the next course is due, overdue and missed."""
    if coming.due_on is None or plan is None:
        return
    yield coming.due_on
    yield coming.due_on + timedelta(days=settings.rules.grace_days + 1)
    yield coming.due_on + timedelta(days=plan.interval_days // 2 + 1)
