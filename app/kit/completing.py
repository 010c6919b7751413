"""Every wrong field at once, even where a part of the body has no shape that rules could check.

When a field cannot be read at all, the rest of the body is still checked: with one stand-in for
the unreadable field, and again with another. What the rules say both times does not depend on
the stand-in, so it is true of what was sent.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from app.errors import AppError, Fault
from app.kit.base import Json
from app.kit.deps import Asked
from app.kit.problems import faults_of_shape

_STAND_INS: Final[Mapping[str, tuple[Any, Any]]] = {
    "date-time": ("2001-01-01T00:00:00Z", "2020-06-15T12:00:00Z"),
    "date": ("2001-01-01", "2020-06-15"),
    "uuid": ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"),
    "number": (1.0, 50.0),
    "integer": (1, 50),
    "string": ("x", "y"),
    "boolean": (False, True),
    "array": ([], []),
}

Location = tuple[str | int, ...]


class RuleCheck(Protocol):
    """Says what the rules refuse of a body; a place that does not exist raises NotFound."""

    def __call__(
        self, session: Session, body: Any, *, path: Mapping[str, str], now: datetime
    ) -> list[Fault]: ...


@dataclass(frozen=True, slots=True)
class Completer:
    """Adds what the rules say to what the shape says, for one route."""

    schema: type[BaseModel]
    check: RuleCheck

    def all_faults(self, request: Request, error: RequestValidationError) -> list[Fault]:
        """Return the faults of shape, and those of the rules that hold in any case."""
        errors: Sequence[Any] = error.errors()
        faults = faults_of_shape(errors)
        body = error.body
        where: list[Location] = [tuple(e["loc"]) for e in errors]
        is_partly_readable = isinstance(body, dict) and all(
            loc[0] == "body" and len(loc) > 1 for loc in where
        )
        if not is_partly_readable:
            return faults
        bodies = [self._repaired(body, errors, choice=choice) for choice in (0, 1)]
        if any(repaired is None for repaired in bodies):
            return faults
        first, second = (self._checked(request, repaired) for repaired in bodies)
        known = {(fault.field, fault.reason) for fault in second}
        wrong = {fault.field for fault in faults}
        return [
            *faults,
            *(f for f in first if f.field not in wrong and (f.field, f.reason) in known),
        ]

    def _repaired(
        self, body: Json, errors: Sequence[Mapping[str, Any]], *, choice: int
    ) -> BaseModel | None:
        document = self.schema.model_json_schema()
        repaired = copy.deepcopy(body)
        for error in errors:
            where: Location = tuple(error["loc"][1:])
            _repair(repaired, where, spec=document, document=document, choice=choice)
        try:
            return self.schema.model_validate(repaired)
        except ValidationError:
            return None

    def _checked(self, request: Request, body: BaseModel | None) -> list[Fault]:
        asked: Asked = request.state.asked
        try:
            with asked.reading() as session:
                return self.check(session, body, path=request.path_params, now=asked.now)
        except AppError:
            return []  # There is nothing to check it against: the shape is all that is wrong.


def _repair(part: Any, where: Location, *, spec: Json, document: Json, choice: int) -> None:
    """Replace what stands at `where` by a stand-in; remove it where nothing belongs."""
    step, *rest = where
    inner = _spec_of(spec, step, document)
    is_inside = isinstance(part, dict) or (isinstance(part, list) and isinstance(step, int))
    if not is_inside:
        return
    if inner is None:
        part.pop(step, None)
    elif rest and isinstance(_get(part, step), dict | list):
        _repair(part[step], tuple(rest), spec=inner, document=document, choice=choice)
    else:
        part[step] = _stand_in(inner, document, choice=choice)


def _get(part: Any, step: str | int) -> Any:
    return part.get(step) if isinstance(part, dict) else part[step]


def _resolved(spec: Json, document: Json) -> Json:
    if "$ref" in spec:
        resolved: Json = document["$defs"][spec["$ref"].rpartition("/")[2]]
        return resolved
    return spec


def _spec_of(spec: Json, step: str | int, document: Json) -> Json | None:
    """Return what belongs at `step`; None for a field that does not exist."""
    spec = _resolved(spec, document)
    inner = spec.get("items") if isinstance(step, int) else spec.get("properties", {}).get(step)
    return None if inner is None else _resolved(inner, document)


def _stand_in(spec: Json, document: Json, *, choice: int) -> Any:
    spec = _resolved(spec, document)
    options = spec.get("anyOf", [])
    if any(option.get("type") == "null" for option in options):
        return None
    if options:
        return _stand_in(options[0], document, choice=choice)
    if "enum" in spec:
        words = spec["enum"]
        return words[0] if choice == 0 else words[-1]
    if spec.get("type") == "object":
        needed = spec.get("required", [])
        return {
            name: _stand_in(spec["properties"][name], document, choice=choice) for name in needed
        }
    return copy.copy(_STAND_INS[spec.get("format") or spec["type"]][choice])
