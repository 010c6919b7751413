"""Interval escalation: has the planned interval been shortened again and again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from app.analysis.kinds.wording import day_words, in_words
from app.analysis.records import PlanVersion
from app.analysis.results import FindingDraft

WITHIN_DAYS: Final = 548  # 18 months: judgement
SHORTENINGS: Final = 2


def interval_escalation(plans: Sequence[PlanVersion], *, today: date) -> FindingDraft | None:
    """Report two or more shortenings within 18 months that have not been taken back.

    Only versions in force up to `today` count. A lengthening since then clears it.
    """
    begun = sorted(
        (plan for plan in plans if plan.effective_date <= today), key=lambda p: p.effective_date
    )
    run: list[PlanVersion] = []  # versions since the last lengthening that changed the interval
    for before, after in pairwise(begun):
        if after.interval_days > before.interval_days:
            run = []
        elif after.interval_days < before.interval_days:
            run = [*(run or [before]), after]
    steps = run[1:]
    close = any(
        (late.effective_date - early.effective_date).days <= WITHIN_DAYS
        for early, late in pairwise(steps)
    )
    if not close:
        return None
    intervals = [plan.interval_days for plan in run]
    return FindingDraft(
        kind="interval_escalation",
        measure=None,
        sites=(),
        evidence={
            "intervals_days": intervals,
            "shortened_on": [plan.effective_date.isoformat() for plan in steps],
        },
        sentence=(
            f"The planned interval was shortened {len(steps)} times: "
            f"{in_words([str(i) for i in intervals], joiner='then')} days, "
            f"last on {day_words(steps[-1].effective_date)}."
        ),
        parameters={"shortenings": SHORTENINGS, "within_days": WITHIN_DAYS},
    )
