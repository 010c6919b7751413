"""From estimates to the word that every screen shows, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.analysis.assess import Assessment
from app.analysis.cycles import SHORTEST_ASSESSABLE_INTERVAL
from app.analysis.measures import Better
from app.analysis.results import Interval, SeriesResult, Verdict
from app.analysis.settings import AnalysisSettings
from app.analysis.wearing_off.detectable import detectable_fall
from app.analysis.wearing_off.model import Evidence

FEWEST_CYCLES: Final = 3  # the contract's floor, whatever a setting says
SETTLED_CYCLES: Final = 4  # below, one bad cycle can still look like a pattern [F5]
ABSENT_WITHIN: Final = 1.5  # thresholds that must have been detectable to say absent
DECLINING_ERROR: Final = 0.05  # for the reason `no_rebound` alone: judgement


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for the whole patient: a hold today, or treatment under the skin."""

    on_hold: bool
    subcutaneous: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A series with its estimates and its verdict."""

    assessment: Assessment
    result: SeriesResult


@dataclass(frozen=True, slots=True)
class _Case:
    """One series with what the family of all series decides about it."""

    assessment: Assessment
    blocked: str | None
    score: float | None
    detectable: float | None


def judge(
    assessments: Sequence[Assessment], standing: Standing, settings: AnalysisSettings
) -> tuple[Judged, ...]:
    """Give every series of a patient its verdict.

    Notes
    -----
    The error is held over all series of the patient together by the score itself, which weighs
    them together.
    """
    judged = []
    tested = sum(one.found is not None for one in assessments)
    for one in assessments:
        found = one.found if one.epoch.evaluable_cycles >= FEWEST_CYCLES else None
        detectable = None
        if found is not None:
            detectable = detectable_fall(
                found, score=_needed(one, settings), threshold=one.threshold, series=tested
            )
        score = None if found is None else found.score
        judged.append(
            Judged(one, _result(_Case(one, _blocked(one, standing), score, detectable), settings))
        )
    return tuple(judged)


def _needed(one: Assessment, settings: AnalysisSettings) -> float:
    """Return the score that `present` needs."""
    if one.epoch.evaluable_cycles < SETTLED_CYCLES:
        return max(settings.few_cycles_score, settings.present_score)
    return settings.present_score


def _blocked(one: Assessment, standing: Standing) -> str | None:
    """Return why a series cannot be assessed at all, if so."""
    planned = one.epoch.planned_days
    if standing.on_hold:
        return "on_hold"
    # The route of the cycles that are judged, not of a plan under which no course was given yet.
    plan = one.epoch.cycles[-1].plan if one.epoch.cycles else None
    is_subcutaneous = standing.subcutaneous if plan is None else plan.route == "subcutaneous"
    if is_subcutaneous:
        return "subcutaneous"
    if one.epoch.has_plan and planned is not None and planned < SHORTEST_ASSESSABLE_INTERVAL:
        return "short_interval"
    return "floor" if _is_at_floor(one) else None


def _is_at_floor(one: Assessment) -> bool:
    """Whether the scale has no room for a fall that matters, or no step as fine as that."""
    if one.typical is None:
        return False
    measure = one.epoch.measure
    fall = one.threshold * one.scale
    higher = measure.better is Better.HIGHER
    room = one.typical - measure.low if higher else measure.high - one.typical
    no_step = not measure.ordinal and fall < measure.step
    return room < fall or no_step


def _verdict(case: _Case, settings: AnalysisSettings) -> tuple[Verdict, str | None]:
    one, found, score = case.assessment, case.assessment.found, case.score
    if case.blocked is not None:
        return "not_assessable", case.blocked
    if found is None or score is None:
        return "insufficient_data", "too_few_cycles" if one.epoch.has_plan else "no_plan"
    suspicious = score >= settings.possible_score
    if _stays_down(one) and (suspicious or one.rebound.falls_on_average):
        return "absent", "no_rebound"
    if suspicious:
        return _present_or_possible(one, found, score, settings)
    if case.detectable is not None and case.detectable <= ABSENT_WITHIN * one.threshold:
        return "absent", None
    return "insufficient_data", "too_noisy"


def _stays_down(one: Assessment) -> bool:
    """Whether falls do not come back: the windows say so, and the level sinks with every cycle.

    The windows alone hold too few readings to take a verdict away that the model, which has the
    rebound in its shape, has given.
    """
    declining = one.trend is not None and one.trend.p_decline <= DECLINING_ERROR
    return one.rebound.is_missing and declining


def _present_or_possible(
    one: Assessment, found: Evidence, score: float, settings: AnalysisSettings
) -> tuple[Verdict, str | None]:
    """Tell `present` from `possible`, with the first thing that is missing as the reason."""
    if one.epoch.evaluable_cycles < settings.min_cycles:
        return "possible", "few_cycles"
    if score < _needed(one, settings):
        return "possible", "weak_evidence"
    if found.drop is not None and found.drop.estimate >= one.threshold and found.drop.low > 0.0:
        return "present", None
    return "possible", "small_drop"


def _result(case: _Case, settings: AnalysisSettings) -> SeriesResult:
    one, found = case.assessment, case.assessment.found
    epoch = one.epoch
    verdict, reason = _verdict(case, settings)
    base = SeriesResult(
        measure=epoch.measure.key,
        site=epoch.site,
        epoch_from=epoch.from_date,
        cycles=epoch.closed_cycles,
        cycles_evaluable=epoch.evaluable_cycles,
        reports=epoch.reports,
        verdict=verdict,
        reason=reason,
        rebound_share=one.rebound.share,
    )
    return base if found is None else _with_estimates(base, case, found)


def _with_estimates(base: SeriesResult, case: _Case, found: Evidence) -> SeriesResult:
    one = case.assessment
    measure = one.epoch.measure
    # Lower-is-better values were turned, so their level is the turned level with its sign back.
    level = found.level if measure.better is Better.HIGHER else -found.level
    # A share of next to nothing says nothing: symptoms near 0, hands without grip.
    per_level = 1.0 / level if level > one.threshold else None
    return SeriesResult(
        measure=base.measure,
        site=base.site,
        epoch_from=base.epoch_from,
        cycles=base.cycles,
        cycles_evaluable=base.cycles_evaluable,
        reports=base.reports,
        verdict=base.verdict,
        reason=base.reason,
        score=found.score,
        p_value=found.p_value,
        drop=_times(found.drop, one.scale),
        drop_fraction=_times(found.drop, per_level),
        onset_day=found.onset_day,
        rebound_share=base.rebound_share,
        trend_per_year=_times(None if one.trend is None else one.trend.per_year, one.scale),
        noise_cv=None if measure.ordinal or per_level is None else found.sigma * per_level,
        detectable_drop=None if case.detectable is None else case.detectable * one.scale,
    )


def _times(interval: Interval | None, factor: float | None) -> Interval | None:
    if interval is None or factor is None:
        return None
    return Interval(interval.estimate * factor, interval.low * factor, interval.high * factor)
