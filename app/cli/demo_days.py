"""One infusion day of the demo, told from what ran: its vials, rates and vital signs. Pure.

Nothing here was measured on anybody. Every number follows from the dose, the weight and the hours.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from app.products.catalogue import CATALOGUE

Body = dict[str, Any]

ARRIVED_BEFORE: Final = timedelta(minutes=45)
_STAYS: Final = 65  # minutes after the end
_KEPT_FOR: Final = timedelta(days=500)  # how long a vial can be used from its infusion on
_MG_PER_G: Final = 1000
_LONG: Final = 75  # minutes; a shorter infusion has a shorter ramp

# Minutes from the start, and the share of the highest rate. The labels let a rate be raised every
# 15 to 30 minutes; the steps are our judgement.
_RAMP: Final = ((0, 0.12), (15, 0.35), (30, 0.65), (60, 1.0))
_SHORT_RAMP: Final = ((0, 0.3), (15, 0.6), (30, 1.0))
_CUT: Final = ((0, 0.35), (30, 0.6), (60, 1.0))
_FIRST_VITALS: Final = (15, 30, 45, 60)
_NEAR: Final = 5


@dataclass(frozen=True, slots=True)
class Opened:
    """A vial that is opened, and how much of it runs in; the rest is thrown away."""

    nominal_g: float
    used_g: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What ran on one day.

    Attributes
    ----------
    hours : float
        How long it ran, or is meant to run where it is still running.
    vials : tuple of Opened
        In the order in which they are opened; empty for whole vials of `dose_g`.
    first_of_course : bool
        Then it is asked how the days before it were.
    cut_at : int or None
        Minutes from the start at which a reaction slows it.
    stopped : bool
        A reaction ends it.
    until : datetime or None
        What comes later has not happened yet.
    missed : frozenset of int
        Minutes from the start whose vital signs nobody took.
    """

    infusion_id: uuid.UUID
    number: int
    product: str
    dose_g: float
    lots: tuple[str, ...]
    weight_kg: float
    started_at: datetime
    hours: float
    vials: tuple[Opened, ...] = ()
    first_of_course: bool = True
    cut_at: int | None = None
    stopped: bool = False
    until: datetime | None = None
    missed: frozenset[int] = frozenset()

    @property
    def minutes(self) -> int:
        """How long it ran, in minutes."""
        return round(self.hours * 60)

    @property
    def ml_per_g(self) -> float:
        """Volume of a gram of the product, mL."""
        return _MG_PER_G / (CATALOGUE[self.product].concentration_mg_per_ml or 100)

    @property
    def left_at(self) -> datetime:
        """When the nurse left."""
        return self.at(self.minutes + _STAYS)

    def at(self, minute: float) -> datetime:
        """Return an instant by its minutes from the start."""
        return self.started_at + timedelta(minutes=round(minute))

    def has_come(self, at: datetime) -> bool:
        """Say whether an instant lies before what is known."""
        return self.until is None or at <= self.until

    def own(self, name: str) -> uuid.UUID:
        """Return the id of something that belongs to this day."""
        return uuid.uuid5(self.infusion_id, f"demo/{name}")


@dataclass(frozen=True, slots=True)
class _Step:
    minute: int
    ml_per_h: float
    reason: str = "titration"


# --- vials ---------------------------------------------------------------------------------------


def whole_vials(dose_g: float, sizes_g: Sequence[float]) -> tuple[Opened, ...]:
    """Return the largest vials that together are the dose."""
    vials, left = [], dose_g
    for size in sorted(sizes_g, reverse=True):
        while size <= left:
            vials.append(Opened(size, size))
            left -= size
    if left:
        message = f"{dose_g} g cannot be given in whole vials of {sizes_g} g"
        raise ValueError(message)
    return tuple(vials)


