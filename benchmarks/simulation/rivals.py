"""What others would do with the same readings, as plainly as they would do it.

Each rival gives a number that grows with the suspicion, whether it fires by its own rule at its
own nominal error, and where it has one an estimate of the drop with a 90 % interval.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from benchmarks.simulation.cohort import FIRST_ANALYSIS_DAY, SiteTruth
from benchmarks.simulation.people import FACTS
from benchmarks.simulation.shapes import FloatArray

HINGE: Final = 0.6  # of the planned cycle
_NOMINAL: Final = 0.01
_TAIL: Final = 0.05  # on either side of a 90 % interval
_LONG: Final = 21  # days; windows as in the import format


@dataclass(frozen=True, slots=True)
class Chart:
    """One series as a rival sees it: the readings, the schedule, no truth.

    Attributes
    ----------
    ends_at : float array, shape (n,)
        Analysis day on which the cycle of each reading ended.
    """

    day: FloatArray
    at: FloatArray
    cycle: NDArray[np.int64]
    value: FloatArray
    ends_at: FloatArray
    interval: int
    planned_end: float
    threshold: float
    sites: int

    @property
    def error(self) -> float:
        """The nominal error for one series."""
        return _NOMINAL / self.sites


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a rival says of one series."""

    score: float
    fires: bool
    drop: tuple[float, float, float] | None = None


SILENT: Final = Opinion(float("-inf"), fires=False)


def chart_of(truth: SiteTruth, *, interval: int, sites: int) -> Chart:
    """Return what a rival may know of a series."""
    facts = FACTS[truth.measure]
    level = float(np.median(truth.value)) if facts.relative and truth.value.size else 1.0
    return Chart(
        day=truth.day,
        at=truth.at,
        cycle=truth.cycle,
        value=truth.value,
        ends_at=truth.ends_at,
        interval=interval,
        planned_end=truth.planned_end,
        threshold=facts.threshold * level,
        sites=sites,
    )


def first_and_last_week(chart: Chart) -> Opinion:
    """Mean of the first week after day 4 less the last week, all cycles; fixed threshold."""
    early = chart.day < FIRST_ANALYSIS_DAY + 7.0
    late = (chart.day >= chart.ends_at - 7.0) & ~early
    falls = _falls(chart, early, late)
    if not falls.size:
        return SILENT
    fall = float(falls.mean())
    return Opinion(fall / chart.threshold, fires=fall >= chart.threshold)


def any_cycle(chart: Chart) -> Opinion:
    """Mean of days 4-10 less the last three days (or week, if empty), in the worst cycle."""
    early = chart.day < FIRST_ANALYSIS_DAY + 7.0
    before_end = chart.ends_at - chart.day
    falls = [
        _falls(replace(chart, cycle=np.where(chart.cycle == cycle, 0, -1)), early, late & ~early)
        for cycle in np.unique(chart.cycle)
        for late in (_last_days(before_end, chart.cycle == cycle),)
    ]
    found = np.concatenate(falls) if falls else np.empty(0)
    if not found.size:
        return SILENT
    worst = float(found.max())
    return Opinion(worst / chart.threshold, fires=worst >= chart.threshold)


def t_test(chart: Chart) -> Opinion:
    """Ordinary two-sample t test, all readings of the reference against all of the late window."""
    late_days, before_end = (7.0, 9.0) if chart.interval >= _LONG else (4.0, 5.0)
    late = chart.day >= chart.ends_at - late_days
    reference = (chart.day <= chart.planned_end - before_end) & ~late
    if reference.sum() < 2 or late.sum() < 2:  # noqa: PLR2004 - a variance takes two
        return SILENT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all readings of a scale may be equal
        found = stats.ttest_ind(chart.value[reference], chart.value[late], alternative="greater")
        if not np.isfinite(found.statistic):
            return SILENT
        fall = float(chart.value[reference].mean() - chart.value[late].mean())
        wide = fall / found.statistic * stats.t.ppf(1.0 - _TAIL, found.df) if fall else 0.0
    interval = (fall, fall - wide, fall + wide)
    score = float(stats.norm.isf(max(found.pvalue, 1e-300)))
    return Opinion(score, bool(found.pvalue < chart.error), interval)


def mixed_model(chart: Chart) -> Opinion:
    """Fit MixedLM: level, trend, a hinge at 0.6, and a random level of each cycle."""
    if chart.value.size < 6 or np.unique(chart.cycle).size < 2:  # noqa: PLR2004 - 5 parameters
        return SILENT
    part = chart.day / chart.planned_end
    hinge = np.maximum(part - HINGE, 0.0) / (1.0 - HINGE)
    if not hinge.any():
        return SILENT
    time = (chart.at - chart.at.mean()) / 100.0
    design = np.column_stack((np.ones(time.size), time, -hinge))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance at 0 is a warning there, and no news here
        try:
            fit = MixedLM(chart.value, design, groups=chart.cycle).fit(reml=True)
        except (np.linalg.LinAlgError, ValueError):
            return SILENT
    fall, error = float(fit.params[2]), float(fit.bse[2])
    if not (np.isfinite(error) and error > 0.0):
        return SILENT
    wide = float(stats.norm.isf(_TAIL)) * error
    cut = float(stats.norm.isf(chart.error))
    return Opinion(fall / error, fall / error > cut, (fall, fall - wide, fall + wide))


RIVALS: Final[dict[str, Callable[[Chart], Opinion]]] = {
    "last week against first week": first_and_last_week,
    "10 % (2 points) in any cycle": any_cycle,
    "t test on windows": t_test,
    "MixedLM with a hinge": mixed_model,
}


def _falls(chart: Chart, early: NDArray[np.bool_], late: NDArray[np.bool_]) -> FloatArray:
    """Return the fall of every cycle with readings in both; cycle -1 is left out."""
    falls = []
    for cycle in np.unique(chart.cycle[chart.cycle >= 0]):
        mine = chart.cycle == cycle
        if (mine & early).any() and (mine & late).any():
            falls.append(chart.value[mine & early].mean() - chart.value[mine & late].mean())
    return np.array(falls)


def _last_days(before_end: FloatArray, mine: NDArray[np.bool_]) -> NDArray[np.bool_]:
    last = mine & (before_end <= 3.0)  # noqa: PLR2004 - a three-day mean, as in GRIPPER
    return last if last.any() else mine & (before_end <= 7.0)  # noqa: PLR2004
