"""Shapes of strength reports in the JSON API."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from app.analysis.measures import ALL_SITES, MEASURES
from app.kit.shapes import (
    Body,
    ChangeBody,
    CreateBody,
    Instant,
    Shown,
    ShownRecord,
    change_schema,
    word,
)
from app.reports.rules import CONTEXTS, SPECS, ReportDraft, ValueDraft

REPORT_NAMES: Final = {"reported_at": "observed_at"}
"""How the API names a field that files name otherwise."""

MOST_VALUES: Final = 400
"""Every measure at every site has fewer."""

_MEASURE: Final = Field(json_schema_extra={"enum": list(MEASURES)})
_SITE: Final = Field(json_schema_extra={"enum": list(ALL_SITES)})
_CONTEXT: Final = Field(json_schema_extra={"enum": list(CONTEXTS)})


class ValueSent(Body):
    """One measure at one site; `repeated` where the patient took over the last answer."""

    measure: Annotated[str, _MEASURE]
    site: Annotated[str, _SITE]
    value: Annotated[float, Field(description="In the unit of the measure.")]
    device: str | None = None
    entry: Annotated[str, word(SPECS, "reports", field="entry")] = "fresh"

    def draft(self) -> ValueDraft:
        """Return what the rules check."""
        return ValueDraft(self.measure, self.site, self.value, self.device, self.entry)


class ReportCreate(CreateBody):
    """A new report: what somebody says of one moment, with all its values."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c0de-0000-7000-8000-0000000000f1",
                    "observed_at": "2026-03-14T08:05:00-04:00",
                    "source": "patient",
                    "values": [
                        {"measure": "grip_kpa", "site": "right_hand", "value": 41.5},
                        {"measure": "strength_nrs", "site": "right_hand", "value": 6},
                    ],
                    "context": ["cold"],
                    "note": "Could not open the jar.",
                }
            ]
        }
    )

    observed_at: Annotated[Instant, Field(description="The moment that the values are about.")]
    entered_at: Annotated[
        Instant | None, Field(description="When they were typed in; now, if left out.")
    ] = None
    source: Annotated[str, word(SPECS, "reports", field="source")]
    values: Annotated[list[ValueSent], Field(max_length=MOST_VALUES)]
    context: Annotated[list[Annotated[str, _CONTEXT]], Field(max_length=20)] = Field(
        default_factory=list
    )
    note: str | None = None

    def draft(self) -> ReportDraft:
        """Return what the rules check."""
        values = tuple(value.draft() for value in self.values)
        return ReportDraft(**{**self.content(), "values": values})


ReportChange = change_schema(
    "ReportChange",
    ReportCreate,
    fixed=("entered_at",),
    example={
        "change_reason": "The left hand was measured.",
        "values": [{"measure": "grip_kpa", "site": "left_hand", "value": 41.5}],
    },
)


def changed_report(stored: ReportDraft, body: ChangeBody) -> ReportDraft:
    """Return the report as the change leaves it; a list of values replaces the old list."""
    sent = body.sent()
    if "values" in sent:
        sent["values"] = tuple(value.draft() for value in sent["values"])
    return replace(stored, **sent)


class ValueRead(Shown):
    """One value of a report, with the version of the words that its scale was shown with."""

    measure: str
    site: str
    value: float
    device: str | None
    entry: str
    entered_at: datetime
    scale_version: str
    confirmed: list[str] | None


class ReportRead(ShownRecord):
    """A report; `local_date` is the patient's date then and never moves."""

    observed_at: datetime
    time_zone: str
    local_date: date
    source: str
    context: list[str]
    note: str | None
    is_back_dated: Annotated[
        bool, Field(description="Typed in more than 6 hours after the moment that it is about.")
    ]
    values: list[ValueRead]


class SeriesRead(BaseModel):
    """All values of one measure at one site as columns of equal length, oldest first."""

    measure: str
    site: str
    unit: str
    at: list[datetime]
    value: list[float]
    entry: list[str]
    device: list[str | None]


class SeriesList(BaseModel):
    """The series of a patient."""

    series: list[SeriesRead]
