"""Settings of how care is given: when vital signs are due, who may call when. Pure.

A clinic sets them through the same routes as the settings of the analysis; no patient has their
own, because the people who follow them work for all. Every default has its source beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.analysis.settings import CLINIC_SETTINGS, Override, overrides_in_force
from app.said import Said, say


@dataclass(frozen=True, slots=True)
class CareSetting:
    """One setting of care, with the smallest and the largest value that it may have.

    Attributes
    ----------
    default, low, high : float
        In `unit`; the bounds are judgement.
    source : str
        Where the default comes from.
    is_whole : bool
        False where parts of the unit make sense.
    """

    default: float
    low: float
    high: float
    unit: str
    source: str
    is_whole: bool = True


_VITALS: Final = "every 15 min for 30-60 min, then hourly: a Canadian procedure of 2017 [F16]"
_AFTER: Final = "30 and 60 min after the end, as sites decide [F16]"
_ACCESS: Final = "the day before, and the ten days in which haemolysis shows [F16]: judgement"
_CALLS: Final = "a call after 24-72 h [F16]"
_LATE: Final = "haemolysis shows up to 10 days after 2 g/kg or more [F16]"

CARE_SETTINGS: Final[Mapping[str, CareSetting]] = {
    "vitals.first_every_minutes": CareSetting(15, 5, 60, "minutes", _VITALS),
    "vitals.first_minutes": CareSetting(60, 0, 240, "minutes", _VITALS),
    "vitals.then_every_minutes": CareSetting(60, 5, 240, "minutes", _VITALS),
    "vitals.after_end_minutes_1": CareSetting(30, 0, 120, "minutes", _AFTER),
    "vitals.after_end_minutes_2": CareSetting(60, 0, 240, "minutes", _AFTER),
    "vitals.grace_minutes": CareSetting(5, 0, 30, "minutes", "judgement: one hand on the pump"),
    "visit_access.days_before": CareSetting(2, 0, 14, "days", _ACCESS),
    "visit_access.days_after": CareSetting(11, 0, 60, "days", _ACCESS),
    "calls.from_hours": CareSetting(24, 0, 48, "hours", _CALLS),
    "calls.until_hours": CareSetting(72, 48, 168, "hours", _CALLS),
    "late_call.until_days": CareSetting(10, 3, 30, "days", _LATE),
    "late_call.from_g_per_kg": CareSetting(2, 0.1, 5, "g/kg", _LATE, is_whole=False),
}

SETTABLE: Final = (*CLINIC_SETTINGS, *CARE_SETTINGS)
"""Every key that a clinic can set: of the analysis, and of care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareSettings:
    """The settings of care of one clinic on one day.

    Attributes
    ----------
    vitals_first_every_minutes, vitals_first_minutes : float
        How often vital signs are taken at first, and for how long that lasts.
    vitals_then_every_minutes : float
        How often afterwards, until the end.
    vitals_after_end_minutes_1, vitals_after_end_minutes_2 : float
        Minutes after the end; 0 where none are asked for.
    vitals_grace_minutes : float
        How far from its time a reading still counts as in time.
    visit_access_days_before, visit_access_days_after : float
        How long an assigned nurse sees the record around the planned day.
    calls_from_hours, calls_until_hours : float
        When the call about delayed reactions is due, after the end.
    late_call_until_days, late_call_from_g_per_kg : float
        Until when a second call is due, and from which dose of the course.
    """

    vitals_first_every_minutes: float = CARE_SETTINGS["vitals.first_every_minutes"].default
    vitals_first_minutes: float = CARE_SETTINGS["vitals.first_minutes"].default
    vitals_then_every_minutes: float = CARE_SETTINGS["vitals.then_every_minutes"].default
    vitals_after_end_minutes_1: float = CARE_SETTINGS["vitals.after_end_minutes_1"].default
    vitals_after_end_minutes_2: float = CARE_SETTINGS["vitals.after_end_minutes_2"].default
    vitals_grace_minutes: float = CARE_SETTINGS["vitals.grace_minutes"].default
    visit_access_days_before: float = CARE_SETTINGS["visit_access.days_before"].default
    visit_access_days_after: float = CARE_SETTINGS["visit_access.days_after"].default
    calls_from_hours: float = CARE_SETTINGS["calls.from_hours"].default
    calls_until_hours: float = CARE_SETTINGS["calls.until_hours"].default
    late_call_until_days: float = CARE_SETTINGS["late_call.until_days"].default
    late_call_from_g_per_kg: float = CARE_SETTINGS["late_call.from_g_per_kg"].default


def care_settings_in_force(overrides: Iterable[Override], *, today: date) -> CareSettings:
    """Return the settings of care that hold on a date.

    Parameters
    ----------
    overrides : iterable of Override
        What the clinic set; keys of the analysis are left out.
    today : date
        The date of whoever is cared for.
    """
    in_force = overrides_in_force(overrides, today=today)
    return CareSettings(
        **{
            _attribute(key): one.value
            for key, one in in_force.items()
            if key in CARE_SETTINGS and one.value is not None
        }
    )


def care_value_refusal(key: str, value: float) -> Said | None:
    """Say why a setting of care cannot have this value; None where it can."""
    setting = CARE_SETTINGS[key]
    is_inside = math.isfinite(value) and setting.low <= value <= setting.high
    if is_inside and not (setting.is_whole and not float(value).is_integer()):
        return None
    shown: dict[str, float | str] = {
        "value": float(value),
        "low": float(setting.low),
        "high": float(setting.high),
        "unit": setting.unit,
    }
    if setting.is_whole:
        return say("%(value)s is not a whole number from %(low)s to %(high)s (%(unit)s)", **shown)
    return say("%(value)s is not a number from %(low)s to %(high)s (%(unit)s)", **shown)


def _attribute(key: str) -> str:
    return key.replace(".", "_")
