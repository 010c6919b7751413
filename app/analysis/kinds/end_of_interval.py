"""Findings on end-of-interval weakness: where it is clear now, and where it was and is no more."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low
from typing import Final

import numpy as np

from app.analysis.kinds.wording import amount, likewise, series_words
from app.analysis.results import FindingDraft, Interval, SeriesResult
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings
from app.analysis.verdicts import Judged
from app.said import Part, Said, say, sentences

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
        said=sentences(*_weak_sentences(weak), *map(_symptom_sentence, symptoms)),
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
        said=_resolved_sentence(now),
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


def _resolved_sentence(now: Sequence[Judged]) -> Said:
    names = [series_words(one.result.measure, one.result.site) for one in now]
    since = now[0].result.epoch_from
    if since is None:
        return say(
            "The fall before infusions that was clear earlier is not seen any more since the "
            "first course in: %(names)s.",
            names=names,
        )
    return say(
        "The fall before infusions that was clear earlier is not seen any more since %(since)s "
        "in: %(names)s.",
        since=since,
        names=names,
    )


def _weak_sentences(weak: Sequence[Judged]) -> list[Said | None]:
    """Say the strongest in full and name the others, whose numbers are in the evidence."""
    one = weak[0]
    drop = one.result.drop
    size = amount(drop, _unit(one)) if drop else say("unknown")
    others = [series_words(other.result.measure, other.result.site) for other in weak[1:]]
    parts = {**_common_parts(one), "amount": size}
    if one.result.onset_day is None:
        said = say(
            "In %(k)s of the last %(n)s intervals %(series)s was worse at the end and recovered "
            "after the infusion; the loss on the planned date was %(amount)s.",
            **parts,
        )
    else:
        said = say(
            "In %(k)s of the last %(n)s intervals %(series)s was worse at the end, from about "
            "day %(day)s (%(low)s-%(high)s), the first infusion day being day 1, and recovered "
            "after the infusion; the loss on the planned date was %(amount)s.",
            **parts,
            **_onset_parts(one, one.result.onset_day),
        )
    return [said, likewise(others)]


def _symptom_sentence(one: Judged) -> Said:
    parts = _common_parts(one)
    if one.result.onset_day is None:
        return say(
            "In %(k)s of the last %(n)s intervals %(series)s was stronger at the end and eased "
            "after the infusion.",
            **parts,
        )
    return say(
        "In %(k)s of the last %(n)s intervals %(series)s was stronger at the end, from about "
        "day %(day)s (%(low)s-%(high)s), the first infusion day being day 1, and eased after "
        "the infusion.",
        **parts,
        **_onset_parts(one, one.result.onset_day),
    )


def _common_parts(one: Judged) -> dict[str, Part]:
    with_fall, looked_at = cycles_with_fall(one)
    name = series_words(one.result.measure, one.result.site)
    return {"k": with_fall, "n": looked_at, "series": name}


def _onset_parts(one: Judged, onset: Interval) -> dict[str, int]:
    """Say the onset in the patient's count: the first infusion day is day 1."""
    days = {"day": onset.estimate, "low": onset.low, "high": onset.high}
    return {name: patient_day(one, day) for name, day in days.items()}


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
