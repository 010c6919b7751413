"""Shapes of clinics and of the settings of the analysis in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from app.clinics.care_settings import SETTABLE
from app.clinics.rules import ClinicDraft, SettingDraft
from app.kit.shapes import ChangeBody, CreateBody, Day, Shown, ShownRow, change_schema

Phone = Annotated[
    str | None,
    Field(description="For its patients: digits, spaces, brackets, a + at the start."),
]


class ClinicCreate(CreateBody):
    """A new clinic; it gets its own copy of the product catalogue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c0de-0000-7000-8000-0000000000c1",
                    "name": "Neuromuscular clinic, North",
                }
            ]
        }
    )

    name: str
    phone: Phone = None

    def draft(self) -> ClinicDraft:
        """Return what the rules check."""
        return ClinicDraft(self.name, self.phone)


class ClinicChange(ChangeBody):
    """A change of a clinic."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"change_reason": "Moved.", "name": "Neuromuscular clinic, South"}]
        }
    )

    name: str = Field(default_factory=str)
    phone: Phone = None

    def draft(self, stored: ClinicDraft) -> ClinicDraft:
        """Return the clinic as the change leaves it."""
        sent = self.sent()
        return ClinicDraft(sent.get("name", stored.name), sent.get("phone", stored.phone))


class ClinicRead(ShownRow):
    """A clinic."""

    name: str
    phone: Phone


Key = Annotated[
    str,
    Field(
        description="`threshold.<measure>` and others; docs/settings.md lists them.",
        json_schema_extra={"enum": list(SETTABLE)},
    ),
]
Value = Annotated[
    float | None,
    Field(
        description="In the unit that docs/settings.md names: the measure's, a fraction of the own"
        " level, days, minutes… Null: not set any more from this date on, so that the clinic's"
        " value, or the default, holds."
    ),
]
Source = Annotated[str, Field(description="Why: the paper, or who decided.")]


class SettingCreate(CreateBody):
    """A setting of the analysis, with its reason, from a date on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "threshold.grip_kpa",
                    "value": 0.15,
                    "source": "Own grip varies by 9 % from day to day; agreed with the patient.",
                    "effective_date": "2026-03-01",
                }
            ]
        }
    )

    key: Key
    value: Value
    source: Source
    effective_date: Annotated[
        Day, Field(description="The first date, by the patient's own calendar, on which it holds.")
    ]

    def draft(self) -> SettingDraft:
        """Return what the rules check."""
        return SettingDraft(**self.content())


SettingChange = change_schema(
    "SettingChange", SettingCreate, example={"change_reason": "Typed 0.15 for 0.12.", "value": 0.12}
)


class SettingShown(Shown):
    """What every stored setting shows of its content."""

    key: str
    value: float | None
    source: str
    effective_date: date


class ClinicSettingRead(SettingShown, ShownRow):
    """A setting of a clinic."""

    clinic_id: uuid.UUID
    confirmed: list[str] | None
