"""Shapes of looking back in the JSON API."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.kit.fields import TextField
from app.kit.shapes import (
    CreateBody,
    Identity,
    Instant,
    Shown,
    ShownRecord,
    change_schema,
    text_check,
    word,
)
from app.lookback.rules import SPECS, NoticeDraft

_LOT = TextField("lots", "lot", 40)
_PRODUCT = TextField("lots", "product", 64)


class LotQuery(BaseModel):
    """Which lot is looked for."""

    model_config = ConfigDict(extra="forbid")

    lot: Annotated[str, text_check(_LOT), Field(description="In any way of writing it.")]
    product: Annotated[str, text_check(_PRODUCT)] | None = Field(
        default=None, description="A key of the catalogue; left out, every product."
    )


class ReactedRead(Shown):
    """A reaction to an infusion of the lot, or an alarming answer in a call after its visit."""

    term: str
    grade: Annotated[
        int | None, Field(description="CTCAE, 1 to 5; null for what was said on the phone.")
    ]
    onset_at: Annotated[datetime, Field(description="Of a call, when it was made.")]
    is_red_flag: bool
    source: Annotated[
        Literal["reaction", "call"], Field(description="`call`: it was said on the phone.")
    ]


class LotUseRead(Shown):
    """One infusion that names the lot.

    `used_g` and `wasted_g` are of this lot; null where the infusion has other lots too and its
    vials were not entered.
    """

    infusion_id: uuid.UUID
    local_date: date
    started_at: datetime
    status: str
    product: str | None
    lots: Annotated[list[str], Field(description="As they are written there.")]
    used_g: float | None
    wasted_g: float | None
    vials: int
    dose_g: Annotated[float | None, Field(description="Of the whole infusion, g.")]
    nurse: Annotated[str, Field(description="Who made the visit, else who entered the infusion.")]
    reactions: list[ReactedRead]


class LotCourseRead(Shown):
    """Infusion days of one course with the lot."""

    first_day: date
    last_day: date
    used_g: float | None


class RecipientRead(Shown):
    """A patient who got the lot; `case` stands for them in the export."""

    patient_id: uuid.UUID
    external_id: str
    case: str
    used_g: float | None
    courses: list[LotCourseRead]
    uses: list[LotUseRead]


class RecalledRead(Shown):
    """A recall of the lot, as much as it takes to know it."""

    id: uuid.UUID
    product: str | None
    lot: str
    announced_on: date
    source: str
    reference: str | None


class LookbackRead(Shown):
    """Who got a lot, by their identifier."""

    lot: str
    product: str | None
    recipients: list[RecipientRead]
    hidden_recipients: Annotated[int, Field(description="Patients whom you do not see.")]
    recalls: list[RecalledRead]


class LotOfPatientRead(Shown):
    """A lot that the patient got."""

    lot: str
    product: str | None
    first_day: date
    last_day: date
    used_g: float | None
    uses: list[LotUseRead]
    recalls: list[RecalledRead]


class LotsOfPatientRead(Shown):
    """Every lot that a patient got, the latest first."""

    items: list[LotOfPatientRead]


class NoticeCreate(CreateBody):
    """A recipient of a recalled lot was told."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "recall_id": "0198c0de-0000-7000-8000-0000000000e1",
                    "sent_at": "2026-03-05T10:00:00-05:00",
                    "method": "phone",
                    "confirmed_at": "2026-03-05T10:00:00-05:00",
                    "note": "Feels well; blood taken tomorrow.",
                }
            ]
        }
    )

    recall_id: Identity
    sent_at: Instant
    method: Annotated[str, word(SPECS, "recall_notices", field="method")]
    confirmed_at: Annotated[
        Instant | None, Field(description="When they said that they know; null until then.")
    ] = None
    note: str | None = None

    def draft(self) -> NoticeDraft:
        """Return what the rules check."""
        return NoticeDraft(**self.content())


NoticeChange = change_schema(
    "NoticeChange",
    NoticeCreate,
    example={
        "change_reason": "They called back.",
        "confirmed_at": "2026-03-06T09:00:00-05:00",
    },
)


class NoticeRead(ShownRecord):
    """A notice of a recall to one patient."""

    recall_id: uuid.UUID
    sent_at: datetime
    method: str
    confirmed_at: datetime | None
    note: str | None


class ToldRead(Shown):
    """A recipient of a recalled lot, and what they were told."""

    recipient: RecipientRead
    state: Literal["to_send", "sent", "confirmed"]
    notices: list[NoticeRead]


class RecallListRead(Shown):
    """Who got a recalled lot, those who were not told first."""

    recall: RecalledRead
    items: list[ToldRead]
    hidden_recipients: int


class RecallCountsRead(Shown):
    """How far the notices of one recall are."""

    recall: RecalledRead
    recipients: int
    to_send: int
    sent: int
    confirmed: int
    hidden_recipients: int


class RecallWorklistRead(Shown):
    """Recalls of lots that somebody got, the latest announced first."""

    items: list[RecallCountsRead]
