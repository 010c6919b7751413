"""Findings on end-of-interval weakness: where it is clear now, and where it was and is no more."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low
from typing import Final

import numpy as np

from app.analysis.kinds.wording import amount, day_words, in_words, likewise, series_words
from app.analysis.results import FindingDraft, SeriesResult
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings
from app.analysis.verdicts import Judged

# A cycle counts as one with a fall when its own fall is at least half the mean: judgement.
_SHARE_OF_DROP: Final = 0.5


def end_of_interval_weakness(
    judged: Sequence[Judged], settings: AnalysisSettings
) -> FindingDraft | None:
    """Report the strength-like series whose verdict is `present`, strongest evidence first.

    Twitching, cramps and fatigue are never called weakness; where they swing with the cycle too
    they are listed beside it under their own name.
    """
    present = _ranked([one for one in judged if one.result.verdict == "present"])
    weak = [one for one in present if is_strength(one.result)]
    if not weak:
        return None
    symptoms = [one for one in present if not is_strength(one.result)]
    possible = [
        one for one in judged if one.result.verdict == "possible" and is_strength(one.result)
    ]
    return FindingDraft(
        kind="end_of_interval_weakness",
        measure=weak[0].result.measure,
        sites=unique_sites([one.result for one in weak]),
        evidence={
            "series": [_numbers(one) for one in weak],
            "also_possible": [series_key(one.result) for one in _ranked(possible)],
            "symptoms_that_swing": [_numbers(one) for one in symptoms],
        },
        sentence=" ".join([_weak_sentence(weak), *map(_symptom_sentence, symptoms)]),
        parameters=_parameters(weak, settings),
    )


def resolved(
    earlier: Sequence[Sequence[Judged]], current: Sequence[Judged], settings: AnalysisSettings
) -> FindingDraft | None:
    """Report strength-like series that were `present` in an earlier epoch and are `absent` now.

    A fall without rebound is `absent` too, but not better, so it is not reported here.
    """
    was = {
        (one.result.measure, one.result.site): one.result
        for epoch in earlier
        for one in epoch
        if one.result.verdict == "present" and is_strength(one.result)
    }
    now = [
        one
        for one in current
        if one.result.verdict == "absent"
        and one.result.reason is None
        and (one.result.measure, one.result.site) in was
    ]
    if not now:
        return None
    now.sort(key=lambda one: -(was[one.result.measure, one.result.site].score or 0.0))
    names = in_words([series_words(one.result.measure, one.result.site) for one in now])
    since = now[0].result.epoch_from
    return FindingDraft(
        kind="resolved",
        measure=now[0].result.measure,
        sites=unique_sites([one.result for one in now]),
        evidence={
            "series": [
                {
                    "before": was[one.result.measure, one.result.site].to_dict(),
                    "now": one.result.to_dict(),
                }
                for one in now
            ]
        },
        sentence=(
            f"The fall before infusions that was clear earlier is not seen any more since "
            f"{'the first course' if since is None else day_words(since)} in: {names}."
        ),
        parameters=_parameters(now, settings),
    )


def is_strength(result: SeriesResult) -> bool:
    """Whether the measure is one of strength or function, not of a symptom."""
    return result.measure not in SYMPTOM_MEASURES


def unique_sites(results: Sequence[SeriesResult]) -> tuple[str, ...]:
    """Return the sites in order, each once."""
    return tuple(dict.fromkeys(result.site for result in results))


def series_key(result: SeriesResult) -> dict[str, str]:
    """Return measure and site as a JSON-able pair."""
    return {"measure": result.measure, "site": result.site}


def _ranked(judged: Sequence[Judged]) -> list[Judged]:
    return sorted(judged, key=lambda one: -(one.result.score or 0.0))


def _numbers(one: Judged) -> dict[str, object]:
    with_fall, looked_at = cycles_with_fall(one)
    return {**one.result.to_dict(), "cycles_with_fall": with_fall, "cycles_compared": looked_at}


def cycles_with_fall(one: Judged) -> tuple[int, int]:
    """Return in how many cycles the fall was seen, and in how many it could have been."""
    found, drop = one.assessment.found, one.result.drop
    if found is None or drop is None:
        return 0, 0
    telling = found.falls[np.isfinite(found.falls)] * one.assessment.scale
    return int((telling >= _SHARE_OF_DROP * drop.estimate).sum()), int(telling.size)


def _weak_sentence(weak: Sequence[Judged]) -> str:
    """Say the strongest in full and name the others, whose numbers are in the evidence."""
    one = weak[0]
    with_fall, looked_at = cycles_with_fall(one)
    name = series_words(one.result.measure, one.result.site)
    size = amount(one.result.drop, _unit(one)) if one.result.drop else "unknown"
    others = [series_words(other.result.measure, other.result.site) for other in weak[1:]]
    return (
        f"In {with_fall} of the last {looked_at} intervals {name} was worse at the end"
        f"{_from_day(one)} and recovered after the infusion; the loss on the planned date was "
        f"{size}.{likewise(others)}"
    )


def _symptom_sentence(one: Judged) -> str:
    with_fall, looked_at = cycles_with_fall(one)
    name = series_words(one.result.measure, one.result.site)
    return (
        f"In {with_fall} of the last {looked_at} intervals {name} was stronger at the end"
        f"{_from_day(one)} and eased after the infusion."
    )


def _from_day(one: Judged) -> str:
    """Say the onset in the patient's count: the first infusion day is day 1."""
    onset = one.result.onset_day
    if onset is None:
        return ""
    low, middle, high = (patient_day(one, day) for day in (onset.low, onset.estimate, onset.high))
    return f", from about day {middle} ({low}-{high}), the first infusion day being day 1,"


def patient_day(one: Judged, analysis_day: float) -> int:
    """Turn an analysis day, counted from the last infusion day, into the patient's day."""
    # The courses of the cycles that were judged: the newest may still be running.
    closed = [cycle.course for cycle in one.assessment.epoch.cycles if cycle.next_course]
    further_days = median_low((course.last_day - course.first_day).days for course in closed)
    return int(analysis_day) + further_days + 1


def _unit(one: Judged) -> str:
    return one.assessment.epoch.measure.unit


def _parameters(judged: Sequence[Judged], settings: AnalysisSettings) -> dict[str, object]:
    measures = sorted({one.result.measure for one in judged})
    return {
        "present_score": settings.present_score,
        "min_cycles": settings.min_cycles,
        "thresholds": {
            measure: {
                "value": settings.thresholds[measure].value,
                "relative": settings.thresholds[measure].relative,
                "source": settings.thresholds[measure].source,
            }
            for measure in measures
        },
    }
