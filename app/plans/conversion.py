"""From an order to grams, millilitres and vials. Pure; it never changes an order.

Millilitres come from the concentration in mg/mL alone, never from a percentage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

UNITS_PER_GRAM: Final = 100
"""Vials come in hundredths of a gram (1.65 g is the finest); dividing those is exact."""

EVENNESS: Final = 0.1
"""How far the grams of a day may be from an even share, where vials allow it, to spare a vial:
a tenth, a judgement."""

_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Order:
    """What a plan orders for one course, all its days together."""

    dose_g_per_kg: float | None
    dose_g: float | None
    course_days: int
    rounding_tolerance_percent: float


@dataclass(frozen=True, slots=True)
class Vials:
    """Some vials of one size, g each."""

    size_g: float
    count: int


@dataclass(frozen=True, slots=True)
class DayShare:
    """What one day of a course gets; `volume_ml` is None where the concentration is not known."""

    day: int
    vials: tuple[Vials, ...]
    grams: float
    volume_ml: float | None


@dataclass(frozen=True, slots=True)
class VialChoice:
    """One way to make up the order from whole vials.

    Attributes
    ----------
    grams : float
        In all vials together.
    difference_g, difference_percent : float
        More (or less, where negative) than was ordered.
    needs_prescriber : bool
        Giving all of it differs from the order by more than its tolerance.
    days : tuple of DayShare
        Only those that get a vial.
    days_without : tuple of int
        The days for which no vial is left, because vials are too coarse for so many days.
    """

    vials: tuple[Vials, ...]
    grams: float
    volume_ml: float | None
    difference_g: float
    difference_percent: float
    needs_prescriber: bool
    days: tuple[DayShare, ...]
    days_without: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conversion:
    """An order in grams, millilitres and vials.

    Attributes
    ----------
    ordered_g : float or None
        Not rounded; None where the order or the weight is not known.
    covering : VialChoice or None
        The vials with the fewest grams over: at least what was ordered, the rest is waste.
    nearest : VialChoice or None
        The vials that come nearest to the order, above it where two are as near.
    """

    ordered_g: float | None
    volume_ml: float | None
    covering: VialChoice | None
    nearest: VialChoice | None


def convert_order(
    order: Order,
    *,
    weight_kg: float | None,
    vial_sizes_g: Sequence[float],
    concentration_mg_per_ml: float | None,
) -> Conversion:
    """Convert an order.

    Parameters
    ----------
    order : Order
        A dose in grams wins, because it needs no weight.
    weight_kg : float or None
        The weight to dose by, kg.
    vial_sizes_g : sequence of float
        Sizes that the product comes in, g; empty where they are not known.
    concentration_mg_per_ml : float or None
        mg/mL; None where a powder is dissolved as the nurse does it.
    """
    grams = order.dose_g
    if grams is None and order.dose_g_per_kg is not None and weight_kg is not None:
        grams = order.dose_g_per_kg * weight_kg
    if grams is None:
        return Conversion(None, None, None, None)
    volume = volume_ml(grams, concentration_mg_per_ml)
    if not vial_sizes_g or grams <= 0:
        return Conversion(grams, volume, None, None)
    shelf = _Shelf.of(vial_sizes_g, grams)
    above = shelf.least_above(grams)
    below = shelf.most_below(grams)
    is_above = (
        below == 0 or above * shelf.unit_g - grams <= grams - below * shelf.unit_g + _ROUNDING
    )
    made = [
        _choice(shelf, total, grams=grams, order=order, concentration=concentration_mg_per_ml)
        for total in (above, above if is_above else below)
    ]
    return Conversion(grams, volume, *made)


def volume_ml(grams: float, concentration_mg_per_ml: float | None) -> float | None:
    """Return the volume that holds some grams, mL."""
    return None if concentration_mg_per_ml is None else grams * 1000 / concentration_mg_per_ml


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The fewest vials for each amount that vials can make up, in whole units of `unit_g`.

    `fewest[n]` is None where no vials make up n units; `last[n]` is the size of one of them.
    """

    unit_g: float
    sizes: tuple[int, ...]
    fewest: tuple[int | None, ...]
    last: tuple[int, ...]

    @classmethod
    def of(cls, vial_sizes_g: Sequence[float], grams: float) -> _Shelf:
        parts = [round(size * UNITS_PER_GRAM) for size in vial_sizes_g]
        divisor = math.gcd(*parts)
        sizes = tuple(sorted((part // divisor for part in parts), reverse=True))
        unit_g = divisor / UNITS_PER_GRAM
        top = math.ceil(grams / unit_g - _ROUNDING) + sizes[0]
        fewest: list[int | None] = [0] + [None] * top
        last = [0] * (top + 1)
        for total in range(1, top + 1):
            for size in sizes:
                before = fewest[total - size] if size <= total else None
                known = fewest[total]
                if before is not None and (known is None or before + 1 < known):
                    fewest[total], last[total] = before + 1, size
        return cls(unit_g, sizes, tuple(fewest), tuple(last))

    def least_above(self, grams: float) -> int:
        """Return the smallest amount of at least some grams."""
        start = math.ceil(grams / self.unit_g - _ROUNDING)
        return next(n for n in range(start, len(self.fewest)) if self.fewest[n] is not None)

    def most_below(self, grams: float) -> int:
        """Return the largest amount of at most some grams; 0 where no vial is so small."""
        start = math.floor(grams / self.unit_g + _ROUNDING)
        return next(n for n in range(start, -1, -1) if self.fewest[n] is not None)

    def vials(self, total: int) -> tuple[Vials, ...]:
        """Return the fewest vials for an amount, the largest first."""
        counts: dict[int, int] = {}
        while total:
            counts[self.last[total]] = counts.get(self.last[total], 0) + 1
            total -= self.last[total]
        return tuple(
            Vials(round(size * self.unit_g, 6), counts[size])
            for size in sorted(counts, reverse=True)
        )

    def cost(self, part: int, whole: int, share: float) -> tuple[int, float] | None:
        """Return what it costs to give `part` on a day and the rest later: vials, unevenness."""
        here, later = self.fewest[part], self.fewest[whole - part]
        return None if here is None or later is None else (here + later, abs(part - share))

    def split(self, total: int, days: int) -> list[int]:
        """Share an amount among days: evenly to a tenth if vials allow, then in fewest vials."""
        shares: list[int] = []
        for left in range(days, 1, -1):
            even = total / left
            margin = even * EVENNESS
            near = range(max(math.ceil(even - margin), 0), min(int(even + margin), total) + 1)
            costs = {part: self.cost(part, total, even) for part in near}
            known = {part: cost for part, cost in costs.items() if cost is not None}
            if not known:
                costs = {part: self.cost(part, total, even) for part in range(total + 1)}
                # Too coarse for even days: as even as can be.
                known = {part: (0, cost[1]) for part, cost in costs.items() if cost is not None}
            best = min(known, key=lambda part: (known[part], -part))
            shares.append(best)
            total -= best
        return sorted([*shares, total], reverse=True)


def _choice(
    shelf: _Shelf, total: int, *, grams: float, order: Order, concentration: float | None
) -> VialChoice:
    made = round(total * shelf.unit_g, 6)
    difference = made - grams
    percent = difference / grams * 100
    days = tuple(
        DayShare(
            day,
            shelf.vials(part),
            round(part * shelf.unit_g, 6),
            volume_ml(round(part * shelf.unit_g, 6), concentration),
        )
        for day, part in enumerate(shelf.split(total, order.course_days), 1)
        if part
    )
    counts: dict[float, int] = {}
    for share in days:
        for vials in share.vials:
            counts[vials.size_g] = counts.get(vials.size_g, 0) + vials.count
    return VialChoice(
        vials=tuple(Vials(size, counts[size]) for size in sorted(counts, reverse=True)),
        grams=made,
        volume_ml=volume_ml(made, concentration),
        difference_g=difference,
        difference_percent=percent,
        needs_prescriber=abs(percent) > order.rounding_tolerance_percent + _ROUNDING,
        days=days,
        days_without=tuple(range(len(days) + 1, order.course_days + 1)),
    )
