"""Effect of an interval or dose change: is the fall before infusions smaller than it was.

The fall of the epoch before a change of the planned interval or dose beside that of the epoch
after it, and what the infusions bring back beside what they brought back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from app.analysis.cycles import EpochReason, Timeline
from app.analysis.kinds.history import History, SeriesKey, Side, side_of
from app.analysis.kinds.wording import amount, number, quantity, series_words, unit_words
from app.analysis.records import PlanVersion
from app.analysis.results import FindingDraft, Interval, rounded
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings
from app.analysis.verdicts import Judged
from app.said import Said, listed, say, sentences

Direction = Literal["smaller", "larger"]

# Chance that any of a patient's unchanged falls is said to have changed: judgement.
CHANGE_ERROR: Final = 0.05
_TAIL: Final = 0.05  # each side of a 90 % interval
_POWER: Final = 0.8
_DEVIATE: Final = -float(ndtri(_TAIL))  # 1.645
_TINY: Final = 1e-12
_FEWEST_LEVELS: Final = 2  # one has no spread
_BESIDES: Final[Mapping[EpochReason, Said]] = {
    "hold": say("a restart after a hold"),
    "product": say("another product"),
    "route": say("another route"),
    "therapy": say("a start or stop of another therapy"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """One series before and after the change, in the measure's unit.

    Attributes
    ----------
    difference : Interval
        Drop after less drop before; negative is a smaller fall.
    level : Interval or None
        Mean of the reference windows after less before, in the measure's own direction; None
        where either side has fewer than two.
    p_value : float
        Two-sided, that the drop is what it was; this series alone.
    detectable : float
        The smallest difference whose interval would have excluded 0 with 80 % chance.
    """

    before: Side
    after: Side
    difference: Interval
    level: Interval | None
    p_value: float
    detectable: float

    @property
    def name(self) -> Said:
        """The series in words."""
        return series_words(self.after.judged.result.measure, self.after.judged.result.site)

    @property
    def direction(self) -> Direction | None:
        """Where the 90 % interval of the difference lies; None where it holds 0."""
        if self.difference.high < 0.0:
            return "smaller"
        return "larger" if self.difference.low > 0.0 else None

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-able values."""
        return {
            "measure": self.after.judged.result.measure,
            "site": self.after.judged.result.site,
            "before": _side(self.before),
            "after": _side(self.after),
            "drop_difference": self.difference.to_dict(),
            "level_difference": None if self.level is None else self.level.to_dict(),
            "direction": self.direction,
            "p_value": rounded(self.p_value),
            "detectable_difference": rounded(self.detectable),
        }


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of plan between two epochs, with every series that was read in both."""

    numbers: tuple[int, int]
    effects: tuple[Effect, ...]

    @property
    def plans(self) -> tuple[PlanVersion, PlanVersion]:
        return self.effects[0].before.plan, self.effects[0].after.plan

    @property
    def clear(self) -> float:
        """The p value up to which one of these differences is clear."""
        return CHANGE_ERROR / len(self.effects)


def interval_effect(
    found: History, timeline: Timeline, settings: AnalysisSettings
) -> FindingDraft | None:
    """Report the newest change of interval or dose that can be judged.

    Parameters
    ----------
    found : History
        Verdicts of every epoch; those of the current one without regard to a hold today.

    Returns
    -------
    FindingDraft or None
        None without a change that has three cycles with readings on both sides. None too where
        no strength-like series was `present` or `possible` on either side or clearly changed:
        a line that stays level answers nothing that anybody asked.

    Notes
    -----
    Drops are taken as normal, with the standard error that their 90 % interval implies. A
    difference is clear where its p, times the number of series compared, is at most
    `CHANGE_ERROR`; where only the 90 % interval of the one series excludes 0 it is "perhaps".
    """
    change = _newest_change(found)
    if change is None:
        return None
    effects = sorted(change.effects, key=lambda one: one.p_value)
    telling = [one for one in effects if _is_telling(one, change)]
    if not telling:
        return None
    old, new = change.plans
    return FindingDraft(
        kind="interval_effect",
        measure=telling[0].after.judged.result.measure,
        sites=tuple(dict.fromkeys(one.after.judged.result.site for one in telling)),
        evidence={
            "changed_on": timeline.epochs[change.numbers[1]].from_date.isoformat(),
            "before": _plan(old),
            "after": _plan(new),
            "also_changed": _besides(timeline, change),
            "series": [
                one.to_dict() | {"is_clear": one.p_value <= change.clear} for one in telling
            ],
            "without_a_fall": [str(one.name) for one in effects if one not in telling],
        },
        said=_said(timeline, change, telling),
        parameters={
            "change_error": CHANGE_ERROR,
            "present_score": settings.present_score,
            "possible_score": settings.possible_score,
        },
    )


def _is_telling(one: Effect, change: _Change) -> bool:
    return one.before.is_seen or one.after.is_seen or one.p_value <= change.clear


def _newest_change(found: History) -> _Change | None:
    """Compare every epoch with the nearest earlier one that has series in common with it."""
    numbers = sorted(found, reverse=True)
    for after in numbers:
        earlier = (number for number in numbers if number < after)
        pairs = ((before, _effects(found[before], found[after])) for before in earlier)
        nearest = next((pair for pair in pairs if pair[1]), None)
        if nearest is None:
            continue
        change = _Change((nearest[0], after), nearest[1])
        if _differ(*change.plans):
            return change
    return None


def _differ(old: PlanVersion, new: PlanVersion) -> bool:
    """Whether interval or dose differ; doses are compared as they were written."""
    as_written = (old.dose_g_per_kg, old.dose_g) == (new.dose_g_per_kg, new.dose_g)
    return old.interval_days != new.interval_days or not as_written


def _effects(
    before: Mapping[SeriesKey, Judged], after: Mapping[SeriesKey, Judged]
) -> tuple[Effect, ...]:
    """Compare the strength-like series that one device has read on both sides."""
    pairs = [
        (side_of(before[key]), side_of(new))
        for key, new in after.items()
        if key in before
        and key[0] not in SYMPTOM_MEASURES
        and before[key].assessment.epoch.device == new.assessment.epoch.device
    ]
    return tuple(_effect(old, new) for old, new in pairs if old is not None and new is not None)


def _effect(before: Side, after: Side) -> Effect:
    difference = after.drop.estimate - before.drop.estimate
    error = max(float(np.hypot(_error(before.drop), _error(after.drop))), _TINY)
    margin = _DEVIATE * error
    return Effect(
        before=before,
        after=after,
        difference=Interval(difference, difference - margin, difference + margin),
        level=_level_change(before, after),
        p_value=2.0 * float(ndtr(-abs(difference) / error)),
        detectable=margin + float(ndtri(_POWER)) * error,
    )


def _error(drop: Interval) -> float:
    """Return the standard error of a normal estimate with this 90 % interval."""
    return (drop.high - drop.low) / (2.0 * _DEVIATE)


def _level_change(before: Side, after: Side) -> Interval | None:
    """Compare the means of the cycles' levels by Welch's t; the cycle is the unit."""
    old, new = before.levels, after.levels
    if min(old.size, new.size) < _FEWEST_LEVELS:
        return None
    spread = [max(float(side.var(ddof=1)), _TINY) / side.size for side in (old, new)]
    parts = spread[0] ** 2 / (old.size - 1) + spread[1] ** 2 / (new.size - 1)
    margin = -float(stdtrit(sum(spread) ** 2 / parts, _TAIL)) * sum(spread) ** 0.5
    difference = float(new.mean() - old.mean())
    return Interval(difference, difference - margin, difference + margin)


def _side(side: Side) -> dict[str, object]:
    result = side.judged.result
    return {
        "since": None if result.epoch_from is None else result.epoch_from.isoformat(),
        "interval_days": side.plan.interval_days,
        "cycles": side.cycles,
        "verdict": result.verdict,
        "drop": side.drop.to_dict(),
        "level": None if side.level is None else rounded(side.level),
    }


def _plan(plan: PlanVersion) -> dict[str, object]:
    return {
        "interval_days": plan.interval_days,
        "dose_g_per_kg": plan.dose_g_per_kg,
        "dose_g": plan.dose_g,
    }


def _besides(timeline: Timeline, change: _Change) -> list[EpochReason]:
    """Name what else began an epoch meanwhile: the effect may be its own."""
    first, last = change.numbers
    between = {
        reason for epoch in timeline.epochs[first + 1 : last + 1] for reason in epoch.reasons
    }
    return [reason for reason in _BESIDES if reason in between]


def _said(timeline: Timeline, change: _Change, telling: Sequence[Effect]) -> Said:
    old, new = change.plans
    on = timeline.epochs[change.numbers[1]].from_date
    besides = [_BESIDES[reason] for reason in _besides(timeline, change)]
    return sentences(
        say("On %(date)s %(changes)s.", date=on, changes=_plan_words(old, new)),
        say("Between the two lay also %(changes)s.", changes=besides) if besides else None,
        _effect_words(telling[0], change),
        _time_words(old, new),
        _level_words(telling[0]),
        *_others_words(telling[1:], change),
    )


def _time_words(old: PlanVersion, new: PlanVersion) -> Said | None:
    if old.interval_days == new.interval_days:
        return None
    less = say(
        "Each is taken at the planned end of its own interval, and the new one leaves less time "
        "to lose strength."
    )
    more = say(
        "Each is taken at the planned end of its own interval, and the new one leaves more time "
        "to lose strength."
    )
    return less if new.interval_days < old.interval_days else more


def _plan_words(old: PlanVersion, new: PlanVersion) -> list[Said]:
    words = []
    if old.interval_days != new.interval_days:
        words.append(
            say(
                "the planned interval went from %(before)s to %(now)s days",
                before=old.interval_days,
                now=new.interval_days,
            )
        )
    if (old.dose_g_per_kg, old.dose_g) != (new.dose_g_per_kg, new.dose_g):
        words.append(
            say(
                "the planned dose went from %(before)s to %(now)s a course",
                before=_dose_words(old),
                now=_dose_words(new),
            )
        )
    return words


def _dose_words(plan: PlanVersion) -> Said:
    if plan.dose_g_per_kg is not None:
        return say("%(dose)s g/kg", dose=float(plan.dose_g_per_kg))
    if plan.dose_g is None:
        return say("an unwritten dose")
    return say("%(dose)s g", dose=float(plan.dose_g))


def _effect_words(one: Effect, change: _Change) -> Said:
    unit = one.after.judged.assessment.epoch.measure.unit
    return say(
        "At the end of the interval the loss in %(series)s was %(before)s in %(n_before)s "
        "intervals before and %(now)s in %(n_now)s since: %(difference)s.",
        series=one.name,
        before=amount(one.before.drop, unit),
        n_before=one.before.cycles,
        now=amount(one.after.drop, unit),
        n_now=one.after.cycles,
        difference=_difference_words(one, change, unit),
    )


def _difference_words(one: Effect, change: _Change, unit: str) -> Said:
    if one.direction is None:
        return say(
            "no clear difference, where one of %(amount)s would have been seen with a chance of "
            "80 %%",
            amount=quantity(one.detectable, unit),
        )
    size, is_clear = one.difference, one.p_value <= change.clear
    if one.direction == "smaller":
        less = amount(Interval(-size.estimate, -size.high, -size.low), unit)
        perhaps = say("perhaps %(amount)s less", amount=less)
        return say("%(amount)s less", amount=less) if is_clear else perhaps
    more = amount(size, unit)
    perhaps = say("perhaps %(amount)s more", amount=more)
    return say("%(amount)s more", amount=more) if is_clear else perhaps


def _level_words(one: Effect) -> Said | None:
    was, now, change = one.before.level, one.after.level, one.level
    if was is None or now is None or change is None:
        return None
    unit = one.after.judged.assessment.epoch.measure.unit
    return say(
        "The level after infusions went from %(before)s to %(now)s %(unit)s, a change of "
        "%(amount)s.",
        before=number(was),
        now=number(now),
        unit=unit_words(unit),
        amount=amount(change, unit),
    )


def _others_words(others: Sequence[Effect], change: _Change) -> list[Said]:
    """Name the other series by what became of their fall."""
    groups: dict[tuple[Direction | None, bool], list[Said]] = {}
    for one in others:
        is_clear = one.direction is not None and one.p_value <= change.clear
        groups.setdefault((one.direction, is_clear), []).append(one.name)
    return [_GROUPS[group](names=listed(names)) for group, names in groups.items()]


_GROUPS: Final[Mapping[tuple[Direction | None, bool], Callable[..., Said]]] = {
    (None, False): lambda **parts: say("No clear difference: %(names)s.", **parts),
    ("smaller", True): lambda **parts: say("Also smaller: %(names)s.", **parts),
    ("larger", True): lambda **parts: say("Also larger: %(names)s.", **parts),
    ("smaller", False): lambda **parts: say("Perhaps smaller: %(names)s.", **parts),
    ("larger", False): lambda **parts: say("Perhaps larger: %(names)s.", **parts),
}
