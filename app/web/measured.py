"""Numbers of a measure, each with as many decimals as the measure bears."""

from __future__ import annotations

from collections.abc import Mapping

from app.analysis.measures import MEASURES
from app.web.format import MISSING, decimal
from app.web.i18n import gettext as _


def format_measured(measure: str, value: float | None) -> str:
    """Write an estimate: of a rating to one decimal, else as exactly as it is entered."""
    if value is None:
        return MISSING
    known = MEASURES[measure]
    digits = 1 if known.ordinal else max(1, known.decimals)
    rounded = round(value, digits) + 0.0  # without a minus before nothing
    return decimal(f"{rounded:.{digits}f}")


def format_range(measure: str, estimate: Mapping[str, float] | None, unit: str = "") -> str:
    """Write an estimate of a measure with its 90 % interval."""
    if estimate is None:
        return MISSING
    ends = ("estimate", "low", "high")
    middle, low, high = (format_measured(measure, estimate[key]) for key in ends)
    middle = f"{middle} {unit}" if unit else middle
    return _("%(middle)s (%(low)s to %(high)s)", middle=middle, low=low, high=high)
