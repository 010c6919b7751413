"""Shapes of care teams, consents and emergency access in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from app.care.rules import SPECS, ConsentDraft, MemberDraft
from app.kit.shapes import (
    Body,
    CreateBody,
    Day,
    Identity,
    Instant,
    Shown,
    ShownRecord,
    change_schema,
    word,
)


class MemberCreate(CreateBody):
    """Somebody new on a care team."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "account_id": "0198c0de-0000-7000-8000-0000000000a1",
                    "kind": "member",
                    "valid_from": "2026-03-01T08:00:00Z",
                    "valid_until": None,
                }
            ]
        }
    )

    account_id: Identity
    kind: Annotated[str, word(SPECS, "care_team", field="kind")]
    valid_from: Annotated[Instant, Field(description="The first moment at which it holds.")]
    valid_until: Annotated[
        Instant | None, Field(description="The first moment at which it holds no more.")
    ] = None
    scope: Annotated[
        list[str] | None,
        Field(max_length=10, description="Of a proxy: `see`, `report`, or both; else null."),
    ] = None
    reason: str | None = None

    def draft(self) -> MemberDraft:
        """Return what the rules check."""
        return MemberDraft(**self.content())


MemberChange = change_schema(
    "CareTeamMemberChange",
    MemberCreate,
    fixed=("account_id", "kind"),
    example={"change_reason": "Left the ward.", "valid_until": "2026-09-30T16:00:00Z"},
)


class MemberRead(ShownRecord):
    """Somebody on a care team; `kind` is `emergency` where they opened the record themselves."""

    account_id: uuid.UUID
    name: Annotated[
        str | None, Field(description="Who that is; null in versions before the newest.")
    ]
    kind: str
    scope: list[str] | None
    valid_from: datetime
    valid_until: datetime | None
    reason: str | None
    seen_by: str | None
    seen_at: datetime | None

    @model_validator(mode="before")
    @classmethod
    def _name_no_version(cls, value: Any) -> Any:
        return {"name": None, **value} if isinstance(value, dict) else value


class ConsentCreate(CreateBody):
    """What a patient decided, from a date on; the decision before it stays readable."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": "research_export",
                    "decision": "given",
                    "from_date": "2026-03-01",
                    "form": "Consent to research, version 3",
                }
            ]
        }
    )

    purpose: Annotated[str, word(SPECS, "consents", field="purpose")]
    decision: Annotated[str, word(SPECS, "consents", field="decision")]
    from_date: Day
    form: Annotated[str, Field(description="The text that was agreed to, with its version.")]
    note: str | None = None

    def draft(self) -> ConsentDraft:
        """Return what the rules check."""
        return ConsentDraft(**self.content())


ConsentChange = change_schema(
    "ConsentChange",
    ConsentCreate,
    example={"change_reason": "Signed a day later.", "from_date": "2026-03-02"},
)


class ConsentRead(ShownRecord):
    """What a patient decided, from a date on."""

    purpose: str
    decision: str
    from_date: date
    form: str
    note: str | None


class EmergencyCreate(Body):
    """Whose record is to be opened, and why; name the patient in one of the two ways."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "clinic_id": "0198c0de-0000-7000-8000-0000000000c1",
                    "external_id": "P-1001",
                    "reason": "Brought in unconscious, needs the plan and the product.",
                }
            ]
        }
    )

    clinic_id: Identity
    external_id: Annotated[str | None, Field(max_length=64, pattern=r"^[^\x00]*$")] = None
    patient_id: Identity | None = None
    reason: Annotated[str, Field(description="At least 10 characters; the physicians read it.")]


class EmergencyRead(Shown):
    """Somebody opened a record that is not theirs, for some hours and with a reason."""

    id: Annotated[uuid.UUID, Field(description="Of the row of the care team.")]
    patient_id: uuid.UUID
    external_id: str
    opened_by: str
    opened_at: datetime
    valid_until: datetime | None
    reason: Annotated[str | None, Field(description="Null for coordinators.")]
    has_physician: Annotated[
        bool,
        Field(
            description="False where no physician is on the patient's team: then every physician"
            " and coordinator of the clinic is told."
        ),
    ]


class EmergenciesRead(Shown):
    """Emergency accesses that nobody has taken note of yet, newest first."""

    items: list[EmergencyRead]


class PersonSearch(Body):
    """Whose account is looked for: a body, because addresses are logged."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"login": "wanda@example.org"}]})

    login: Annotated[
        str,
        Field(
            max_length=200,
            pattern=r"^[^\x00]*$",
            description="What the person signs in with, as a whole.",
        ),
    ]


class PersonRead(Shown):
    """An account that can be on a care team."""

    id: uuid.UUID
    name: str
    role: str


class PeopleRead(Shown):
    """People of a clinic who can be on a care team, by role and name."""

    items: list[PersonRead]
