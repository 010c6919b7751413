"""What can be measured: range, unit, direction and sites of every measure.

The one catalogue for entry, plausibility, import and analysis.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GLOBAL: Final = "global"
LIMB_SITES: Final = tuple(
    f"{side}_{part}"
    for part in ("shoulder", "arm", "hand", "thigh", "leg", "foot")
    for side in ("right", "left")
)
HAND_SITES: Final = ("right_hand", "left_hand")
ALL_SITES: Final = (GLOBAL, *LIMB_SITES)


class Better(StrEnum):
    """Which direction is an improvement."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure.

    Attributes
    ----------
    low, high : float
        Allowed range in `unit`, both ends included.
    unusual_above : float or None
        Values above it are possible, but need a confirmation.
    decimals : int
        Digits after the decimal point that an entry may carry.
    step : float
        Smallest step of the scale in `unit`: 1 for whole points, 0.1 for a tenth.
    ordinal : bool
        True for rating scales, which have no coefficient of variation.
    scale_version : str
        Version of the anchor words shown at entry, stored with every value.
    """

    key: str
    name: str
    unit: str
    low: float
    high: float
    better: Better
    sites: tuple[str, ...]
    decimals: int = 0
    unusual_above: float | None = None
    ordinal: bool = True
    scale_version: str = "1"

    @property
    def step(self) -> float:
        """Smallest step of the scale, in `unit`."""
        return float(10**-self.decimals)


_ABILITIES: Final = (
    ("writing", "Writing"),
    ("utensils", "Using cutlery"),
    ("buttons", "Doing up buttons"),
    ("walking", "Walking"),
    ("stairs", "Climbing stairs"),
)


def _catalogue() -> dict[str, Measure]:
    higher, lower = Better.HIGHER, Better.LOWER
    one = (GLOBAL,)
    listed = [
        Measure("strength_nrs", "Strength", "points", 0, 10, higher, ALL_SITES),
        Measure("grip_kpa", "Grip", "kPa", 0, 160, higher, HAND_SITES, 1, ordinal=False),
        Measure("grip_kg", "Grip", "kg", 0, 90, higher, HAND_SITES, 1, ordinal=False),
        Measure("fasciculation_nrs", "Twitching", "points", 0, 10, lower, ALL_SITES),
        Measure("cramp_nrs", "Cramps", "points", 0, 10, lower, ALL_SITES),
        Measure("fatigue_nrs", "Fatigue", "points", 0, 10, lower, one),
        *(Measure(f"ability_{k}", n, "points", 0, 2, higher, one) for k, n in _ABILITIES),
        Measure("mmn_rods", "MMN-RODS", "centile points", 0, 100, higher, one, 2),
        Measure("i_rods", "I-RODS", "centile points", 0, 100, higher, one, 2),
        Measure("incat", "INCAT disability", "points", 0, 10, lower, one),
        Measure("mrc_sum", "MRC sum score", "points", 0, 60, higher, one),
        Measure("walk_10m_s", "10-metre walk", "s", 1, 600, lower, one, 2, 120, ordinal=False),
        Measure(
            "nine_hole_peg_s",
            "Nine-hole peg test",
            "s",
            1,
            600,
            lower,
            HAND_SITES,
            2,
            300,
            ordinal=False,
        ),
    ]
    return {measure.key: measure for measure in listed}


MEASURES: Final = _catalogue()
