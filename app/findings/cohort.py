"""Where the patients of a clinic stand between dose and fluctuation. Pure.

Two sizes lie beside each other and nothing is concluded from them: who fluctuates more may get
more because of it, or fluctuate for any other reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from app.analysis.settings import SYMPTOM_MEASURES

Quadrant = Literal["less_small", "less_large", "more_small", "more_large"]
_DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True)
class Fluctuation:
    """The relative loss on the planned date, as a part of the level, with its 90 % interval."""

    measure: str
    site: str
    estimate: float
    low: float
    high: float


def weekly_g_per_kg(
    *,
    interval_days: int,
    dose_g_per_kg: float | None,
    dose_g: float | None,
    weight_kg: float | None,
) -> float | None:
    """Return the planned grams per kg and week; None where dose or weight is not known."""
    weeks = interval_days / _DAYS_OF_WEEK
    if dose_g_per_kg is not None:
        return dose_g_per_kg / weeks
    if dose_g is None or not weight_kg:
        return None
    return dose_g / weight_kg / weeks


def fluctuation(results: Iterable[Mapping[str, Any]]) -> Fluctuation | None:
    """Return the relative loss of the series with the highest score, symptoms apart.

    The clearest one and not the largest one: the largest of many is large by chance. A symptom
    can be at nothing, of which there is no part.
    """
    judged = [
        one
        for one in results
        if one["measure"] not in SYMPTOM_MEASURES
        and one.get("score") is not None
        and one.get("drop_fraction") is not None
    ]
    if not judged:
        return None
    best = max(judged, key=lambda one: (one["score"], one["drop_fraction"]["estimate"]))
    loss = best["drop_fraction"]
    return Fluctuation(best["measure"], best["site"], loss["estimate"], loss["low"], loss["high"])


def middles(points: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Return the medians of both sizes, at which the quadrants meet; None without points."""
    if not points:
        return None
    return median(x for x, _ in points), median(y for _, y in points)


def quadrant(point: tuple[float, float], middle: tuple[float, float]) -> Quadrant:
    """Return where a point lies; one on a median is not beyond it."""
    if point[0] > middle[0]:
        return "more_large" if point[1] > middle[1] else "more_small"
    return "less_large" if point[1] > middle[1] else "less_small"
