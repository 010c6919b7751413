"""Shapes of a whole visit that arrives at once."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import ConfigDict, Field, create_model

from app.infusions.schemas import InfusionCreate
from app.kit.base import Json
from app.kit.shapes import Body, CreateBody, Identity, Reason, Shown
from app.monitoring.schemas import EventCreate
from app.patients.schemas import WeightCreate
from app.reactions.schemas import ReactionCreate
from app.reports.schemas import ReportCreate
from app.vials.schemas import VialCreate
from app.visits.schemas import VisitCreate

C = TypeVar("C", bound=CreateBody)

_ADDED = frozenset({"version", "change_reason"})


class BundledItem(CreateBody):
    """A row of a bundle: new, or with `version` the whole of what that version becomes."""

    id: Annotated[Identity, Field(description="Made by the client.")]
    version: Annotated[
        int | None, Field(ge=1, description="The version that this corrects; null for a new row.")
    ] = None
    change_reason: Annotated[Reason | None, Field(description="Of a correction: why.")] = None

    def content(self) -> Json:
        """Return what a draft of the row is made from."""
        return {name: value for name, value in super().content().items() if name not in _ADDED}


def _bundled(create: type[C]) -> type[C]:
    """Return the shape of a row as it stands in a bundle."""
    name = f"{create.__name__.removesuffix('Create')}Bundled"
    documentation = f"{create.__doc__} It can be a correction: then it has a `version`."
    # The examples are those of a single new row, which would mislead here.
    config = cast("Any", {"json_schema_extra": {}})
    made = create_model(
        name,
        __base__=(BundledItem, create),
        __doc__=documentation,
        __module__=__name__,
        __cls_kwargs__=config,
    )
    return cast("type[C]", made)


VisitItem: Any = _bundled(VisitCreate)
InfusionItem: Any = _bundled(InfusionCreate)
WeightItem: Any = _bundled(WeightCreate)
VialItem: Any = _bundled(VialCreate)
EventItem: Any = _bundled(EventCreate)
ReactionItem: Any = _bundled(ReactionCreate)
ReportItem: Any = _bundled(ReportCreate)


class SignatureItem(Body):
    """The signature of the visit as the bundle leaves it."""

    id: Annotated[Identity, Field(description="Made by the client.")]


class BundleCreate(Body):
    """A visit as it was recorded, with or without a connection: all of it, or nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "visit": {
                        "id": "0198c0de-0000-7000-8000-0000000000b1",
                        "planned_on": "2026-03-02",
                        "infusion_id": "0198c0de-0000-7000-8000-0000000000b2",
                        "outcome": "given",
                    },
                    "infusion": {
                        "id": "0198c0de-0000-7000-8000-0000000000b2",
                        "started_at": "2026-03-02T09:00:00-05:00",
                        "ended_at": "2026-03-02T13:30:00-05:00",
                        "status": "completed",
                        "product": "privigen",
                        "dose_g": 10.0,
                    },
                    "vials": [
                        {
                            "id": "0198c0de-0000-7000-8000-0000000000b3",
                            "infusion_id": "0198c0de-0000-7000-8000-0000000000b2",
                            "product": "privigen",
                            "nominal_g": 10.0,
                            "lot": "P100123456",
                            "used_ml": 100.0,
                        }
                    ],
                }
            ]
        }
    )

    visit: VisitItem
    infusion: InfusionItem | None = None
    weights: Annotated[list[WeightItem], Field(max_length=20)] = Field(default_factory=list)
    vials: Annotated[list[VialItem], Field(max_length=100)] = Field(default_factory=list)
    events: Annotated[list[EventItem], Field(max_length=500)] = Field(default_factory=list)
    reactions: Annotated[list[ReactionItem], Field(max_length=50)] = Field(default_factory=list)
    reports: Annotated[list[ReportItem], Field(max_length=20)] = Field(default_factory=list)
    signature: SignatureItem | None = None


class ItemRead(Shown):
    """What became of one item of a bundle; `version` is the row's newest."""

    item: Annotated[str, Field(examples=["vials[2]"])]
    id: uuid.UUID
    state: Literal["created", "unchanged", "amended"]
    version: int


class BundleRead(Shown):
    """What became of a bundle, item by item, in the order in which they were entered."""

    visit_id: uuid.UUID
    items: list[ItemRead]
