"""Interval escalation: has the planned interval been shortened again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from app.analysis.kinds.history import History, SeriesKey, Side, side_of
from app.analysis.kinds.wording import amount, number, series_words, unit_words
from app.analysis.measures import MEASURES
from app.analysis.records import PlanVersion
from app.analysis.results import FindingDraft, rounded
from app.analysis.settings import SYMPTOM_MEASURES
from app.said import Said, figure, listed, say, say_many, sentences

WITHIN_DAYS: Final = 548  # 18 months: judgement
SHORTENINGS: Final = 2


@dataclass(frozen=True, slots=True)
class _Trajectory:
    """One series under the intervals of the run, the longest first; at least two of them."""

    key: SeriesKey
    sides: tuple[Side, ...]

    @property
    def strength(self) -> float:
        """The strongest evidence of a fall under any of the intervals."""
        return max(side.judged.result.score or 0.0 for side in self.sides)

    def to_dict(self) -> dict[str, object]:
        """Return what was seen under each interval as JSON-able values."""
        measure, site = self.key
        return {
            "measure": measure,
            "site": site,
            "intervals": [
                {
                    "interval_days": side.plan.interval_days,
                    "since": side.judged.assessment.epoch.cycles[0].course.first_day.isoformat(),
                    "cycles": side.cycles,
                    "verdict": side.judged.result.verdict,
                    "drop": side.drop.to_dict(),
                    "level": None if side.level is None else rounded(side.level),
                }
                for side in self.sides
            ],
        }


def interval_escalation(
    plans: Sequence[PlanVersion], found: History, *, today: date
) -> FindingDraft | None:
    """Report two or more shortenings within 18 months that have not been taken back.

    Only versions in force up to `today` count. A lengthening since then clears it. Beside the
    steps stands what each interval did to the series that fell under any of them.
    """
    run = _shortenings(plans, today)
    steps = run[1:]
    close = any(
        (late.effective_date - early.effective_date).days <= WITHIN_DAYS
        for early, late in pairwise(steps)
    )
    if not close:
        return None
    intervals = [plan.interval_days for plan in run]
    paths = _trajectories(run, found)
    return FindingDraft(
        kind="interval_escalation",
        measure=paths[0].key[0] if paths else None,
        sites=tuple(dict.fromkeys(path.key[1] for path in paths)),
        evidence={
            "intervals_days": intervals,
            "shortened_on": [plan.effective_date.isoformat() for plan in steps],
            "trajectory": [path.to_dict() for path in paths],
        },
        said=sentences(
            say_many(
                "The planned interval was shortened once: %(intervals)s days, last on %(date)s.",
                "The planned interval was shortened %(num)s times: %(intervals)s days, "
                "last on %(date)s.",
                len(steps),
                intervals=listed([figure(str(days)) for days in intervals], joiner="then"),
                date=steps[-1].effective_date,
            ),
            _path_words(paths[0]) if paths else None,
        ),
        parameters={"shortenings": SHORTENINGS, "within_days": WITHIN_DAYS},
    )


def _shortenings(plans: Sequence[PlanVersion], today: date) -> list[PlanVersion]:
    """Return the versions that changed the interval since the last lengthening."""
    begun = sorted(
        (plan for plan in plans if plan.effective_date <= today), key=lambda p: p.effective_date
    )
    run: list[PlanVersion] = []
    for before, after in pairwise(begun):
        if after.interval_days > before.interval_days:
            run = []
        elif after.interval_days < before.interval_days:
            run = [*(run or [before]), after]
    return run


def _trajectories(run: Sequence[PlanVersion], found: History) -> list[_Trajectory]:
    """Return the strength-like series that fell under one of the intervals, strongest first.

    Of several epochs with one interval the newest speaks for it; those before the run are left
    out, because they may have the same interval.
    """
    wanted = [plan.interval_days for plan in run]
    first = run[0].effective_date
    sides: dict[SeriesKey, dict[int, Side]] = {}
    for epoch in sorted(found):
        for key, one in found[epoch].items():
            side = side_of(one)
            if side is None or key[0] in SYMPTOM_MEASURES:
                continue
            if side.plan.effective_date >= first:
                sides.setdefault(key, {})[side.plan.interval_days] = side
    paths = [
        _Trajectory(key, tuple(mine[days] for days in wanted if days in mine))
        for key, mine in sides.items()
    ]
    telling = [path for path in paths if len(path.sides) > 1 and any(s.is_seen for s in path.sides)]
    return sorted(telling, key=lambda path: -path.strength)


def _path_words(path: _Trajectory) -> Said:
    unit = MEASURES[path.key[0]].unit
    falls = [
        say(
            "%(amount)s at %(interval)s days",
            amount=amount(side.drop, unit),
            interval=side.plan.interval_days,
        )
        for side in path.sides
    ]
    levels = [number(side.level) for side in path.sides if side.level is not None]
    parts = {"series": series_words(*path.key), "falls": listed(falls, joiner="then")}
    if len(levels) < len(path.sides):
        return say(
            "At the end of the interval the loss in %(series)s was %(falls)s.",
            **parts,
        )
    return say(
        "At the end of the interval the loss in %(series)s was %(falls)s; the level after "
        "infusions was %(levels)s %(unit)s.",
        **parts,
        levels=listed(levels, joiner="then"),
        unit=unit_words(unit),
    )
