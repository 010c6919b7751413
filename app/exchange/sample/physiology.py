"""Strength between infusions: a pure simulation, without chance and without calendar.

Two truths can be mixed. One is the published turnover model of grip in MMN under
immunoglobulin; the other is a hinge, level at first and then falling to the planned end. Under
both lies a slow reserve, because the published model has no delayed repair and recovers too
fast after a long gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.exchange.sample.people import Reserve, WearingOff

FloatArray = NDArray[np.float64]

STEP_DAYS: Final = 0.25

# Li et al. 2024, Ann Clin Transl Neurol 11:1977, MMN, as transcribed in nlmixr2lib
# (Li_2024b_immunoglobulin): turnover of grip, its inhibition, elimination of the infused IgG.
KOUT_PER_DAY: Final = 0.552
C50_G_PER_L: Final = 9.41
IMAX: Final = 0.607
KEL_PER_DAY: Final = 0.0583
VOLUME_L: Final = 6.48
# The model's exponent on lean mass (2.17) is not physiological; volume grows with weight here.
# 83.5 kg is the weight for which VOLUME_L was worked out.
VOLUME_WEIGHT_KG: Final = 83.5

RECOVERY_DAYS: Final = 1.5  # judgement: most of a hinge's fall is back by the third day
HINGE_CAP: Final = 1.5  # a late course deepens the fall by half at most (judgement)
LAPSE_AFTER_DAYS: Final = 7  # past the planned end, the slow reserve begins to go (judgement)


@dataclass(frozen=True, slots=True)
class Courses:
    """The courses that one person received, in order.

    Attributes
    ----------
    start : float array, shape (k,)
        Start of the first infusion, in days from today's midnight.
    interval : float array, shape (k,)
        Planned days to the next course.
    dose_day, dose_g_per_l : float arrays, shape (m,)
        Every infusion: its instant and the rise of serum IgG that it causes.
    """

    start: FloatArray
    interval: FloatArray
    dose_day: FloatArray
    dose_g_per_l: FloatArray


@dataclass(frozen=True, slots=True)
class Curves:
    """The result on a grid of `STEP_DAYS`.

    `fall` is the share of strength lost to the cycle, `reserve` the slow factor, both per point
    of `days`.
    """

    days: FloatArray
    fall: FloatArray
    reserve: FloatArray


def igg_rise_g_per_l(dose_g: float, *, weight_kg: float) -> float:
    """Return the rise of serum IgG in g/L after a dose, for a volume that grows with weight."""
    return dose_g / (VOLUME_L * weight_kg / VOLUME_WEIGHT_KG)


def excess_igg(days: FloatArray, dose_day: FloatArray, *, dose_g_per_l: FloatArray) -> FloatArray:
    """Return IgG above the person's own baseline.

    Parameters
    ----------
    days : float array, shape (n,)
        Instants in days.
    dose_day, dose_g_per_l : float arrays, shape (m,)
        Instant and rise of each infusion.

    Returns
    -------
    float array, shape (n,)
        Sum of the exponentially decaying rises, g/L.
    """
    since = days[:, None] - dose_day[None, :]
    decay = np.where(since >= 0, np.exp(-KEL_PER_DAY * np.maximum(since, 0.0)), 0.0)
    total: FloatArray = decay @ dose_g_per_l
    return total


def turnover_strength(excess_g_per_l: FloatArray, *, step_days: float = STEP_DAYS) -> FloatArray:
    """Integrate the turnover model of grip.

    ``dG/dt = kout - (1 - Imax X / (C50 + X)) kout G`` with G in units of the untreated grip.
    Each step is exact for the mean inhibition of its two ends.

    Parameters
    ----------
    excess_g_per_l : float array, shape (n,)
        X, IgG above the baseline on an even grid; the first point is taken as untreated.
    step_days : float
        Spacing of that grid.

    Returns
    -------
    float array, shape (n,)
        Grip as a multiple of the untreated grip, 1.0 at the first point.

    References
    ----------
    Li, Roepcke, Franke, Yel (2024), Ann Clin Transl Neurol 11:1977.
    """
    loss = KOUT_PER_DAY * (1 - IMAX * excess_g_per_l / (C50_G_PER_L + excess_g_per_l))
    mean_loss = (loss[:-1] + loss[1:]) / 2
    keep = np.exp(-mean_loss * step_days)
    goal = KOUT_PER_DAY / mean_loss
    grip = [1.0]
    for kept, toward in zip(keep.tolist(), goal.tolist(), strict=True):
        grip.append(toward + (grip[-1] - toward) * kept)
    return np.array(grip)


def hinge_fall(
    days: FloatArray, courses: Courses, *, depth: FloatArray, last_share: float
) -> FloatArray:
    """Return a fall that begins late in each planned interval and mends after the next course.

    Parameters
    ----------
    days : float array, shape (n,)
        Instants in days.
    courses : Courses
        k courses.
    depth : float array, shape (k,)
        Share of strength lost at the planned end of each cycle.
    last_share : float
        Part of the planned interval, counted from its end, over which the fall happens.

    Returns
    -------
    float array, shape (n,)
        Share of strength lost, 0 before the first course.
    """
    fall = np.zeros_like(days)
    carried = 0.0
    ends = np.append(courses.start[1:], days[-1] + STEP_DAYS)
    for start, end, interval, deep in zip(
        courses.start, ends, courses.interval, depth, strict=True
    ):
        slope = deep / (last_share * interval)
        onset = start + (1 - last_share) * interval
        here = (days >= start) & (days < end)
        late = np.clip((days[here] - onset) * slope, 0.0, HINGE_CAP * deep)
        fall[here] = late + carried * np.exp(-(days[here] - start) / RECOVERY_DAYS)
        carried = float(np.clip((end - onset) * slope, 0.0, HINGE_CAP * deep))
    return fall


def slow_reserve(days: FloatArray, courses: Courses, *, reserve: Reserve) -> FloatArray:
    """Return the slow factor of strength: it fades when courses lapse and returns with them.

    A person is untreated before the first course, unless `reserve.start` says that strength
    stood elsewhere then, and from `LAPSE_AFTER_DAYS` past the planned end of a cycle.
    """
    index = np.searchsorted(courses.start, days, side="right") - 1
    planned_end = np.where(index >= 0, courses.start[index] + courses.interval[index], np.inf)
    lapsed = days > planned_end + LAPSE_AFTER_DAYS
    waiting = index < 0
    goal = np.where(lapsed, 1 - reserve.depth, np.where(waiting, reserve.start, 1.0))
    rate = np.where(lapsed, 1 / reserve.days_down, 1 / reserve.days_up)
    kept = np.exp(-rate * STEP_DAYS)
    level, levels = reserve.start, []
    for toward, keep in zip(goal.tolist(), kept.tolist(), strict=True):
        level = toward + (level - toward) * keep
        levels.append(level)
    return np.array(levels)


def simulate(
    first_day: int,
    courses: Courses,
    *,
    wearing_off: WearingOff,
    depth: FloatArray,
    reserve: Reserve,
) -> Curves:
    """Return a person's curves from `first_day` to today's midnight.

    The model's fall is counted from the level that it exceeds in a tenth of the treated time,
    so that the best days of the usual regimen lose nothing.
    """
    days = np.arange(first_day, 0.0, STEP_DAYS)
    fall = hinge_fall(days, courses, depth=depth, last_share=wearing_off.last_share)
    if wearing_off.pkpd:
        excess = excess_igg(days, courses.dose_day, dose_g_per_l=courses.dose_g_per_l)
        grip = turnover_strength(excess)
        best = np.quantile(grip[days >= courses.start[0]], 0.9)
        fall = fall + wearing_off.pkpd * (1 - grip / best)
    return Curves(days, fall, slow_reserve(days, courses, reserve=reserve))
