"""How an infusion ran: its rate steps with volumes, and vital signs by the protocol. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal

BASELINE: Final = timedelta(minutes=60)
"""Vital signs count as taken before the start from so long before it on; judgement."""

LONGEST: Final = timedelta(hours=48)
"""As long as an infusion can last (`app.infusions.rules`): nothing is asked for later."""

_MG_PER_G: Final = 1000


# --- rates ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on the pump ran at `ml_per_h`; `volume_ml` is what its display said then."""

    at: datetime
    ml_per_h: float
    volume_ml: float | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """A step, until when it lasted, and what had run at its beginning and its end.

    Attributes
    ----------
    volume_before_ml, volume_after_ml : float
        Since the start of the infusion, mL.
    is_measured : bool
        True where `volume_before_ml` was read off the pump; else it follows from rate and time.
    """

    step: Step
    until: datetime
    volume_before_ml: float
    volume_after_ml: float
    is_measured: bool


def rate_table(steps: Sequence[Step], *, until: datetime) -> list[Ran]:
    """Return what ran in each step.

    Parameters
    ----------
    steps : sequence of Step
        Oldest first.
    until : datetime
        The end of the infusion, or now while it runs. Steps after it last no time.
    """
    ran: list[Ran] = []
    volume = 0.0
    ends = [*(max(step.at, min(after.at, until)) for step, after in pairwise(steps))]
    ends += [max(step.at, until) for step in steps[-1:]]
    for step, end in zip(steps, ends, strict=True):
        before = volume if step.volume_ml is None else step.volume_ml
        volume = before + step.ml_per_h * ((end - step.at) / timedelta(hours=1))
        ran.append(Ran(step, end, before, volume, step.volume_ml is not None))
    return ran


def grams_in(volume_ml: float, concentration_mg_per_ml: float | None) -> float | None:
    """Return the grams in a volume; None where the concentration, mg/mL, is not known."""
    if concentration_mg_per_ml is None:
        return None
    return volume_ml * concentration_mg_per_ml / _MG_PER_G


# --- vital signs ---------------------------------------------------------------------------------

Why = Literal["before", "at_first", "rate", "running", "end", "after"]
State = Literal["done", "late", "overdue", "missed", "due", "planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How often vital signs are taken; a part of the clinic's settings of care.

    `after_end` are times after the end of the infusion.
    """

    first_every: timedelta
    first: timedelta
    then_every: timedelta
    after_end: tuple[timedelta, ...]
    grace: timedelta


@dataclass(frozen=True, slots=True)
class Due:
    """A time at which the protocol asks for vital signs, and what became of it.

    Attributes
    ----------
    why : str
        "before" the start, "at_first", at a new "rate", while "running", at the "end", "after" it.
    state : str
        "done" in time; "late", done later; "overdue", not done and still possible; "missed", not
        done, and the next time has come (or, of the first one, the start; after the last one, as
        long again as it came after the time before); "due" now; "planned" for later.
    """

    at: datetime
    why: Why
    state: State
    done_at: datetime | None


def vitals_due(
    protocol: Protocol,
    *,
    started_at: datetime,
    ended_at: datetime | None,
    rates_at: Iterable[datetime],
    taken_at: Iterable[datetime],
    now: datetime,
) -> list[Due]:
    """Return when vital signs are due, and which were taken in time, late, or not at all.

    While the infusion runs, the list goes on to the first time after now.

    Parameters
    ----------
    protocol : Protocol
        The clinic's.
    started_at, ended_at : datetime
        Of the infusion; `ended_at` None while it runs.
    rates_at : iterable of datetime
        When the rate was changed.
    taken_at : iterable of datetime
        When vital signs were taken.
    now : datetime
        Timezone-aware.
    """
    asked = _asked_for(protocol, started_at=started_at, ended_at=ended_at, now=now)
    asked = _with_rates(asked, protocol, sorted(rates_at), until=min(now, asked[-1][0]))
    taken = sorted(taken_at)
    due: list[Due] = []
    before = started_at - 2 * BASELINE
    for (at, why), after in zip(asked, [*(at for at, _ in asked[1:]), None], strict=True):
        # Taken up to halfway from the time before, unless that one still waits for it.
        early = max(protocol.grace, (at - before) / 2)
        closes = at + max(protocol.grace, at - before) if after is None else after - protocol.grace
        if why == "before":
            closes = at  # What is taken later is no baseline any more.
        fits = [t for t in taken if at - early <= t < closes or t == at]
        done_at = min(fits, key=lambda t: abs(t - at), default=None)
        taken = [t for t in taken if done_at is None or t > done_at]
        state = _state(at, done_at, grace=protocol.grace, closes=closes, now=now)
        due.append(Due(at, why, state, done_at))
        before = at
    return due


def _asked_for(
    protocol: Protocol, *, started_at: datetime, ended_at: datetime | None, now: datetime
) -> list[tuple[datetime, Why]]:
    """Return the times of the clock alone, oldest first; the last one is the first after now."""
    asked: list[tuple[datetime, Why]] = [(started_at, "before")]
    stop = min(ended_at or now, started_at + LONGEST)
    at = started_at
    while at < stop:
        is_first = at + protocol.first_every <= started_at + protocol.first
        at += protocol.first_every if is_first else protocol.then_every
        asked.append((at, "at_first" if is_first else "running"))
    if ended_at is not None:
        # What was due just before the end is due with it.
        asked = [one for one in asked if one[1] == "before" or one[0] < ended_at - protocol.grace]
        asked.append((ended_at, "end"))
        asked += [(ended_at + after, "after") for after in protocol.after_end if after]
    return asked


def _with_rates(
    asked: list[tuple[datetime, Why]],
    protocol: Protocol,
    rates_at: Sequence[datetime],
    *,
    until: datetime,
) -> list[tuple[datetime, Why]]:
    """Add the changes of the rate that have no time of their own nearby."""
    times = [at for at, _ in asked]
    added: list[tuple[datetime, Why]] = []
    for rate_at in rates_at:
        is_near = any(abs(rate_at - at) <= protocol.grace for at in times)
        if times[0] < rate_at < until and not is_near:
            added.append((rate_at, "rate"))
            times.append(rate_at)
    return sorted([*asked, *added])


def _state(
    at: datetime,
    done_at: datetime | None,
    *,
    grace: timedelta,
    closes: datetime,
    now: datetime,
) -> State:
    if done_at is not None:
        return "late" if done_at > at + grace else "done"
    if now > at + grace:
        return "missed" if now >= closes else "overdue"
    return "due" if now >= at - grace else "planned"
