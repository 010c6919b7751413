"""Shapes of events beside an infusion in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, SkipValidation, model_validator

from app.kit.shapes import CreateBody, Identity, Instant, Shown, ShownRecord, change_schema, word
from app.monitoring.judging import judgement_of
from app.monitoring.rules import SPECS, EventDraft
from app.monitoring.tables import InfusionEventRow

Sentence = Annotated[str, SkipValidation]
"""Made by `app.said`: the API shows it in English, and a page says it in its own language."""

Details = Annotated[
    dict[str, Any],
    Field(description="What the kind of event holds; docs/visits.md lists it. Null: left out."),
]


class EventCreate(CreateBody):
    """Something that happened beside an infusion."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "infusion_id": "0198c0de-0000-7000-8000-000000000001",
                    "at": "2026-03-02T09:15:00-05:00",
                    "kind": "rate",
                    "details": {"ml_per_h": 84, "reason": "titration"},
                }
            ]
        }
    )

    infusion_id: Identity
    at: Instant
    kind: Annotated[str, word(SPECS, "infusion_events", field="kind")]
    details: Details

    def draft(self) -> EventDraft:
        """Return what the rules check."""
        return EventDraft(**self.content())


EventChange = change_schema(
    "InfusionEventChange",
    EventCreate,
    fixed=("infusion_id", "kind"),
    example={"change_reason": "Read again.", "details": {"ml_per_h": 80, "reason": "titration"}},
)


class JudgementRead(Shown):
    """A rate in the units of labels, and what the limit of the product says of it."""

    ml_per_kg_h: float
    mg_per_kg_min: float | None
    verdict: Annotated[
        str,
        Field(
            json_schema_extra={"enum": ["within", "over", "over_unverified", "no_confirmed_limit"]}
        ),
    ]
    message: Annotated[Sentence, Field(description="Empty where there is nothing to say.")]
    is_above_initial: Annotated[
        bool, Field(description="Only of the first step that runs; later steps are titrated.")
    ]


class EventRead(ShownRecord):
    """An event beside an infusion; `local_date` is the patient's date then and never moves."""

    infusion_id: uuid.UUID
    at: datetime
    time_zone: str
    local_date: date
    kind: str
    details: dict[str, Any]
    judgement: Annotated[
        JudgementRead | None,
        Field(
            description="Of a rate, by what is known now; null without a weight, and in versions"
            " before the newest."
        ),
    ]

    @model_validator(mode="before")
    @classmethod
    def _judge(cls, value: Any) -> Any:
        if not isinstance(value, InfusionEventRow):
            return {"judgement": None, **value}
        names = cls.model_fields.keys() - {"judgement"}
        judgement = judgement_of(value)
        return {**{name: getattr(value, name) for name in names}, "judgement": judgement}


class LimitRead(Shown):
    """How fast the product may run for this patient, mL/kg/h, and how well that is known."""

    initial_ml_per_kg_h: float | None
    maximum_ml_per_kg_h: float
    sure_ml_per_kg_h: Annotated[
        float | None, Field(description="Beyond it a reason is needed; null: nothing is sure.")
    ]
    confidence: str
    is_confirmed: Annotated[bool, Field(description="The clinic compared it with the label.")]
    lacks_risk_figure: bool
    basis: Annotated[
        str,
        Field(
            description="Whose figure the maximum is: the diagnosis' own; the lowest of other"
            " indications, as there is none; or that at risk, as nobody knows the risk.",
            json_schema_extra={"enum": ["own", "others", "risk"]},
        ),
    ]
    at_risk_ml_per_kg_h: Annotated[
        float | None, Field(description="The figure at risk, where nobody knows the risk.")
    ]
    source: str
    as_of: str


class StepRead(Shown):
    """A rate, until when it ran, and what had run before and after it."""

    event_id: uuid.UUID
    at: datetime
    until: datetime
    ml_per_h: float
    reason: str
    over_limit_reason: str | None
    volume_before_ml: float
    volume_after_ml: float
    is_volume_measured: Annotated[
        bool, Field(description="True where volume_before_ml was read off the pump.")
    ]
    grams_after: float | None
    judgement: JudgementRead | None


class VitalsRead(Shown):
    """Vital signs as they were taken."""

    event_id: uuid.UUID
    at: datetime
    values: dict[str, Any]


class DueRead(Shown):
    """A time at which the clinic's protocol asks for vital signs, and what became of it."""

    at: datetime
    why: Annotated[
        str,
        Field(
            json_schema_extra={"enum": ["before", "at_first", "rate", "running", "end", "after"]}
        ),
    ]
    state: Annotated[
        str,
        Field(
            json_schema_extra={"enum": ["done", "late", "overdue", "missed", "due", "planned"]},
            description="late: done after its time. overdue: not done, still possible. missed: not"
            " done before the next.",
        ),
    ]
    done_at: datetime | None


class MonitoringRead(Shown):
    """How an infusion ran until now; volumes and grams follow from the rates, not from vials."""

    infusion_id: uuid.UUID
    patient_id: uuid.UUID
    status: str
    started_at: datetime
    ended_at: datetime | None
    product: str | None
    weight_kg: float | None
    concentration_mg_per_ml: float | None
    indication: str
    at_risk: bool
    risk: Annotated[
        str,
        Field(
            description="Of renal dysfunction or thrombosis, by the last pre-check; unknown where"
            " that does not answer both, or there is none.",
            json_schema_extra={"enum": ["no", "yes", "unknown"]},
        ),
    ]
    identity_at: datetime | None
    pre_check_at: datetime | None
    limit: LimitRead | None
    limit_message: Annotated[
        Sentence, Field(description="Empty where the limit is known for sure.")
    ]
    current_ml_per_h: Annotated[float | None, Field(description="Null where it is not running.")]
    volume_ml: float | None
    grams: float | None
    steps: list[StepRead]
    vitals: list[VitalsRead]
    vitals_due: list[DueRead]
    vitals_not_in_time: Annotated[int, Field(description="How many are late, overdue or missed.")]
