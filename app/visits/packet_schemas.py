"""The shape of what a nurse's device takes along: visits, orders, products, recalls, words."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.kit.shapes import Shown
from app.products.rates import Basis
from app.reactions.schemas import RedFlagRead
from app.schedule.schemas import VialsRead, WeightChoice


class PacketPatient(Shown):
    """Whom a visit is to, with what two identifiers are compared with."""

    id: uuid.UUID
    external_id: str
    given_name: str | None
    family_name: str | None
    birth_date: date | None
    diagnosis: str
    time_zone: str
    dominant_hand: str | None


class PacketPlan(Shown):
    """The version of the plan that is in force on the day."""

    id: uuid.UUID
    version: int
    product: str
    interval_days: int
    course_days: int
    dose_g_per_kg: float | None
    dose_g: float | None
    route: str
    rounding_tolerance_percent: float
    is_signed: Annotated[bool, Field(description="A physician signed it as it stands.")]


class DayOrder(Shown):
    """What the plan leaves for this day of the course, in grams and whole vials."""

    course_g: Annotated[float, Field(description="For all days of the course, g.")]
    given_g: Annotated[float, Field(description="What its other days gave so far, g.")]
    grams: Annotated[float, Field(description="For this day, g.")]
    vials: Annotated[list[VialsRead], Field(description="With the least waste.")]
    volume_ml: float | None
    waste_g: Annotated[float, Field(description="Of these vials, what the order leaves over, g.")]
    needs_prescriber: bool


class PacketVisit(Shown):
    """The visit as the server has it."""

    id: uuid.UUID
    version: int
    infusion_id: uuid.UUID | None
    outcome: str | None
    is_signed: bool


class PacketRate(Shown):
    """A step of the last infusion's rate."""

    at: datetime
    ml_per_h: float


class PacketReaction(Shown):
    """A reaction to the last infusion."""

    term: str
    grade: int
    onset_at: datetime
    actions: list[str]
    outcome: str


class LastInfusion(Shown):
    """How the last infusion before the day ran."""

    started_at: datetime
    ended_at: datetime | None
    status: str
    product: str | None
    dose_g: float | None
    lots: list[str]
    rates: list[PacketRate]
    reactions: list[PacketReaction]


class PacketLimit(Shown):
    """How fast a product may run for this diagnosis and one answer about the risk, mL/kg/h.

    Beyond `sure_ml_per_kg_h` a reason is needed; beyond `maximum_ml_per_kg_h` a warning stands.
    `basis` says whose figure that is: of the diagnosis, of others, or of people at risk.
    """

    product: str
    risk: Literal["no", "yes", "unknown"]
    initial_ml_per_kg_h: float | None
    maximum_ml_per_kg_h: float
    sure_ml_per_kg_h: float | None
    basis: Basis
    lacks_risk_figure: Annotated[
        bool, Field(description="At risk, and the product has no figure for that.")
    ]


class VisitPacket(Shown):
    """One infusion day, with everything that its record needs without a connection."""

    on_date: date
    planned_at: datetime | None
    assignment_id: uuid.UUID | None
    note: str | None
    course_day: int
    course_days: int
    patient: PacketPatient
    weights: Annotated[
        list[WeightChoice], Field(description="The latest dosing and the latest actual weight.")
    ]
    plan: PacketPlan | None
    order: DayOrder | None
    limits: list[PacketLimit]
    last_infusion: LastInfusion | None
    visit: PacketVisit | None


class VitalsProtocol(Shown):
    """When vital signs are taken, in minutes; `after_end` counts from the end."""

    first_every: float
    first: float
    then_every: float
    after_end: list[float]
    grace: float


class PacketGtin(Shown):
    """A package's number, and how many grams are in its vial."""

    gtin: str
    vial_g: float


class PacketProduct(Shown):
    """A product of the catalogue; retired ones are known by their packages too."""

    key: str
    name: str
    route: str
    concentration_mg_per_ml: float | None
    vial_sizes_g: list[float]
    gtins: list[PacketGtin]
    is_retired: bool


class PacketRecall(Shown):
    """A lot that was called back; `lot_key` is the form under which lots are compared."""

    product: str | None
    lot: str
    lot_key: str
    kind: str
    announced_on: date
    source: str


class PacketChoices(Shown):
    """The words that a record may hold."""

    identifiers: list[str]
    questions: list[str]
    answers: list[str]
    rate_reasons: list[str]
    routes: list[str]
    devices: list[str]
    terms: list[str]
    actions: list[str]
    outcomes: list[str]


class VisitPacketsRead(Shown):
    """The visits of whoever asks, and what all of them share."""

    clinic_id: uuid.UUID
    account_id: uuid.UUID
    nurse_name: str
    made_at: datetime
    items: list[VisitPacket]
    protocol: VitalsProtocol
    products: list[PacketProduct]
    recalls: list[PacketRecall]
    red_flags: list[RedFlagRead]
    choices: PacketChoices
