"""What may be entered about a clinic, and about a setting of the analysis or of care. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.analysis.settings import value_refusal
from app.clinics.care_settings import CARE_SETTINGS, SETTABLE, care_value_refusal
from app.errors import Fault
from app.kit.fields import PlannedDate, TextField
from app.kit.limits import Rule, Spec, did_you_mean, found, quoted
from app.said import say

_NAME: Final = TextField("clinics", "name", 200, is_key=True)
_PHONE: Final = Rule(
    "clinics",
    "phone",
    "not-a-number",
    "not 3 to 30 digits, spaces and brackets with at most one + at the start, or under 3 digits",
)
_PHONE_NUMBER: Final = re.compile(r"\+?[0-9() ]*[0-9][0-9() ]*")
_PHONE_LENGTHS: Final = range(3, 31)
_FEWEST_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class ClinicDraft:
    """A clinic.

    Attributes
    ----------
    phone : str or None
        The number that its patients are to call.
    """

    name: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class SettingDraft:
    """A setting of the analysis, for a clinic or for one patient, or of a clinic's care.

    Attributes
    ----------
    value : float or None
        None where nothing is set any more from `effective_date` on.
    source : str
        Why: the paper, or who decided.
    """

    key: str
    value: float | None
    source: str
    effective_date: date


_KEY: Final = Rule("settings", "key", "unknown", "not a setting (settings.md)")
_KEY_OF_CLINIC: Final = Rule(
    "settings",
    "key",
    "not-for-a-patient",
    "a setting that all patients of a clinic share, for one patient",
)
_VALUE: Final = Rule(
    "settings", "value", "out-of-range", "outside the range of the setting (settings.md)"
)
_SOURCE: Final = TextField("settings", "source", 500, has_lines=True)
_EFFECTIVE_DATE: Final = PlannedDate("settings", "effective_date")

SPECS: Final[tuple[Spec, ...]] = (_PHONE, _KEY, _KEY_OF_CLINIC, _VALUE, _SOURCE, _EFFECTIVE_DATE)


def check_clinic(draft: ClinicDraft) -> list[Fault]:
    """Return every fault of a clinic."""
    return found(_NAME.check(draft.name), _phone_fault(draft.phone))


def _phone_fault(phone: str | None) -> Fault | None:
    if phone is None:
        return None
    digits = sum(char.isdigit() for char in phone)
    is_number = (
        _PHONE_NUMBER.fullmatch(phone) is not None
        and len(phone) in _PHONE_LENGTHS
        and digits >= _FEWEST_DIGITS
        and phone == phone.strip()
    )
    reason = say("%(value)s is not a telephone number", value=quoted(phone))
    return None if is_number else _PHONE.fault(phone, reason)


def check_setting(
    draft: SettingDraft,
    *,
    now: datetime,
    keys: Collection[str] = SETTABLE,
    birth_date: date | None = None,
) -> list[Fault]:
    """Return every fault of a setting.

    Parameters
    ----------
    draft : SettingDraft
        The setting.
    now : datetime
        Timezone-aware.
    keys : collection of str
        What can be set here: less for a patient than for a clinic.
    birth_date : date or None
        The patient's, where it is known.
    """
    return [
        *found(_key_fault(draft.key, keys), _value_fault(draft), _SOURCE.check(draft.source)),
        *_EFFECTIVE_DATE.check(draft.effective_date, now=now, birth_date=birth_date),
    ]


def _key_fault(key: str, keys: Collection[str]) -> Fault | None:
    if key in keys:
        return None
    if key in SETTABLE:
        reason = say("%(key)s can only be set for the whole clinic", key=quoted(key))
        return _KEY_OF_CLINIC.fault(key, reason)
    hint = did_you_mean(key, keys)
    return _KEY.fault(key, say("%(key)s is not a setting%(hint)s", key=quoted(key), hint=hint))


def _value_fault(draft: SettingDraft) -> Fault | None:
    if draft.value is None or draft.key not in SETTABLE:
        return None
    refusal = care_value_refusal if draft.key in CARE_SETTINGS else value_refusal
    reason = refusal(draft.key, draft.value)
    return None if reason is None else _VALUE.fault(draft.value, reason)
