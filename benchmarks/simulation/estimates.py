"""How often intervals hold the truth, and how far estimates are from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from benchmarks.simulation.scoring import rate

_PAIRS: Final = ("drop", "drop_seen", "drop_fraction", "onset_day")


def coverage(series: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return coverage, bias and error over series with a true fall.

    `unlocated` counts series with a drop and without an onset; biases are of the mean estimate,
    as a share of the mean truth; the onset's error is a share of the planned interval.
    """
    numbers: dict[str, Any] = {"series": len(series)}
    for name in _PAIRS:
        pairs = [one[name] for one in series if one[name] is not None]
        held = sum(pair["low"] <= pair["truth"] <= pair["high"] for pair in pairs)
        numbers[name] = rate(held, len(pairs))
    with_drop = [one for one in series if one["drop"] is not None]
    missing = sum(one["onset_day"] is None for one in with_drop)
    numbers["unlocated"] = rate(missing, len(with_drop))
    numbers["drop_bias"] = _bias([one["drop"] for one in with_drop])
    numbers["drop_width"] = _width([one["drop"] for one in with_drop])
    located = [one for one in series if one["onset_day"] is not None]
    off = [
        (one["onset_day"]["estimate"] - one["onset_day"]["truth"]) / one["interval"]
        for one in located
    ]
    numbers["onset_error"] = float(np.median(np.abs(off))) if off else None
    numbers["onset_bias"] = float(np.mean(off)) if off else None
    return numbers


def _bias(pairs: Sequence[dict[str, float]]) -> float | None:
    if not pairs:
        return None
    truth = sum(pair["truth"] for pair in pairs)
    return (sum(pair["estimate"] for pair in pairs) - truth) / truth


def _width(pairs: Sequence[dict[str, float]]) -> float | None:
    """Return the median width of the interval, as a share of the true drop."""
    widths = [(pair["high"] - pair["low"]) / pair["truth"] for pair in pairs]
    return float(np.median(widths)) if widths else None
