"""What JSON bodies are made of: strict types, and the bases of everything sent and shown.

The shapes refuse what is not a number, a date, a text at all; what is out of range is the
business of the rules, so that the API and the import refuse it in the same words.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, cast, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    create_model,
)
from pydantic_core import PydanticCustomError

from app.kit.base import Json
from app.kit.fields import Choice, TextField
from app.kit.limits import Spec
from app.said import say

# What both databases can store, and what converts to any zone without leaving the calendar.
FIRST_YEAR: Final = 1000
LAST_YEAR: Final = 9000

_OUTSIDE_CALENDAR: Final = say(
    "its year is outside %(first)s-%(last)s", first=str(FIRST_YEAR), last=str(LAST_YEAR)
)

_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def text_check(field: TextField) -> AfterValidator:
    """Return a validator for a text that no feature's rules see."""

    def check(text: str) -> str:
        fault = field.check(text)
        if fault is not None:
            raise refusal(fault.reason)
        return text

    return AfterValidator(check)


def refusal(reason: str) -> PydanticCustomError:
    """Return the error of a value that is refused for `reason`."""
    return PydanticCustomError("refused", "{reason}", {"reason": reason})


def _instant(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not (isinstance(value, str) and _INSTANT.fullmatch(value)):
        raise refusal(say("it is not a time with an offset, such as 2026-03-01T08:30:00-05:00"))
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise refusal(say("there is no such time")) from error
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise refusal(_OUTSIDE_CALENDAR)
    return instant.astimezone(UTC)


def _day(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise refusal(say("it is not a date such as 2026-03-01"))
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise refusal(say("there is no such date")) from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise refusal(_OUTSIDE_CALENDAR)
    return day


def _identity(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return value
    if not (isinstance(value, str) and _UUID.fullmatch(value)):
        raise refusal(say("it is not a UUID such as 0198c0de-0000-7000-8000-000000000001"))
    return uuid.UUID(value)


_LONGEST_CONFIRM: Final = 400


def _confirmation(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if not is_list or len(value) > _LONGEST_CONFIRM:
        raise refusal(say("it is neither true or false nor a list of field names"))
    return value


Instant = Annotated[datetime, BeforeValidator(_instant)]
Day = Annotated[date, BeforeValidator(_day)]
Identity = Annotated[uuid.UUID, BeforeValidator(_identity)]
Reason = Annotated[
    str,
    Field(
        description="Why the record is changed; kept with the new version.",
        min_length=1,
        max_length=500,
    ),
    text_check(TextField("changes", "change_reason", 500, has_lines=True)),
]
Confirm = Annotated[
    Any,
    BeforeValidator(_confirmation),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "array", "items": {"type": "string"}, "maxItems": _LONGEST_CONFIRM},
            ],
            "default": False,
            "description": "True confirms every unusual value; a list confirms the named fields.",
        }
    ),
]


class Body(BaseModel):
    """What a client sends: no unknown field, no conversion, no infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class ConfirmableBody(Body):
    """A body whose unusual values the client may confirm."""

    confirm: Confirm = False

    def confirmation(self) -> bool | frozenset[str]:
        """Return what was confirmed: everything, nothing, or the named fields."""
        confirm: bool | list[str] = self.confirm
        return confirm if isinstance(confirm, bool) else frozenset(confirm)


class CreateBody(ConfirmableBody):
    """A new row; the client may name it, so that sending it twice stores it once."""

    id: Annotated[Identity | None, Field(description="The row's id, if the client makes it.")] = (
        None
    )

    def content(self) -> Json:
        """Return what a draft of the row is made from; lists are tuples there."""
        names = type(self).model_fields.keys() - CreateBody.model_fields.keys()
        return {name: frozen(getattr(self, name)) for name in names}


class ChangeBody(ConfirmableBody):
    """A change of a row: the fields that are sent replace the stored ones.

    The reason has the name under which it is read, because a plan has a `reason` of its own.
    """

    change_reason: Reason

    def sent(self) -> Json:
        """Return the fields of the row that were sent, with their new values."""
        names = self.model_fields_set - ChangeBody.model_fields.keys()
        return {name: frozen(getattr(self, name)) for name in names}


def frozen(value: Any) -> Any:
    """Return a list as the tuple that a draft holds, and anything else as it is."""
    return tuple(value) if isinstance(value, list) else value


def change_schema(
    name: str, create: type[CreateBody], *, example: Json, fixed: Iterable[str] = ()
) -> type[ChangeBody]:
    """Return the schema of a change: every field of the new row, none of them needed.

    A field that is left out stays as it is; null clears one that may be empty. Fields in
    `fixed` can never be changed.
    """
    hints = get_type_hints(create, include_extras=True)
    names = create.model_fields.keys() - CreateBody.model_fields.keys() - set(fixed)
    # A factory, because a default value would be shown as what is stored when none is sent.
    fields: dict[str, Any] = {
        field: (hints[field], Field(default_factory=lambda: None))
        for field in create.model_fields
        if field in names
    }
    model = create_model(
        name,
        __base__=ChangeBody,
        __doc__=f"A change of what {create.__name__} entered; the fields that are sent.",
        __module__=create.__module__,
        __cls_kwargs__={"json_schema_extra": {"examples": [example]}},
        **fields,
    )
    return cast("type[ChangeBody]", model)


def word(specs: Iterable[Spec], table: str, *, field: str) -> Any:
    """Return the description of a field whose words the rules list.

    The rules refuse other words, together with everything else that is wrong.
    """
    options = next(
        spec.options
        for spec in specs
        if isinstance(spec, Choice) and (spec.table, spec.field) == (table, field)
    )
    return Field(json_schema_extra={"enum": list(options)})


class VoidBody(Body):
    """Why a row is declared a mistake."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"void_reason": "Entered for the wrong patient."}]}
    )

    void_reason: Reason


class Shown(BaseModel):
    """What the API shows; no field has a default, so that a client can rely on each."""

    model_config = ConfigDict(from_attributes=True)


class ShownRow(Shown):
    """What every stored row shows: its version, who, when, why, and whether it was voided."""

    id: uuid.UUID
    version: int
    recorded_at: datetime
    recorded_by: str
    changed_at: datetime | None
    changed_by: str | None
    change_reason: str | None
    voided_at: datetime | None
    voided_by: str | None
    void_reason: str | None


class ShownRecord(ShownRow):
    """What every row about a patient shows besides."""

    clinic_id: uuid.UUID
    patient_id: uuid.UUID
    confirmed: list[str] | None
