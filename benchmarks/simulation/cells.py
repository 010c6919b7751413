"""What is simulated: one cell is one kind of patient, with one measure and one density."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final, Literal

Measure = Literal["grip_kg", "strength_nrs"]
Density = Literal["daily", "twice a week", "weekly"]
Shape = Literal["mixed", "hinge", "power", "turnover"]

MEASURES: Final[tuple[Measure, ...]] = ("grip_kg", "strength_nrs")
DENSITIES: Final[tuple[Density, ...]] = ("daily", "twice a week", "weekly")
DAYS_BETWEEN: Final[dict[Density, float]] = {"daily": 1.0, "twice a week": 3.5, "weekly": 7.0}

# Patients whose strength does not fall before the next infusion, and yet may look so.
LOOKALIKES: Final = (
    "flat",
    "progression",
    "step down",
    "bad cycle, one site",
    "bad cycle, all sites",
    "slump after infusion",
    "climb after infusion",
    "weekly rhythm",
    "learning",
    "ceiling",
    "floor",
    "reports on bad days",
    "autocorrelation 0.6",
    "heavy tails",
    "unequal noise",
    "shared days",
    "short interval",
    "illness and cold",
)
FALLING: Final = "falling"


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of patient.

    Attributes
    ----------
    truth : str
        `FALLING` or one of `LOOKALIKES`.
    interval : int or None
        Planned days between courses; None mixes 14, 21, 28 and 42.
    thresholds : float or None
        Fall at the planned end in thresholds (10 % of grip, 2 points); None mixes 15-30 % or
        1.5-3 points.
    missing_when_bad : bool
        More reports are missing on bad days.
    """

    measure: Measure
    density: Density
    truth: str = FALLING
    cycles: int = 6
    sites: int = 2
    interval: int | None = None
    thresholds: float | None = None
    shape: Shape = "mixed"
    missing_when_bad: bool = False

    @property
    def key(self) -> str:
        """What names the cell in results and seeds it; patients of other cells never change it."""
        parts = [self.measure, self.density, self.truth, f"{self.cycles} cycles"]
        parts.append(f"{self.sites} sites")
        parts += [f"every {self.interval} days"] if self.interval else []
        parts += [f"{self.thresholds:g} thresholds"] if self.thresholds else []
        parts += [self.shape] if self.shape != "mixed" else []
        parts += ["missing when bad"] if self.missing_when_bad else []
        return ", ".join(parts)

    @property
    def entropy(self) -> int:
        """A number of the cell's own, the same on every machine."""
        return zlib.crc32(self.key.encode())
