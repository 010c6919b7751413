"""Discordance: the patient feels better overall while a limb or an ability gets worse.

A shorter interval can lift how somebody feels while axons are lost in one hand; an overall rating
alone would then reassure. Both sides are lines over the same cycles: of the overall rating through
the means of whole cycles, of the others through what each infusion brought back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.analysis.assess import Assessment
from app.analysis.cycles import Timeline
from app.analysis.kinds.lines import (
    FEWEST_CYCLES,
    SHARE_OF_THRESHOLD,
    Levels,
    Line,
    change_words,
    common_cycles,
    cycle_means,
    line,
    recovered_levels,
    since_last_hold,
)
from app.analysis.kinds.wording import likewise_worse, series_words
from app.analysis.measures import GLOBAL
from app.analysis.results import FindingDraft, rounded
from app.analysis.settings import SYMPTOM_MEASURES
from app.said import say, sentences

# How the patient feels overall, the plainest first.
OVERALL: Final = (("strength_nrs", GLOBAL), ("fatigue_nrs", GLOBAL))
# Chance that a steady series is taken for a rising one, over both overall ratings, and for a
# sinking one, over all others: judgement; both must be wrong to alarm a stable patient. The
# second is stricter: to say that a limb gets worse where it does not is the worse mistake.
RISE_ERROR: Final = 0.05
FALL_ERROR: Final = 0.01


@dataclass(frozen=True, slots=True)
class _Pair:
    """An overall rating that rises and a series that sinks, over the same cycles."""

    better: Line
    worse: Line


def discordance(
    earlier: Sequence[Sequence[Assessment]], current: Sequence[Assessment], timeline: Timeline
) -> FindingDraft | None:
    """Report strength-like series that sink while overall strength rises or fatigue eases.

    Parameters
    ----------
    earlier, current : sequences of Assessment
        The patient's earlier epochs, oldest first, and the current one; those since the last
        hold are compared.

    Notes
    -----
    Each side needs a 90 % interval of its trend beyond 0, evidence corrected for the number of
    series on that side (Bonferroni), and a change of at least half a fall that matters.
    """
    levels: dict[tuple[str, str], Levels] = {}
    for one in current:
        key = one.epoch.measure.key, one.epoch.site
        level = cycle_means if key in OVERALL else recovered_levels
        found = level(since_last_hold(one, earlier, timeline))
        if found is not None:
            levels[key] = found
    overall = [key for key in OVERALL if key in levels]
    others = [key for key in levels if key not in OVERALL and key[0] not in SYMPTOM_MEASURES]
    for key in overall:
        pairs = [
            pair
            for other in others
            if (pair := _pair(levels[key], levels[other], timeline)) is not None
            and pair.better.rises(RISE_ERROR / len(overall))
            and pair.worse.falls(FALL_ERROR / len(others))
        ]
        if pairs:
            return _finding(sorted(pairs, key=lambda pair: pair.worse.trend.p_decline))
    return None


def _pair(better: Levels, worse: Levels, timeline: Timeline) -> _Pair | None:
    within = common_cycles(better, worse)
    up, down = line(better, timeline, within=within), line(worse, timeline, within=within)
    return None if up is None or down is None else _Pair(up, down)


def _finding(pairs: Sequence[_Pair]) -> FindingDraft:
    first = pairs[0]
    names = [series_words(*pair.worse.key) for pair in pairs]
    return FindingDraft(
        kind="discordance",
        measure=first.worse.key[0],
        sites=tuple(dict.fromkeys(pair.worse.key[1] for pair in pairs)),
        evidence={
            "series": [
                {
                    **pair.worse.to_dict(),
                    "better": {
                        **pair.better.to_dict(),
                        "p_value": rounded(1.0 - pair.better.trend.p_decline),
                    },
                }
                for pair in pairs
            ]
        },
        said=sentences(
            say(
                "Since %(since)s %(better)s, while %(worse)s.",
                since=first.worse.since,
                better=change_words(first.better),
                worse=change_words(first.worse),
            ),
            likewise_worse(names[1:]),
        ),
        parameters={
            "rise_error": RISE_ERROR,
            "fall_error": FALL_ERROR,
            "share_of_threshold": SHARE_OF_THRESHOLD,
            "fewest_cycles": FEWEST_CYCLES,
        },
    )
