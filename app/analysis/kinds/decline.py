"""The finding on progressive decline: levels that infusions no longer bring back.

Looked at in the current epoch, and over the record since the last hold: a decline that goes on
through every change of the plan would be invisible if each change began the count anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.analysis.assess import Assessment
from app.analysis.cycles import Timeline
from app.analysis.kinds.lines import (
    FEWEST_CYCLES,
    SHARE_OF_THRESHOLD,
    Line,
    change_words,
    line,
    recovered_levels,
    since_last_hold,
)
from app.analysis.kinds.wording import likewise, series_words
from app.analysis.results import FindingDraft
from app.analysis.settings import SYMPTOM_MEASURES
from app.said import say, sentences

# Chance that a patient with a steady level is reported in any series: judgement, between the
# errors of the verdicts, because a decline is looked at by a person and not acted on.
DECLINE_ERROR: Final = 0.02
_LOOKS: Final = 2  # the current epoch and the record since the last hold


def progressive_decline(
    earlier: Sequence[Sequence[Assessment]], current: Sequence[Assessment], timeline: Timeline
) -> FindingDraft | None:
    """Report strength-like series whose recovered level sinks across cycles.

    Needs a 90 % interval of the trend below 0, evidence that holds `DECLINE_ERROR` over both
    looks at all series of the patient together (Bonferroni), and a loss that matters.
    """
    strength = [one for one in current if one.epoch.measure.key not in SYMPTOM_MEASURES]
    looks = [
        look
        for one in strength
        for pieces in ([one], since_last_hold(one, earlier, timeline))
        if (look := line(recovered_levels(pieces), timeline)) is not None
    ]
    error = DECLINE_ERROR / (_LOOKS * max(len(strength), 1))
    best: dict[tuple[str, str], Line] = {}
    for look in sorted(looks, key=lambda decline: decline.trend.p_decline):
        if look.falls(error):
            best.setdefault(look.key, look)
    return _finding(list(best.values())) if best else None


def _finding(declines: Sequence[Line]) -> FindingDraft:
    return FindingDraft(
        kind="progressive_decline",
        measure=declines[0].key[0],
        sites=tuple(dict.fromkeys(one.key[1] for one in declines)),
        evidence={"series": [one.to_dict() for one in declines]},
        said=sentences(
            say(
                "From interval to interval, less came back after the infusion: %(change)s since "
                "%(since)s.",
                change=change_words(declines[0]),
                since=declines[0].since,
            ),
            likewise([series_words(*one.key) for one in declines[1:]]),
        ),
        parameters={
            "decline_error": DECLINE_ERROR,
            "share_of_threshold": SHARE_OF_THRESHOLD,
            "fewest_cycles": FEWEST_CYCLES,
        },
    )
