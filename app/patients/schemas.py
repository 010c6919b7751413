"""Shapes of patients, weights and other therapies in the JSON API."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from app.clinics.schemas import SettingShown
from app.kit.fields import TextField
from app.kit.pagination import PageQuery
from app.kit.shapes import (
    Body,
    ChangeBody,
    CreateBody,
    Day,
    Identity,
    Instant,
    Shown,
    ShownRecord,
    ShownRow,
    change_schema,
    text_check,
    word,
)
from app.patients.rules import SPECS, PatientDraft, TherapyDraft, WeightDraft, normal_diagnosis

PATIENT_NAMES: Final = {"patient_id": "external_id"}
"""How the API names a field that files name otherwise."""

_ASKED: Final = TextField("patients", "external_id", 64, is_key=True)
_ZONE_FROM: Final = "From when a changed zone holds; now, if left out. Stored dates stay."


class PatientCreate(CreateBody):
    """A new patient of a clinic."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c0de-0000-7000-8000-000000000001",
                    "clinic_id": "0198c0de-0000-7000-8000-0000000000c1",
                    "external_id": "P-1001",
                    "family_name": "Example",
                    "given_name": "Ada",
                    "birth_date": "1968-04-12",
                    "sex": "female",
                    "time_zone": "America/New_York",
                    "diagnosis": "MMN",
                    "dominant_hand": "right",
                    "anti_gm1": "positive",
                    "conduction_block": "definite",
                    "followed": ["grip_kpa@right_hand", "strength_nrs@right_hand"],
                }
            ]
        }
    )

    clinic_id: Identity
    external_id: Annotated[str, Field(description="The clinic's own identifier.")]
    time_zone: Annotated[str, Field(description="A key of the tz database.")]
    diagnosis: Annotated[str, Field(description="MMN, CIDP or an ICD-10-CM code.")]
    family_name: str | None = None
    given_name: str | None = None
    birth_date: Day | None = None
    sex: Annotated[str, word(SPECS, "patients", field="sex")] | None = None
    diagnosed_on: Day | None = None
    dominant_hand: Annotated[str, word(SPECS, "patients", field="dominant_hand")] | None = None
    anti_gm1: Annotated[str, word(SPECS, "patients", field="anti_gm1")] | None = None
    conduction_block: Annotated[str, word(SPECS, "patients", field="conduction_block")] | None = (
        None
    )
    followed: Annotated[
        list[str], Field(max_length=200, description="`measure@site`, in the order of asking.")
    ] = Field(default_factory=list)
    identifiers: Annotated[
        dict[str, str], Field(max_length=50, description="Identifiers in other systems.")
    ] = Field(default_factory=dict)

    def draft(self) -> PatientDraft:
        """Return what the rules check."""
        content = self.content()
        del content["clinic_id"]
        return PatientDraft(**with_normal_diagnosis(content))


def with_normal_diagnosis(content: dict[str, Any]) -> dict[str, Any]:
    """Write the diagnosis, where there is one, in its one way; the rules refuse what has none."""
    if "diagnosis" in content:
        diagnosis = content["diagnosis"]
        content["diagnosis"] = normal_diagnosis(diagnosis) or diagnosis
    return content


class PatientMove(PatientCreate):
    """What a change of a patient may carry."""

    time_zone_from: Annotated[Instant | None, Field(description=_ZONE_FROM)] = None


PatientChange = change_schema(
    "PatientChange",
    PatientMove,
    fixed=("clinic_id",),
    example={
        "change_reason": "Moved house.",
        "time_zone": "America/Denver",
        "time_zone_from": "2026-03-01T00:00:00-07:00",
    },
)


def changed_patient(stored: PatientDraft, body: ChangeBody) -> tuple[PatientDraft, datetime | None]:
    """Return the patient as the change leaves it, and from when a changed zone holds."""
    sent = with_normal_diagnosis(body.sent())
    zone_from = sent.pop("time_zone_from", None)
    return replace(stored, **sent), zone_from


class PatientRead(ShownRow):
    """A patient."""

    clinic_id: uuid.UUID
    external_id: str
    identifiers: dict[str, str]
    family_name: str | None
    given_name: str | None
    birth_date: date | None
    sex: str | None
    time_zone: str
    previous_time_zones: Annotated[
        list[dict[str, str]], Field(description="Each `{until, time_zone}`, in order of entry.")
    ]
    diagnosis: str
    diagnosed_on: date | None
    dominant_hand: str | None
    anti_gm1: str | None
    conduction_block: str | None
    followed: list[str]
    confirmed: list[str] | None


class PatientsQuery(PageQuery):
    """Which patients are asked for."""

    clinic_id: uuid.UUID | None = None
    include_voided: bool = False


class PatientSearch(Body):
    """Which patients of a clinic are looked for: a body, because addresses are logged."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"clinic_id": "0198c0de-0000-7000-8000-0000000000c1", "external_id": "P-1001"}
            ]
        }
    )

    clinic_id: Identity
    external_id: Annotated[
        str,
        Field(max_length=64, description="The clinic's own identifier, exactly as it is stored."),
        text_check(_ASKED),
    ]
    include_voided: bool = False


class WeightCreate(CreateBody):
    """A new body weight."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"measured_at": "2026-03-01T08:30:00-05:00", "weight_kg": 71.5, "kind": "actual"}
            ]
        }
    )

    measured_at: Instant
    weight_kg: float
    kind: Annotated[str, word(SPECS, "weights", field="kind")] = "actual"

    def draft(self) -> WeightDraft:
        """Return what the rules check."""
        return WeightDraft(**self.content())


WeightChange = change_schema(
    "WeightChange",
    WeightCreate,
    example={"change_reason": "Misread the scales.", "weight_kg": 72.5},
)


class WeightRead(ShownRecord):
    """A body weight; `local_date` is the patient's date then and never moves."""

    measured_at: datetime
    time_zone: str
    local_date: date
    weight_kg: float
    kind: str


class TherapyCreate(CreateBody):
    """Another treatment, and what became of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"therapy": "rituximab", "status": "suggested", "from_date": "2026-02-10"}]
        }
    )

    therapy: str
    status: Annotated[str, word(SPECS, "therapies", field="status")]
    from_date: Day
    to_date: Day | None = None
    note: str | None = None

    def draft(self) -> TherapyDraft:
        """Return what the rules check."""
        return TherapyDraft(**self.content())


TherapyChange = change_schema(
    "TherapyChange",
    TherapyCreate,
    example={"change_reason": "First dose given.", "status": "started"},
)


class TherapyRead(ShownRecord):
    """Another treatment, and what became of it."""

    therapy: str
    status: str
    from_date: date
    to_date: date | None
    note: str | None


class SettingRead(SettingShown, ShownRecord):
    """A setting of the analysis for one patient."""


class SettingInForceRead(Shown):
    """A setting as it holds for the patient today."""

    key: str
    value: float
    level: Annotated[
        Literal["default", "clinic", "patient"], Field(description="For whom it was set.")
    ]
    source: str
    effective_date: Annotated[
        date | None, Field(description="Since when it holds; null for a default.")
    ]
    default: float


class SettingsInForceRead(Shown):
    """Every setting of the analysis as it holds for the patient on their own date."""

    patient_id: uuid.UUID
    today: date
    items: list[SettingInForceRead]
