"""Look at all series of one patient in one epoch together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from app.analysis.cycles import FIRST_ANALYSIS_DAY
from app.analysis.records import FloatArray
from app.analysis.results import Interval
from app.analysis.series_epochs import Readings
from app.analysis.wearing_off.equations import equations
from app.analysis.wearing_off.estimates import FallPosterior, p_value
from app.analysis.wearing_off.hierarchy import GroupFactors, NoisePrior, Site, group_factors
from app.analysis.wearing_off.levels import Levels, levels
from app.analysis.wearing_off.scores import scores
from app.analysis.wearing_off.shapes import SHAPES, fall_shapes
from app.analysis.wearing_off.whitening import all_products


@dataclass(frozen=True, slots=True)
class SeriesInput:
    """One series for the model.

    Attributes
    ----------
    measure : str
        Series of one measure learn their scatter from each other.
    readings : Readings
        At least one reading; values in the unit of `prior`.
    rounding : float
        SD that rounding alone leaves: step over root 12.
    planned_days : float
        An onset whose interval is wider than half of it is not given.
    """

    measure: str
    readings: Readings
    prior: NoisePrior
    rounding: float
    planned_days: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one series says about a recurring, rebounding fall, in the unit of the readings.

    Attributes
    ----------
    score : float
        Log odds of the patient's evidence, as far as this series carries it.
    p_value : float
        One-sided, this series alone.
    standard_error : float
        Of a fall of the usual shape.
    drop, onset_day : Interval or None
        None where no reading tells; the onset also where it cannot be located.
    level, sigma : float
        Fitted level in the middle of the epoch before any fall, and residual SD.
    falls, cycle_level, cycle_variance, cycle_year : float array, shape (cycles,)
        Of each cycle: fall (nan where its readings do not tell), level without it, sampling
        variance of that level, and its mean time in years since 1970.
    """

    score: float
    p_value: float
    standard_error: float
    drop: Interval | None
    onset_day: Interval | None
    level: float
    sigma: float
    falls: FloatArray
    cycle_level: FloatArray
    cycle_variance: FloatArray
    cycle_year: FloatArray


def look(series: Sequence[SeriesInput]) -> list[Evidence]:
    """Weigh the evidence of all series of a patient together, in the order given."""
    sites = _sites(series)
    order = sorted(range(len(series)), key=lambda i: series[i].measure)
    found: dict[int, Evidence] = {}
    members = [list(group) for _, group in groupby(order, key=lambda i: series[i].measure)]
    groups = [group_factors([sites[i] for i in group], series[group[0]].prior) for group in members]
    for group, factors, scored in zip(members, groups, scores(groups), strict=True):
        for place, i in enumerate(group):
            found[i] = _evidence(series[i], sites[i], factors, place=place, score=scored[place])
    return [found[i] for i in range(len(series))]


def _sites(series: Sequence[SeriesInput]) -> list[Site]:
    """Solve the equations, once for all series that were read at the same times."""
    together: dict[bytes, list[int]] = {}
    for index, one in enumerate(series):
        readings = one.readings
        parts = (readings.at, readings.day, readings.planned_end)
        key = b"".join(part.tobytes() for part in parts)
        together.setdefault(key, []).append(index)
    sites: dict[int, Site] = {}
    for members in together.values():
        readings = series[members[0]].readings
        # Beside the grid its prior mean: the one shape of the p value.
        grid = fall_shapes(readings)
        usual = grid @ SHAPES.weight
        values = np.column_stack([series[i].readings.value for i in members])
        products = list(all_products(readings, values, np.column_stack([grid, usual])))
        solved = equations(products, readings.at.size)
        for column, i in enumerate(members):
            cycles, rounding = series[i].readings.timeline_cycle, series[i].rounding
            sites[i] = Site(solved, column, cycles, rounding, grid)
    return [sites[i] for i in range(len(series))]


def _evidence(
    one: SeriesInput, site: Site, factors: GroupFactors, *, place: int, score: float
) -> Evidence:
    mine, log_weight = factors.sites[place], factors.log_weight[place]
    p, error = p_value(site.equations, site.column, factors=mine, log_weight=log_weight)
    readings = one.readings
    drop = onset = None
    shape_weight = SHAPES.weight
    if site.equations.common.information[..., -1].max() > 0.0:
        posterior = FallPosterior.of(
            site.equations, site.column, factors=mine, log_weight=log_weight
        )
        drop = posterior.drop()
        shape_weight = posterior.shape_weight
        planned = max(float(np.median(readings.planned_end)), FIRST_ANALYSIS_DAY + 1.0)
        onset = posterior.onset_day(planned, one.planned_days)
    rest: Levels = levels(readings, site.shapes @ shape_weight, factors=mine, log_weight=log_weight)
    return Evidence(
        score=score,
        p_value=p,
        standard_error=error,
        drop=drop,
        onset_day=onset,
        level=rest.level,
        sigma=rest.sigma,
        falls=rest.falls,
        cycle_level=rest.cycle_level,
        cycle_variance=rest.cycle_variance,
        cycle_year=rest.cycle_year,
    )
