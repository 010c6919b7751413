"""Shapes of clinics in the JSON API."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from app.clinics.rules import ClinicDraft
from app.kit.shapes import ChangeBody, CreateBody, ShownRow

_ABOUT_SETTINGS = (
    "Only what differs from the defaults: `join_gap_days`, `join_span_days`, `grace_days`,"
    " `min_cycles`, `report_gap_days`, `threshold.<measure>`."
)


class ClinicCreate(CreateBody):
    """A new clinic; it gets its own copy of the product catalogue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c0de-0000-7000-8000-0000000000c1",
                    "name": "Neuromuscular clinic, North",
                    "settings": {"grace_days": 5},
                }
            ]
        }
    )

    name: str
    settings: Annotated[dict[str, float], Field(max_length=50, description=_ABOUT_SETTINGS)] = (
        Field(default_factory=dict)
    )

    def draft(self) -> ClinicDraft:
        """Return what the rules check."""
        return ClinicDraft(self.name, self.settings)


class ClinicChange(ChangeBody):
    """A change of a clinic; a setting that is null goes back to its default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "change_reason": "Courses of six days are usual here.",
                    "settings": {"join_gap_days": 5, "grace_days": None},
                }
            ]
        }
    )

    name: str = Field(default_factory=str)
    settings: Annotated[
        dict[str, float | None], Field(max_length=50, description=_ABOUT_SETTINGS)
    ] = Field(default_factory=dict)

    def draft(self, stored: ClinicDraft) -> ClinicDraft:
        """Return the clinic as the change leaves it."""
        merged = {**stored.settings, **self.settings}
        settings = {key: value for key, value in merged.items() if value is not None}
        return ClinicDraft(self.sent().get("name", stored.name), settings)


class ClinicRead(ShownRow):
    """A clinic."""

    name: str
    settings: dict[str, float]
