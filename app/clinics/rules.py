"""What may be entered about a clinic. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.analysis.settings import settings_from
from app.errors import Fault, RuleViolation
from app.kit.fields import TextField
from app.kit.limits import found

_NAME: Final = TextField("clinics", "name", 200, is_key=True)


@dataclass(frozen=True, slots=True)
class ClinicDraft:
    """A clinic; `settings` holds only what differs from the defaults of the analysis."""

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)


def check_clinic(draft: ClinicDraft) -> list[Fault]:
    """Return every fault of a clinic.

    Parameters
    ----------
    draft : ClinicDraft
        A fault of a setting is reported as ``settings.<key>``.
    """
    return [*found(_NAME.check(draft.name)), *_settings_faults(draft.settings)]


def _settings_faults(settings: Mapping[str, float]) -> list[Fault]:
    try:
        settings_from(settings)
    except RuleViolation as error:
        return [replace(fault, field=f"settings.{fault.field}") for fault in error.faults]
    return []