def vials_of(day: Day) -> Iterator[Body]:
    """Yield the vials that were opened so far; the lots share them in their order."""
    opened = day.vials or whole_vials(day.dose_g, CATALOGUE[day.product].vial_sizes_g)
    steps = _steps(day)
    ran_g = 0.0
    for place, vial in enumerate(opened):
        started_at = day.at(_minute_of(steps, ran_g * day.ml_per_g))
        ran_g += vial.used_g
        if day.has_come(started_at):
            lot = day.lots[place * len(day.lots) // len(opened)]
            yield _vial(day, vial, place=place, lot=lot, started_at=started_at)


def _vial(day: Day, vial: Opened, *, place: int, lot: str, started_at: datetime) -> Body:
    wasted_g = vial.nominal_g - vial.used_g
    expires_on = (day.started_at + _KEPT_FOR).date()
    body: Body = {
        "id": day.own(f"vial/{place}"),
        "infusion_id": day.infusion_id,
        "product": day.product,
        "nominal_g": vial.nominal_g,
        "lot": lot,
        "used_ml": round(vial.used_g * day.ml_per_g, 3),
        "wasted_ml": round(wasted_g * day.ml_per_g, 3),
        "expires_on": expires_on,
        "started_at": started_at,
        "looks_right": True,
    }
    if wasted_g:
        body["waste_reason"] = "The order was reached." if not day.stopped else "It was stopped."
    gtins = {each.vial_g: each.gtin for each in CATALOGUE[day.product].gtins}
    if vial.nominal_g in gtins:
        gtin, serial = gtins[vial.nominal_g], f"SIM{day.number:04d}{place:02d}"
        scanned = f"(01){gtin}(17){expires_on:%y%m%d}(10){lot}(21){serial}"
        body |= {"gtin": gtin, "serial": serial, "scanned_text": scanned}
    return body


# --- rates ---------------------------------------------------------------------------------------


def _steps(day: Day) -> list[_Step]:
    """Return the rates that give the whole dose in the time, and the stop at the end."""
    ramp = _RAMP if day.minutes >= _LONG else _SHORT_RAMP
    shares = [(minute, share, "titration") for minute, share in ramp]
    if day.cut_at is not None:
        cut_at = day.cut_at
        shares = [each for each in shares if each[0] < cut_at]
        shares += [
            (cut_at + minute, share, "titration" if minute else "reaction")
            for minute, share in _CUT
        ]
    ends = [*(minute for minute, _, _ in shares[1:]), day.minutes]
    hours_at_full = sum(
        share * (end - minute) / 60 for (minute, share, _), end in zip(shares, ends, strict=True)
    )
    full = day.dose_g * day.ml_per_g / hours_at_full
    steps = [_Step(minute, float(round(full * share)), why) for minute, share, why in shares]
    return [*steps, _Step(day.minutes, 0.0, "reaction" if day.stopped else "end")]


def _minute_of(steps: Sequence[_Step], volume_ml: float) -> float:
    """Return when so much had run; at the latest a minute before the end."""
    ran = 0.0
    for step, after in pairwise(steps):
        runs = step.ml_per_h * (after.minute - step.minute) / 60
        if ran + runs >= volume_ml:
            return min(step.minute + 60 * (volume_ml - ran) / step.ml_per_h, steps[-1].minute - 1)
        ran += runs
    return steps[-1].minute - 1


# --- events --------------------------------------------------------------------------------------

_ANSWERS: Final = {
    **dict.fromkeys(("infection", "hospital_stay", "new_drugs", "pregnancy"), "no"),
    **dict.fromkeys(("thrombosis_risk", "renal_risk", "last_reaction"), "no"),
    **dict.fromkeys(("allergies_reviewed", "consent", "anaphylaxis_kit"), "yes"),
}
_ACCESS: Final[Body] = {
    "device": "peripheral",
    "site": "forearm",
    "side": "left",
    "gauge": 22,
    "attempts": 1,
    "outcome": "working",
}


def events_of(day: Day) -> Iterator[Body]:
    """Yield everything that was recorded beside the infusion so far, oldest first of its kind."""
    for place, (minute, kind, details) in enumerate(_all_events(day)):
        at = day.at(minute)
        if day.has_come(at):
            yield {
                "id": day.own(f"event/{place}"),
                "infusion_id": day.infusion_id,
                "at": at,
                "kind": kind,
                "details": details,
            }


def _all_events(day: Day) -> Iterator[tuple[float, str, Body]]:
    yield -40, "identity", {"identifiers": ["name", "birth_date"]}
    yield -35, "pre_check", {**_ANSWERS, "creatinine_umol_l": 74}
    if day.first_of_course:
        yield -30, "wearing_off", {"weaker_before": "yes", "from_days_before": 1 + day.number % 6}
    yield -25, "premedication", {"drug": "Paracetamol", "dose": "1 g", "route": "oral"}
    yield -25, "hydration", {"route": "oral", "volume_ml": 500}
    yield -15, "access", _ACCESS
    steps = _steps(day)
    for step in steps[:-1]:
        yield step.minute, "rate", {"ml_per_h": step.ml_per_h, "reason": step.reason}
    volume = round(day.dose_g * day.ml_per_g, 1)
    stop = {"ml_per_h": 0.0, "reason": steps[-1].reason, "volume_so_far_ml": volume}
    yield day.minutes, "rate", stop
    for place, minute in enumerate(_vital_minutes(day, steps)):
        if minute not in day.missed:
            yield minute, "vitals", _vitals(day.number + place)
    yield day.minutes + 62, "access_removed", {"site_looks": "normal"}


def _vital_minutes(day: Day, steps: Sequence[_Step]) -> list[int]:
    """Return when vital signs are taken: as the default protocol asks, and at each new rate."""
    end = day.minutes
    asked = [minute for minute in _FIRST_VITALS if minute < end - _NEAR]
    asked += range(120, end - _NEAR, 60)
    for step in steps[1:-1]:
        if all(abs(step.minute - minute) > _NEAR for minute in asked):
            asked.append(step.minute)
    return [-10, *sorted(asked), end, end + 30, end + 60]


def _vitals(place: int) -> Body:
    return {
        "temperature_c": round(36.4 + 0.1 * (place % 5), 1),
        "systolic_mmhg": 118 + 7 * place % 13,
        "diastolic_mmhg": 74 + 5 * place % 9,
        "heart_rate": 68 + 3 * place % 11,
        "respiratory_rate": 14 + place % 3,
        "spo2_percent": 97 + place % 3,
    }


def checks_of(day: Day, *, infection: str, temperature_c: float) -> Iterator[Body]:
    """Yield what is recorded where the checks end in not giving it."""
    told = (
        (-10, "identity", {"identifiers": ["name", "birth_date"]}),
        (-5, "vitals", {**_vitals(day.number), "temperature_c": temperature_c, "heart_rate": 96}),
        (0, "pre_check", {**_ANSWERS, "infection": infection}),
    )
    for place, (minute, kind, details) in enumerate(told):
        yield {
            "id": day.own(f"event/{place}"),
            "infusion_id": day.infusion_id,
            "at": day.at(minute),
            "kind": kind,
            "details": details,
        }
