"""How strength falls within a cycle: hinges, powers, and the published turnover model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

TENTH: Final = 0.1  # share of the fall at the planned end by which a smooth fall has begun
_AFTER_PLANNED: Final = 0.1  # cycles within which a fall levels off when the infusion is late
_STEP: Final = 0.1  # days between the points at which the turnover model is solved
_CHUNK: Final = 500  # points; keeps exponents small


class Shape(Protocol):
    """A fall in units of the fall at the planned end."""

    @property
    def name(self) -> str:
        """What results call it."""

    def fall(self, schedule: Courses, at: FloatArray) -> FloatArray:
        """Return the fall at instants `at`, days since the start."""

    def onset(self, schedule: Courses) -> float:
        """Return the analysis day on which the fall begins."""


@dataclass(frozen=True, slots=True)
class Courses:
    """When infusions ran, in days since midnight of the first course's first day.

    Attributes
    ----------
    first : int array, shape (cycles + 1,)
        First day of each course; the last one closes the last cycle.
    course_days : int
        Infusion days of each course, one after the other.
    hour : float
        Time of day at which an infusion starts, days.
    """

    first: NDArray[np.int64]
    interval: int
    course_days: int
    hour: float

    @property
    def planned_end(self) -> float:
        """The planned end in analysis days."""
        return float(self.interval - (self.course_days - 1))

    @property
    def ends_at(self) -> FloatArray:
        """The actual end of every closed cycle in analysis days."""
        return np.diff(self.first) - (self.course_days - 1) + self.hour

    def cycle(self, at: FloatArray) -> NDArray[np.int64]:
        """Return the cycle of each instant; -1 before the first infusion."""
        return np.searchsorted(self.first + self.hour, at, side="right") - 1

    def analysis_day(self, at: FloatArray) -> FloatArray:
        """Return days since midnight of the last infusion day of the cycle's course."""
        last_day = self.first + self.course_days - 1
        return at - last_day[np.maximum(self.cycle(at), 0)]


@dataclass(frozen=True, slots=True)
class Power:
    """Nothing until `start`, then a power of the rest of the planned cycle; 1 is the hinge."""

    start: float
    curve: float

    @property
    def name(self) -> str:
        """Return `hinge` or `power`."""
        return "hinge" if self.curve == 1.0 else "power"

    def fall(self, schedule: Courses, at: FloatArray) -> FloatArray:
        """Return the fall; it levels off when the next infusion is late."""
        part = schedule.analysis_day(at) / schedule.planned_end
        late = np.maximum(part - 1.0, 0.0)
        inside = np.clip((part - self.start) / (1.0 - self.start), 0.0, 1.0) ** self.curve
        slope = self.curve / (1.0 - self.start)
        return inside + slope * _AFTER_PLANNED * -np.expm1(-late / _AFTER_PLANNED)

    def onset(self, schedule: Courses) -> float:
        """Return the hinge itself, or the day by which a tenth of a curved fall has happened."""
        if self.curve == 1.0:
            return self.start * schedule.planned_end
        part = self.start + (1.0 - self.start) * TENTH ** (1.0 / self.curve)
        return part * schedule.planned_end


@dataclass(frozen=True, slots=True)
class Turnover:
    """Turnover of grip strength under immunoglobulin, Li et al. 2024, their typical patient.

    dX/dt = -kel X, raised by `rise` (g/L) on each infusion day;
    dG/dt = kin - (1 - imax X / (c50 + X)) kout G, kin = g0 kout.
    """

    rise: float
    g0: float = 10.6
    kout: float = 0.552
    c50: float = 9.41
    imax: float = 0.607
    kel: float = 0.0583

    @property
    def name(self) -> str:
        """Return `turnover`."""
        return "turnover"

    def strength(self, doses: FloatArray, at: FloatArray) -> FloatArray:
        """Return G at instants `at`, after infusions at `doses`; untreated before them."""
        grid = np.arange(doses[0], at.max() + 2 * _STEP, _STEP)
        # X just after and between doses: a sum of decays, taken dose by dose.
        level = np.zeros(grid.size)
        for dose in doses:
            begun = np.searchsorted(grid, dose)
            level[begun:] += self.rise * np.exp(-self.kel * (grid[begun:] - dose))
        loss = (1.0 - self.imax * level / (self.c50 + level)) * self.kout
        return np.interp(at, grid, self._solve(loss))

    def _solve(self, loss: FloatArray) -> FloatArray:
        """Integrate a linear equation with changing loss, exactly between the points."""
        strength = np.empty(loss.size)
        current = self.g0
        for begin in range(0, loss.size, _CHUNK):
            part = loss[begin : begin + _CHUNK]
            grown = np.concatenate(([0.0], np.cumsum(part))) * _STEP
            gain = np.concatenate(
                ([0.0], np.cumsum(np.exp(grown[1:]) * -np.expm1(-part * _STEP) / part))
            )
            solved = np.exp(-grown) * (current + self.g0 * self.kout * gain)
            strength[begin : begin + _CHUNK] = solved[:-1]
            current = solved[-1]
        return strength

    def fall(self, schedule: Courses, at: FloatArray) -> FloatArray:
        """Return the fall from the peak of the planned schedule, 1 at its planned end."""
        peak, end, _ = self._planned(schedule)
        return (peak - self.strength(_all_doses(schedule), at)) / (peak - end)

    def onset(self, schedule: Courses) -> float:
        """Return the day by which a tenth of the fall at the planned end has happened."""
        return self._planned(schedule)[2]

    def _planned(self, schedule: Courses) -> tuple[float, float, float]:
        """Return peak, strength at the planned end and onset of a cycle on time."""
        doses = _doses(_run_in(schedule), schedule)
        last_day = float(schedule.course_days - 1)
        day = np.linspace(0.0, schedule.planned_end, 20 * int(schedule.planned_end) + 1)
        strength = self.strength(doses, last_day + day)
        top = int(np.argmax(strength))
        peak, end = float(strength[top]), float(strength[-1])
        fallen = (peak - strength[top:]) / (peak - end)
        return peak, end, float(np.interp(TENTH, fallen, day[top:]))


def _run_in(schedule: Courses) -> NDArray[np.int64]:
    """Return first days of courses on time that lead to a steady state at day 0, and day 0."""
    courses = -(-120 // schedule.interval)
    return np.arange(-courses, 1) * schedule.interval


def _doses(first: NDArray[np.int64], schedule: Courses) -> FloatArray:
    days = first[:, None] + np.arange(schedule.course_days)
    return days.ravel() + schedule.hour


def _all_doses(schedule: Courses) -> FloatArray:
    return _doses(np.concatenate((_run_in(schedule)[:-1], schedule.first)), schedule)
