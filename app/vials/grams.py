"""How the grams of vials add up, and when another lot began. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.infusions.rules import GRAM_DIGITS

MG_PER_G: Final = 1000
_ML_DIGITS: Final = 3


def grams(nominal_g: float, *, used_ml: float, wasted_ml: float) -> tuple[float, float]:
    """Part the grams of a vial into those used and those wasted, as its volume was parted.

    Parameters
    ----------
    nominal_g : float
        What the label says, g; rounded to a millionth.
    used_ml, wasted_ml : float
        Together the volume that was measured, mL. Of nothing measured, all is wasted.

    Returns
    -------
    used_g, wasted_g : float
        g, each to a millionth; their sum, so rounded, is `nominal_g`.
    """
    whole_g = round(nominal_g, GRAM_DIGITS)
    volume_ml = used_ml + wasted_ml
    used_g = round(whole_g * used_ml / volume_ml, GRAM_DIGITS) if volume_ml > 0 else 0.0
    return used_g, round(whole_g - used_g, GRAM_DIGITS)


def volume_ml(nominal_g: float, *, concentration_mg_per_ml: float) -> float:
    """Return the volume of a vial, mL, from what its label says."""
    return nominal_g * MG_PER_G / concentration_mg_per_ml


@dataclass(frozen=True, slots=True)
class Given:
    """What is summed of one vial; `started_at` is None where nobody noted it."""

    lot: str
    nominal_g: float
    used_g: float
    wasted_g: float
    used_ml: float
    wasted_ml: float
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Vials together: grams to a millionth, volumes to a thousandth of a millilitre."""

    vials: int
    nominal_g: float
    used_g: float
    wasted_g: float
    used_ml: float
    wasted_ml: float


def sums_of(vials: Sequence[Given]) -> Sums:
    """Add vials up."""
    digits = dict.fromkeys(("nominal_g", "used_g", "wasted_g"), GRAM_DIGITS)
    digits |= dict.fromkeys(("used_ml", "wasted_ml"), _ML_DIGITS)
    sums = {
        name: round(math.fsum(getattr(vial, name) for vial in vials), places)
        for name, places in digits.items()
    }
    return Sums(vials=len(vials), **sums)


@dataclass(frozen=True, slots=True)
class LotChange:
    """The moment at which another lot began to run; `before` is None for the first one.

    `at` is None where nobody noted when the vial was started.
    """

    at: datetime | None
    before: str | None
    lot: str


def lot_changes(vials: Sequence[Given]) -> list[LotChange]:
    """Return when which lot began, from vials in the order in which they were started.

    Some sites begin anew with the rate and the vital signs at each change (a Canadian health
    region's nursing procedure, 2017).
    """
    befores = [None, *(vial.lot for vial in vials)]
    return [
        LotChange(vial.started_at, before, vial.lot)
        for before, vial in zip(befores, vials, strict=False)
        if vial.lot != before
    ]
