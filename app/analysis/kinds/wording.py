"""Plain words for measures, sites and lists, shared by the sentences of all findings.

Sentences state observations. They never name a dose and never say what anybody should do. They
are built of messages (`app.said`), so that they can be said in any language.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.analysis.kinds.names import SERIES, UNITS
from app.analysis.results import Interval, rounded
from app.said import Said, figure, say


def series_words(measure: str, site: str) -> Said:
    """Name a series: "strength of the right hand", "overall strength", "writing"."""
    return SERIES[measure, site]


def unit_words(unit: str) -> Said:
    """Name a unit."""
    return UNITS[unit]


def amount(interval: Interval, unit: str, *, digits: int = 1) -> Said:
    """Write an estimate with its 90 % interval: "2.1 points (1.4 to 2.8)"."""
    low, middle, high = (
        number(x, digits=digits) for x in (interval.low, interval.estimate, interval.high)
    )
    return say(
        "%(estimate)s %(unit)s (%(low)s to %(high)s)",
        estimate=middle,
        unit=unit_words(unit),
        low=low,
        high=high,
    )


def quantity(value: float, unit: str) -> Said:
    """Write a number with its unit: "2.1 points"."""
    return say("%(number)s %(unit)s", number=number(value), unit=unit_words(unit))


def number(value: float, *, digits: int = 1) -> Said:
    """Write a number without needless zeros, and never as minus zero."""
    return figure(f"{rounded(round(value, digits)) + 0.0:g}")


def likewise(names: Sequence[Said]) -> Said | None:
    """Name what shares an observation, as a sentence of its own; None without names."""
    return say("Likewise %(names)s.", names=names) if names else None


def likewise_worse(names: Sequence[Said]) -> Said | None:
    """Name what got worse too, as a sentence of its own; None without names."""
    return say("Likewise %(names)s got worse.", names=names) if names else None
